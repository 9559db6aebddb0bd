"""`selftest tickets`: faults that are open until a test of them passes."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from selftest.commands.setting import (
    ConfigOption,
    JsonOption,
    Language,
    SimulatedOption,
    explained,
    find_bench,
)


def tickets(
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    with_closed: Annotated[bool, typer.Option("--all", help="closed ones too")] = False,
    as_json: JsonOption = False,
    language: Language = Language.ID,
) -> None:
    """List open tickets; only a passing re-test closes one, never a hand."""
    from selftest.exporters.listing import render_tickets
    from selftest.history import History
    from selftest.tickets import list_tickets

    with explained():
        bench = find_bench(config, simulated=simulated)
        found = list_tickets(History(bench.history_file), with_closed=with_closed)
        if as_json:
            document = [ticket.model_dump(mode="json") for ticket in found]
            sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        else:
            Console().print(render_tickets(found, language.value))
