"""Estimate the ridge period, the distance from ridge to ridge."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.blocks import mean_per_block, smooth_blocks
from biometrics.parameters import (
    PERIOD_DEFAULT_PX,
    PERIOD_RANGE_PX,
    PERIOD_SMOOTHING_BLOCKS,
    PERIOD_SPREAD,
)

_FINE_SIGMA_PX = 1.3  # of the band-pass: sensor noise falls away
_COARSE_SIGMA_PX = 4.0  # of the band-pass: shading falls away
_DERIVATIVE = np.array([1, -8, 0, 8, -1], np.float32) / 12  # exact up to the fourth power of w ...
_DERIVATIVE_LOSS = 40.0  # ... and w**5 / 30 short along an axis, w**5 / 120 on the diagonal
_TINY = 1e-6


def estimate_period(image: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Estimate the ridge period of every block from the ratio of gradient to signal energy.

    The gradient of a wave of angular frequency w is w times its amplitude, so the ratio of the two
    energies gives w without a Fourier transform.

    Parameters
    ----------
    image : (rows, cols) ndarray of float32
        Normalised image. Not modified.
    mask : (rows, cols) ndarray of bool
        Blocks that belong to the print.

    Returns
    -------
    period_px : (rows, cols) ndarray of float32
        Per block; the median outside the mask.
    """
    band = band_pass(image)
    along_cols = cv2.filter2D(band, cv2.CV_32F, _DERIVATIVE[None])
    along_rows = cv2.filter2D(band, cv2.CV_32F, _DERIVATIVE[:, None])
    gradient = cv2.add(cv2.multiply(along_cols, along_cols), cv2.multiply(along_rows, along_rows))
    ratio = _mean_energy(gradient, mask) / (_mean_energy(cv2.multiply(band, band), mask) + _TINY)
    frequency = np.sqrt(ratio)
    frequency += frequency**5 / _DERIVATIVE_LOSS
    period_px = np.clip(2 * np.pi / (frequency + _TINY), *PERIOD_RANGE_PX)
    return _limit_spread(period_px.astype(np.float32), mask)


def band_pass(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keep what varies at the scale of ridges.

    Parameters
    ----------
    image : (rows, cols) ndarray of float32

    Returns
    -------
    band : (rows, cols) ndarray of float32
    """
    fine = cv2.GaussianBlur(image, (7, 7), _FINE_SIGMA_PX)
    coarse = cv2.GaussianBlur(image, (19, 19), _COARSE_SIGMA_PX)
    return np.asarray(cv2.subtract(fine, coarse), dtype=np.float32)


def _mean_energy(squares: object, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    means = mean_per_block(np.asarray(squares, dtype=np.float32))
    return smooth_blocks(means * mask, sigma_blocks=PERIOD_SMOOTHING_BLOCKS)


def _limit_spread(period_px: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    median_px = np.float32(np.median(period_px[mask]) if mask.any() else PERIOD_DEFAULT_PX)
    limited = np.clip(period_px, median_px / PERIOD_SPREAD, median_px * PERIOD_SPREAD)
    return np.where(mask, limited, median_px).astype(np.float32)
