"""What all commands share: options, exit codes, and how results and errors are printed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

FOUND_BAD = 1
COULD_NOT_RUN = 2

Ppi = Annotated[float, typer.Option(help="Resolution of the image in pixels per inch.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
PicturePath = Annotated[
    Path | None, typer.Option(help="Write a picture of the result to this PNG file.")
]


@contextmanager
def reporting() -> Iterator[None]:
    """Turn what could not be read or done into one line and exit code 2."""
    try:
        yield
    except (OSError, ValueError, ImportError) as error:
        typer.echo(f"could not run: {error}", err=True)
        raise typer.Exit(COULD_NOT_RUN) from error


def print_result(result: dict[str, Any], *, as_json: bool) -> None:
    """Print a result as JSON, or as one line for each name."""
    if as_json:
        typer.echo(json.dumps(result, indent=2))
        return
    for name, value in result.items():
        typer.echo(f"{name:24} {_in_words(value)}")


def _in_words(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_in_words(part)}" for name, part in value.items())
    if isinstance(value, list):
        return "; ".join(_in_words(part) for part in value) or "none"
    return str(value)
