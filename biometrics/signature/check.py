"""Check a signature: is it one, is it whole, and did the pad work.

Reasons, most important first:

blank            no ink                        clipped_at_edge  it goes on beyond the pad
dot_only         the pen hardly moved          sample_gaps      the pad lost samples
straight_line    a stroke without a turn       pressure_stuck   one pressure only, or full all along
too_short        too little ink or time        too_small        cannot be read on the card
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.results import Reason
from biometrics.signature import parameters as p

Stroke = NDArray[np.float64]
"""(n, 4) x_mm, y_mm, pressure 0..1, time_s."""


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """Quality of one signature."""

    quality_score: int
    """0..100; 0 means there is no signature."""
    reasons: tuple[Reason, ...]
    """Most important first; empty for a good signature."""
    components: dict[str, float] = field(default_factory=dict)
    """ink_mm, duration_s, pen_down_s, box_mm, box_share, turn_rad, edge_share, sample_rate_hz,
    gap_share, pressure_span, pressure_full_share, stroke_count."""


def check(
    strokes: Sequence[Stroke],
    *,
    width_mm: float,
    height_mm: float,
    sample_rate_hz: float,
    has_pressure: bool = True,
) -> SignatureCheck:
    """Judge the strokes of a signature.

    Parameters
    ----------
    strokes : sequence of (n, 4) ndarray of float64
        x_mm from the left, y_mm from the top, pressure 0..1, time_s. Not modified.
    width_mm, height_mm : float
        The writing area.
    sample_rate_hz : float
        How often the pad reports.
    has_pressure : bool
        False for a pad that measures none: its one value is then no defect.

    Returns
    -------
    SignatureCheck

    Raises
    ------
    ValueError
        If a stroke is not (n, 4) of finite numbers, or area or rate are not positive.
    """
    require_strokes(strokes, width_mm, height_mm, sample_rate_hz)
    inked = [stroke for stroke in strokes if len(stroke)]
    if not inked:
        return SignatureCheck(0, (Reason("blank", 0.0, p.MIN_INK_MM),))
    components = measure(inked, width_mm, height_mm, sample_rate_hz)
    reasons = explain(components, has_pressure=has_pressure)
    is_one = not {reason.code for reason in reasons} & {"dot_only", "straight_line"}
    return SignatureCheck(score_components(components) if is_one else 0, reasons, components)


def require_strokes(
    strokes: Sequence[Stroke], width_mm: float, height_mm: float, sample_rate_hz: float
) -> None:
    """Refuse what are no strokes on a pad.

    Parameters
    ----------
    strokes : sequence of ndarray
    width_mm, height_mm, sample_rate_hz : float

    Raises
    ------
    ValueError
        See `check`.
    """
    if min(width_mm, height_mm, sample_rate_hz) <= 0:
        raise ValueError("the writing area and the sample rate must be positive")
    for stroke in strokes:
        if stroke.ndim != 2 or stroke.shape[1] != 4:
            raise ValueError(f"a stroke is (n, 4) x, y, pressure, time, not {stroke.shape}")
        if not np.isfinite(stroke).all():
            raise ValueError("a stroke holds a number that is not finite; drop such samples first")


def measure(
    strokes: Sequence[Stroke], width_mm: float, height_mm: float, sample_rate_hz: float
) -> dict[str, float]:
    """Measure ink, time, place and what the pad reports.

    Parameters
    ----------
    strokes : sequence of (n, 4) ndarray of float64
        At least one, none empty.
    width_mm, height_mm : float
        The writing area.
    sample_rate_hz : float
        How often the pad reports.

    Returns
    -------
    components : dict of str to float
        See `SignatureCheck.components`.
    """
    samples = np.concatenate(strokes)
    x_mm, y_mm, pressure, time_s = samples.T
    box_mm = (float(np.ptp(x_mm)), float(np.ptp(y_mm)))
    near_edge = (
        (x_mm < p.EDGE_MM)
        | (y_mm < p.EDGE_MM)
        | (x_mm > width_mm - p.EDGE_MM)
        | (y_mm > height_mm - p.EDGE_MM)
    )
    intervals_s = np.concatenate([np.diff(stroke[:, 3]) for stroke in strokes])
    late = (intervals_s > p.MAX_GAP_FACTOR / sample_rate_hz) | (intervals_s < 0)
    usual_s = float(np.median(intervals_s)) if intervals_s.size else 0.0
    return {
        "ink_mm": sum(float(_step_lengths(stroke).sum()) for stroke in strokes),
        "duration_s": float(np.ptp(time_s)),
        "pen_down_s": float(intervals_s.sum()),
        "box_mm": max(box_mm),
        "box_share": box_mm[0] * box_mm[1] / (width_mm * height_mm),
        "turn_rad": sum(_turning_rad(stroke) for stroke in strokes),
        "edge_share": float(near_edge.mean()),
        "sample_rate_hz": 1 / usual_s if usual_s > 0 else sample_rate_hz,
        "sample_rate_share": 1 / (usual_s * sample_rate_hz) if usual_s > 0 else 1.0,
        "gap_share": float(late.mean()) if late.size else 0.0,
        "pressure_span": float(np.ptp(pressure)),
        "pressure_full_share": float((pressure >= p.FULL_PRESSURE).mean()),
        "stroke_count": float(len(strokes)),
    }


def explain(components: dict[str, float], *, has_pressure: bool = True) -> tuple[Reason, ...]:
    """Hold the measures against their limits.

    Parameters
    ----------
    components : dict of str to float
        From `measure`.
    has_pressure : bool
        Whether the pad measures pressure.

    Returns
    -------
    tuple of Reason
        Most important first.
    """
    c = components
    if c["box_mm"] < p.DOT_BOX_MM:
        return (Reason("dot_only", c["box_mm"], p.DOT_BOX_MM),)
    if c["turn_rad"] < p.MIN_TURN_RAD:
        return (Reason("straight_line", c["turn_rad"], p.MIN_TURN_RAD),)
    judged = [
        (c["ink_mm"] < p.MIN_INK_MM, "too_short", c["ink_mm"], p.MIN_INK_MM),
        (c["duration_s"] < p.MIN_DURATION_S, "too_short", c["duration_s"], p.MIN_DURATION_S),
        (c["box_share"] < p.MIN_BOX_SHARE, "too_small", c["box_share"], p.MIN_BOX_SHARE),
        (c["edge_share"] > p.MAX_EDGE_SHARE, "clipped_at_edge", c["edge_share"], p.MAX_EDGE_SHARE),
        (c["gap_share"] > p.MAX_GAP_SHARE, "sample_gaps", c["gap_share"], p.MAX_GAP_SHARE),
        (
            c["sample_rate_share"] < p.MIN_RATE_SHARE,
            "sample_gaps",
            c["sample_rate_share"],
            p.MIN_RATE_SHARE,
        ),
        *(_judge_pressure(c) if has_pressure else ()),
    ]
    return tuple(Reason(code, value, limit) for applies, code, value, limit in judged if applies)


def _judge_pressure(c: dict[str, float]) -> list[tuple[bool, str, float, float]]:
    """Judge whether the pen's pressure is measured: a defect of the pad, not of the signature."""
    span, full = c["pressure_span"], c["pressure_full_share"]
    is_flat = span < p.MIN_PRESSURE_SPAN
    return [
        (is_flat, "pressure_stuck", span, p.MIN_PRESSURE_SPAN),
        (
            not is_flat and full > p.MAX_FULL_PRESSURE_SHARE,
            "pressure_stuck",
            full,
            p.MAX_FULL_PRESSURE_SHARE,
        ),
    ]


