"""Eyes, brows, nostrils and the line of the mouth, painted onto the lit face at full size."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.face_relief import FaceShape, mouth_y_mm

Field = NDArray[np.floating[Any]]
Colour = NDArray[np.uint8]

_IRIS_RADIUS_MM = 5.9
_EYE_HALF_WIDTH_MM = 15.0
_SUBPIXEL_BITS = 3


@dataclass(frozen=True, slots=True)
class Canvas:
    """A BGR picture with millimetre coordinates: origin between the pupils."""

    pixels: Colour
    px_per_mm: float
    origin_px: tuple[float, float]
    """(row, col)"""

    def to_px(self, points_mm: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return (n, 2) (x, y) fixed-point pixels of (n, 2) (x, y) millimetres."""
        row, col = self.origin_px
        pixels = points_mm * self.px_per_mm + np.array([col, row])
        return np.asarray(np.rint(pixels * 2**_SUBPIXEL_BITS), dtype=np.int32)

    def window(self, at_mm: tuple[float, float], half_mm: tuple[float, float]) -> "Window":
        """Return the part of the picture around (x, y) with its own coordinates."""
        row = self.origin_px[0] + at_mm[1] * self.px_per_mm
        col = self.origin_px[1] + at_mm[0] * self.px_per_mm
        top, left = int(row - half_mm[1] * self.px_per_mm), int(col - half_mm[0] * self.px_per_mm)
        rows, cols = (int(2 * half * self.px_per_mm) for half in half_mm[::-1])
        y, x = np.mgrid[top : top + rows, left : left + cols].astype(np.float32)
        return Window(
            self.pixels[top : top + rows, left : left + cols],
            np.asarray((x - col) / self.px_per_mm, dtype=np.float32),
            np.asarray((y - row) / self.px_per_mm, dtype=np.float32),
        )

    def stroke(self, points_mm: NDArray[np.float64], colour: Field, width_px: int) -> None:
        """Draw an open line."""
        cv2.polylines(
            self.pixels,
            [self.to_px(points_mm)],
            False,
            tuple(float(part) for part in colour),
            max(1, width_px),
            cv2.LINE_AA,
            _SUBPIXEL_BITS,
        )


@dataclass(frozen=True, slots=True)
class Window:
    """A view into a canvas; painting changes the canvas."""

    pixels: Colour
    x: Field
    y: Field

    def blend(self, colour: Field | tuple[float, float, float], share: Field) -> None:
        """Paint `colour` (one, or one per pixel) with an opacity of 0..1 per pixel."""
        weight = np.clip(share, 0, 1)[..., None]
        mixed = self.pixels * (1 - weight) + np.asarray(colour, dtype=np.float32) * weight
        self.pixels[:] = np.clip(mixed, 0, 255).astype(np.uint8)


def _step(distance_mm: Field, softness_mm: float) -> Field:
    """Return 0 far below zero, 1 far above it."""
    return np.asarray(
        1 / (1 + np.exp(-np.clip(distance_mm / softness_mm, -30, 30))), dtype=np.float32
    )


def paint_eye(
    canvas: Canvas, shape: FaceShape, side: int, *, open_share: float, iris: Field
) -> None:
    """Paint the eye on one side (-1 left, 1 right in the picture); `open_share` 0 is shut."""
    at = (side * shape.eye_distance_mm / 2, 0.0)
    window = canvas.window(at, (22.0, 16.0))
    x, y = window.x * side, window.y  # x grows outwards, to the temple
    across = np.clip(np.abs(x) / _EYE_HALF_WIDTH_MM, 0, 1)
    tilt = -0.045 * x
    shut = 0.26 * shape.eye_height_mm
    arc = (1 - across**2.1) ** 0.85
    upper = tilt - 0.60 * shape.eye_height_mm * arc * open_share + shut * arc * (1 - open_share)
    lower = tilt + 0.40 * shape.eye_height_mm * (1 - across**2.4)
    upper = np.minimum(upper, lower)
    _paint_lid_crease(window, shape, x, y, open_share)
    if open_share > 0.08:
        _paint_ball(window, x, y, upper, lower, iris)
    inside_width = _step(1 - np.abs(x) / (_EYE_HALF_WIDTH_MM + 0.8), 0.03)
    window.blend((18, 18, 22), 0.9 * np.exp(-(((y - upper + 0.2) / 0.85) ** 2)) * inside_width)
    window.blend((60, 70, 110), 0.45 * np.exp(-(((y - lower) / 0.7) ** 2)) * inside_width)
    _paint_lashes(canvas, shape, side, open_share)


def _paint_lid_crease(
    window: Window, shape: FaceShape, x: Field, y: Field, open_share: float
) -> None:
    across = np.clip(np.abs(x + 1) / 17.0, 0, 1)
    crease = -0.045 * x - (0.60 * shape.eye_height_mm + 2.6) * (1 - across**2.0) ** 0.8
    strength = 0.28 + 0.22 * open_share
    window.blend((45, 60, 95), strength * np.exp(-(((y - crease) / 0.9) ** 2)) * (across < 1))
    shadow = np.exp(-(((y - crease - 1.5) / 3.0) ** 2)) * (1 - across**4)
    window.blend((50, 66, 105), 0.22 * shadow)


