"""`selftest diagnose smartctl`: judge a drive of any computer by what smartctl wrote of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from selftest.commands.diagnosis import show_diagnosis
from selftest.commands.setting import JsonOption, explained

if TYPE_CHECKING:
    from selftest.bench import Bench
    from selftest.report import Report


def smartctl(
    dump: Annotated[Path, typer.Argument(help="written by smartctl --json --xall /dev/sda")],
    as_json: JsonOption = False,
) -> None:
    """Judge a drive: CLEAN, INFO, WARN, CRITICAL or CANNOT_TELL."""
    from tempfile import TemporaryDirectory

    from selftest.bench import Bench
    from selftest.drives import DumpedDrive
    from selftest.errors import BenchError, NotReadyError

    with explained(), TemporaryDirectory() as scratch:
        drive = DumpedDrive(dump.name, dump)
        try:
            drive.read()
        except NotReadyError as error:
            raise BenchError(str(error)) from error
        done = judge_drive(Bench((), Path(scratch), find_drives=lambda: (drive,)))
        show_diagnosis(done, subject=str(dump), named=drive_class(done), as_json=as_json)


def judge_drive(bench: "Bench") -> "Report":
    """Run the checks of drives."""
    from selftest.catalog import all_checks
    from selftest.runner import run_checks

    checks = [item for item in all_checks() if item.component == "drive"]
    return run_checks(bench, checks, trigger="diagnose").report


def drive_class(done: "Report") -> str:
    """Return the class of a drive by its results; what failed outweighs what could not be told."""
    from selftest.report import Outcome, Severity

    outcomes = {result.outcome for result in done.results}
    severities = {result.finding.severity for result in done.results if result.finding}
    if Outcome.FAIL in outcomes:
        return "CRITICAL"
    if Outcome.ERROR in outcomes or outcomes == {Outcome.SKIP}:
        return "CANNOT_TELL"
    if Severity.WARN in severities:
        return "WARN"
    return "INFO" if Severity.INFO in severities else "CLEAN"