def score_components(components: dict[str, float]) -> int:
    """Join the measures into one score.

    Parameters
    ----------
    components : dict of str to float
        From `measure`.

    Returns
    -------
    int
        0..100.
    """
    shares = np.clip(
        [
            components["ink_mm"] / p.FULL_INK_MM,
            components["duration_s"] / p.FULL_DURATION_S,
            components["box_share"] / p.FULL_BOX_SHARE,
            1.0 - components["edge_share"] / (2 * p.MAX_EDGE_SHARE),
            1.0 - components["gap_share"] / (2 * p.MAX_GAP_SHARE),
        ],
        1e-3,
        1.0,
    )
    return round(100 * float(np.exp(np.log(shares).mean())))


def _step_lengths(stroke: Stroke) -> NDArray[np.float64]:
    steps = np.diff(stroke[:, :2], axis=0)
    return np.asarray(np.hypot(steps[:, 0], steps[:, 1]))


def _turning_rad(stroke: Stroke) -> float:
    """Return by how much the pen turned altogether, at steps of about half a millimetre."""
    length = np.concatenate([[0.0], np.cumsum(_step_lengths(stroke))])
    chosen = np.unique(np.searchsorted(length, np.arange(0.0, length[-1], 0.5)))
    steps = np.diff(stroke[chosen, :2], axis=0)
    if len(steps) < 2:
        return 0.0
    direction_rad = np.arctan2(steps[:, 1], steps[:, 0])
    turns = np.abs((np.diff(direction_rad) + np.pi) % (2 * np.pi) - np.pi)
    return float(turns.sum())
