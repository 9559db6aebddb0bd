"""Decide for every pixel whether it is ridge."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.blocks import spread_to_pixels

_SMOOTHING_PX = 0.7  # Gaussian sigma; removes the steps between blocks


def binarize(enhanced: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Split the enhanced image into ridges and valleys.

    Parameters
    ----------
    enhanced : (rows, cols) ndarray of float32
        Negative on ridges.
    mask : (rows / 8, cols / 8) ndarray of bool
        Blocks that belong to the print.

    Returns
    -------
    ridges : (rows, cols) ndarray of bool
        True on ridges, False on valleys and outside the mask.
    """
    smooth = np.asarray(cv2.GaussianBlur(enhanced, (3, 3), _SMOOTHING_PX), dtype=np.float32)
    return np.asarray((smooth < 0) & spread_to_pixels(mask), dtype=bool)
