"""`selftest quick|only`: run checks, store the report and show it."""

import dataclasses
import getpass
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from selftest.commands.setting import (
    FOUND_BAD,
    ConfigOption,
    JsonOption,
    SimulatedOption,
    explained,
    find_bench,
)

if TYPE_CHECKING:
    from selftest.bench import Bench
    from selftest.check import Check
    from selftest.report import Report
    from selftest.runner import Trigger
    from selftest.terminal_guide import TerminalGuide


class Reason(StrEnum):
    """Why all quick checks are run."""

    QUICK = "quick"
    BOOT = "boot"
    NIGHTLY = "nightly"


def quick(
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    trigger: Annotated[Reason, typer.Option(help="what the report names as reason")] = Reason.QUICK,
) -> None:
    """Run every check that needs no person; less than a minute."""
    from selftest.catalog import all_checks

    with explained():
        bench = find_bench(config, simulated=simulated)
        run_and_show(bench, all_checks(), as_json=as_json, trigger=trigger.value)


def only(
    codes: Annotated[list[str], typer.Argument(help="codes or their first letters")],
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run some checks again, with those that open their devices; asks where a person is needed."""
    from selftest.catalog import select_checks
    from selftest.mode import Mode

    with explained():
        bench = find_bench(config, simulated=simulated)
        checks = select_checks(codes)
        if sys.stdin.isatty() and any(item.mode is not Mode.QUICK for item in checks):
            bench = dataclasses.replace(bench, guide=_terminal_guide())
        run_and_show(bench, checks, as_json=as_json, trigger="only")


def _terminal_guide() -> "TerminalGuide":
    from selftest.terminal_guide import TerminalGuide

    return TerminalGuide(getpass.getuser(), Console(stderr=True))


def run_and_show(
    bench: "Bench", checks: "tuple[Check, ...]", *, as_json: bool, trigger: "Trigger"
) -> None:
    """Run checks, store and show the report; raises typer.Exit where something is bad."""
    from selftest.exporters.terminal import Lines, Progress
    from selftest.report import Outcome, Verdict
    from selftest.session import MODES, run_session

    console = Console(stderr=True)
    if bench.guide is not None:
        done = run_session(bench, checks, Lines(console), trigger=trigger)
    else:
        with Progress(console) as progress:
            done = run_session(bench, checks, progress, trigger=trigger)
    show_report(done, as_json=as_json)
    bad = {Outcome.FAIL, Outcome.ERROR}
    unproven = trigger in MODES and done.verdict is Verdict.NOT_PROVEN
    if unproven or any(result.outcome in bad for result in done.results):
        raise typer.Exit(FOUND_BAD)


def show_report(done: "Report", *, as_json: bool) -> None:
    """Write a report to the terminal, or as JSON to standard output."""
    from selftest.exporters.human import render_report
    from selftest.exporters.json import render_json

    if as_json:
        sys.stdout.write(render_json(done) + "\n")
    else:
        Console().print(render_report(done))
