"""Frames of cards and caps before a camera: light, colour, sharpness, defects.

Numbers only: whoever stands beside the card leaves nothing here.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Colour = NDArray[np.uint8]

STUCK_GL = 40.0  # over the median under the cap; the noise of a camera is 2 to 10; our choice
UNEVEN_SHARE = 0.08  # of the card's level; lamps make a slope, a scene far more than that
_BLOCKS = 8
_EDGE_SIGMA_PX = 1.0


def as_grey(pixels: Grey | Colour) -> Grey:
    """Return one channel."""
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def block_levels(pixels: Grey | Colour) -> NDArray[np.float64]:
    """Return the mean of 8 x 8 blocks."""
    small = cv2.resize(as_grey(pixels), (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float64)


def is_even_card(pixels: Grey | Colour) -> bool:
    """Tell whether one even card fills the picture, apart from a slope of light."""
    levels = block_levels(pixels)
    rows, cols = np.mgrid[0:_BLOCKS, 0:_BLOCKS]
    plane = np.column_stack([rows.ravel(), cols.ravel(), np.ones(levels.size)])
    slope = np.linalg.lstsq(plane, levels.ravel(), rcond=None)[0]
    middle = float(np.median(levels))
    rest = float(np.abs(levels.ravel() - plane @ slope).max())
    return 15 < middle < 245 and rest < UNEVEN_SHARE * middle


def light_ratio(pixels: Grey | Colour) -> float:
    """Return how much lighter one side is than the other, left and right thirds."""
    levels = block_levels(pixels).mean(axis=0)
    third = _BLOCKS // 3 + 1
    left, right = float(levels[:third].mean()), float(levels[-third:].mean())
    return max(left, right) / max(min(left, right), 1.0)


def colour_cast(pixels: Colour) -> float:
    """Return the strongest channel's mean over the weakest's, on a grey card."""
    means = pixels.reshape(-1, 3).mean(axis=0)
    return float(means.max() / max(float(means.min()), 1.0))


def edge_sharpness(pixels: Grey | Colour) -> float:
    """Return the steepest 1 % of edges over the card's contrast: it does not depend on the lens."""
    grey = as_grey(pixels).astype(np.float32)
    dark, light = np.percentile(grey, (10, 90))
    if light - dark < 20:
        return 0.0
    smooth = cv2.GaussianBlur(grey, (0, 0), _EDGE_SIGMA_PX)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3) / 8
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3) / 8
    return float(100 * np.percentile(np.hypot(across, down), 99) / (light - dark))


def stuck_pixels(frames: NDArray[np.uint8]) -> int:
    """Return how many pixels stay light under the cap, shape (n, rows, cols[, 3])."""
    lowest = frames.min(axis=0)
    lowest = lowest if lowest.ndim == 2 else lowest.max(axis=2)
    return int((lowest > np.median(lowest) + STUCK_GL).sum())


def is_covered(pixels: Grey | Colour) -> bool:
    """Tell whether the lens is covered."""
    return float(np.median(as_grey(pixels))) < 15
