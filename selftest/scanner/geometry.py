"""Lengths on a scanner's picture: everything is defined at 500 ppi and scaled from there."""

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]
Frames = NDArray[np.uint8]

NOMINAL_PPI = 500.0
MM_PER_INCH = 25.4
BLOCK_INCH = 0.25  # BSI TR-03121/TR-03122 v6.0, procedures TC-AH-FP-OPT
MAD_TO_SIGMA = 1.4826  # of a normal distribution


def block_px(resolution_ppi: float) -> int:
    """Return the edge of a quarter-inch block in pixels: 125 at 500 ppi."""
    return round(BLOCK_INCH * resolution_ppi)


def scaled_px(length_px: float, resolution_ppi: float) -> float:
    """Return a length that is given in pixels at 500 ppi in pixels of this resolution."""
    return length_px * resolution_ppi / NOMINAL_PPI


def odd_px(length_px: int, resolution_ppi: float) -> int:
    """Return an odd window of about this length at 500 ppi; at least 3."""
    return max(3, 2 * round((scaled_px(length_px, resolution_ppi) - 1) / 2) + 1)


def sigma_of(deviation: NDArray[np.float32]) -> float:
    """Return the standard deviation that absolute deviations from a median stand for."""
    return float(MAD_TO_SIGMA * np.median(deviation))


def tiles_of(shape_px: tuple[int, int], edge_px: float) -> tuple[tuple[slice, slice], ...]:
    """Cut a picture into equal tiles of about this edge, row by row."""
    cuts = [
        np.linspace(0, side, max(1, round(side / edge_px)) + 1).astype(int) for side in shape_px
    ]
    return tuple(
        (slice(int(top), int(bottom)), slice(int(left), int(right)))
        for top, bottom in zip(cuts[0][:-1], cuts[0][1:], strict=True)
        for left, right in zip(cuts[1][:-1], cuts[1][1:], strict=True)
    )
