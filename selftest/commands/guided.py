"""`selftest guided|depot`: checks that need a person, one thing at a time."""

import getpass
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
    from selftest.mode import Mode
    from selftest.report import Report
    from selftest.runner import Trigger

CodesArgument = Annotated[
    list[str] | None, typer.Argument(help="codes or their first letters; default all")
]
PersonOption = Annotated[str | None, typer.Option("--person", help="who answers")]


def guided(
    codes: CodesArgument = None,
    person: PersonOption = None,
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Check everything that eyes, hands and a pulled plug can show; 10 to 15 minutes."""
    from selftest.mode import Mode

    modes = frozenset({Mode.QUICK, Mode.GUIDED})
    with explained():
        bench = find_bench(config, simulated=simulated)
        checks = _chosen(codes, modes)
        _run(bench, checks, person, trigger="guided", as_json=as_json)


def depot(
    codes: CodesArgument = None,
    person: PersonOption = None,
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Check with the depot's targets and tools, after all that needs none."""
    from selftest.mode import Mode

    with explained():
        bench = find_bench(config, simulated=simulated)
        checks = _chosen(codes, frozenset(Mode))
        _run(bench, checks, person, trigger="depot", as_json=as_json)


def _chosen(codes: list[str] | None, modes: "frozenset[Mode]") -> "tuple[Check, ...]":
    from selftest.catalog import all_checks, select_checks

    chosen = select_checks(codes) if codes else all_checks()
    return tuple(item for item in chosen if item.mode in modes)


def _run(
    bench: "Bench",
    checks: "tuple[Check, ...]",
    person: str | None,
    *,
    trigger: "Trigger",
    as_json: bool,
) -> None:
    from selftest.commands.run import show_report

    done = run_with_person(bench, checks, person or getpass.getuser(), trigger)
    show_report(done, as_json=as_json)
    if _is_bad(done):
        raise typer.Exit(FOUND_BAD)


def run_with_person(
    bench: "Bench", checks: "tuple[Check, ...]", person: str, trigger: "Trigger"
) -> "Report":
    """Run checks and ask the person at the terminal; Ctrl-C ends it with what was found."""
    from selftest.exporters.terminal import Lines
    from selftest.session import close_cut_off_runs, run_session
    from selftest.simulated_hands import guided_bench
    from selftest.terminal_guide import TerminalGuide

    console = Console(stderr=True)
    guide = TerminalGuide(person, console)
    try:
        with guided_bench(bench, guide) as with_person:
            return run_session(with_person, checks, Lines(console), trigger=trigger)
    except KeyboardInterrupt:
        guide.stop()
        console.print("[yellow]dihentikan / stopped[/]")
        found = close_cut_off_runs(bench)
        if not found:
            raise
        return found[-1]


def _is_bad(done: "Report") -> bool:
    from selftest.report import Outcome

    return any(result.outcome in {Outcome.FAIL, Outcome.ERROR} for result in done.results)
