"""Draw slaps of known geometry: rounded prints with concentric ridges on a light platen."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

PX_PER_MM = 500 / 25.4
PLATEN_GREY = 238


@dataclass(frozen=True)
class DrawnFinger:
    row: float
    """Of the middle of the print."""
    col: float
    rotation_rad: float = 0.0
    width_px: float = 300.0
    length_px: float = 470.0
    amplitude: float = 1.0
    period_px: float = 9.0


# Right hand upright: index, middle, ring, little; (row, col) of the middle, width, length.
_RIGHT = (
    (560.0, 260.0, 305.0, 460.0),
    (400.0, 640.0, 315.0, 480.0),
    (480.0, 1020.0, 300.0, 460.0),
    (770.0, 1390.0, 250.0, 380.0),
)


def right_hand(
    *, rotation_rad: float = 0.0, shape: tuple[int, int] = (1500, 1650)
) -> list[DrawnFinger]:
    """Fingers of a right hand, from left to right, turned about the middle of the platen."""
    down, right = (shape[0] - 1500) / 2, (shape[1] - 1650) / 2
    fingers = [DrawnFinger(r + down, c + right, 0.0, w, length) for r, c, w, length in _RIGHT]
    return [turn(finger, rotation_rad, shape) for finger in fingers]


def turn(finger: DrawnFinger, rotation_rad: float, shape: tuple[int, int]) -> DrawnFinger:
    down, right = finger.row - shape[0] / 2, finger.col - shape[1] / 2
    cos, sin = np.cos(rotation_rad), np.sin(rotation_rad)
    return replace(
        finger,
        row=shape[0] / 2 + cos * down - sin * right,
        col=shape[1] / 2 + sin * down + cos * right,
        rotation_rad=finger.rotation_rad + rotation_rad,
    )


def draw_slap(
    fingers: list[DrawnFinger],
    *,
    shape: tuple[int, int] = (1500, 1650),
    noise: float = 1.0,
    seed: int = 1,
) -> np.ndarray:
    dark = np.zeros(shape, np.float32)
    for finger in fingers:
        _press(dark, finger)
    rng = np.random.default_rng(seed)
    grey = PLATEN_GREY - 150 * dark + noise * rng.standard_normal(shape, dtype=np.float32)
    return np.clip(grey, 0, 255).astype(np.uint8)


def _press(dark: np.ndarray, finger: DrawnFinger) -> None:
    reach = int(np.hypot(finger.width_px, finger.length_px) / 2) + 12
    top, left = max(0, int(finger.row) - reach), max(0, int(finger.col) - reach)
    bottom = min(dark.shape[0], int(finger.row) + reach)
    right = min(dark.shape[1], int(finger.col) + reach)
    if bottom <= top or right <= left:
        return
    rows, cols = np.mgrid[top:bottom, left:right].astype(np.float32)
    down, aside = rows - finger.row, cols - finger.col
    cos, sin = np.cos(finger.rotation_rad), np.sin(finger.rotation_rad)
    along, across = down * cos + aside * sin, aside * cos - down * sin
    inside = np.abs(2 * across / finger.width_px) ** 2.4 + np.abs(2 * along / finger.length_px) ** 3
    contact = np.clip((1 - inside) * 6, 0, 1)
    distance = np.hypot(np.where(along > 0, 0.4 * along, along), across)
    ridge = np.clip(0.5 + 0.9 * np.cos(2 * np.pi * distance / finger.period_px), 0, 1)
    part = dark[top:bottom, left:right]
    np.maximum(part, finger.amplitude * contact * ridge, out=part)


def corners(finger: DrawnFinger) -> np.ndarray:
    """(4, 2) corners (row, col): own top left first, then clockwise."""
    cos, sin = np.cos(finger.rotation_rad), np.sin(finger.rotation_rad)
    down, right = np.array([cos, sin]), np.array([-sin, cos])
    half_down, half_right = finger.length_px / 2 * down, finger.width_px / 2 * right
    middle = np.array([finger.row, finger.col])
    return np.array(
        [
            middle - half_down - half_right,
            middle - half_down + half_right,
            middle + half_down + half_right,
            middle + half_down - half_right,
        ]
    )


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Area of the intersection of two quadrilaterals over that of their union."""
    first, second = (quad[:, ::-1].astype(np.float32) for quad in (one, other))
    common = cv2.intersectConvexConvex(first, second)[0]
    return common / (cv2.contourArea(first) + cv2.contourArea(second) - common)
