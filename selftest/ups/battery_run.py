"""What a stretch on battery tells of the battery: sag, slope, time to empty, inner resistance.

Works with every UPS that tells its battery's voltage (CHECKS.md B.3): a test by the UPS, a mains
plug that was pulled, or an outage that came by itself.

    0 s  transfer     10 s  sag: the surface charge is gone      from there on  slope

Straight line to 10.5 V per block: a lead battery falls faster towards its end, so the predicted
time is a figure for comparison with the same unit when it was new, not a promise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Numbers = NDArray[np.float64]

SAG_S = 10.0
EMPTY_BLOCK_V = 10.5
"""Six cells at 1.75 V; CHECKS row 64."""
REFERENCE_LOAD_PERCENT = 50.0
"""Load that runtimes of different tests are compared at; our choice."""
NUT_RUNTIMECAL = (240.0, 100.0, 720.0, 50.0)
"""Seconds and load twice: the example of NUT's documentation, for a UPS without its own."""
_SAG_EARLY_S = 2.5
_LEAST_POINTS = 5
_LEAST_SPAN_S = 25.0  # after the sag; shorter says nothing of the slope
_LEAST_LOAD_STEP_PERCENT = 8.0
_NOMINAL_BLOCK_V = 12.0
_SURE_ERROR = 0.1  # of the slope: a standard error up to this is a figure to act on


@dataclass(frozen=True, slots=True)
class BatteryPoint:
    """One reading on battery."""

    at_s: float
    """Since the transfer."""
    block_v: float
    load_percent: float | None


@dataclass(frozen=True, slots=True)
class Slope:
    """Straight line through the readings after the sag."""

    v_per_s: float
    start_v: float
    """Of the line at the transfer."""
    error_share: float
    """Standard error of the slope, in parts of it."""

    @property
    def is_sure(self) -> bool:
        """Tell whether the slope stands out of the scatter."""
        return self.error_share <= _SURE_ERROR


def sag_voltage(points: Sequence[BatteryPoint]) -> float | None:
    """Return volts per block 10 s after the transfer; None for a shorter stretch.

    A UPS tests itself for 10 s, so that the last reading comes shortly before: it is taken then.
    """
    before = [point for point in points if point.at_s <= SAG_S]
    after = [point for point in points if point.at_s >= SAG_S]
    if not before:
        return None
    if not after:
        is_near = before[-1].at_s >= SAG_S - _SAG_EARLY_S
        return before[-1].block_v if is_near else None
    left, right = before[-1], after[0]
    if right.at_s == left.at_s:
        return left.block_v
    share = (SAG_S - left.at_s) / (right.at_s - left.at_s)
    return left.block_v + share * (right.block_v - left.block_v)


def mean_load(points: Sequence[BatteryPoint]) -> float | None:
    """Return the mean load in per cent; None where the UPS tells none."""
    loads = [point.load_percent for point in points if point.load_percent is not None]
    return sum(loads) / len(loads) if loads else None


def fit_slope(points: Sequence[BatteryPoint]) -> Slope | None:
    """Return the line through the readings after the sag; None where it cannot be told.

    Where the load changed meanwhile, its part is taken out: the line is for the mean load.
    """
    late = _late(points)
    if len(late) < _LEAST_POINTS or late[-1].at_s - late[0].at_s < _LEAST_SPAN_S:
        return None
    solution, error, shares = _fit(late)
    slope = float(solution[1])
    start_v = float(solution[0]) + (float(solution[2] * shares.mean()) if shares.size else 0.0)
    return Slope(slope, start_v, error / abs(slope) if slope else math.inf)


def predict_runtime_s(points: Sequence[BatteryPoint]) -> float | None:
    """Return seconds from the transfer to an empty battery; None where the voltage does not fall.

    Half the slope's standard error or more is scatter: then nothing is predicted either.
    """
    slope = fit_slope(points)
    if slope is None or slope.v_per_s >= 0 or slope.error_share > 0.5:
        return None
    return max(0.0, (slope.start_v - EMPTY_BLOCK_V) / -slope.v_per_s)


def parse_runtimecal(text: str | None) -> tuple[float, float, float, float]:
    """Return NUT's `runtimecal` as numbers; its documentation's example for anything else."""
    try:
        short_s, high, long_s, low = (float(part) for part in (text or "").split(","))
    except ValueError:
        return NUT_RUNTIMECAL
    is_possible = 0 < short_s < long_s and high > low > 0
    return (short_s, high, long_s, low) if is_possible else NUT_RUNTIMECAL


def scale_runtime_s(
    runtime_s: float,
    load_percent: float,
    *,
    runtimecal: tuple[float, float, float, float] = NUT_RUNTIMECAL,
    reference_percent: float = REFERENCE_LOAD_PERCENT,
) -> float:
    """Return what a runtime at one load is at the reference load, by NUT's power law."""
    short_s, high, long_s, low = runtimecal
    exponent = math.log(long_s / short_s) / math.log(high / low)
    return float(runtime_s * (load_percent / reference_percent) ** exponent)


def inner_resistance(points: Sequence[BatteryPoint]) -> float | None:
    """Return volts per block for each per cent of load, where the load changed on battery.

    The fall of the voltage with time is taken out. None where the load changed too little. The
    number compares one unit with itself only: the current is not known, just its share.
    """
    late = _late(points)
    if len(late) < _LEAST_POINTS:
        return None
    solution, _, shares = _fit(late)
    return -float(solution[2]) if shares.size else None


def _late(points: Sequence[BatteryPoint]) -> list[BatteryPoint]:
    return [point for point in points if point.at_s >= SAG_S]


def _fit(late: list[BatteryPoint]) -> tuple[_Numbers, float, _Numbers]:
    """Fit volts = start + slope * time (+ resistance * current, where the load changed).

    Returns the solution, the standard error of the slope and the currents: load over voltage,
    relative to a block's nominal 12 V, since a UPS takes constant power; empty without a change.
    """
    times = np.array([point.at_s for point in late])
    volts = np.array([point.block_v for point in late])
    currents = _currents(late, volts)
    columns = [np.ones_like(times), times, *([currents] if currents.size else [])]
    design = np.stack(columns, axis=1)
    solution, *_ = np.linalg.lstsq(design, volts, rcond=None)
    freedom = max(1, len(late) - design.shape[1])
    scatter = float(np.sum((volts - design @ solution) ** 2)) / freedom
    covariance = scatter * np.linalg.pinv(design.T @ design)
    return solution, math.sqrt(max(0.0, float(covariance[1, 1]))), currents


def _currents(late: list[BatteryPoint], volts: _Numbers) -> _Numbers:
    loads = [point.load_percent for point in late if point.load_percent is not None]
    if len(loads) < len(late) or max(loads) - min(loads) < _LEAST_LOAD_STEP_PERCENT:
        return np.empty(0)
    return np.array(loads) * _NOMINAL_BLOCK_V / volts
