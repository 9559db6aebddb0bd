"""The `selftest` command.

Exit codes: 0 good, 1 found bad or not proven, 2 could not run. Every error names the next step.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from selftest.errors import SelftestError

if TYPE_CHECKING:
    from selftest.bench import Bench
    from selftest.check import Check
    from selftest.report import Report
    from selftest.runner import Trigger

# Small matrices only; set before numpy is loaded, which the commands below do.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

FOUND_BAD = 1
COULD_NOT_RUN = 2
USUAL_CONFIG = Path("var/station/station.toml")
"""Tested where no other is named, so that a re-test never lands on simulated devices by mistake."""

app = typer.Typer(
    name="selftest",
    help="Diagnose the station and say what to do.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="default var/station/station.toml, else simulated devices"),
]
SimulatedOption = Annotated[bool, typer.Option("--simulated", help="use simulated devices")]
JsonOption = Annotated[bool, typer.Option("--json", help="for programs")]


class Format(StrEnum):
    """How a stored report is shown."""

    HUMAN = "human"
    JSON = "json"


class Language(StrEnum):
    """Language of `explain`."""

    ID = "id"
    EN = "en"


@app.command(epilog="example: selftest quick --config var/station/station.toml")
def quick(
    config: ConfigOption = None, simulated: SimulatedOption = False, as_json: JsonOption = False
) -> None:
    """Run every check that needs no person; less than a minute."""
    from selftest.catalog import all_checks

    with _explained():
        bench = _bench(config, simulated=simulated)
        _run(bench, all_checks(), as_json=as_json, trigger="quick")


@app.command(epilog="example: selftest only FPS-108 CAM")
def only(
    codes: Annotated[list[str], typer.Argument(help="codes or their first letters")],
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run some checks again, with those that open their devices."""
    from selftest.catalog import select_checks

    with _explained():
        bench = _bench(config, simulated=simulated)
        _run(bench, select_checks(codes), as_json=as_json, trigger="only")


@app.command(epilog="example: selftest report --format json")
def report(
    config: ConfigOption = None,
    shape: Annotated[Format, typer.Option("--format", help="human or json")] = Format.HUMAN,
) -> None:
    """Show the report of the last run."""
    from selftest.archive import last_report

    with _explained():
        _show(last_report(_bench(config, simulated=False)), as_json=shape is Format.JSON)


@app.command(epilog="example: selftest explain FPS-108 --language en")
def explain(code: str, language: Language = Language.ID) -> None:
    """Say what a code means, why it comes and what to do."""
    from selftest.faults import fault_text, retest_command

    with _explained():
        text = fault_text(code)
        english = language is Language.EN
        console = Console(highlight=False)
        console.print(f"[bold]{code.upper()}[/]  {text.name_en if english else text.name_id}")
        for cause in text.causes:
            console.print(cause.text_en if english else cause.text_id)
        console.print(text.action_en if english else text.action_id)
        minutes = "minutes" if english else "menit"
        console.print(f"{text.level}, {text.minutes} {minutes}, {text.part or '-'}")
        console.print(f"[cyan]{retest_command(code.upper())}[/]")


def _run(bench: "Bench", checks: "tuple[Check, ...]", *, as_json: bool, trigger: "Trigger") -> None:
    from selftest.archive import store_run
    from selftest.check import Mode
    from selftest.exporters.terminal import Progress
    from selftest.report import Outcome, Verdict
    from selftest.runner import run_checks

    mode = Mode.QUICK if trigger == "quick" else None
    with Progress(Console(stderr=True)) as progress:
        run = run_checks(bench, checks, progress, trigger=trigger, mode=mode)
    done = store_run(bench, run)
    _show(done, as_json=as_json)
    bad = {Outcome.FAIL, Outcome.ERROR}
    unproven = trigger == "quick" and done.verdict is Verdict.NOT_PROVEN
    if unproven or any(result.outcome in bad for result in done.results):
        raise typer.Exit(FOUND_BAD)


def _show(done: "Report", *, as_json: bool) -> None:
    from selftest.exporters.human import render_report
    from selftest.exporters.json import render_json

    if as_json:
        sys.stdout.write(render_json(done) + "\n")
    else:
        Console().print(render_report(done))


def _bench(config: Path | None, *, simulated: bool) -> "Bench":
    from selftest.bench import bench_from_config, simulated_bench

    if config is None and not simulated and USUAL_CONFIG.is_file():
        config = USUAL_CONFIG
    if config is not None and not simulated:
        return bench_from_config(config)
    Console(stderr=True).print("[yellow]perangkat simulasi / simulated devices[/]")
    return simulated_bench()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (SelftestError, OSError) as error:
        Console(stderr=True).print(f"[red]{type(error).__name__}[/]: {error}", highlight=False)
        raise typer.Exit(COULD_NOT_RUN) from error


def main() -> None:
    """Entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
