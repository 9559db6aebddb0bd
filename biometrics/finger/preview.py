"""Look at one live frame, fast enough for every frame: is there a finger, how much, how dark."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.resample import require_image
from biometrics.finger.segmentation import keep_large_parts
from biometrics.parameters import (
    ENERGY_FLOOR_LEVELS,
    ENERGY_SHARE,
    FINGER_PRESENT_MM2,
    MM_PER_INCH,
    PREVIEW_BLOCK_PX,
    PREVIEW_COHERENCE,
    PREVIEW_PPI,
    PREVIEW_SMOOTHING_BLOCKS,
    PREVIEW_WINDOW_PX,
)

_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class FingerPreview:
    """What one live frame shows."""

    is_present: bool
    """Whether something with ridges lies on the platen."""
    area_mm2: float
    mean_level: float
    """Mean gray of the area, or of the whole frame when there is no finger."""
    contrast_levels: float
    """Standard deviation between ridges and valleys, in gray levels; 0 without a finger."""


def preview(pixels: NDArray[np.uint8], resolution_ppi: float) -> FingerPreview:
    """Look at a live frame without extracting anything.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Ridges dark. Not modified.
    resolution_ppi : float
        Resolution of `pixels`, 250 to 1000 ppi.

    Returns
    -------
    finger_preview : FingerPreview

    Raises
    ------
    ValueError
        If `pixels` is not two-dimensional uint8 or the resolution is outside its range.
    """
    require_image(pixels, resolution_ppi)
    small = _shrink(pixels, resolution_ppi)
    if small is None:
        return FingerPreview(False, 0.0, float(pixels.mean()) if pixels.size else 0.0, 0.0)
    contrast, coherence = _measure_blocks(small)
    threshold = max(ENERGY_FLOOR_LEVELS, ENERGY_SHARE * float(np.percentile(contrast, 90)))
    found = (contrast > threshold) & (coherence > PREVIEW_COHERENCE)
    element = np.ones((3, 3), np.uint8)
    opened = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, element)
    mask = keep_large_parts(np.asarray(opened, dtype=bool))
    area_mm2 = float(mask.sum()) * (PREVIEW_BLOCK_PX * MM_PER_INCH / PREVIEW_PPI) ** 2
    if area_mm2 < FINGER_PRESENT_MM2:
        return FingerPreview(False, area_mm2, float(small.mean()), 0.0)
    levels = _block_means(small)[mask]
    return FingerPreview(True, area_mm2, float(levels.mean()), float(contrast[mask].mean()))


def _shrink(pixels: NDArray[np.uint8], resolution_ppi: float) -> NDArray[np.float32] | None:
    """Bring a frame to the preview's resolution in whole blocks; None when none is left."""
    scale = PREVIEW_PPI / resolution_ppi
    rows, cols = (int(side * scale) // PREVIEW_BLOCK_PX * PREVIEW_BLOCK_PX for side in pixels.shape)
    if not rows or not cols:
        return None
    used = pixels[: round(rows / scale), : round(cols / scale)]
    return np.asarray(
        cv2.resize(used, (cols, rows), interpolation=cv2.INTER_AREA), dtype=np.float32
    )


def _measure_blocks(small: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Measure contrast in gray levels and coherence of every block."""
    window = (PREVIEW_WINDOW_PX, PREVIEW_WINDOW_PX)
    deviation = cv2.subtract(small, cv2.blur(small, window))
    along_cols = cv2.Sobel(deviation, cv2.CV_32F, 1, 0, ksize=3)
    along_rows = cv2.Sobel(deviation, cv2.CV_32F, 0, 1, ksize=3)
    contrast, cols_squared, rows_squared, mixed = (
        _smooth_mean(left, right)
        for left, right in (
            (deviation, deviation),
            (along_cols, along_cols),
            (along_rows, along_rows),
            (along_cols, along_rows),
        )
    )
    direction = np.hypot(cols_squared - rows_squared, 2 * mixed)
    coherence = direction / (cols_squared + rows_squared + np.float32(_TINY))
    return np.sqrt(np.maximum(contrast, 0)), coherence


def _smooth_mean(left: object, right: object) -> NDArray[np.float32]:
    product = np.asarray(left, dtype=np.float32) * np.asarray(right, dtype=np.float32)
    smooth = cv2.GaussianBlur(_block_means(product), (0, 0), PREVIEW_SMOOTHING_BLOCKS)
    return np.asarray(smooth, dtype=np.float32)


def _block_means(image: NDArray[np.float32]) -> NDArray[np.float32]:
    size = (image.shape[1] // PREVIEW_BLOCK_PX, image.shape[0] // PREVIEW_BLOCK_PX)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
