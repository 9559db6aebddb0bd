"""The fleet file: every report that was merged, whole, in one SQLite file.

Reports are never changed or removed, so the file alone proves what a plan was made from. Writing
what is there already writes nothing: importing twice leaves the same bytes.
"""

import contextlib
import datetime
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw

from selftest.fleet.errors import FleetFileError
from selftest.fleet.intake import Arrival
from selftest.fleet.statements import Statement
from selftest.report import Report

_APPLICATION_ID = 0x4B54464C  # "KTFL"
_BUSY_MS = 5000  # another merge holds the file for seconds at most; our choice
_SCHEMA = """
CREATE TABLE report (
    run_id TEXT PRIMARY KEY, station TEXT NOT NULL, number INTEGER, ended TEXT NOT NULL,
    sha256 TEXT NOT NULL, other_sha256 TEXT NOT NULL, previous_run_id TEXT, previous_sha256 TEXT,
    is_proved INTEGER NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX report_by_time ON report (ended, station, run_id);
CREATE INDEX report_after ON report (previous_run_id);
CREATE TABLE statement (
    station TEXT NOT NULL, state TEXT NOT NULL, day TEXT NOT NULL, person TEXT NOT NULL,
    PRIMARY KEY (station, state, day, person)) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the file says of one report, without its body."""

    run_id: str
    station: str
    number: int | None
    previous_run_id: str | None
    previous_sha256: str | None
    hashes: frozenset[str]


class FleetFile:
    """An open fleet file; one transaction from opening to closing."""

    def __init__(self, database: apsw.Connection) -> None:
        self._database = database

    def entry(self, run_id: str) -> Entry | None:
        """Return what is known of a report by its run."""
        return next(self._entries("WHERE run_id = ?", run_id), None)

    def successors(self, run_id: str) -> tuple[Entry, ...]:
        """Return the reports that name this one as the one before."""
        return tuple(self._entries("WHERE previous_run_id = ? ORDER BY run_id", run_id))

    def entries(self) -> tuple[Entry, ...]:
        """Return all, by station and time."""
        return tuple(self._entries("ORDER BY station, ended, run_id"))

    def add_report(self, arrival: Arrival) -> None:
        """Keep a report that is not there yet."""
        first, *others = sorted(arrival.hashes)
        self._database.execute(
            "INSERT INTO report VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                arrival.run_id,
                arrival.station,
                arrival.number,
                arrival.ended.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
                first,
                " ".join(others),
                arrival.previous_run_id,
                arrival.previous_sha256,
                int(arrival.is_proved),
                arrival.packed,
            ),
        )

    def known_days(self) -> tuple[datetime.date, datetime.date]:
        """Return the days of the oldest and the newest report or, without one, statement.

        A newer statement counts as the newest. FleetFileError where the file is empty.
        """
        reported = self._range("SELECT min(ended), max(ended) FROM report")
        said = self._range("SELECT min(day), max(day) FROM statement")
        if not reported and not said:
            raise FleetFileError("the fleet file holds no report: selftest fleet merge REPORTS")
        return min(reported or said), max(reported + said)

    def _range(self, query: str) -> list[datetime.date]:
        row = self._database.execute(query).fetchone() or ()
        return [datetime.date.fromisoformat(str(cell)[:10]) for cell in row if cell is not None]

    def reports(self) -> Iterator[Report]:
        """Yield all reports, the oldest first."""
        rows = self._database.execute("SELECT body FROM report ORDER BY ended, station, run_id")
        for (body,) in rows:
            yield Report.model_validate_json(gzip.decompress(body))

    def add_statement(self, statement: Statement) -> bool:
        """Keep what a person said of an office; return False where it was known."""
        values = (statement.station, statement.state, statement.day.isoformat(), statement.person)
        known = self._database.execute(
            "SELECT 1 FROM statement WHERE station=? AND state=? AND day=? AND person=?", values
        ).fetchone()
        if known is None:
            self._database.execute("INSERT INTO statement VALUES (?, ?, ?, ?)", values)
        return known is None

    def statements(self) -> tuple[Statement, ...]:
        """Return what people said of offices, by station and day."""
        rows = self._database.execute(
            "SELECT * FROM statement ORDER BY station, day, state, person"
        )
        return tuple(
            Statement.model_validate(dict(zip(Statement.model_fields, row, strict=True)))
            for row in rows
        )

    def _entries(self, tail: str, *values: str) -> Iterator[Entry]:
        columns = "run_id, station, number, previous_run_id, previous_sha256, sha256, other_sha256"
        rows = self._database.execute(f"SELECT {columns} FROM report {tail}", values)  # noqa: S608 - fixed texts
        for row in rows:
            run_id, station, number, previous_run_id, previous_sha256, first, others = row
            hashes = frozenset([first, *others.split()])
            yield Entry(run_id, station, number, previous_run_id, previous_sha256, hashes)


@contextlib.contextmanager
def open_fleet(place: Path, *, create: bool = False) -> Iterator[FleetFile]:
    """Open a fleet file; FleetFileError where it is missing, damaged or of another program."""
    if not create and not place.is_file():
        raise FleetFileError(f"{place}: no fleet file; make one: selftest fleet merge REPORTS")
    place.parent.mkdir(parents=True, exist_ok=True)
    database = apsw.Connection(str(place))
    try:
        database.set_busy_timeout(_BUSY_MS)
        with database:
            _prepare(database, place)
            yield FleetFile(database)
    except apsw.Error as error:
        text = (
            f"{place}: cannot be used as a fleet file ({error}); merge the reports into a new one"
        )
        raise FleetFileError(text) from error
    finally:
        database.close()


def _prepare(database: apsw.Connection, place: Path) -> None:
    marked = database.pragma("application_id")
    if marked == _APPLICATION_ID:
        return
    if database.execute("SELECT count(*) FROM sqlite_schema").fetchone() != (0,):
        raise FleetFileError(f"{place}: a database of another program; name another file")
    database.execute(_SCHEMA)
    database.pragma("application_id", _APPLICATION_ID)
