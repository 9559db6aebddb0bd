"""Stored reports: one numbered outbox, the newest last, each naming the one before by its hash.

REPORTS.md says what the files hold and how they are named.
"""

import hashlib
import os
import re
from pathlib import Path

import apsw
from pydantic import ValidationError

from selftest.bench import Bench
from selftest.comparison import changes_of
from selftest.errors import NoReportError
from selftest.history import History
from selftest.hosting import nearest_office
from selftest.report import Report
from selftest.runner import Run
from selftest.signing import seal_report, stored_bytes
from selftest.tickets import apply_changes, known_faults, prepare

_NAME = re.compile(r"(?:selftest-)?([0-9]{1,15})\.json", re.ASCII)
"""The longer form is of earlier versions."""
_LAST_NUMBER = """
CREATE TABLE IF NOT EXISTS outbox (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL)
"""
_CLAIM = """
INSERT INTO outbox VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET number = max(number + 1, ?1)
RETURNING number
"""


def store_run(bench: Bench, run: Run) -> Report:
    """Write a run's report under the next number, whole or not at all, with its pictures beside.

    Opens and closes tickets by it. Returns the report as stored: numbered, compared with what was
    known, naming its predecessor, and signed where the station has a key.
    """
    folder = bench.reports_folder
    folder.mkdir(parents=True, exist_ok=True)
    with History(bench.history_file).opened(is_writing=True) as database:
        number = _claim_number(database, folder)
        report = _completed(bench, run.report, number, database)
        place = folder / f"{number:06d}.json"
        if run.pictures:
            _write_pictures(place.with_suffix(".pictures"), run.pictures)
        write_whole(place, stored_bytes(report))
        apply_changes(database, report)
    return report


def last_report(bench: Bench) -> Report:
    """Return the newest stored report; NoReportError where there is none or it is damaged."""
    stored = _stored(bench.reports_folder)
    if not stored:
        raise NoReportError(f"no report in {bench.reports_folder}; run `selftest quick` first")
    return read_report(stored[-1])


def find_report(bench: Bench, number: int) -> Path:
    """Return the file of one number; NoReportError where it is not stored here."""
    for place in _stored(bench.reports_folder):
        if number_of(place) == number:
            return place
    raise NoReportError(f"no report {number} in {bench.reports_folder}; see `selftest history`")


def read_report(place: Path) -> Report:
    """Return one stored report; NoReportError where it cannot be read."""
    try:
        return Report.model_validate_json(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoReportError(f"{place}: cannot be read; run `selftest quick`") from error


def stored_places(bench: Bench) -> tuple[Path, ...]:
    """Return the files of all stored reports, the oldest first."""
    return tuple(_stored(bench.reports_folder))


def number_of(place: Path) -> int:
    """Return the number of a stored report's file; ValueError for another file."""
    named = _NAME.fullmatch(place.name)
    if named is None:
        raise ValueError(f"{place.name} is no stored report")
    return int(named[1])


def pictures_of(place: Path) -> dict[str, bytes]:
    """Return the pictures beside a stored report by their names."""
    folder = place.with_suffix(".pictures")
    return {picture.name: picture.read_bytes() for picture in sorted(folder.glob("*.png"))}


def _claim_number(database: apsw.Connection, folder: Path) -> int:
    """Take the next number; a deleted report's is never given again."""
    stored = _stored(folder)
    least = number_of(stored[-1]) + 1 if stored else 1
    database.execute(_LAST_NUMBER)
    (claimed,) = database.execute(_CLAIM, (least,)).fetchall()
    return int(str(claimed[0]))


def _completed(bench: Bench, report: Report, number: int, database: apsw.Connection) -> Report:
    prepare(database)
    changes = changes_of(report, known_faults(database))
    office = nearest_office(bench.hosting, report.station_code)
    added = {"number": number, "changes": changes, "go_to": office, "set_number": bench.set_number}
    before = _predecessor(_stored(bench.reports_folder))
    return seal_report(report.model_copy(update={**before, **added}), bench.sign)


def _predecessor(before: list[Path]) -> dict[str, str]:
    if not before:
        return {}
    text = before[-1].read_bytes()
    sha256 = hashlib.sha256(text).hexdigest()
    try:
        return {
            "previous_run_id": Report.model_validate_json(text).run_id,
            "previous_sha256": sha256,
        }
    except ValidationError:  # damaged or of an older form: its hash still names it
        return {"previous_sha256": sha256}


def _write_pictures(folder: Path, pictures: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    for name, png in pictures.items():
        write_whole(folder / name, png)


def write_whole(place: Path, content: bytes) -> None:
    """Write a file whole or not at all, durably."""
    draft = place.with_name(place.name + ".part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(place)
    _flush_folder(place.parent)


def _flush_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stored(folder: Path) -> list[Path]:
    found = [place for place in folder.glob("*.json") if _NAME.fullmatch(place.name)]
    return sorted(found, key=number_of)
