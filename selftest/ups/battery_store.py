"""Stretches on battery that are remembered of each UPS, in the history's file."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from selftest.history import History
from selftest.ups.battery_run import BatteryPoint, inner_resistance, mean_load

_SCHEMA = """
CREATE TABLE IF NOT EXISTS battery_run (
    id INTEGER PRIMARY KEY, unit TEXT NOT NULL, began_s REAL NOT NULL, kind TEXT NOT NULL,
    notes TEXT NOT NULL, gave_up INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS battery_point (
    run INTEGER NOT NULL REFERENCES battery_run (id), at_s REAL NOT NULL, block_v REAL NOT NULL,
    load_percent REAL);
CREATE INDEX IF NOT EXISTS battery_point_of ON battery_point (run, at_s);
"""
USABLE_DAYS = 90.0
"""A battery ages in months: an older stretch says nothing of today; our choice."""
KEPT_DAYS = 400.0
"""Kept longer than used: a month's sheet must know which outages a test made."""
LEAST_LOAD_PERCENT = 20.0
"""With less load no battery sags; CHECKS row 64."""


class RunKind(StrEnum):
    """How it came to a stretch on battery."""

    COMMAND = "command"
    """The UPS tested itself."""
    PLUG = "plug"
    """A person pulled the mains plug."""
    OUTAGE = "outage"
    """The mains failed."""


@dataclass(frozen=True, slots=True)
class BatteryRun:
    """One stretch on battery."""

    began: datetime.datetime
    kind: RunKind
    points: tuple[BatteryPoint, ...]
    notes: str = ""
    """About the volts per block: "2 blocks, count inferred"."""
    gave_up: bool = False
    """The UPS said that the battery is low before the test was over."""

    @property
    def is_inferred(self) -> bool:
        """Tell whether the number of blocks is a guess."""
        return "inferred" in self.notes

    @property
    def has_load(self) -> bool:
        """Tell whether the load was enough for a verdict."""
        load = mean_load(self.points)
        return load is not None and load >= LEAST_LOAD_PERCENT

    @property
    def has_step(self) -> bool:
        """Tell whether the load changed enough for the inner resistance."""
        return inner_resistance(self.points) is not None

    def told(self) -> str:
        """Return when and how, for people."""
        load = mean_load(self.points)
        at_load = "beban tak diketahui / load unknown" if load is None else f"{load:.0f} %"
        words = {"command": "uji UPS / UPS test", "plug": "uji cabut steker / plug pulled"}
        kind = words.get(self.kind, "listrik padam / outage")
        return f"{self.began.astimezone():%Y-%m-%d %H:%M}, {kind}, {at_load}, {self.notes}"


def store_run(history: History, unit: str, run: BatteryRun) -> None:
    """Remember a stretch on battery, and forget those that nobody needs any more."""
    oldest_s = run.began.timestamp() - KEPT_DAYS * 86400
    with history.opened() as database:
        database.execute(_SCHEMA)
        database.execute(_FORGET_POINTS, (oldest_s,))
        database.execute("DELETE FROM battery_run WHERE began_s < ?", (oldest_s,))
        database.execute(
            "INSERT INTO battery_run (unit, began_s, kind, notes, gave_up) VALUES (?, ?, ?, ?, ?)",
            (unit, run.began.timestamp(), run.kind.value, run.notes, int(run.gave_up)),
        )
        number = database.last_insert_rowid()
        database.executemany(
            "INSERT INTO battery_point VALUES (?, ?, ?, ?)",
            [(number, p.at_s, p.block_v, p.load_percent) for p in run.points],
        )


def remembered_runs(history: History, unit: str, now: datetime.datetime) -> tuple[BatteryRun, ...]:
    """Return the usable stretches of a unit, the newest first."""
    oldest_s = now.timestamp() - USABLE_DAYS * 86400
    with history.opened() as database:
        database.execute(_SCHEMA)
        rows = database.execute(
            "SELECT id, began_s, kind, notes, gave_up FROM battery_run "
            "WHERE unit = ? AND began_s BETWEEN ? AND ? ORDER BY began_s DESC LIMIT 50",
            (unit, oldest_s, now.timestamp()),
        ).fetchall()
        points = {row[0]: _points(database.execute(_POINTS, (row[0],)).fetchall()) for row in rows}
    return tuple(
        BatteryRun(
            began=datetime.datetime.fromtimestamp(float(str(began_s)), datetime.UTC),
            kind=RunKind(str(kind)),
            points=points[number],
            notes=str(notes),
            gave_up=bool(gave_up),
        )
        for number, began_s, kind, notes, gave_up in rows
    )


def plug_tests(
    history: History, begin: datetime.datetime, end: datetime.datetime
) -> tuple[tuple[datetime.datetime, datetime.datetime], ...]:
    """Return when a person had pulled the plug: from before the transfer to after its end."""
    with history.opened() as database:
        database.execute(_SCHEMA)
        rows = database.execute(
            "SELECT began_s, coalesce(max(at_s), 0) FROM battery_run "
            "LEFT JOIN battery_point ON run = id WHERE kind = ? AND began_s BETWEEN ? AND ? "
            "GROUP BY id",
            (RunKind.PLUG.value, begin.timestamp() - _TEST_S, end.timestamp()),
        ).fetchall()
    return tuple(
        (_when(float(str(began_s)) - _BEFORE_S), _when(float(str(began_s)) + float(str(last_s))))
        for began_s, last_s in rows
    )


_TEST_S = 3600.0  # no test with a pulled plug takes longer
_BEFORE_S = 10.0  # the watch may have seen the transfer a reading earlier


def _when(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


_FORGET_POINTS = (
    "DELETE FROM battery_point WHERE run IN (SELECT id FROM battery_run WHERE began_s < ?)"
)
_POINTS = "SELECT at_s, block_v, load_percent FROM battery_point WHERE run = ? ORDER BY at_s"


def _points(rows: list[tuple[object, ...]]) -> tuple[BatteryPoint, ...]:
    return tuple(
        BatteryPoint(
            float(str(at_s)), float(str(block_v)), None if load is None else float(str(load))
        )
        for at_s, block_v, load in rows
    )
