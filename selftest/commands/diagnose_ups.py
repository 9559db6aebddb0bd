"""`selftest diagnose ups`: judge a UPS of any machine through NUT's server.

FAIL        a confirmed fault
NOT PROVEN  readings that contradict themselves, or no data
WARN        a confirmed warning
NOT PROVEN  nothing confirmed, and no test of the battery (or only doubtful findings)
INFO        things to note          CLEAN  the battery's test passed and nothing was found
"""

import datetime
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from selftest.commands.diagnosis import show_diagnosis
from selftest.commands.setting import FOUND_BAD, JsonOption, explained

if TYPE_CHECKING:
    from selftest.report import Report

_DEFAULT_PORT = 3493  # IANA's number for NUT
_PLACE = re.compile(r"^(?P<ups>[^@\s]+)(@(?P<host>\[[^\]]+\]|[^:\s]+)(:(?P<port>\d{1,5}))?)?$")
NOT_PROVEN = "NOT PROVEN"


def ups(
    place: Annotated[str, typer.Argument(help="NAME@HOST[:PORT], as upsc takes it")],
    nominal: Annotated[float, typer.Option(help="mains voltage where the UPS tells none")] = 230.0,
    today: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="day of the readings, where they are replayed"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a UPS that upsd knows; one reading can never prove a battery healthy."""
    from selftest.errors import BenchError

    with explained():
        match = _PLACE.match(place)
        if match is None:
            raise BenchError(f"'{place}' is not NAME@HOST[:PORT]; for instance ups@localhost")
        done = _diagnose(match, nominal, today.date() if today else None)
        named = class_of(done)
        show_diagnosis(done, subject=place, named=named, as_json=as_json)
        if named == NOT_PROVEN:
            raise typer.Exit(FOUND_BAD)


def class_of(done: "Report") -> str:
    """Return the class of a diagnosis: the worst that is confirmed, else what is not proven."""
    from selftest.report import Confidence, Outcome, Severity

    findings = [result.finding for result in done.results if result.finding is not None]
    sure = {x.severity for x in findings if x.confidence is Confidence.CONFIRMED}
    has_doubts = any(
        x.severity is Severity.WARN and x.confidence is not Confidence.CONFIRMED for x in findings
    )
    if Severity.FAIL in sure:
        return "FAIL"
    if any(result.outcome is Outcome.ERROR for result in done.results):
        return NOT_PROVEN
    if Severity.WARN in sure:
        return "WARN"
    tested = {result.code: result.outcome for result in done.results}.get("UPS-102")
    if has_doubts or tested is not Outcome.PASS:
        return NOT_PROVEN
    return "INFO" if Severity.INFO in sure else "CLEAN"


def _diagnose(match: re.Match[str], nominal_v: float, today: datetime.date | None) -> "Report":
    from drivers.catalog import build_device
    from drivers.errors import DriverError
    from selftest.bench import Bench
    from selftest.catalog import all_checks
    from selftest.errors import BenchError
    from selftest.exporters.terminal import Progress
    from selftest.mode import Mode
    from selftest.runner import run_checks

    options = {
        "ups": match["ups"],
        "host": (match["host"] or "localhost").strip("[]"),
        "port": int(match["port"] or _DEFAULT_PORT),
    }
    device = build_device(match["ups"], "nut_ups", options)
    try:
        device.open()
    except DriverError as error:  # nothing is known of the UPS then, not even that it is bad
        raise BenchError(f"upsd cannot be asked: {error}; compare `upsc {match[0]}`") from error
    with TemporaryDirectory() as scratch, Progress(Console(stderr=True)) as progress:
        bench = Bench((device,), Path(scratch), nominal_mains_v=nominal_v, dumped_on=today)
        checks = tuple(item for item in all_checks() if item.component == "ups")
        return run_checks(bench, checks, progress, trigger="diagnose", mode=Mode.QUICK).report
