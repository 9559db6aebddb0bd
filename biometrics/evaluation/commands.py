"""The commands that measure whole sets of images."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from biometrics.command_output import AsJson, Ppi, print_result, reporting
from biometrics.evaluation.benchmark import run_benchmark
from biometrics.evaluation.calibrate import measure_false_matches
from biometrics.evaluation.calibrate_minutiae import calibrate_minutiae
from biometrics.evaluation.chart import require_matplotlib
from biometrics.evaluation.discard_plot import plot_discard
from biometrics.evaluation.evaluate import (
    EvaluationOptions,
    SetResult,
    describe_quality,
    describe_results,
    evaluate_sets,
    measure_all_discards,
)
from biometrics.evaluation.plot import plot_errors
from biometrics.evaluation.quality_fit import fit_quality
from biometrics.evaluation.quality_table import read_quality_table
from biometrics.evaluation.tables import print_benchmark, print_discard, print_evaluation
from biometrics.parameters import RESOLUTION_PPI

Folders = Annotated[list[Path], typer.Argument(help="Sets of <finger>_<impression>.png")]


class Fingers(StrEnum):
    """Which fingers of a set to measure."""

    ALL = "all"
    ODD = "odd"
    EVEN = "even"


_PARITY = {Fingers.ALL: None, Fingers.ODD: 1, Fingers.EVEN: 0}


def evaluate_folders(
    folders: Folders,
    templates: Annotated[
        Path | None,
        typer.Option(
            help="Another extractor's templates (.fmr, .xyt): its figures come first, ours and "
            "the difference follow. A new or empty folder is filled with ours. Of several sets: "
            "a folder each inside, named like the set."
        ),
    ] = None,
    ppi: Ppi = RESOLUTION_PPI,
    plot: Annotated[Path | None, typer.Option(help="Draw the errors to this file.")] = None,
    discard: Annotated[
        Path | None, typer.Option(help="Draw error versus discard by quality to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure accuracy by the FVC protocol, and whether quality foretells errors.

    Example: python -m biometrics evaluate prints/a prints/b --plot errors.png --discard discard.png
    """
    with reporting():
        if plot or discard:
            require_matplotlib()
        results = evaluate_sets(folders, ppi, EvaluationOptions(templates))
        if plot:
            plot_errors(results, path=plot)
        if discard:
            _plot_discard(results, discard)
        described = describe_results(results)
    if as_json:
        print_result(described, as_json=True)
    else:
        print_evaluation(described)


def _plot_discard(results: Sequence[SetResult], path: Path, *, fingers: str = "all") -> None:
    names = ", ".join(one.name for one in results)
    title = f"Error versus discard, {fingers} fingers of {names}"
    plot_discard(measure_all_discards(results), title=title, path=path)


def measure_discard_of_folders(
    folders: Folders,
    scores: Annotated[
        Path | None, typer.Option(help="CSV set,image,<name>: another algorithm's quality scores.")
    ] = None,
    fingers: Annotated[
        Fingers, typer.Option(help="By their number; constants were chosen on odd fingers.")
    ] = Fingers.ALL,
    ppi: Ppi = RESOLUTION_PPI,
    plot: Annotated[Path | None, typer.Option(help="Draw error versus discard here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure whether the samples that a quality score refuses cause the errors.

    Example: python -m biometrics discard prints/a --scores other.csv --fingers even --plot d.png
    """
    with reporting():
        if plot:
            require_matplotlib()
        table = read_quality_table(scores) if scores else None
        options = EvaluationOptions(quality_table=table, parity=_PARITY[fingers])
        results = evaluate_sets(folders, ppi, options)
        if plot:
            _plot_discard(results, plot, fingers=fingers.value)
        described = describe_quality(results)
    if as_json:
        print_result(described, as_json=True)
    else:
        print_discard(described)


def calibrate_scores(
    folders: Annotated[list[Path], typer.Argument(help="Sets of <finger>_<impression>.png")],
    nfiq2: Annotated[
        Path | None,
        typer.Option(help="CSV with set, image, nfiq2; the sets lie beside it. Fits the quality."),
    ] = None,
    ppi: Ppi = RESOLUTION_PPI,
    as_json: AsJson = False,
) -> None:
    """Measure anew the tables of biometrics/parameters.py.

    Weights are fitted to fingers with odd numbers; different fingers are compared all with all.

    Example: python -m biometrics calibrate prints/a prints/b --nfiq2 prints/nfiq2_scores.csv
    """
    with reporting():
        tables = {
            "false_matches": measure_false_matches(folders, ppi),
            "minutiae": calibrate_minutiae(folders, ppi),
        }
        if nfiq2:
            tables["quality"] = fit_quality(nfiq2.parent, nfiq2, ppi)
    print_result(tables, as_json=as_json)


def benchmark_folder(
    folder: Annotated[Path, typer.Argument(help="Images of prints, any names.")],
    ppi: Ppi = RESOLUTION_PPI,
    as_json: AsJson = False,
) -> None:
    """Measure time per stage and peak memory on one thread.

    Example: python -m biometrics benchmark prints/ --json
    """
    with reporting():
        figures = run_benchmark(folder, ppi)
    if as_json:
        print_result(figures, as_json=True)
    else:
        print_benchmark(figures)
