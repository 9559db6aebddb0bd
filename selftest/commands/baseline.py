"""`selftest baseline`: keep what the units measure now as what they are compared with."""

import getpass
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from selftest.commands.setting import (
    ConfigOption,
    JsonOption,
    SimulatedOption,
    explained,
    find_bench,
)

if TYPE_CHECKING:
    from selftest.baseline import Baseline
    from selftest.bench import Bench
    from selftest.check import Check
    from selftest.history import Author

ComponentOption = Annotated[
    str | None, typer.Option("--component", help="scanner, camera, iris, pad, card, ups, drive")
]
AnywayOption = Annotated[str, typer.Option("--anyway", help="reason, in spite of a fault")]
GuidedOption = Annotated[
    bool, typer.Option("--guided", help="also what needs cards, pen and a pulled plug")
]
UndoOption = Annotated[bool, typer.Option("--undo", help="return to the baseline before")]
PersonOption = Annotated[str | None, typer.Option("--person", help="who takes it")]


def baseline(
    component: ComponentOption = None,
    person: PersonOption = None,
    anyway: AnywayOption = "",
    with_person: GuidedOption = False,
    undo: UndoOption = False,
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Keep today's values of each unit, after commissioning or a repair; `--undo` takes back."""
    from selftest.baseline import take_baselines
    from selftest.exporters.terminal import Lines, Progress
    from selftest.history import Author
    from selftest.simulated_hands import guided_bench
    from selftest.terminal_guide import TerminalGuide

    with explained():
        bench = find_bench(config, simulated=simulated)
        if undo:
            _undo(bench, component)
            return
        author = Author(person or getpass.getuser(), anyway)
        console = Console(stderr=True)
        checks = _checks(component, with_person=with_person)
        if with_person:
            with guided_bench(bench, TerminalGuide(author.person, console)) as guided:
                _, taken = take_baselines(guided, checks, author, Lines(console))
        else:
            with Progress(console) as progress:
                _, taken = take_baselines(bench, checks, author, progress)
        _show(taken, author, as_json=as_json)


def _checks(component: str | None, *, with_person: bool = False) -> "tuple[Check, ...]":
    from selftest.baseline import baseline_codes
    from selftest.catalog import all_checks
    from selftest.errors import UnknownCodeError
    from selftest.mode import Mode

    wanted = [item for item in all_checks() if component in (None, item.component)]
    if not wanted:
        known = ", ".join(dict.fromkeys(item.component for item in all_checks()))
        raise UnknownCodeError(f"no component '{component}'; known: {known}")
    compared = {item.component for item in wanted if item.code in baseline_codes()}
    modes = {Mode.QUICK, Mode.GUIDED} if with_person else {Mode.QUICK}
    return tuple(x for x in wanted if x.mode in modes and x.component in compared)


def _undo(bench: "Bench", component: str | None) -> None:
    from selftest.baseline import undo_baseline
    from selftest.history import History, unit_of
    from selftest.runner import run_checks

    console = Console(highlight=False)
    history = History(bench.history_file)
    presence = [item for item in _checks(component) if item.code[4] == "0"]
    for asset in run_checks(bench, presence).report.assets:
        if history.baseline_of(unit_of(asset)) is None:
            continue
        now_valid = undo_baseline(history, unit_of(asset), bench)
        held = f"{now_valid.id}, {now_valid.taken:%Y-%m-%d}" if now_valid else "-"
        console.print(f"{unit_of(asset)}: kembali ke / back to {held}")


def _show(taken: "tuple[Baseline, ...]", author: "Author", *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps([_document(one, author) for one in taken], indent=2) + "\n")
        return
    console = Console()
    for one in taken:
        before = f"{one.before.id}, {one.before.taken:%Y-%m-%d}" if one.before else "-"
        table = Table(title=f"{one.unit}\n{one.id}   sebelumnya / before: {before}")
        for column in ("kode", "nilai / value", "baru / new", "lama / before"):
            table.add_column(column, justify="left" if column[0] in "kn" else "right")
        for line in one.lines:
            old = "-" if line.before is None else f"{line.before:.4g}"
            table.add_row(line.code, line.value.name, f"{line.value.value:.4g}", old)
        console.print(table)


def _document(one: "Baseline", author: "Author") -> dict[str, object]:
    return {
        "baseline_id": one.id,
        "unit": one.unit,
        "asset": one.asset.model_dump(mode="json"),
        "person": author.person,
        "note": author.note,
        "before": one.before.id if one.before else None,
        "values": [
            {
                "code": line.code,
                "name": line.value.name,
                "value": line.value.value,
                "n": line.value.n,
                "before": line.before,
            }
            for line in one.lines
        ],
    }
