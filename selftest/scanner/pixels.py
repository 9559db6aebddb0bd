"""Single pixels: dead, stuck, hot, and how many of them touch."""

import cv2
import numpy as np

from selftest.scanner.geometry import Field, Mask, odd_px, sigma_of

_PIXEL_FLOOR_GL = 8.0  # CHECKS A.4; EBTS allows 8 gl in the dark
_GROUP_PX = 5  # side of a group of dead pixels; the smallest speck has 8 px, 0.15 mm2
_STUCK_SHARE = 0.25  # of the usual noise
_HOT_GL = 20.0  # CHECKS E.1 row 20


def deviating_pixels(mean: Field, resolution_ppi: float) -> Mask:
    """Return the pixels that differ from the median of their neighbourhood (9 x 9 at 500 ppi)."""
    levels = np.rint(mean).clip(0, 255).astype(np.uint8)
    difference = np.abs(mean - cv2.medianBlur(levels, odd_px(9, resolution_ppi)))
    bound = max(_PIXEL_FLOOR_GL, 8 * sigma_of(difference))
    return np.asarray(difference > bound)


def fill_small_groups(level: Field, bad: Mask, resolution_ppi: float) -> Field:
    """Return the frame with single bad pixels and small groups at their neighbours' level.

    A few dead pixels side by side are no speck; a scratch is long, and stays.
    """
    longest_px = odd_px(_GROUP_PX, resolution_ppi)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bad.astype(np.uint8), connectivity=8)
    sides = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    small = [n for n in range(1, count) if sides[n] <= longest_px]
    levels = np.rint(level).clip(0, 255).astype(np.uint8)
    around = cv2.medianBlur(levels, odd_px(9, resolution_ppi))
    return np.asarray(np.where(np.isin(labels, small), around, level), dtype=np.float32)


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
