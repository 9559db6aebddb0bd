"""`selftest report|explain`: what was found, and what a code means."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from selftest.commands.run import show_report
from selftest.commands.setting import ConfigOption, Language, explained, find_bench


class Format(StrEnum):
    """How a stored report is shown."""

    HUMAN = "human"
    JSON = "json"


def report(
    config: ConfigOption = None,
    shape: Annotated[Format, typer.Option("--format", help="human or json")] = Format.HUMAN,
) -> None:
    """Show the report of the last run."""
    from selftest.archive import last_report

    with explained():
        show_report(last_report(find_bench(config, simulated=False)), as_json=shape is Format.JSON)


def explain(code: str, language: Language = Language.ID) -> None:
    """Say what a code means, why it comes and what to do."""
    from selftest.faults import fault_text, retest_command

    with explained():
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
