"""The shape of a face as a depth map: a rounded mask with nose, brows, sockets, lips and chin.

All lengths are millimetres. The origin lies between the pupils; x grows to the right of the
picture, y downwards, depth towards the camera. Mean measures follow adult facial anthropometry
(Farkas, "Anthropometry of the Head and Face", 1994), rounded.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]

# Half width of the face by height: crown, forehead, temples, cheekbones, mouth, jaw, chin.
_OUTLINE_Y_MM = np.array(
    [-118, -105, -75, -40, 0, 30, 62, 85, 100, 109, 114, 117], dtype=np.float64
)
_OUTLINE_X_MM = np.array([0, 36, 62, 69, 71.5, 70, 61, 49, 38, 28, 18, 0], dtype=np.float64)

_BEYOND_MM = 3.0  # above the crown and below the chin the face is narrower than nothing


@dataclass(frozen=True, slots=True)
class FaceShape:
    """Measures of one face; factors are relative to the mean adult."""

    width: float = 1.0
    jaw: float = 1.0
    eye_distance_mm: float = 62.0
    eye_height_mm: float = 10.0
    nose_width_mm: float = 36.0
    nose_length_mm: float = 44.0
    mouth_width_mm: float = 50.0
    lip_mm: float = 7.0
    brow_mm: float = -21.0
    """Height of the brows."""
    chin: float = 1.0


def half_width_mm(shape: FaceShape, y: Field) -> Field:
    """Return the half width of the face at each height; negative above and below it."""
    width = np.interp(y, _OUTLINE_Y_MM, _OUTLINE_X_MM, left=-_BEYOND_MM, right=-_BEYOND_MM)
    jaw = np.interp(y, [20.0, 75.0, 117.0], [1.0, shape.jaw, shape.jaw])
    return np.asarray(width * jaw * shape.width, dtype=np.float32)


def face_depth(shape: FaceShape, x: Field, y: Field) -> Field:
    """Return the depth of every point, 0 at the outline."""
    width = np.maximum(_smooth_width(shape, y), 1e-3)
    share = np.clip(np.abs(x) / width, 0, 1)
    below = np.clip((y - 40) / 79, 0, 1) ** 2.6
    above = np.clip((-y - 45) / 76, 0, 1) ** 2.6
    mask = 62 * (1 - share**2.3) ** 0.62 * np.sqrt(1 - 0.9 * np.maximum(below, above))
    depth = mask + _bumps(shape, x, y) * np.clip((1 - share) * 5, 0, 1)
    depth += _nose(shape, x, y) + _lips(shape, x, y)
    return np.asarray(depth, dtype=np.float32)


def _smooth_width(shape: FaceShape, y: Field) -> Field:
    column = half_width_mm(shape, y[:, :1])
    return np.asarray(
        cv2.GaussianBlur(column, (1, 0), sigmaX=0.1, sigmaY=9.0)
        if column.shape[0] > 30
        else column,
        dtype=np.float32,
    )


def _hill(x: Field, y: Field, at: tuple[float, float], size: tuple[float, float]) -> Field:
    """Return a smooth bump of height 1."""
    return np.asarray(
        np.exp(-0.5 * (((x - at[0]) / size[0]) ** 2 + ((y - at[1]) / size[1]) ** 2)),
        dtype=np.float32,
    )


def _bumps(shape: FaceShape, x: Field, y: Field) -> Field:
    eye = shape.eye_distance_mm / 2
    side = np.abs(x)  # a face is symmetric here; asymmetry comes with eyes, brows and hair
    total = -11.0 * _hill(side, y, (eye - 2, -1), (15, 10))  # sockets
    total += 6.5 * _hill(side, y, (eye, 0), (10, 8.5))  # eyeballs under the lids
    total += 4.0 * _hill(side, y, (eye - 4, shape.brow_mm + 3), (17, 5.5))
    total += 5.0 * _hill(side, y, (44, 30), (15, 14))  # cheekbones
    total -= 3.0 * _hill(side, y, (40, 62), (12, 16))  # hollow of the cheek
    total += 7.0 * shape.chin * _hill(x, y, (0, 104), (15, 9))
    total -= 4.0 * _hill(x, y, (0, 90), (17, 4.5))
    total -= 2.2 * _fold(shape, side, y)
    return np.asarray(total, dtype=np.float32)


def _fold(shape: FaceShape, side: Field, y: Field) -> Field:
    """Return the fold from the wing of the nose to the corner of the mouth."""
    at = shape.nose_width_mm / 2 + 3 + 0.38 * (y - shape.nose_length_mm)
    along = _hill(y * 0, y, (0, shape.nose_length_mm + 14), (1, 11))
    return np.asarray(np.exp(-0.5 * ((side - at) / 2.6) ** 2) * along, dtype=np.float32)


def _nose(shape: FaceShape, x: Field, y: Field) -> Field:
    tip = shape.nose_length_mm
    half = shape.nose_width_mm / 2
    rise = np.interp(y, [-16, 2, tip - 9, tip - 1, tip + 6, tip + 13], [0, 6, 16, 17, 8, 0])
    spread = np.interp(y, [-16, 5, tip - 8, tip + 8], [6.0, 6.5, 8.0, 8.0])
    ridge = rise * np.exp(-0.5 * (x / spread) ** 2)
    ridge += 8.0 * _hill(x, y, (0, tip - 2), (8.0, 7.5))
    wings = 8.5 * _hill(np.abs(x), y, (half - 4.5, tip + 1), (4.6, 5.6))
    return np.asarray(ridge + wings, dtype=np.float32)


def _lips(shape: FaceShape, x: Field, y: Field) -> Field:
    half, mouth = shape.mouth_width_mm / 2, mouth_y_mm(shape)
    upper = 5.0 * _hill(x, y, (0, mouth - 0.62 * shape.lip_mm), (0.55 * half, 0.45 * shape.lip_mm))
    lower = 6.5 * _hill(x, y, (0, mouth + 0.8 * shape.lip_mm), (0.5 * half, 0.55 * shape.lip_mm))
    line = -3.0 * _hill(x, y, (0, mouth), (0.62 * half, 1.3))
    philtrum = -1.3 * _hill(x, y, (0, mouth - 1.9 * shape.lip_mm), (2.2, 5.0))
    barrel = 5.0 * _hill(x, y, (0, mouth), (24, 16))
    return np.asarray(upper + lower + line + philtrum + barrel, dtype=np.float32)


def mouth_y_mm(shape: FaceShape) -> float:
    """Return the height of the line between the lips."""
    return shape.nose_length_mm + 30.0
