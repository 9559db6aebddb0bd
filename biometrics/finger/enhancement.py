"""Enhance the ridges with a Gabor filter that follows orientation and period.

Every block is filtered by one matrix product: the window of pixels around it, written as a row,
times a matrix that holds the kernel at each of the block's pixel positions. Blocks with the same
orientation and period share their matrix, so the whole image is a few dozen products.
"""

from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.blocks import mean_per_block
from biometrics.parameters import (
    BLOCK_PX,
    FILTER_PERIODS_PX,
    KERNEL_PX,
    ORIENTATION_COUNT,
    SIGMA_ACROSS_PERIODS,
    SIGMA_ALONG_PERIODS,
)

_TINY = 1e-6
_REACH_PX = KERNEL_PX // 2
_WINDOW_PX = BLOCK_PX + KERNEL_PX - 1
# Windows copied at once: 4 MB. With fewer, the allocator returns memory after every check.
_BLOCKS_AT_ONCE = 1350


def enhance(
    image: NDArray[np.float32],
    mask: NDArray[np.bool_],
    orientation_rad: NDArray[np.float32],
    period_px: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Filter every block of the print along its ridges.

    Parameters
    ----------
    image : (rows, cols) ndarray of float32
        Normalised image. Not modified.
    mask : (rows / 8, cols / 8) ndarray of bool
        Blocks that belong to the print; their neighbours are filtered too.
    orientation_rad, period_px : (rows / 8, cols / 8) ndarray of float32
        Ridge direction (counterclockwise from +column) and period of every block.

    Returns
    -------
    enhanced : (rows, cols) ndarray of float32
        Negative on ridges, 0 away from the print.

    References
    ----------
    .. [1] Hong, Wan and Jain, IEEE TPAMI 20(8), 1998 (the filter; block products are ours).
    """
    near = np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)), dtype=bool)
    rows, cols = np.nonzero(near)
    key = _filter_index(orientation_rad[rows, cols], period_px[rows, cols])
    order = np.argsort(key, kind="stable")
    rows, cols, key = rows[order], cols[order], key[order]
    windows = _window_view(image)
    filtered = np.empty((len(key), BLOCK_PX * BLOCK_PX), np.float32)
    for start in range(0, len(key), _BLOCKS_AT_ONCE):
        part = slice(start, start + _BLOCKS_AT_ONCE)
        gathered = windows[rows[part], cols[part]].reshape(-1, _WINDOW_PX * _WINDOW_PX)
        _filter_windows(gathered, key[part], filtered[part])
    tiles = np.zeros((mask.shape[0], BLOCK_PX, mask.shape[1], BLOCK_PX), np.float32)
    tiles[rows, :, cols, :] = filtered.reshape(-1, BLOCK_PX, BLOCK_PX)
    return tiles.reshape(image.shape)


def measure_strength(enhanced: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Measure how strongly the ridges of every block answered the filter.

    Parameters
    ----------
    enhanced : (rows, cols) ndarray of float32
        From `enhance`.
    mask : (rows / 8, cols / 8) ndarray of bool
        Blocks that belong to the print; at least one.

    Returns
    -------
    strength : (rows / 8, cols / 8) ndarray of float32
        Amplitude relative to the median of the print.
    """
    squares = np.asarray(cv2.multiply(enhanced, enhanced), dtype=np.float32)
    amplitude = np.sqrt(mean_per_block(squares))
    return np.asarray(amplitude / max(float(np.median(amplitude[mask])), _TINY), dtype=np.float32)


def _filter_index(
    orientation_rad: NDArray[np.float32], period_px: NDArray[np.float32]
) -> NDArray[np.intp]:
    distance = np.abs(np.log(period_px)[:, None] - np.log(FILTER_PERIODS_PX))
    period_index = distance.argmin(axis=1)
    step = np.rint(orientation_rad * (ORIENTATION_COUNT / np.pi)).astype(np.intp)
    return np.asarray(period_index * ORIENTATION_COUNT + step % ORIENTATION_COUNT, dtype=np.intp)


def _window_view(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """See the image as (rows / 8, cols / 8) windows around its blocks, without a copy."""
    padded = np.asarray(
        cv2.copyMakeBorder(image, *(_REACH_PX,) * 4, cv2.BORDER_REFLECT), dtype=np.float32
    )
    size = (_WINDOW_PX, _WINDOW_PX)
    return np.lib.stride_tricks.sliding_window_view(padded, size)[::BLOCK_PX, ::BLOCK_PX]


def _filter_windows(
    windows: NDArray[np.float32], key: NDArray[np.intp], filtered: NDArray[np.float32]
) -> None:
    """Filter windows that are sorted by key into `filtered`."""
    cuts = np.flatnonzero(np.diff(key)) + 1
    bounds = [0, *cuts.tolist(), len(key)]
    for start, stop in pairwise(bounds):
        period_index, step = divmod(int(key[start]), ORIENTATION_COUNT)
        matrix = filter_matrices(period_index)[step]
        np.dot(windows[start:stop], matrix, out=filtered[start:stop])


@cache
def filter_matrices(period_index: int) -> NDArray[np.float32]:
    """Write the filters of one period as matrices from a window to the block in its middle.

    Parameters
    ----------
    period_index : int
        Into `FILTER_PERIODS_PX`.

    Returns
    -------
    matrices : (orientations, window * window, block * block) ndarray of float32
        Computed once and shared: read-only. Most prints need two or three periods of the seven,
        4 MB each.
    """
    period_px = float(FILTER_PERIODS_PX[period_index])
    kernels = np.stack(
        [
            gabor_kernel(np.pi * step / ORIENTATION_COUNT, period_px)
            for step in range(ORIENTATION_COUNT)
        ]
    )
    bank = np.zeros((len(kernels), _WINDOW_PX, _WINDOW_PX, BLOCK_PX, BLOCK_PX), np.float32)
    for row in range(BLOCK_PX):
        for col in range(BLOCK_PX):
            bank[:, row : row + KERNEL_PX, col : col + KERNEL_PX, row, col] = kernels
    matrices = bank.reshape(len(kernels), _WINDOW_PX * _WINDOW_PX, BLOCK_PX * BLOCK_PX)
    matrices.setflags(write=False)
    return matrices


def gabor_kernel(orientation_rad: float, period_px: float) -> NDArray[np.float64]:
    """Compute an even Gabor kernel that answers 0 to flat areas.

    Parameters
    ----------
    orientation_rad : float
        Ridge direction, counterclockwise from +column.
    period_px : float
        Ridge period.

    Returns
    -------
    kernel : (KERNEL_PX, KERNEL_PX) ndarray of float64
        Positive and negative parts both sum to 1 in magnitude.
    """
    rows, cols = np.mgrid[-_REACH_PX : _REACH_PX + 1, -_REACH_PX : _REACH_PX + 1].astype(float)
    across = cols * np.sin(orientation_rad) + rows * np.cos(orientation_rad)
    along = cols * np.cos(orientation_rad) - rows * np.sin(orientation_rad)
    across_sigma, along_sigma = SIGMA_ACROSS_PERIODS * period_px, SIGMA_ALONG_PERIODS * period_px
    envelope = np.exp(-0.5 * ((across / across_sigma) ** 2 + (along / along_sigma) ** 2))
    kernel = envelope * np.cos(2 * np.pi * across / period_px)
    kernel -= envelope * (kernel.sum() / envelope.sum())
    return np.asarray(kernel / (np.abs(kernel).sum() / 2), dtype=np.float64)
