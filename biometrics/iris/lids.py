"""Tell a shut eye from a picture without an eye: the lashes make one long dark line."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.iris import parameters as p


def looks_shut(pixels: NDArray[np.uint8]) -> bool:
    """Tell whether a picture without pupil shows closed lids.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Eye image. Not modified.

    Returns
    -------
    bool
    """
    quarter = cv2.resize(pixels, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    dark_detail = cv2.morphologyEx(quarter, cv2.MORPH_BLACKHAT, kernel)
    lashes = (dark_detail > p.LASH_GREY).astype(np.uint8)
    joined = cv2.morphologyEx(lashes, cv2.MORPH_CLOSE, np.ones((5, 9), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    rows, cols = quarter.shape
    wide = stats[1:count, cv2.CC_STAT_WIDTH] >= p.LASH_LINE_WIDTH * cols
    low = stats[1:count, cv2.CC_STAT_HEIGHT] <= p.LASH_LINE_HEIGHT * rows
    return bool((wide & low).any())
