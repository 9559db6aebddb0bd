"""Estimate the direction of the ridges."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.blocks import mean_per_block, smooth_blocks
from biometrics.parameters import (
    ORIENTATION_COARSE_BLOCKS,
    ORIENTATION_FINE_BLOCKS,
    ORIENTATION_REFINED_BLOCKS,
    ORIENTATION_TRUST,
    SEGMENTATION_SMOOTHING_BLOCKS,
)

_TINY = 1e-6  # keeps divisions finite where an image is flat


@dataclass(frozen=True, slots=True, eq=False)
class RidgeFlow:
    """Mean direction of the gradients of every block, as a vector at twice the ridge's angle."""

    cosine: NDArray[np.float32]
    """(rows, cols) in blocks: energy times the cosine of the doubled ridge angle."""
    sine: NDArray[np.float32]
    """(rows, cols) in blocks: energy times the sine of the doubled ridge angle."""
    energy: NDArray[np.float32]
    """(rows, cols) in blocks: mean squared gradient."""

    def smoothed(self, *, sigma_blocks: float) -> "RidgeFlow":
        """Average over neighbouring blocks.

        Parameters
        ----------
        sigma_blocks : float
            Standard deviation of the Gaussian, in blocks.

        Returns
        -------
        flow : RidgeFlow
        """
        parts = (self.cosine, self.sine, self.energy)
        return RidgeFlow(*(smooth_blocks(part, sigma_blocks=sigma_blocks) for part in parts))

    def within(self, mask: NDArray[np.bool_]) -> "RidgeFlow":
        """Keep the blocks of a mask; the others carry no energy.

        Parameters
        ----------
        mask : (rows, cols) ndarray of bool
            In blocks.

        Returns
        -------
        flow : RidgeFlow
        """
        weight = mask.astype(np.float32)
        return RidgeFlow(self.cosine * weight, self.sine * weight, self.energy * weight)

    def length(self) -> NDArray[np.float32]:
        """Measure the vectors.

        Returns
        -------
        length : (rows, cols) ndarray of float32
            Between 0 and `energy`.
        """
        return np.asarray(cv2.magnitude(self.cosine, self.sine), dtype=np.float32)

    def coherence(self) -> NDArray[np.float32]:
        """Tell how far the gradients of a block agree.

        Returns
        -------
        coherence : (rows, cols) ndarray of float32
            0 for no common direction, 1 for perfectly parallel ridges.
        """
        return self.length() / (self.energy + np.float32(_TINY))

    def angle_rad(self) -> NDArray[np.float32]:
        """Turn the vectors into ridge directions.

        Returns
        -------
        angle_rad : (rows, cols) ndarray of float32
            In [0, pi), counterclockwise from +column.
        """
        doubled = np.arctan2(self.sine, self.cosine)
        return np.mod(doubled / 2, np.float32(np.pi))


def measure_ridge_flow(image: NDArray[np.float32]) -> RidgeFlow:
    """Average the squared gradients of every block.

    Parameters
    ----------
    image : (rows, cols) ndarray of float32
        Normalised or enhanced image, sides multiples of the block. Not modified.

    Returns
    -------
    flow : RidgeFlow

    References
    ----------
    .. [1] Bazen and Gerez, IEEE TPAMI 24(7), 2002.
    """
    along_cols = cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=3)
    along_rows = cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=3)
    cols_squared = _mean(cv2.multiply(along_cols, along_cols))
    rows_squared = _mean(cv2.multiply(along_rows, along_rows))
    mixed = _mean(cv2.multiply(along_cols, along_rows))
    # A ridge runs across its gradient, and rows grow downwards: both turns cancel in the sine.
    return RidgeFlow(
        cosine=rows_squared - cols_squared,
        sine=2 * mixed,
        energy=rows_squared + cols_squared,
    )


def _mean(product: object) -> NDArray[np.float32]:
    return mean_per_block(np.asarray(product, dtype=np.float32))


def measure_wide_coherence(flow: RidgeFlow) -> NDArray[np.float32]:
    """Tell how far the gradients around every block agree.

    Parameters
    ----------
    flow : RidgeFlow
        Of the normalised image.

    Returns
    -------
    coherence : (rows, cols) ndarray of float32
        Per block, 0..1.
    """
    return flow.smoothed(sigma_blocks=SEGMENTATION_SMOOTHING_BLOCKS).coherence()


def estimate_orientation(flow: RidgeFlow, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Estimate the ridge direction of every block.

    Where ridges are clear, a narrow average follows their curvature; where they are not, a wide
    one carries the direction over from the surroundings.

    Parameters
    ----------
    flow : RidgeFlow
        Of the normalised image.
    mask : (rows, cols) ndarray of bool
        Blocks that belong to the print.

    Returns
    -------
    orientation_rad : (rows, cols) ndarray of float32
        In [0, pi), counterclockwise from +column.
    """
    inside = flow.within(mask)
    fine = inside.smoothed(sigma_blocks=ORIENTATION_FINE_BLOCKS)
    coarse = inside.smoothed(sigma_blocks=ORIENTATION_COARSE_BLOCKS)
    low, high = ORIENTATION_TRUST
    trust = np.clip((fine.coherence() - low) / (high - low), 0, 1)
    fine_weight = trust / (fine.length() + _TINY)
    coarse_weight = (1 - trust) / (coarse.length() + _TINY)
    return RidgeFlow(
        cosine=fine_weight * fine.cosine + coarse_weight * coarse.cosine,
        sine=fine_weight * fine.sine + coarse_weight * coarse.sine,
        energy=coarse.energy,
    ).angle_rad()


def refine_orientation(enhanced: NDArray[np.float32]) -> NDArray[np.float32]:
    """Measure the ridge direction anew on an image that was filtered once.

    Parameters
    ----------
    enhanced : (rows, cols) ndarray of float32
        Result of the first pass of the filter.

    Returns
    -------
    orientation_rad : (rows, cols) ndarray of float32
        Per block, in [0, pi), counterclockwise from +column.
    """
    flow = measure_ridge_flow(enhanced)
    return flow.smoothed(sigma_blocks=ORIENTATION_REFINED_BLOCKS).angle_rad()
