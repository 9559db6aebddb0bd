"""Stored reports: numbered files, the newest last."""

import os
from pathlib import Path

from pydantic import ValidationError

from selftest.bench import Bench
from selftest.errors import NoReportError
from selftest.exporters.json import render_json
from selftest.report import Report

_PATTERN = "selftest-*.json"


def store_report(bench: Bench, report: Report) -> Path:
    """Write a report under the next number, whole or not at all; return its place."""
    folder = bench.reports_folder
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [int(place.stem.rsplit("-", 1)[-1]) for place in _stored(folder)]
    place = folder / f"selftest-{max(numbers, default=0) + 1:06d}.json"
    draft = place.with_suffix(".part")
    with draft.open("w", encoding="utf-8") as file:
        file.write(render_json(report) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(place)
    return place


def last_report(bench: Bench) -> Report:
    """Return the newest stored report; NoReportError where there is none or it is damaged."""
    stored = _stored(bench.reports_folder)
    if not stored:
        raise NoReportError(f"no report in {bench.reports_folder}; run `selftest quick` first")
    try:
        return Report.model_validate_json(stored[-1].read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise NoReportError(f"{stored[-1]}: cannot be read; run `selftest quick`") from error


def _stored(folder: Path) -> list[Path]:
    return sorted(place for place in folder.glob(_PATTERN) if place.stem[9:].isdigit())
