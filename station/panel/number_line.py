"""A measured value among its limits, as shapes for a small drawing 100 units wide."""

import itertools
import math
from dataclasses import dataclass

from selftest.report import Measurement

_MARGIN_SHARE = 0.15
"""Room beside the outermost number, as a share of the span."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of the line; 0 to 100."""

    start: float
    width: float
    tone: str


@dataclass(frozen=True, slots=True)
class NumberLine:
    """Zones from left to right and where the value stands."""

    zones: tuple[Zone, ...]
    mark: float


def number_line(item: Measurement) -> NumberLine | None:
    """Return the drawing; None for a value without limits or that is no number."""
    bounds = _bounds(item)
    if not bounds or not math.isfinite(item.value):
        return None
    low, high = _span([item.value, *bounds])
    scale = 100 / (high - low)
    edges = [low, *bounds, high]
    zones = tuple(
        Zone(
            round((start - low) * scale, 2),
            round((end - start) * scale, 2),
            _tone(item, (start + end) / 2),
        )
        for start, end in itertools.pairwise(edges)
    )
    return NumberLine(zones, round((item.value - low) * scale, 2))


def _bounds(item: Measurement) -> list[float]:
    named = (
        item.info_below,
        item.info_above,
        item.warn_below,
        item.warn_above,
        item.fail_below,
        item.fail_above,
    )
    return sorted({bound for bound in named if bound is not None})


def _span(numbers: list[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    room = (high - low) * _MARGIN_SHARE or max(abs(high), 1.0) * _MARGIN_SHARE
    return low - room, high + room


def _tone(item: Measurement, value: float) -> str:
    if _is_beyond(value, item.fail_below, item.fail_above):
        return "bad"
    if _is_beyond(value, item.warn_below, item.warn_above):
        return "warn"
    return "info" if _is_beyond(value, item.info_below, item.info_above) else "good"


def _is_beyond(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)
