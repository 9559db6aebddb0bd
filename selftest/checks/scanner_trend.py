"""The scanner over days and weeks, from statistics of ordinary captures.

A trend is never a failure: it asks for the blank-glass checks, which can confirm it.
"""

from collections.abc import Sequence

import numpy as np

from selftest.check import Measured, Skip, Value, check, measured
from selftest.counters import counted_in
from selftest.daily import DailyStatistics
from selftest.history import History
from selftest.report import Confidence
from selftest.subject import Subject
from selftest.trend import (
    BASELINE_DAYS,
    Shift,
    Trend,
    judge_days,
    tell_glass_from_fingers,
)

FINGERS = 50  # CHECKS E.1 rows 27 to 29
_WANTED_LEVELS = 100  # a share of 99 % needs a hundred: of fifty, a single finger is two per cent
_WINDOW_DAYS = 30
_LEAST_ACCEPTED = 50  # fewer attempts prove nothing of the scanner; our choice
_TOLD = {
    Shift.GLASS: "kaca atau lampu berubah / the glass or the lamp changed",
    Shift.FINGERS: "kaca tetap, mutu jari berubah / the glass is as it was, fingers changed",
    Shift.NONE: "",
}


def _statistics(subject: Subject) -> DailyStatistics:
    return DailyStatistics(History(subject.bench.history_file))


def _unit(subject: Subject) -> str:
    return subject.unit or ""


def trend_of(statistics: DailyStatistics, unit: str, metric: str) -> Trend | None:
    """Return the judged series of one metric; None without 60 days of it."""
    return judge_days(statistics.since_baseline(unit, metric), metric)


def _judge_days(subject: Subject, metric: str) -> Measured | Skip:
    statistics, unit = _statistics(subject), _unit(subject)
    trend = trend_of(statistics, unit, metric)
    if trend is None:
        days = len(statistics.since_baseline(unit, metric))
        return Skip(f"baru {days} dari {BASELINE_DAYS} hari / days of captures so far")
    background, quality = (
        trend_of(statistics, unit, name) for name in ("background_level", "quality_score")
    )
    told = _TOLD[tell_glass_from_fingers(background, quality)]
    evidence = f"{trend.middle:.1f} {trend.shift:+.2f} (+-{trend.limit:.2f})"
    return Measured(
        (Value("days_beyond", trend.days_beyond, len(trend.weighted)),),
        f"{evidence} {told}".strip(),
        Confidence.LIKELY if metric == "background_level" else Confidence.HINT,
    )


@check("scanner", "FPS-140", essential=False)
def background_trend(subject: Subject) -> Measured | Skip:
    """Level of the empty glass around the fingers, day by day."""
    return _judge_days(subject, "background_level")


@check("scanner", "FPS-141", essential=False)
def quality_trend(subject: Subject) -> Measured | Skip:
    """Quality scores, day by day; moves with people and season too."""
    return _judge_days(subject, "quality_score")


@check("scanner", "FPS-142", essential=False)
def attempts_per_finger(subject: Subject) -> Measured | Skip:
    """Attempts that an accepted capture takes."""
    attempts, accepted = counted_in(subject, "attempts", "accepted", days=_WINDOW_DAYS)
    if accepted < _LEAST_ACCEPTED:
        return _too_few(accepted)
    return measured(
        "attempts_per_accepted", attempts / accepted, n=accepted, confidence=Confidence.LIKELY
    )


@check("scanner", "FPS-143", essential=False)
def timeouts(subject: Subject) -> Measured | Skip:
    """Share of attempts in which no finger was seen in time."""
    attempts, missed = counted_in(subject, "attempts", "capture_timeouts", days=_WINDOW_DAYS)
    if attempts + missed < _LEAST_ACCEPTED:
        return _too_few(attempts + missed)
    if missed == 0:  # a station that does not count them must not look like one without any
        return Skip("tidak ada waktu habis yang tercatat / no time-out was counted")
    share = 100 * missed / (attempts + missed)
    return measured("timeout_share", share, n=attempts + missed, confidence=Confidence.LIKELY)


@check("scanner", "FPS-130", essential=False)
def grey_range(subject: Subject) -> Measured | Skip:
    """Grey levels that fingers reach."""
    levels = _latest(subject, "grey_levels", _WANTED_LEVELS)
    if isinstance(levels, Skip):
        return levels
    shares = [100 * sum(level >= least for level in levels) / len(levels) for least in (200, 128)]
    return Measured(
        (
            Value("share_of_200_levels", shares[0], len(levels)),
            Value("share_of_128_levels", shares[1], len(levels)),
        ),
        confidence=Confidence.LIKELY,
    )


@check("scanner", "FPS-131", essential=False)
def histogram_gaps(subject: Subject) -> Measured | Skip:
    """Levels that no pixel of a finger has, amid levels that many have."""
    return _median(subject, "gaps", "gap_percent")


@check("scanner", "FPS-132", essential=False)
def ridge_period(subject: Subject) -> Measured | Skip:
    """Distance of ridges over many fingers: a scanner of a wrong scale shows it."""
    return _median(subject, "ridge_period", "ridge_period")


@check("scanner", "FPS-133", essential=False)
def ridge_sharpness(subject: Subject) -> Measured | Skip:
    """How far fingers' ridges rise above their surroundings in the spectrum."""
    return _median(subject, "ridge_excess", "ridge_excess")


def _median(subject: Subject, metric: str, name: str) -> Measured | Skip:
    values = _latest(subject, metric)
    if isinstance(values, Skip):
        return values
    return measured(name, float(np.median(values)), n=len(values), confidence=Confidence.LIKELY)


def _latest(subject: Subject, metric: str, wanted: int = FINGERS) -> Sequence[float] | Skip:
    values = _statistics(subject).latest(_unit(subject), metric, wanted)
    return values if len(values) >= FINGERS else _too_few(len(values), FINGERS)


def _too_few(count: int, wanted: int = _LEAST_ACCEPTED) -> Skip:
    return Skip(f"baru {count} dari {wanted} jari / fingers so far")
