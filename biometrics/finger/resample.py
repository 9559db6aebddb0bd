"""Bring a finger image to 500 ppi."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.parameters import MAX_PIXELS, RESOLUTION_PPI, RESOLUTION_RANGE_PPI

_AREA_FROM_SCALE = 0.67  # below this scale averaging is needed against aliasing


def require_image(pixels: NDArray[Any], resolution_ppi: float) -> None:
    """Refuse what is not a gray image of a usable resolution.

    Parameters
    ----------
    pixels : ndarray
        What a caller handed in.
    resolution_ppi : float
        Its resolution in pixels per inch.

    Raises
    ------
    ValueError
        If `pixels` is not two-dimensional uint8 or the resolution is outside 250 to 1000 ppi.
    """
    if pixels.ndim != 2 or pixels.dtype != np.uint8:
        raise ValueError(
            f"a finger image has 2 dimensions of uint8, not {pixels.ndim} of {pixels.dtype}; "
            "convert it to 8-bit gray first"
        )
    low, high = RESOLUTION_RANGE_PPI
    if not low <= resolution_ppi <= high:
        raise ValueError(
            f"resolution {resolution_ppi} ppi is outside {low:.0f} to {high:.0f}; "
            "hand over the scanner's own resolution"
        )


def size_at_500_ppi(shape: tuple[int, ...], resolution_ppi: float) -> tuple[int, int]:
    """Tell how large an image will be at 500 ppi.

    Parameters
    ----------
    shape : (rows, cols)
        Size in pixels as given.
    resolution_ppi : float
        Resolution as given.

    Returns
    -------
    rows, cols : int
        Size in pixels at 500 ppi.
    """
    scale = RESOLUTION_PPI / resolution_ppi
    return round(shape[0] * scale), round(shape[1] * scale)


def is_too_large(shape: tuple[int, ...], resolution_ppi: float) -> bool:
    """Tell whether an image exceeds what the checks accept.

    Parameters
    ----------
    shape : (rows, cols)
        Size in pixels as given.
    resolution_ppi : float
        Resolution as given.

    Returns
    -------
    answer : bool
        True when the image has more than `MAX_PIXELS`, as given or at 500 ppi.
    """
    rows, cols = size_at_500_ppi(shape, resolution_ppi)
    return max(rows * cols, shape[0] * shape[1] // 4) > MAX_PIXELS


def resample(pixels: NDArray[np.uint8], resolution_ppi: float) -> NDArray[np.uint8]:
    """Resample a finger image to 500 ppi.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Ridges dark. Not modified.
    resolution_ppi : float
        Resolution of `pixels`, 250 to 1000 ppi.

    Returns
    -------
    image : ndarray of uint8
        The same image at 500 ppi, C-contiguous.

    Raises
    ------
    ValueError
        As `require_image`.
    """
    require_image(pixels, resolution_ppi)
    rows, cols = size_at_500_ppi(pixels.shape, resolution_ppi)
    if (rows, cols) == pixels.shape or not rows or not cols:
        return np.ascontiguousarray(pixels[:rows, :cols])
    is_much_smaller = RESOLUTION_PPI / resolution_ppi < _AREA_FROM_SCALE
    method = cv2.INTER_AREA if is_much_smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (cols, rows), interpolation=method), dtype=np.uint8)