def _paint_ball(
    window: Window, x: Field, y: Field, upper: Field, lower: Field, iris: Field
) -> None:
    opening = np.minimum(y - upper, lower - y)
    opening = np.where(np.abs(x) < _EYE_HALF_WIDTH_MM, opening, -9.0)
    share = _step(opening - 0.25, 0.22)
    shadow = 1 - 0.42 * np.exp(-np.clip(y - upper, 0, None) / 2.2)
    round_ = 1 - 0.16 * (x / _EYE_HALF_WIDTH_MM) ** 2
    white = np.array([226, 230, 234], dtype=np.float32) * (shadow * round_)[..., None]
    window.blend(white, share)
    duct = np.exp(-(((x + 13.2) / 2.0) ** 2 + ((y - 0.8) / 1.6) ** 2))
    window.blend((120, 130, 190), 0.8 * duct * share)
    radius = np.hypot(x, y)
    rays = 1 + 0.18 * np.sin(23 * np.arctan2(y, x)) * (radius > 2.4)
    bright = (0.75 + 0.5 * np.clip(y / _IRIS_RADIUS_MM, -0.4, 1)) * rays
    disc = _step(_IRIS_RADIUS_MM - radius, 0.16) * share
    window.blend(iris * (bright * (1 - 0.45 * (radius / _IRIS_RADIUS_MM) ** 6))[..., None], disc)
    window.blend((8, 8, 8), _step(2.3 - radius, 0.14) * share)
    window.blend((0, 0, 0), 0.45 * disc * np.exp(-np.clip(y - upper, 0, None) / 1.6))
    for at_x, at_y, size in ((-1.7, -2.0, 0.95), (1.9, 1.6, 0.45)):
        light = np.exp(-((((window.x - at_x) ** 2 + (y - at_y) ** 2) / size**2) ** 2))
        window.blend((250, 250, 250), 0.95 * light * share)


def _paint_lashes(canvas: Canvas, shape: FaceShape, side: int, open_share: float) -> None:
    for place in np.linspace(-0.9, 0.97, 26):
        arc = (1 - abs(place) ** 2.1) ** 0.85
        x = place * _EYE_HALF_WIDTH_MM
        y = -0.045 * x + shape.eye_height_mm * arc * (-0.60 * open_share + 0.26 * (1 - open_share))
        length = 2.4 + 0.9 * place
        rise = length * (0.75 if open_share > 0.3 else -0.6)
        tip = np.array([[x, y], [x + 0.5 * length * (place + 0.25), y - rise]])
        tip[:, 0] = tip[:, 0] * side + side * shape.eye_distance_mm / 2
        canvas.stroke(tip, np.array([16, 16, 18], dtype=np.float32), 1)


def paint_brows(
    canvas: Canvas, shape: FaceShape, hair: Field, rng: np.random.Generator, *, thickness_mm: float
) -> None:
    """Paint both brows hair by hair."""
    for side in (-1, 1):
        for place in np.sort(rng.uniform(0, 1, 260)):
            inner = shape.eye_distance_mm / 2 - 19
            x = inner + 39 * place
            arch = 5.0 * np.sin(np.pi * min(place * 0.85 + 0.1, 1.0))
            middle = shape.brow_mm - arch + 4 * place**3
            width = 0.55 + 0.5 * np.sin(np.pi * (0.2 + 0.6 * place))
            spread = thickness_mm * width * (1 - place**3)
            y = middle + rng.uniform(-0.5, 0.5) * spread
            lean = 1.1 - 1.25 * place
            length = rng.uniform(3.2, 5.2)
            line = np.array(
                [[x, y], [x + length * np.cos(lean * 0.8), y - length * np.sin(lean) * 0.55]]
            )
            line[:, 0] *= side
            canvas.stroke(line, hair * rng.uniform(0.7, 1.2), int(rng.integers(1, 3)))


def paint_nose_and_mouth(canvas: Canvas, shape: FaceShape) -> None:
    """Paint nostrils, the underside of the nose and the line between the lips."""
    tip, mouth = shape.nose_length_mm, mouth_y_mm(shape)
    window = canvas.window((0.0, tip + 6), (28.0, 14.0))
    nostril_at = shape.nose_width_mm / 2 - 9.5
    x, y = np.abs(window.x), window.y
    slant = (y - 0.8 + 0.25 * (x - nostril_at)) / 2.0
    window.blend((22, 26, 48), 0.85 * np.exp(-((((x - nostril_at) / 4.1) ** 2 + slant**2) ** 1.6)))
    window.blend((40, 52, 88), 0.22 * np.exp(-((x / 15) ** 4 + ((y - 2.6) / 3.2) ** 2)))
    wing = np.hypot((x - shape.nose_width_mm / 2 + 5) / 5.5, (y + 5.0) / 6.5)
    edge = np.exp(-(((wing - 1.05) / 0.14) ** 2)) * (x > shape.nose_width_mm / 2 - 4)
    window.blend((42, 54, 90), 0.30 * edge)
    lips = canvas.window((0.0, mouth), (shape.mouth_width_mm / 2 + 4, 8.0))
    across = np.clip(np.abs(lips.x) / (shape.mouth_width_mm / 2), 0, 1)
    wave = 0.9 * np.exp(-((lips.x / 5.0) ** 2)) - 2.0 * across**2  # corners a little up
    line = np.exp(-(((lips.y - wave) / 0.75) ** 2)) * (1 - across**8)
    lips.blend((34, 30, 66), 0.8 * line)
    beside = (np.abs(lips.x) - shape.mouth_width_mm / 2) / 1.8
    corner = np.exp(-(beside**2 + ((lips.y + 1.8) / 1.6) ** 2))
    lips.blend((40, 44, 84), 0.5 * corner)
