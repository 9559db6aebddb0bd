"""How far a counter went in some days, over restarts at which it began again at nothing.

Counters of the station's daily statistics never restart; those of devices and the kernel do.
"""

import datetime
import itertools
from collections.abc import Sequence

from selftest.daily import DailyStatistics
from selftest.history import History, Reading
from selftest.runner import COMPUTER_UNIT
from selftest.subject import Subject


def counted_in(subject: Subject, *names: str, days: int) -> tuple[int, ...]:
    """Return what the station counted of the subject's unit in the last days, name by name."""
    today = subject.bench.now().date()
    since = today - datetime.timedelta(days=days)
    statistics = DailyStatistics(History(subject.bench.history_file))
    return tuple(statistics.counted(subject.unit or "", name, since, today) for name in names)


def increase(earlier: Sequence[Reading], now: float) -> float:
    """Return the growth from the first reading to `now`; a fall means a new start from zero."""
    values = [reading.value for reading in earlier] + [now]
    steps = itertools.pairwise(values)
    return sum(after - before if after >= before else after for before, after in steps)


def growth_in(subject: Subject, code: str, name: str, now: float, *, days: float) -> float | None:
    """Return the growth in the last days; None where nothing earlier is remembered.

    Reckoned from the newest reading before the span where there is one, so that growth between
    two runs is never lost.
    """
    bench = subject.bench
    readings = History(bench.history_file).readings(subject.unit or COMPUTER_UNIT, code, name)
    if not readings:
        return None
    begin = bench.now() - datetime.timedelta(days=days)
    inside = [reading for reading in readings if reading.taken >= begin]
    before = [reading for reading in readings if reading.taken < begin]
    return increase([*before[-1:], *inside], now)
