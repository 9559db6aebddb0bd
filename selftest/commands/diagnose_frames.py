"""`selftest diagnose frames`: judge a scanner by pictures of its empty platen."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from selftest.commands.diagnosis import NOT_PROVEN, show_diagnosis, worst_class
from selftest.commands.setting import FOUND_BAD, JsonOption, explained


def frames(
    folder: Annotated[Path, typer.Argument(help="PNG of the empty platen, 8 or more")],
    ppi: Annotated[float, typer.Option(help="resolution of the scanner", min=100)] = 500.0,
    dark: Annotated[
        Path | None, typer.Option(help="PNG of the same platen with its light off")
    ] = None,
    pictures: Annotated[Path | None, typer.Option(help="write evidence pictures here")] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge frames of an empty platen, all of one scanner and one size."""
    from selftest.bench import Bench
    from selftest.catalog import all_checks
    from selftest.exporters.terminal import Progress
    from selftest.runner import run_checks
    from selftest.scanner.folder import FolderScanner

    with explained(), TemporaryDirectory() as scratch:
        scanner = FolderScanner(folder, resolution_ppi=ppi, dark_folder=dark)
        scanner.open()
        bench = Bench((scanner,), Path(scratch))
        checks = tuple(item for item in all_checks() if item.code in BLANK_CODES)
        with Progress(Console(stderr=True)) as progress:
            run = run_checks(bench, checks, progress, trigger="diagnose")
        if pictures is not None:
            _write_pictures(pictures, run.pictures)
        named = worst_class(run.report)
        show_diagnosis(run.report, subject=str(folder), named=named, as_json=as_json)
        if named == NOT_PROVEN:
            raise typer.Exit(FOUND_BAD)


BLANK_CODES = frozenset(f"FPS-{number}" for number in range(101, 114)) | {"FPS-120"}
"""Codes that frames of an empty platen can judge."""


def _write_pictures(folder: Path, pictures: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, png in pictures.items():
        folder.joinpath(name).write_bytes(png)
