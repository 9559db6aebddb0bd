"""What surrounds the face: neck, clothes, hair, hijab and peci, painted as layers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.face_features import Canvas

Field = NDArray[np.floating[Any]]
Mask = NDArray[np.floating[Any]]


class Headwear(StrEnum):
    """What covers the head."""

    SHORT_HAIR = "short_hair"
    LONG_HAIR = "long_hair"
    HIJAB = "hijab"
    PECI = "peci"


@dataclass(frozen=True, slots=True)
class Outfit:
    """Colours (BGR) and kind of what the person wears."""

    headwear: Headwear
    hair: tuple[float, float, float]
    cloth: tuple[float, float, float]
    """Of the hijab."""
    shirt: tuple[float, float, float]
    hairline_mm: float
    """Height of the middle of the hairline."""


def fill_outline(canvas: Canvas, points_mm: NDArray[np.float64], *, soft_px: float) -> Mask:
    """Return the opacity of a closed outline given as (n, 2) (x, y) millimetres."""
    mask = np.zeros(canvas.pixels.shape[:2], dtype=np.uint8)
    cv2.fillPoly(mask, [canvas.to_px(_rounded(points_mm))], 255, cv2.LINE_8, 3)
    soft = cv2.GaussianBlur(mask, (0, 0), soft_px)
    return np.asarray(soft.astype(np.float32) / 255, dtype=np.float32)


def _rounded(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a smooth closed curve through the points (Catmull-Rom)."""
    before, after, later = (np.roll(points, shift, axis=0) for shift in (1, -1, -2))
    curve = []
    for share in np.linspace(0, 1, 9)[:-1]:
        square, cube = share**2, share**3
        curve.append(
            0.5
            * (
                2 * points
                + (after - before) * share
                + (2 * before - 5 * points + 4 * after - later) * square
                + (3 * points - before - 3 * after + later) * cube
            )
        )
    return np.asarray(np.stack(curve, axis=1).reshape(-1, 2), dtype=np.float64)


def mirrored_outline(right_half: list[tuple[float, float]]) -> NDArray[np.float64]:
    """Return a symmetric outline from its right half, top to bottom."""
    right = np.array(right_half, dtype=np.float64)
    left = right[::-1][right[::-1][:, 0] > 0] * (-1, 1)  # points on the axis belong to the right
    return np.vstack([right, left])


def paint(canvas: Canvas, colour: Field, mask: Mask) -> None:
    """Lay `colour` ((3,) or (rows, cols, 3)) over the canvas where the mask is."""
    rows, cols = np.nonzero(mask.max(axis=1) > 0)[0], np.nonzero(mask.max(axis=0) > 0)[0]
    if rows.size == 0:
        return
    box = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    weight = mask[box][..., None]
    source = colour[box] if colour.ndim == 3 else colour
    mixed = canvas.pixels[box] * (1 - weight) + source * weight
    canvas.pixels[box] = np.clip(mixed, 0, 255).astype(np.uint8)


def cloth_light(canvas: Canvas, rng: np.random.Generator, *, fold_mm: float) -> Field:
    """Return light on cloth with folds that hang down, about 0.6..1.1."""
    rows, cols = canvas.pixels.shape[:2]
    coarse = rng.standard_normal(
        (
            max(2, int(rows / canvas.px_per_mm / (fold_mm * 6))),
            max(2, int(cols / canvas.px_per_mm / fold_mm)),
        )
    ).astype(np.float32)
    folds = cv2.resize(coarse, (cols, rows), interpolation=cv2.INTER_CUBIC)
    falling = np.linspace(1.05, 0.85, cols, dtype=np.float32)[None, :]
    return np.asarray((0.92 + 0.09 * folds) * falling, dtype=np.float32)


def hair_light(canvas: Canvas, rng: np.random.Generator, *, vertical: bool) -> Field:
    """Return light on combed hair: fine strands and a sheen, about 0.5..1.8."""
    rows, cols = canvas.pixels.shape[:2]
    shape = (rows // 40, cols // 2) if vertical else (rows // 3, cols // 8)
    strands = rng.standard_normal(shape).astype(np.float32)
    fine = cv2.resize(strands, (cols, rows), interpolation=cv2.INTER_LINEAR)
    y = (np.arange(rows, dtype=np.float32) - canvas.origin_px[0]) / canvas.px_per_mm
    sheen = 0.9 * np.exp(-(((y + 88) / 15) ** 2))
    return np.asarray(1 + 0.22 * fine + sheen[:, None], dtype=np.float32)
