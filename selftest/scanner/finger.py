"""What a finger on the glass tells of the scanner: range, gaps, ridge period, sharpness, level.

Numbers about the device; none of them, nor all together, describes a person's print.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from selftest.scanner.spectrum import radial_spectrum

LEVEL_PIXELS = 5  # a grey level counts when so many pixels have it (EBTS/F, BSI TR-03121)
_CORE_PX = 256  # of the finger's middle go into the spectrum; takes 2 ms instead of 20
_TAIL = 0.05  # share of pixels at each end of the histogram where empty levels are no gap
_STRIDE_PX = 4  # every fourth row and column is enough for the level of the empty part
_NEAR_GL = 6  # around the commonest level: noise, and the unevenness of healthy light
_LEAST_EMPTY = 0.05  # share of the picture; with less the fingers cover the glass

Grey = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""First row, first column, last row, last column, the last ones not included."""


@dataclass(frozen=True, slots=True)
class FingerFigures:
    """Figures of one finger's picture."""

    grey_levels: int
    """Levels that at least 5 pixels have."""
    gap_percent: float
    """Empty levels among those between the tails of the histogram."""
    ridge_period_px: float
    """At 500 ppi."""
    ridge_excess_db: float


def measure_finger(pixels: Grey, resolution_ppi: float) -> FingerFigures:
    """Return the figures of one finger, shape (rows, cols), ridges dark."""
    counts = np.bincount(pixels.ravel(), minlength=256)
    spectrum = radial_spectrum(pixels.astype(np.float32), _core(pixels), resolution_ppi)
    return FingerFigures(
        grey_levels=int((counts >= LEVEL_PIXELS).sum()),
        gap_percent=_gap_percent(counts),
        ridge_period_px=spectrum.period_px,
        ridge_excess_db=spectrum.excess_db,
    )


def measure_background(pixels: Grey, fingers: Sequence[Box]) -> float | None:
    """Return the level of the glass outside the fingers; None where they leave no empty glass.

    The level that most pixels have, refined by the mean of those near it: a part of a hand outside
    the boxes does not move it, and a fading lamp shows in fractions of a grey level.
    """
    is_empty = np.ones(pixels.shape, dtype=bool)
    for top, left, bottom, right in fingers:
        is_empty[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = False
    thinned = (slice(None, None, _STRIDE_PX), slice(None, None, _STRIDE_PX))
    empty = pixels[thinned][is_empty[thinned]]
    if empty.size < _LEAST_EMPTY * pixels[thinned].size:
        return None
    return _common_level(empty)


def _common_level(pixels: Grey) -> float:
    peak = int(np.argmax(np.bincount(pixels, minlength=256)))
    near = pixels[np.abs(pixels.astype(np.int16) - peak) <= _NEAR_GL]
    return float(near.mean())


def _gap_percent(counts: NDArray[np.int64]) -> float:
    """Return how many levels are empty where neighbours are full: the trace of a software gain."""
    share = np.cumsum(counts) / max(int(counts.sum()), 1)
    first, last = (int(np.searchsorted(share, tail)) for tail in (_TAIL, 1 - _TAIL))
    between = counts[first : last + 1]
    return float(100 * (between == 0).mean())


def _core(pixels: Grey) -> tuple[slice, slice]:
    rows, cols = pixels.shape
    height, width = min(rows, _CORE_PX), min(cols, _CORE_PX)
    top, left = (rows - height) // 2, (cols - width) // 2
    return slice(top, top + height), slice(left, left + width)
