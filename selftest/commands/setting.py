"""What all commands share: options, the bench they work on, and errors told in one line."""

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

FOUND_BAD = 1
COULD_NOT_RUN = 2
USUAL_CONFIG = Path("var/station/station.toml")
"""Tested where no other is named, so that a re-test never lands on simulated devices by mistake."""

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="default var/station/station.toml, else simulated devices"),
]
SimulatedOption = Annotated[bool, typer.Option("--simulated", help="use simulated devices")]
JsonOption = Annotated[bool, typer.Option("--json", help="for programs")]


class Language(StrEnum):
    """Language of texts."""

    ID = "id"
    EN = "en"


def find_bench(config: Path | None, *, simulated: bool) -> "Bench":
    """Return the bench that the options mean; says so where it is simulated."""
    from selftest.bench import bench_from_config, simulated_bench

    if config is None and not simulated and USUAL_CONFIG.is_file():
        config = USUAL_CONFIG
    if config is not None and not simulated:
        return bench_from_config(config)
    Console(stderr=True).print("[yellow]perangkat simulasi / simulated devices[/]")
    return simulated_bench()


@contextmanager
def explained() -> Iterator[None]:
    """Turn what could not run into one line and exit code 2."""
    try:
        yield
    except (SelftestError, OSError) as error:
        Console(stderr=True).print(f"[red]{type(error).__name__}[/]: {error}", highlight=False)
        raise typer.Exit(COULD_NOT_RUN) from error
