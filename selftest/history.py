"""What the self-test remembers of each unit: commissioning baselines and earlier readings.

One SQLite file beside the reports, written by the command line and the station alike. It holds
numbers about devices and nothing about people. A unit is named by its serial number, so its
history survives a move to another port, and a swapped unit never inherits a baseline.
"""

import contextlib
import datetime
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw

from selftest.check import Value
from selftest.limits import Reference
from selftest.report import Asset

HISTORY_NAME = "selftest.db"
_BUSY_MS = 5000  # the other writer holds the file for milliseconds only; our choice
_NEWEST_DAYS, _OLDEST_DAYS = 0.5, 14.0
"""A reading may stand for "a week ago" within these; growth of months is not growth of a week."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS reading (
    unit TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
    taken_s REAL NOT NULL, value REAL NOT NULL, n INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS reading_of ON reading (unit, code, name, taken_s);
CREATE TABLE IF NOT EXISTS baseline (
    id TEXT PRIMARY KEY, unit TEXT NOT NULL, taken_s REAL NOT NULL, person TEXT NOT NULL,
    note TEXT NOT NULL, withdrawn_s REAL);
CREATE TABLE IF NOT EXISTS baseline_value (
    baseline TEXT NOT NULL REFERENCES baseline (id), code TEXT NOT NULL, name TEXT NOT NULL,
    value REAL NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (baseline, code, name));
"""
Row = tuple[str, Value]
"""Code and value."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One earlier value."""

    taken: datetime.datetime
    value: float


@dataclass(frozen=True, slots=True)
class Author:
    """Who took a baseline, and why in spite of a fault."""

    person: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class BaselineNote:
    """Which baseline holds for a unit."""

    id: str
    taken: datetime.datetime
    person: str
    note: str
    """Why it was taken in spite of a fault; empty for most."""


def unit_of(asset: Asset) -> str:
    """Return the name under which a unit is remembered."""
    serial = asset.serial or f"tanpa nomor seri / no serial, {asset.name}"
    return f"{asset.make} {asset.model} {serial}"


class History:
    """Opens its file for every call, so any thread and process may use it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.parent.mkdir(parents=True, exist_ok=True)
        with self.opened() as database:
            database.execute(_SCHEMA)

    @contextlib.contextmanager
    def opened(self, *, is_writing: bool = False) -> Iterator[apsw.Connection]:
        """Lend a connection inside one transaction; other tables may be kept through it.

        Who reads and then writes what follows from it says so: the others then wait for the end,
        where they would else make the write fail.
        """
        database = apsw.Connection(str(self.place))
        try:
            database.set_busy_timeout(_BUSY_MS)
            database.execute("PRAGMA journal_mode=WAL")
            if is_writing:  # not by transaction_mode: that waits without letting other threads run
                database.execute("BEGIN IMMEDIATE")
            with database:
                yield database
            if is_writing:
                database.execute("COMMIT")
        finally:
            database.close()

    def add_readings(self, unit: str, taken: datetime.datetime, rows: Iterable[Row]) -> None:
        """Remember what a run measured."""
        with self.opened() as database:
            database.executemany(
                "INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?)",
                [(unit, code, v.name, taken.timestamp(), v.value, v.n) for code, v in rows],
            )

    def readings(self, unit: str, code: str, name: str) -> tuple[Reading, ...]:
        """Return all readings of a value, the oldest first."""
        with self.opened() as database:
            found = database.execute(
                "SELECT taken_s, value FROM reading WHERE unit = ? AND code = ? AND name = ? "
                "ORDER BY taken_s",
                (unit, code, name),
            ).fetchall()
        return tuple(Reading(_when(row[0]), _number(row[1])) for row in found)

    def store_baseline(
        self, unit: str, taken: datetime.datetime, author: Author, rows: Iterable[Row]
    ) -> str:
        """Make these the values that the unit is compared with from now on; return their id."""
        name = f"B{taken:%Y%m%d}-{secrets.token_hex(3)}"
        with self.opened() as database:
            database.execute(
                "INSERT INTO baseline VALUES (?, ?, ?, ?, ?, NULL)",
                (name, unit, taken.timestamp(), author.person, author.note),
            )
            database.executemany(
                "INSERT INTO baseline_value VALUES (?, ?, ?, ?, ?)",
                [(name, code, v.name, v.value, v.n) for code, v in rows],
            )
        return name

    def withdraw_baseline(self, baseline_id: str, now: datetime.datetime) -> None:
        """Let the unit be compared with the baseline before this one again; it stays on record."""
        with self.opened() as database:
            database.execute(
                "UPDATE baseline SET withdrawn_s = ? WHERE id = ?", (now.timestamp(), baseline_id)
            )

    def baselines(self, unit: str) -> tuple[BaselineNote, ...]:
        """Return the baselines of a unit that were not withdrawn, the newest first."""
        with self.opened() as database:
            rows = database.execute(
                "SELECT id, taken_s, person, note FROM baseline "
                "WHERE unit = ? AND withdrawn_s IS NULL ORDER BY taken_s DESC, rowid DESC",
                (unit,),
            ).fetchall()
        return tuple(BaselineNote(str(r[0]), _when(r[1]), str(r[2]), str(r[3])) for r in rows)

    def baseline_of(self, unit: str) -> BaselineNote | None:
        """Return the newest baseline of a unit."""
        return next(iter(self.baselines(unit)), None)

    def baseline_units(self) -> tuple[str, ...]:
        """Return every unit that has a baseline."""
        with self.opened() as database:
            rows = database.execute(
                "SELECT DISTINCT unit FROM baseline WHERE withdrawn_s IS NULL ORDER BY unit"
            ).fetchall()
        return tuple(str(row[0]) for row in rows)

    def baseline_value(self, baseline_id: str, code: str, name: str) -> float | None:
        """Return one value of a baseline."""
        with self.opened() as database:
            found = database.execute(
                "SELECT value FROM baseline_value WHERE baseline = ? AND code = ? AND name = ?",
                (baseline_id, code, name),
            ).fetchone()
        return _number(found[0]) if found else None


class UnitHistory:
    """What limits compare one unit with."""

    def __init__(self, history: History, unit: str, now: datetime.datetime) -> None:
        self._history, self._unit, self._now = history, unit, now
        self.note = history.baseline_of(unit)

    def baseline(self, code: str, measurement: str) -> Reference | None:
        """Return the commissioning value."""
        if self.note is None:
            return None
        value = self._history.baseline_value(self.note.id, code, measurement)
        return None if value is None else Reference(value, f"{self.note.taken:%Y-%m-%d}")

    def week_ago(self, code: str, measurement: str) -> Reference | None:
        """Return the reading nearest to a week ago."""
        ages = [
            ((self._now - reading.taken).total_seconds() / 86400, reading)
            for reading in self._history.readings(self._unit, code, measurement)
        ]
        fit = [pair for pair in ages if _NEWEST_DAYS <= pair[0] <= _OLDEST_DAYS]
        if not fit:
            return None
        _, reading = min(fit, key=lambda pair: abs(pair[0] - 7))
        return Reference(reading.value, f"{reading.taken:%Y-%m-%d}")


def _number(cell: object) -> float:
    if not isinstance(cell, (int, float)):
        raise TypeError(f"a number was stored, {cell!r} was found")
    return float(cell)


def _when(taken_s: object) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(_number(taken_s), datetime.UTC)
