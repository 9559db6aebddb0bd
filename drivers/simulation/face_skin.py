"""Light on skin: turns a depth map and a complexion into colours."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.face_relief import FaceShape, mouth_y_mm

Field = NDArray[np.floating[Any]]

_KEY_LIGHT = np.array([-0.38, -0.46, 0.80], dtype=np.float32)  # from upper left
_FILL_LIGHT = np.array([0.45, -0.15, 0.88], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Complexion:
    """Colours of skin and lips, BGR, 0..255."""

    skin: tuple[float, float, float]
    lips: tuple[float, float, float]
    blush: float
    """How much cheeks and nose are redder."""


def shade(depth: Field, px_per_mm: float) -> tuple[Field, Field]:
    """Return diffuse light (about 0.35..1.1) and gloss (0..1) of a depth map in mm."""
    smooth = cv2.GaussianBlur(depth, (0, 0), 1.7 * px_per_mm)
    right = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=px_per_mm / 8)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=px_per_mm / 8)
    length = np.sqrt(right**2 + down**2 + 1)
    normal = (-right / length, -down / length, 1 / length)
    key, fill = _facing(normal, _KEY_LIGHT), _facing(normal, _FILL_LIGHT)
    hollow = np.clip((cv2.GaussianBlur(depth, (0, 0), 7 * px_per_mm) - depth) / 14, -0.3, 0.6)
    diffuse = (0.40 + 0.46 * key + 0.26 * fill) * (1 - 0.45 * hollow)
    half_way = (_KEY_LIGHT + np.array([0, 0, 1], dtype=np.float32)) / 1.9
    gloss = _facing(normal, half_way) ** 18
    return np.asarray(diffuse, dtype=np.float32), np.asarray(gloss, dtype=np.float32)


def _facing(normal: tuple[Field, Field, Field], light: Field) -> Field:
    x, y, z = (float(part) for part in light)
    return np.asarray(
        np.clip(normal[0] * x + normal[1] * y + normal[2] * z, 0, 1), dtype=np.float32
    )


def skin_colour(
    shape: FaceShape, complexion: Complexion, x: Field, y: Field, rng: np.random.Generator
) -> Field:
    """Return the colour of the skin itself, (rows, cols, 3), before light falls on it."""
    colour = np.empty((*x.shape, 3), dtype=np.float32)
    colour[:] = complexion.skin
    red = _spot(np.abs(x), y, (40, 32), (17, 14)) + 0.8 * _spot(x, y, (0, 42), (12, 9))
    tired = _spot(np.abs(x), y, (shape.eye_distance_mm / 2, 11), (13, 5))
    patches = rng.standard_normal((40, 30)).astype(np.float32)
    mottled = cv2.resize(patches, x.shape[::-1], interpolation=cv2.INTER_CUBIC)
    tint = complexion.blush * red
    colour[..., 0] *= 1 - 0.13 * tint - 0.03 * tired
    colour[..., 1] *= 1 - 0.11 * tint - 0.09 * tired
    colour[..., 2] *= 1 + 0.03 * tint - 0.08 * tired
    colour *= (1 + 0.012 * mottled)[..., None]
    share = _lip_share(shape, x, y)[..., None]
    return np.asarray(colour * (1 - share) + np.array(complexion.lips) * share, dtype=np.float32)


def _spot(x: Field, y: Field, at: tuple[float, float], size: tuple[float, float]) -> Field:
    return np.asarray(
        np.exp(-0.5 * (((x - at[0]) / size[0]) ** 2 + ((y - at[1]) / size[1]) ** 2)),
        dtype=np.float32,
    )


def _lip_share(shape: FaceShape, x: Field, y: Field) -> Field:
    """Return 1 on the lips, 0 elsewhere, with a soft edge and a cupid's bow."""
    half, mouth = shape.mouth_width_mm / 2, mouth_y_mm(shape)
    across = np.clip(np.abs(x) / half, 0, 1)
    bow = 1 - 0.22 * np.exp(-((x / 4.0) ** 2))
    upper = mouth - 1.05 * shape.lip_mm * bow * (1 - across**1.8)
    lower = mouth + 1.35 * shape.lip_mm * (1 - across**2.4) ** 0.9
    inside = np.minimum(y - upper, lower - y)
    return np.asarray(
        0.78 / (1 + np.exp(-np.clip(inside / 0.55, -30, 30))) * (across < 1), dtype=np.float32
    )
