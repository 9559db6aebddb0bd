"""A run's results as they come, one JSON line each: a crash or power cut still leaves a report.

    {"run": ...}        once: station, trigger, when, versions, and what is planned
    {"began": ...}      before a check
    {"ended": ...}      its result

The file is locked while its run lives and removed when the run's report is stored. One that is
left without a lock is of a run that was cut off: it can be shown, and the next run stores it as a
report of its own, in which the check that was running is ERROR and the rest is SKIP.
"""

import contextlib
import datetime
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter

from selftest.bench import Bench
from selftest.check import Check
from selftest.faults import load_faults
from selftest.limits import load_limits
from selftest.mode import Mode
from selftest.report import CheckResult, Outcome, Report
from selftest.runner import Run, Trigger, app_version
from selftest.verdict import CRITICAL_COMPONENTS, decide_verdict

_CUT_OFF = "terputus di tengah pemeriksaan ini / the run was cut off during this check"
_NOT_REACHED = "tidak sempat: pemeriksaan terputus / not reached: the run was cut off"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Planned(_Line):
    code: str
    component: str
    essential: bool


class _Head(_Line):
    run_id: str
    station_code: str
    trigger: Trigger
    operator: str | None
    started: datetime.datetime
    app_version: str
    limits_version: str


class _Began(_Line):
    code: str
    asset: str | None


_Lines = TypeAdapter(dict[str, Any])
_NOT_OURS = (ValueError, TypeError, OverflowError)
"""pydantic's ValidationError is a ValueError; the rest comes of durations beyond all calendars."""


class Stream:
    """Listens to a run and writes what it hears; used as a context manager."""

    def __init__(self, bench: Bench, trigger: Trigger) -> None:
        started = bench.now()
        self._head = _Head(
            run_id=f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
            station_code=bench.station_code,
            trigger=trigger,
            operator=bench.guide.person if bench.guide else None,
            started=started,
            app_version=app_version(),
            limits_version=load_limits().version,
        )
        self.place = running_folder(bench) / f"{self._head.run_id}.jsonl"

    def __enter__(self) -> Self:
        """Make the file: locked and with its head before it has the name that others look for."""
        self.place.parent.mkdir(parents=True, exist_ok=True)
        draft = self.place.with_suffix(".part")
        self._file = draft.open("ab")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._write("run", self._head.model_dump(mode="json"))
        draft.rename(self.place)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the file; it stays where the run did not come to its end."""
        self._file.close()

    def planned(self, checks: Sequence[Check]) -> None:
        """Write what will be checked."""
        rows = [
            _Planned(
                code=item.code,
                component=item.component,
                essential=item.essential and item.mode is Mode.QUICK,
            )
            for item in checks
        ]
        self._write("planned", [row.model_dump() for row in rows])

    def began(self, item: Check, asset: str | None) -> None:
        """Write which check runs."""
        self._write("began", _Began(code=item.code, asset=asset).model_dump())

    def ended(self, result: CheckResult) -> None:
        """Write a result."""
        self._write("ended", json.loads(result.model_dump_json()))

    def remove(self) -> None:
        """Remove the file: the report is stored."""
        self.place.unlink(missing_ok=True)

    def _write(self, kind: str, said: object) -> None:
        self._file.write(json.dumps({kind: said}).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())  # a power cut is what this file is for


def running_folder(bench: Bench) -> Path:
    """Return where runs leave their results while they go."""
    return bench.data_folder / "selftest-running"


def cut_off_runs(bench: Bench) -> Iterator[tuple[Path, Report]]:
    """Yield runs that were cut off, the oldest first, each locked until the next is asked for."""
    for place in sorted(running_folder(bench).glob("*.jsonl")):
        with contextlib.ExitStack() as stack:
            try:
                file = stack.enter_context(place.open("rb"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, FileNotFoundError):  # it runs, or was just closed
                continue
            report = _read(place, file.read())
            if report is not None:
                yield place, report


def newest_cut_off(bench: Bench) -> Report | None:
    """Return the newest run that was cut off and that no later run has stored yet."""
    return max((report for _, report in cut_off_runs(bench)), key=lambda r: r.started, default=None)


def is_running(bench: Bench) -> bool:
    """Tell whether a run of this bench lives, in this process or another."""
    for place in running_folder(bench).glob("*.jsonl"):
        try:
            with place.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            continue
        except BlockingIOError:
            return True
    return False


def as_run(report: Report) -> Run:
    """Return a run that was cut off as the archive takes it."""
    return Run(report, {}, ())


def _read(place: Path, text: bytes) -> Report | None:
    """Return what a file holds; one that holds nothing to report stands in no later run's way."""
    try:
        report = read_stream(text)
    except _NOT_OURS:
        place.replace(place.with_suffix(".damaged"))
        return None
    if report is None:  # nothing was written yet: nothing is lost
        place.unlink(missing_ok=True)
    return report


def read_stream(text: bytes) -> Report | None:
    """Return what a run had found when it was cut off; None before its first line was whole.

    Raises ValueError, TypeError or OverflowError where a whole line is not one of ours.
    """
    said = list(_lines(text))
    heads = [body for kind, body in said if kind == "run"]
    if not heads:
        return None
    head = _Head.model_validate(heads[0])
    results = [CheckResult.model_validate(body) for kind, body in said if kind == "ended"]
    planned = [
        _Planned.model_validate(row) for kind, rows in said if kind == "planned" for row in rows
    ]
    began = [_Began.model_validate(body) for kind, body in said if kind == "began"]
    took_s = sum(result.duration_s for result in results)
    results += _missing(planned, began, results)
    verdict, limited_by = decide_verdict(results)
    return Report(
        **head.model_dump(),
        ended=head.started + datetime.timedelta(seconds=took_s),
        assets=(),
        results=tuple(results),
        verdict=verdict,
        limited_by=limited_by,
        unfinished=True,
    )


def _lines(text: bytes) -> Iterator[tuple[str, Any]]:
    """Yield the whole lines; a power cut may leave the last one half written."""
    for line in text.split(b"\n")[:-1]:
        with contextlib.suppress(ValueError):
            yield from _Lines.validate_json(line).items()


def _missing(
    planned: Sequence[_Planned], began: Sequence[_Began], results: Sequence[CheckResult]
) -> list[CheckResult]:
    """Return results for the check that was running and for those that never ran."""
    done = {(result.code, result.asset) for result in results}
    running = [item for item in began if (item.code, item.asset) not in done]
    told = {result.code for result in results} | {item.code for item in running}
    rows = {row.code: row for row in planned}
    cut = [
        _result(rows[x.code], Outcome.ERROR, _CUT_OFF, x.asset) for x in running if x.code in rows
    ]
    return cut + [_result(x, Outcome.SKIP, _NOT_REACHED) for x in planned if x.code not in told]


def _result(row: _Planned, outcome: Outcome, reason: str, asset: str | None = None) -> CheckResult:
    text = load_faults().get(row.code)  # none for a code that an update took away
    return CheckResult(
        code=row.code,
        component=row.component,
        asset=asset,
        outcome=outcome,
        name_id=text.test_id if text else row.code,
        name_en=text.test_en if text else row.code,
        reason=reason,
        essential=row.essential,
        critical=row.component in CRITICAL_COMPONENTS,
    )
