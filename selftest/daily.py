"""Statistics of ordinary captures, a row per unit, day and metric: numbers about devices only.

A day keeps a histogram of each metric and some counters; which capture or resident a value came
from is not kept, and cannot be told from it. The station adds to it after every attempt.
"""

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from selftest.history import History

_SCHEMA = """
CREATE TABLE IF NOT EXISTS daily_value (
    unit TEXT NOT NULL, day TEXT NOT NULL, metric TEXT NOT NULL, bins TEXT NOT NULL,
    PRIMARY KEY (unit, day, metric));
CREATE TABLE IF NOT EXISTS daily_count (
    unit TEXT NOT NULL, day TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (unit, day, name));
"""
STEPS = {
    "background_level": 0.1,  # grey levels
    "grey_levels": 1.0,  # levels that occur in at least 5 pixels
    "gaps": 1.0,  # regular gaps in the histogram of a finger
    "ridge_period": 0.05,  # pixels at 500 ppi
    "ridge_excess": 0.1,  # dB
    "quality_score": 1.0,  # points
    "frame_rate": 0.1,  # frames per second
    "capture_latency": 0.05,  # seconds
}
"""Metrics and the width of their bins."""
COUNTERS = ("attempts", "accepted", "capture_timeouts", "resets", "read_retries", "reads")


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one metric."""

    day: datetime.date
    median: float
    n: int


class DailyStatistics:
    """Adds to and reads the statistics in the self-test's history."""

    def __init__(self, history: History) -> None:
        self._history = history
        with history.opened() as database:
            database.execute(_SCHEMA)

    def add(self, unit: str, day: datetime.date, values: Mapping[str, float]) -> None:
        """Add one capture's values; KeyError for a metric that is not in STEPS."""
        steps = {metric: STEPS[metric] for metric in values}
        with self._history.opened(is_writing=True) as database:
            for metric, value in values.items():
                bins = _bins(database.execute(_READ, (unit, day.isoformat(), metric)).fetchone())
                place = str(round(value / steps[metric]))
                bins[place] = bins.get(place, 0) + 1
                database.execute(_WRITE, (unit, day.isoformat(), metric, json.dumps(bins)))

    def count(self, unit: str, day: datetime.date, names: Iterable[str]) -> None:
        """Count one of each; ValueError for a counter that is not in COUNTERS."""
        rows = [(unit, day.isoformat(), name) for name in names]
        if unknown := {name for _, _, name in rows} - set(COUNTERS):
            raise ValueError(f"no such counter: {', '.join(sorted(unknown))}")
        with self._history.opened() as database:
            database.executemany(
                "INSERT INTO daily_count VALUES (?, ?, ?, 1) "
                "ON CONFLICT DO UPDATE SET count = count + 1",
                rows,
            )

    def days(self, unit: str, metric: str) -> tuple[Day, ...]:
        """Return the medians of all days, the oldest first."""
        with self._history.opened() as database:
            rows = database.execute(
                "SELECT day, bins FROM daily_value WHERE unit = ? AND metric = ? ORDER BY day",
                (unit, metric),
            ).fetchall()
        return tuple(_day(str(day), _bins((bins,)), STEPS[metric]) for day, bins in rows)

    def since_baseline(self, unit: str, metric: str) -> tuple[Day, ...]:
        """Return the days after the unit's newest baseline: a repair begins a new series.

        The day of the baseline itself may hold captures from before the repair.
        """
        note = self._history.baseline_of(unit)
        days = self.days(unit, metric)
        return days if note is None else tuple(x for x in days if x.day > note.taken.date())

    def latest(self, unit: str, metric: str, at_least: int) -> tuple[float, ...]:
        """Return the values of the newest days that together hold at least so many captures."""
        with self._history.opened() as database:
            rows = database.execute(
                "SELECT bins FROM daily_value WHERE unit = ? AND metric = ? ORDER BY day DESC",
                (unit, metric),
            ).fetchall()
        values: list[float] = []
        for (bins,) in rows:
            if len(values) >= at_least:
                break
            values += _values(_bins((bins,)), STEPS[metric])
        return tuple(values)

    def counted(self, unit: str, name: str, since: datetime.date, until: datetime.date) -> int:
        """Return how often something happened in these days, both included."""
        with self._history.opened() as database:
            found = database.execute(
                "SELECT total(count) FROM daily_count "
                "WHERE unit = ? AND name = ? AND day BETWEEN ? AND ?",
                (unit, name, since.isoformat(), until.isoformat()),
            ).fetchone()
        return int(found[0]) if found else 0

    def units(self) -> tuple[str, ...]:
        """Return every unit that has statistics."""
        with self._history.opened() as database:
            rows = database.execute(
                "SELECT unit FROM daily_value UNION SELECT unit FROM daily_count ORDER BY unit"
            ).fetchall()
        return tuple(str(row[0]) for row in rows)


_READ = "SELECT bins FROM daily_value WHERE unit = ? AND day = ? AND metric = ?"
_WRITE = "INSERT OR REPLACE INTO daily_value VALUES (?, ?, ?, ?)"


def _bins(row: tuple[object, ...] | None) -> dict[str, int]:
    return {} if row is None else {str(k): int(n) for k, n in json.loads(str(row[0])).items()}


def _values(bins: Mapping[str, int], step: float) -> list[float]:
    return sorted(int(place) * step for place, count in bins.items() for _ in range(count))


def _day(day: str, bins: Mapping[str, int], step: float) -> Day:
    values = _values(bins, step)
    middle = len(values) // 2
    median = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    return Day(datetime.date.fromisoformat(day), median, len(values))
