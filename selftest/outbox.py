"""The outbox of reports: listed, and copied to a medium that a courier carries.

MEDIUM/ktpel-reports/61.08.05-1/000017.json   byte for byte as stored and served
MEDIUM/ktpel-reports/61.08.05-1/000017.pictures/
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selftest.archive import number_of, pictures_of, read_report, stored_places, write_whole
from selftest.bench import Bench
from selftest.errors import BadReportError, NoReportError
from selftest.report import Outcome, Report

CARRIED_FOLDER = "ktpel-reports"


@dataclass(frozen=True, slots=True)
class ListedReport:
    """One stored report; None where its file is damaged."""

    number: int
    report: Report | None

    @property
    def counts(self) -> Counter[Outcome]:
        """How many results of each outcome."""
        return (
            Counter(result.outcome for result in self.report.results) if self.report else Counter()
        )

    def head(self) -> dict[str, Any]:
        """Return what lists show, as JSON."""
        if self.report is None:
            return {"number": self.number, "is_damaged": True}
        names = {
            "run_id",
            "station_code",
            "set_number",
            "trigger",
            "started",
            "verdict",
            "unfinished",
            "sha256",
        }
        return {
            "number": self.number,
            "is_damaged": False,
            **self.report.model_dump(mode="json", include=names),
            "counts": {outcome.value: count for outcome, count in sorted(self.counts.items())},
        }


@dataclass(frozen=True, slots=True)
class Carried:
    """What was copied to a medium."""

    folder: Path
    copied: tuple[int, ...]
    present: int
    """How many lay there already, byte for byte."""


def list_reports(bench: Bench, last: int) -> tuple[ListedReport, ...]:
    """Return the newest stored reports, the newest first."""
    newest = stored_places(bench)[-last:] if last > 0 else ()
    return tuple(_listed(place) for place in reversed(newest))


def carry_reports(bench: Bench, medium: Path, after: int = 0) -> Carried:
    """Copy reports above a number with their pictures; raises BadReportError for a bad copy.

    Doing it twice changes nothing. A file of the same name with other content stops it: two
    stations with one code, or a damaged medium.
    """
    folder = medium / CARRIED_FOLDER / f"{bench.station_code}-{bench.set_number}"
    copied: list[int] = []
    wanted = [place for place in stored_places(bench) if number_of(place) > after]
    for place in wanted:
        number = number_of(place)
        if _copy(place, folder / f"{number:06d}.json"):
            copied.append(number)
    return Carried(folder, tuple(copied), len(wanted) - len(copied))


def _listed(place: Path) -> ListedReport:
    try:
        return ListedReport(number_of(place), read_report(place))
    except NoReportError:
        return ListedReport(number_of(place), None)


def _copy(place: Path, target: Path) -> bool:
    """Copy one report, its pictures first; False where it lies there already."""
    content = place.read_bytes()
    if target.exists():
        if target.read_bytes() == content:
            return False
        raise BadReportError(
            f"{target}: another report of this number lies there; use another medium"
        )
    pictures = target.with_suffix(".pictures")
    shown = pictures_of(place)
    (pictures if shown else target.parent).mkdir(parents=True, exist_ok=True)
    for name, png in shown.items():
        write_whole(pictures / name, png)
    write_whole(target, content)
    _compare(target, content)
    return True


def _compare(target: Path, content: bytes) -> None:
    if hashlib.sha256(target.read_bytes()).digest() != hashlib.sha256(content).digest():
        raise BadReportError(f"{target}: reads back otherwise than written; use another medium")
