"""Find where in the image the print is."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.blocks import mean_per_block, smooth_blocks
from biometrics.parameters import (
    COHERENCE_FLOOR,
    COMPONENT_SHARE,
    ENERGY_FLOOR_LEVELS,
    ENERGY_OPENING_BLOCKS,
    ENERGY_SHARE,
)

_ENERGY_SMOOTHING_BLOCKS = 1.2  # Gaussian sigma, so that single pores do not open holes


def measure_contrast(contrast_squared: NDArray[np.float32]) -> NDArray[np.float32]:
    """Measure the contrast of every block, blind to thin bright or dark lines.

    Parameters
    ----------
    contrast_squared : (rows, cols) ndarray of float32
        Squared deviation of every pixel from its surroundings, in gray levels.

    Returns
    -------
    contrast : (rows, cols) ndarray of float32
        Per block, in gray levels. The edge of a platen is narrower than the opening and falls away.
    """
    contrast = cv2.sqrt(mean_per_block(contrast_squared))
    side = (ENERGY_OPENING_BLOCKS, ENERGY_OPENING_BLOCKS)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, side)
    opened = np.asarray(
        cv2.morphologyEx(contrast, cv2.MORPH_OPEN, element, borderType=cv2.BORDER_REPLICATE),
        dtype=np.float32,
    )
    smooth = smooth_blocks(opened, sigma_blocks=_ENERGY_SMOOTHING_BLOCKS)
    return np.minimum(opened, smooth)  # smoothing may not carry the print beyond its edge


def segment(contrast: NDArray[np.float32], coherence: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Decide for every block whether it belongs to the print.

    Parameters
    ----------
    contrast : (rows, cols) ndarray of float32
        Per block, in gray levels.
    coherence : (rows, cols) ndarray of float32
        Per block, 0..1.

    Returns
    -------
    mask : (rows, cols) ndarray of bool
        Without holes or small islands; all False when there is no print.
    """
    threshold = max(ENERGY_FLOOR_LEVELS, ENERGY_SHARE * float(np.percentile(contrast, 90)))
    found = (contrast > threshold) & (coherence > COHERENCE_FLOOR)
    element = np.ones((5, 5), np.uint8)
    closed = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_CLOSE, element)
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, element)
    return fill_holes(keep_large_parts(np.asarray(opened, dtype=bool)))


def keep_large_parts(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop the parts of a mask that are small beside its largest.

    Parameters
    ----------
    mask : (rows, cols) ndarray of bool

    Returns
    -------
    kept : (rows, cols) ndarray of bool
    """
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    areas = np.asarray(statistics[:, cv2.CC_STAT_AREA])
    areas[0] = 0
    kept: NDArray[np.bool_] = areas >= max(1.0, COMPONENT_SHARE * float(areas.max()))
    return kept[np.asarray(labels)]


def fill_holes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill what a mask encloses.

    Parameters
    ----------
    mask : (rows, cols) ndarray of bool

    Returns
    -------
    filled : (rows, cols) ndarray of bool
    """
    outside = np.pad(~mask, 1, constant_values=True).astype(np.uint8)
    cv2.floodFill(outside, None, (0, 0), 2)
    return np.asarray(outside[1:-1, 1:-1] != 2, dtype=bool)
