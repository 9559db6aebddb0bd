"""Slow changes: an exponentially weighted mean of daily medians against the unit's first 60 days.

The limits are wide on purpose: L = 3.5 with a baseline of 20 days raised a false alarm on half of
the stations in a year, L = 6 on three days in a row with 60 days on none of 200 (CHECKS.md A.5).
Arrays in, arrays out; it knows no clock and no database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from selftest.daily import Day

WEIGHT = 0.1  # of the newest day; CHECKS.md A.5
LIMIT_SIGMAS = 6.0  # CHECKS.md A.5
BASELINE_DAYS = 60  # CHECKS.md A.5
DAYS_IN_A_ROW = 3  # CHECKS.md A.5
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
FLOORS = {"background_level": 0.3, "quality_score": 3.0}
"""Smallest spread believed, in the unit of the metric: grey levels, points (CHECKS.md A.5)."""

Series = NDArray[np.float64]


class Shift(StrEnum):
    """What a change of level and quality together means."""

    NONE = "none"
    GLASS = "glass"
    """The empty part of the image changed: lamp, glass or sensor."""
    FINGERS = "fingers"
    """Only the fingers' quality changed: people, season, guidance."""


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """A series judged; every array has one element per day."""

    middle: float
    """Median of the baseline days."""
    sigma: float
    limit: float
    """The weighted mean may differ from the middle by this much."""
    weighted: Series
    """Exponentially weighted mean; the middle during the baseline."""
    is_beyond: NDArray[np.bool_]
    is_alarm: NDArray[np.bool_]
    """Beyond for DAYS_IN_A_ROW days, in the same direction."""

    @property
    def shift(self) -> float:
        """How far the last weighted mean is from the middle."""
        return float(self.weighted[-1] - self.middle)

    @property
    def sigmas(self) -> float:
        """The same in units of the limit's sigma: beyond LIMIT_SIGMAS is beyond."""
        return abs(self.shift) / (self.limit / LIMIT_SIGMAS)

    @property
    def days_beyond(self) -> int:
        """How many days in a row, up to the last one, are beyond."""
        inside = np.flatnonzero(~self.is_beyond)
        return int(self.is_beyond.size - 1 - (inside[-1] if inside.size else -1))


def judge_trend(medians: Series, *, floor: float) -> Trend | None:
    """Judge daily medians, the oldest first; None while the baseline is not full.

    Parameters
    ----------
    medians : (days,) ndarray of float64
        Days without captures are left out, they prove nothing.
    floor : float
        Smallest standard deviation believed, in the unit of the medians.
    """
    if medians.size < BASELINE_DAYS:
        return None
    first = medians[:BASELINE_DAYS]
    middle = float(np.median(first))
    sigma = max(_MAD_TO_SIGMA * float(np.median(np.abs(first - middle))), floor)
    limit = LIMIT_SIGMAS * sigma * float(np.sqrt(WEIGHT / (2 - WEIGHT)))
    weighted = np.full(medians.size, middle)
    for day in range(BASELINE_DAYS, medians.size):
        weighted[day] = WEIGHT * medians[day] + (1 - WEIGHT) * weighted[day - 1]
    is_beyond = np.abs(weighted - middle) > limit
    return Trend(middle, sigma, limit, weighted, is_beyond, _runs(is_beyond))


def judge_days(days: Sequence[Day], metric: str) -> Trend | None:
    """Judge a metric's days; None while there are too few, or for a metric without a floor."""
    if metric not in FLOORS:
        return None
    return judge_trend(np.array([day.median for day in days]), floor=FLOORS[metric])


def tell_glass_from_fingers(background: Trend | None, quality: Trend | None) -> Shift:
    """Return which of the two changed; a glass that changed explains a lower quality too."""
    if background is not None and background.is_alarm[-1]:
        return Shift.GLASS
    if quality is not None and quality.is_alarm[-1]:
        return Shift.FINGERS
    return Shift.NONE


def _runs(is_beyond: NDArray[np.bool_]) -> NDArray[np.bool_]:
    padded = np.concatenate([np.zeros(DAYS_IN_A_ROW - 1, dtype=bool), is_beyond])
    windows = np.lib.stride_tricks.sliding_window_view(padded, DAYS_IN_A_ROW)
    return np.asarray(windows.all(axis=1))
