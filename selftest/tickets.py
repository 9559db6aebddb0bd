"""Tickets: one for each fault of each unit, opened by a run and closed by a passing re-test only.

    (none) --FAIL or WARN--> open --FAIL or WARN--> open, seen once more
                             open --PASS, or a good answer, on that unit--> closed
                             closed --FAIL or WARN--> open again, history kept

SKIP and ERROR change nothing, and nobody closes a ticket by hand.
"""

import datetime
from collections.abc import Iterable

import apsw
from pydantic import BaseModel, ConfigDict

from selftest.comparison import KnownFault
from selftest.history import History
from selftest.report import Change, Report, Severity

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ticket (
    code TEXT NOT NULL, unit TEXT NOT NULL, asset TEXT, severity TEXT NOT NULL,
    opened_s REAL NOT NULL, since_s REAL NOT NULL, seen_s REAL NOT NULL,
    times INTEGER NOT NULL, closed_s REAL, PRIMARY KEY (code, unit));
CREATE TABLE IF NOT EXISTS ticket_event (
    code TEXT NOT NULL, unit TEXT NOT NULL, taken_s REAL NOT NULL, kind TEXT NOT NULL,
    severity TEXT NOT NULL, run_id TEXT NOT NULL, person TEXT,
    FOREIGN KEY (code, unit) REFERENCES ticket (code, unit));
"""
_TICKETS = (
    "SELECT code, unit, asset, severity, opened_s, since_s, seen_s, times, closed_s FROM ticket"
)
_SEEN = """
INSERT INTO ticket VALUES (?, ?, ?, ?, ?, ?, ?, 1, NULL)
ON CONFLICT (code, unit) DO UPDATE SET
    asset = excluded.asset, severity = excluded.severity, seen_s = excluded.seen_s,
    times = CASE WHEN closed_s IS NULL THEN times + 1 ELSE 1 END,
    since_s = CASE WHEN closed_s IS NULL THEN since_s ELSE excluded.since_s END,
    closed_s = NULL
"""


class Event(BaseModel):
    """What happened to a ticket in one run."""

    model_config = ConfigDict(frozen=True)

    taken: datetime.datetime
    kind: str
    """opened, seen, reopened or closed."""
    severity: Severity
    run_id: str
    person: str | None
    """Who ran it; None where nobody was needed."""


class Ticket(BaseModel):
    """One fault of one unit."""

    model_config = ConfigDict(frozen=True)

    code: str
    unit: str
    asset: str | None
    severity: Severity
    opened: datetime.datetime
    """When it was found for the first time ever."""
    since: datetime.datetime
    """When it was found for the first time since it was last closed."""
    last_seen: datetime.datetime
    times: int
    """In how many runs it was seen since then."""
    closed: datetime.datetime | None
    events: tuple[Event, ...] = ()
    """The oldest first."""


def list_tickets(history: History, *, with_closed: bool = False) -> tuple[Ticket, ...]:
    """Return the tickets with their events: the worst first, then the oldest."""
    with history.opened() as database:
        prepare(database)
        where = "" if with_closed else " WHERE closed_s IS NULL"
        rows = database.execute(
            f"{_TICKETS}{where} ORDER BY closed_s IS NOT NULL, severity, since_s"
        ).fetchall()
        return tuple(_ticket(database, row) for row in rows)


def prepare(database: apsw.Connection) -> None:
    """Make the tables where they are not."""
    database.execute(_SCHEMA)


def known_faults(database: apsw.Connection) -> tuple[KnownFault, ...]:
    """Return what the open tickets say, for comparison with a new run."""
    rows = database.execute(f"{_TICKETS} WHERE closed_s IS NULL").fetchall()
    tickets = (_bare(row) for row in rows)
    return tuple(KnownFault(t.code, t.unit, t.asset, t.severity, t.since, t.times) for t in tickets)


def apply_changes(database: apsw.Connection, report: Report) -> None:
    """Open, count and close tickets as the changes of a report say."""
    for change in report.changes:
        if change.kind in ("new", "still"):
            _see(database, change, report)
        elif change.kind == "gone":
            _close(database, change, report)


def _see(database: apsw.Connection, change: Change, report: Report) -> None:
    key = (change.code, change.unit)
    found = database.execute(
        "SELECT closed_s IS NULL FROM ticket WHERE code = ? AND unit = ?", key
    ).fetchone()
    kind = "opened" if found is None else "seen" if found[0] else "reopened"
    taken_s = report.started.timestamp()
    times_s = (taken_s, change.since.timestamp(), taken_s)
    database.execute(_SEEN, (*key, change.asset, change.severity.value, *times_s))
    _note(database, change, report, kind)


def _close(database: apsw.Connection, change: Change, report: Report) -> None:
    database.execute(
        "UPDATE ticket SET closed_s = ? WHERE code = ? AND unit = ?",
        (report.started.timestamp(), change.code, change.unit),
    )
    _note(database, change, report, "closed")


def _note(database: apsw.Connection, change: Change, report: Report, kind: str) -> None:
    when_s = report.started.timestamp()
    row = (change.code, change.unit, when_s, kind, change.severity, report.run_id, report.operator)
    database.execute("INSERT INTO ticket_event VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _ticket(database: apsw.Connection, row: tuple[object, ...]) -> Ticket:
    bare = _bare(row)
    events = database.execute(
        "SELECT taken_s, kind, severity, run_id, person FROM ticket_event "
        "WHERE code = ? AND unit = ? ORDER BY rowid",
        (bare.code, bare.unit),
    ).fetchall()
    return bare.model_copy(update={"events": tuple(_event(event) for event in events)})


def _bare(row: Iterable[object]) -> Ticket:
    names = ("code", "unit", "asset", "severity", "opened", "since", "last_seen", "times", "closed")
    return Ticket.model_validate(dict(zip(names, row, strict=True)))


def _event(row: Iterable[object]) -> Event:
    names = ("taken", "kind", "severity", "run_id", "person")
    return Event.model_validate(dict(zip(names, row, strict=True)))
