"""Bars of one cycle per mm over the platen: true resolution and geometry along one direction.

Rising edges are found in bands of rows, numbered, and laid on one straight line. Its slope is the
resolution; what is left is the geometric error (BSI TR-03121/TR-03122 v6.0).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from selftest.scanner.geometry import MM_PER_INCH, Field
from selftest.scanner.targets.card import LEAST_CONTRAST_GL, UnknownCardError

_BAND_MM = 0.5
_LEAST_EDGES = 8
_LONGEST_MM = 1.5 * MM_PER_INCH  # BSI: distances up to 1.5 inch count
_SHORT_MM = 0.07 * MM_PER_INCH  # BSI: below this the limit is a length, above it a share
_SHARE = 99.0  # BSI: in 99 % of the cases


@dataclass(frozen=True, slots=True)
class BarMeasure:
    """What one direction of the bar card shows."""

    resolution_ppi: float
    long_error_percent: float
    """Error of distances from 0.07 to 1.5 inch in per cent of the distance, 99th percentile."""
    short_error_mm: float
    """Error of distances up to 0.07 inch, 99th percentile."""
    along_error_mm: float
    """How far a bar bends within 1.5 inch of its length, 99th percentile."""
    rotation_rad: float
    """How the card lay."""


@dataclass(frozen=True, eq=False)
class _Edges:
    """Rising edges of all bands."""

    band: NDArray[np.intp]
    row_px: NDArray[np.float64]
    number: NDArray[np.float64]
    """Which cycle of the card."""
    col_px: NDArray[np.float64]


def measure_bars(picture: Field, resolution_ppi: float) -> BarMeasure:
    """Measure bars that change along the columns of a picture.

    Parameters
    ----------
    picture : ndarray of float32, shape (rows, cols)
        Mean frame; transpose it for the other direction.
    resolution_ppi : float
        What the scanner says it has; only the search starts there.

    Raises
    ------
    UnknownCardError
        If no bars of one cycle per mm are seen.
    """
    edges = _find_edges(picture, resolution_ppi)
    design = np.stack([np.ones_like(edges.number), edges.number, edges.row_px], axis=1)
    (start, period_px, slant), *_ = np.linalg.lstsq(design, edges.col_px, rcond=None)
    rotation_rad = float(np.arctan(slant))
    true_px_per_mm = float(period_px * np.cos(rotation_rad))
    residual_mm = (edges.col_px - design @ np.array([start, period_px, slant])) / true_px_per_mm
    long_percent, short_mm = _across(edges, residual_mm)
    return BarMeasure(
        resolution_ppi=true_px_per_mm * MM_PER_INCH,
        long_error_percent=long_percent,
        short_error_mm=short_mm,
        along_error_mm=_along(edges, residual_mm),
        rotation_rad=rotation_rad,
    )


def rising_edges(profile: NDArray[np.float64], middle_gl: float) -> NDArray[np.float64]:
    """Return where a profile crosses a level upwards, between the samples."""
    below = profile < middle_gl
    starts = np.flatnonzero(below[:-1] & ~below[1:])
    steps = profile[starts + 1] - profile[starts]
    return starts + (middle_gl - profile[starts]) / steps


def _find_edges(picture: Field, resolution_ppi: float) -> _Edges:
    low, high = np.percentile(picture, (10, 90))
    if high - low < LEAST_CONTRAST_GL:
        raise UnknownCardError(f"no bars: the picture spans {high - low:.0f} grey levels only")
    expected_px = resolution_ppi / MM_PER_INCH
    height_px = max(1, round(_BAND_MM * expected_px))
    found: list[tuple[int, NDArray[np.float64]]] = []
    for band in range(picture.shape[0] // height_px):
        rows = picture[band * height_px : (band + 1) * height_px]
        cols = rising_edges(rows.mean(axis=0, dtype=np.float64), (low + high) / 2)
        if cols.size >= _LEAST_EDGES:
            found.append((band, cols))
    if len(found) < _LEAST_EDGES:
        raise UnknownCardError("no bars: too few edges")
    _check_period(found, expected_px)
    return _numbered(found, height_px)


def _check_period(found: list[tuple[int, NDArray[np.float64]]], expected_px: float) -> None:
    period_px = float(np.median(np.concatenate([np.diff(cols) for _, cols in found])))
    if not 0.5 < period_px / expected_px < 1.5:
        raise UnknownCardError(
            f"the bars repeat every {period_px:.1f} px, one cycle per mm would be {expected_px:.1f}"
        )


def _numbered(found: list[tuple[int, NDArray[np.float64]]], height_px: int) -> _Edges:
    """Give the edges of all bands their numbers, following the first edge from band to band."""
    period_px = float(np.median(np.concatenate([np.diff(cols) for _, cols in found])))
    bands, rows, numbers, places = [], [], [], []
    first, before = 0.0, found[0][1][0]
    for band, cols in found:
        first += round((cols[0] - before) / period_px)
        before = cols[0]
        steps = np.rint(np.diff(cols) / period_px)
        bands.append(np.full(cols.size, band))
        rows.append(np.full(cols.size, (band + 0.5) * height_px))
        numbers.append(first + np.concatenate([[0.0], np.cumsum(steps)]))
        places.append(cols)
    return _Edges(*(np.concatenate(part) for part in (bands, rows, numbers, places)))


def _across(edges: _Edges, residual_mm: NDArray[np.float64]) -> tuple[float, float]:
    """Return the error of long distances in per cent and of short ones in mm."""
    long: list[NDArray[np.float64]] = []
    short: list[NDArray[np.float64]] = []
    for band in np.unique(edges.band):
        here = edges.band == band
        distance_mm = np.abs(np.subtract.outer(edges.number[here], edges.number[here]))
        error_mm = np.abs(np.subtract.outer(residual_mm[here], residual_mm[here]))
        is_long = (distance_mm >= _SHORT_MM) & (distance_mm <= _LONGEST_MM)
        long.append(error_mm[is_long] / distance_mm[is_long])
        short.append(error_mm[(distance_mm > 0) & (distance_mm < _SHORT_MM)])
    return (
        100 * float(np.percentile(np.concatenate(long), _SHARE)),
        float(np.percentile(np.concatenate(short), _SHARE)),
    )


def _along(edges: _Edges, residual_mm: NDArray[np.float64]) -> float:
    """Return how far edges move while they are followed along their bar."""
    longest_bands = _LONGEST_MM / _BAND_MM
    bends: list[float] = []
    for number in np.unique(edges.number):
        here = edges.number == number
        bands, off_mm = edges.band[here], residual_mm[here]
        for start in range(0, len(bands), max(1, len(bands) // 4)):
            within = (bands >= bands[start]) & (bands <= bands[start] + longest_bands)
            bends.append(float(np.ptp(off_mm[within])))
    return float(np.percentile(bends, _SHARE))
