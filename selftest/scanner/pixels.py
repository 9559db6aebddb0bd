"""Single pixels: dead, stuck, hot, and how many of them touch."""

import cv2
import numpy as np

from selftest.scanner.geometry import Field, Mask, odd_px, sigma_of

_PIXEL_FLOOR_GL = 8.0  # CHECKS A.4; EBTS allows 8 gl in the dark
_STUCK_SHARE = 0.25  # of the usual noise
_HOT_GL = 20.0  # CHECKS E.1 row 20


def deviating_pixels(mean: Field, resolution_ppi: float) -> Mask:
    """Return the pixels that differ from the median of their neighbourhood (9 x 9 at 500 ppi)."""
    levels = np.rint(mean).clip(0, 255).astype(np.uint8)
    difference = np.abs(mean - cv2.medianBlur(levels, odd_px(9, resolution_ppi)))
    bound = max(_PIXEL_FLOOR_GL, 8 * sigma_of(difference))
    return np.asarray(difference > bound)


def stuck_pixels(bad: Mask, temporal_gl: Field) -> Mask:
    """Return the bad pixels that hardly change from frame to frame."""
    return np.asarray(bad & (temporal_gl < _STUCK_SHARE * float(np.median(temporal_gl))))


def hot_pixels(dark_mean: Field, resolution_ppi: float) -> Mask:
    """Return the pixels that stay light while the scanner's light is off."""
    levels = np.rint(dark_mean).clip(0, 255).astype(np.uint8)
    around = cv2.medianBlur(levels, odd_px(9, resolution_ppi))
    return np.asarray(dark_mean - around > _HOT_GL)


def has_cluster(bad: Mask) -> bool:
    """Tell whether a 3 x 3 square is bad throughout: it can look like a minutia."""
    eroded = cv2.erode(bad.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    return bool(eroded.any())
