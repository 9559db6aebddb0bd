"""The commands that measure how slaps are taken apart, and how long that takes."""

from pathlib import Path
from typing import Annotated

import typer

from biometrics.command_output import FOUND_BAD, AsJson, PicturePath, Ppi, print_result, reporting
from biometrics.evaluation.canvas import encode_png
from biometrics.evaluation.samples import read_image
from biometrics.evaluation.slap_benchmark import USUAL_RUNS, benchmark_slap
from biometrics.evaluation.slap_evaluation import evaluate_slaps
from biometrics.evaluation.slap_figures import misses_goals
from biometrics.evaluation.slap_report import GROUPS
from biometrics.parameters import RESOLUTION_PPI


def evaluate_slap_folder(
    folder: Annotated[
        Path, typer.Argument(help="Slaps with truth.jsonl, as `python -m drivers slaps` writes.")
    ],
    picture: PicturePath = None,
    as_json: AsJson = False,
) -> None:
    """Judge number, hand, places and names of the fingers of many slaps whose truth is known.

    Exit code 1 where a goal is missed; the picture shows the worst slaps.

    Example: python -m biometrics evaluate-slaps slaps/ --json --picture worst.png
    """
    with reporting():
        figures, sheet = evaluate_slaps(folder)
        if picture and sheet is not None:
            picture.write_bytes(encode_png(sheet))
    missed = misses_goals(figures)
    print_result({**figures, "goals_missed": missed}, as_json=as_json)
    if missed:
        raise typer.Exit(FOUND_BAD)


def benchmark_slap_image(
    image: Annotated[Path, typer.Argument(help="A slap: PNG, BMP, JPEG, TIFF, WSQ, JPEG 2000.")],
    expected: Annotated[
        str, typer.Option(help="Fingers asked for: left, right or thumbs.")
    ] = "right",
    ppi: Ppi = RESOLUTION_PPI,
    runs: Annotated[int, typer.Option(min=1, help="Calls of each that count.")] = USUAL_RUNS,
    as_json: AsJson = False,
) -> None:
    """Measure how long the check and the preview of a slap take, on one thread.

    Example: python -m biometrics benchmark-slap right_four.png --expected right
    """
    with reporting():
        if expected not in GROUPS:
            raise ValueError(f"unknown fingers {expected!r}; use {', '.join(GROUPS)}")
        figures = benchmark_slap(read_image(image), ppi, expected=GROUPS[expected], runs=runs)
    print_result(figures, as_json=as_json)
