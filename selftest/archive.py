"""Stored reports: numbered files, the newest last, each naming the one before by its hash."""

import hashlib
import os
from pathlib import Path

from pydantic import ValidationError

from selftest.bench import Bench
from selftest.errors import NoReportError
from selftest.exporters.json import render_json
from selftest.report import Report
from selftest.runner import Run

_PATTERN = "selftest-*.json"


def store_run(bench: Bench, run: Run) -> Report:
    """Write a run's report under the next number, whole or not at all, with its pictures beside.

    Returns the report as stored, which names its predecessor.
    """
    folder = bench.reports_folder
    folder.mkdir(parents=True, exist_ok=True)
    before = _stored(folder)
    number = int(before[-1].stem.rsplit("-", 1)[-1]) + 1 if before else 1
    place = folder / f"selftest-{number:06d}.json"
    report = run.report.model_copy(update=_predecessor(before))
    if run.pictures:
        _write_pictures(place.with_suffix(".pictures"), run.pictures)
    _write_whole(place, (render_json(report) + "\n").encode())
    return report


def last_report(bench: Bench) -> Report:
    """Return the newest stored report; NoReportError where there is none or it is damaged."""
    stored = _stored(bench.reports_folder)
    if not stored:
        raise NoReportError(f"no report in {bench.reports_folder}; run `selftest quick` first")
    return read_report(stored[-1])


def read_report(place: Path) -> Report:
    """Return one stored report; NoReportError where it cannot be read."""
    try:
        return Report.model_validate_json(place.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise NoReportError(f"{place}: cannot be read; run `selftest quick`") from error


def stored_places(bench: Bench) -> tuple[Path, ...]:
    """Return the files of all stored reports, the oldest first."""
    return tuple(_stored(bench.reports_folder))


def pictures_of(place: Path) -> dict[str, bytes]:
    """Return the pictures beside a stored report by their names."""
    folder = place.with_suffix(".pictures")
    return {picture.name: picture.read_bytes() for picture in sorted(folder.glob("*.png"))}


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
        _write_whole(folder / name, png)


def _write_whole(place: Path, content: bytes) -> None:
    draft = place.with_name(place.name + ".part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(place)


def _stored(folder: Path) -> list[Path]:
    return sorted(place for place in folder.glob(_PATTERN) if place.stem[9:].isdigit())
