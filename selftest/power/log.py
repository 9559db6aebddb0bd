"""The power log's tables in the history's file: events, ten-minute means, sign of life."""

import datetime
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from selftest.history import History
from selftest.power.events import Event, EventKind

SLOT_S = 600.0
"""Ten minutes: the means of EN 50160."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS power_event (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, kind TEXT NOT NULL, began_s REAL NOT NULL,
    ended_s REAL, value REAL);
CREATE INDEX IF NOT EXISTS power_event_of ON power_event (source, began_s);
CREATE TABLE IF NOT EXISTS power_mean (
    source TEXT NOT NULL, began_s REAL NOT NULL, nominal_v REAL NOT NULL, covered_s REAL NOT NULL,
    battery_s REAL NOT NULL, mains_s REAL NOT NULL, mean_v REAL NOT NULL, lowest_v REAL NOT NULL,
    lowest_at_s REAL NOT NULL, highest_v REAL NOT NULL, highest_at_s REAL NOT NULL,
    frequency_s REAL NOT NULL, off_narrow_s REAL NOT NULL, off_wide_s REAL NOT NULL);
CREATE INDEX IF NOT EXISTS power_mean_of ON power_mean (source, began_s);
CREATE TABLE IF NOT EXISTS power_beat (
    source TEXT PRIMARY KEY, at_s REAL NOT NULL, on_battery INTEGER NOT NULL,
    is_clean INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class TenMinutes:
    """What ten minutes were like; several rows may belong to one slot after a restart."""

    began_s: float
    """Since 1970."""
    nominal_v: float
    covered_s: float
    """Time with readings; the rest is unknown."""
    battery_s: float
    mains_s: float
    """Time with mains voltage: the mean is over this."""
    mean_v: float
    lowest_v: float
    lowest_at_s: float
    highest_v: float
    highest_at_s: float
    frequency_s: float
    """Time with a frequency."""
    off_narrow_s: float
    """Of it, farther than 2 % from nominal: outside 49 to 51 Hz."""
    off_wide_s: float
    """Of it, outside 47 to 52 Hz."""


@dataclass(frozen=True, slots=True)
class Beat:
    """When the watch was last alive, and how it ended."""

    at: datetime.datetime
    on_battery: bool
    is_clean: bool
    """The watch was stopped, or the system shut down in order."""


class PowerLog:
    """Written by one watch, read by anybody; a source is one UPS of the site."""

    def __init__(self, history: History) -> None:
        self.history = history
        with history.opened() as database:
            database.execute(_SCHEMA)

    def add_event(self, source: str, event: Event) -> int:
        """Keep an event; return its number."""
        with self.history.opened() as database:
            database.execute(
                "INSERT INTO power_event (source, kind, began_s, ended_s, value) "
                "VALUES (?, ?, ?, ?, ?)",
                (
                    source,
                    event.kind.value,
                    event.began.timestamp(),
                    _seconds(event.ended),
                    event.value,
                ),
            )
            return int(database.last_insert_rowid())

    def change_event(self, number: int, event: Event) -> None:
        """Write what became of an event."""
        with self.history.opened() as database:
            database.execute(
                "UPDATE power_event SET kind = ?, began_s = ?, ended_s = ?, value = ? WHERE id = ?",
                (
                    event.kind.value,
                    event.began.timestamp(),
                    _seconds(event.ended),
                    event.value,
                    number,
                ),
            )

    def end_open_events(self, source: str, ended: datetime.datetime) -> None:
        """End what a watch before left open; nothing ends before it began."""
        with self.history.opened() as database:
            database.execute(
                "UPDATE power_event SET ended_s = max(began_s, ?) "
                "WHERE source = ? AND ended_s IS NULL",
                (ended.timestamp(), source),
            )

    def events(
        self, source: str, begin: datetime.datetime, end: datetime.datetime
    ) -> tuple[Event, ...]:
        """Return the events that touch a time, the oldest first."""
        with self.history.opened() as database:
            rows = database.execute(
                "SELECT kind, began_s, ended_s, value FROM power_event WHERE source = ? "
                "AND began_s < ? AND (ended_s IS NULL OR ended_s >= ?) ORDER BY began_s, id",
                (source, end.timestamp(), begin.timestamp()),
            ).fetchall()
        return tuple(_event(row) for row in rows)

    def add_mean(self, source: str, mean: TenMinutes) -> None:
        """Keep ten minutes, or the part of them that was seen."""
        with self.history.opened() as database:
            places = ", ".join("?" * (1 + len(astuple(mean))))
            database.execute(
                f"INSERT INTO power_mean VALUES ({places})",  # noqa: S608 - question marks only
                (source, *astuple(mean)),
            )

    def means(
        self, source: str, begin: datetime.datetime, end: datetime.datetime
    ) -> tuple[TenMinutes, ...]:
        """Return the ten minutes that begin within a time, the oldest first."""
        with self.history.opened() as database:
            rows = database.execute(
                "SELECT * FROM power_mean WHERE source = ? AND began_s >= ? AND began_s < ? "
                "ORDER BY began_s",
                (source, begin.timestamp(), end.timestamp()),
            ).fetchall()
        return tuple(TenMinutes(*(float(str(cell)) for cell in row[1:])) for row in rows)

    def beat(self, source: str, beat: Beat) -> None:
        """Write a sign of life."""
        with self.history.opened() as database:
            database.execute(
                "INSERT OR REPLACE INTO power_beat VALUES (?, ?, ?, ?)",
                (source, beat.at.timestamp(), int(beat.on_battery), int(beat.is_clean)),
            )

    def last_beat(self, source: str) -> Beat | None:
        """Return the last sign of life."""
        with self.history.opened() as database:
            row = database.execute(
                "SELECT at_s, on_battery, is_clean FROM power_beat WHERE source = ?", (source,)
            ).fetchone()
        return Beat(_when(row[0]), bool(row[1]), bool(row[2])) if row else None

    def sources(self) -> tuple[str, ...]:
        """Return the sources, the one with the newest sign of life first."""
        with self.history.opened() as database:
            rows = database.execute("SELECT source FROM power_beat ORDER BY at_s DESC").fetchall()
        return tuple(str(row[0]) for row in rows)


def _event(row: Sequence[object]) -> Event:
    kind, began_s, ended_s, value = row
    return Event(
        EventKind(str(kind)),
        _when(began_s),
        None if ended_s is None else _when(ended_s),
        None if value is None else float(str(value)),
    )


def _seconds(moment: datetime.datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _when(seconds: object) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(float(str(seconds)), datetime.UTC)
