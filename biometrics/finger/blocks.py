"""The grid of blocks on which orientation, period and mask live."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.parameters import BLOCK_PX


def pad_to_blocks(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Extend an image at the bottom and right to whole blocks by repeating its edge.

    Parameters
    ----------
    image : (rows, cols) ndarray of uint8
        Any size from one pixel.

    Returns
    -------
    padded : ndarray of uint8
        Sides are multiples of `BLOCK_PX`; the image itself where they already were.
    """
    rows, cols = image.shape
    bottom, right = -rows % BLOCK_PX, -cols % BLOCK_PX
    if not bottom and not right:
        return image
    return np.pad(image, ((0, bottom), (0, right)), mode="edge")


def mean_per_block(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average every block.

    Parameters
    ----------
    image : (rows, cols) ndarray of float32
        Sides are multiples of `BLOCK_PX`.

    Returns
    -------
    means : (rows // BLOCK_PX, cols // BLOCK_PX) ndarray of float32
    """
    rows, cols = image.shape
    size = (cols // BLOCK_PX, rows // BLOCK_PX)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def smooth_blocks(values: NDArray[np.float32], *, sigma_blocks: float) -> NDArray[np.float32]:
    """Smooth a map of blocks with a Gaussian.

    Parameters
    ----------
    values : (rows, cols) ndarray of float32
        One value per block.
    sigma_blocks : float
        Standard deviation in blocks.

    Returns
    -------
    smoothed : (rows, cols) ndarray of float32
    """
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_blocks), dtype=np.float32)


def spread_to_pixels(blocks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Repeat every block's value over its pixels.

    Parameters
    ----------
    blocks : (rows, cols) ndarray of bool
        One value per block.

    Returns
    -------
    pixels : (rows * BLOCK_PX, cols * BLOCK_PX) ndarray of bool
    """
    return blocks.repeat(BLOCK_PX, axis=0).repeat(BLOCK_PX, axis=1)
