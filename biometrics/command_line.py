"""The command line of the capture checks.

Exit codes: 0 good, 1 found bad (a poor print, two different fingers), 2 could not run.
"""

from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from biometrics.codecs import iso19794_2
from biometrics.command_output import FOUND_BAD, AsJson, PicturePath, Ppi, print_result, reporting
from biometrics.evaluation import slap_report, timing
from biometrics.evaluation.canvas import encode_png
from biometrics.evaluation.commands import (
    benchmark_folder,
    calibrate_scores,
    evaluate_folders,
    measure_discard_of_folders,
)
from biometrics.evaluation.pictures import draw_comparison, draw_minutiae_alone
from biometrics.evaluation.samples import is_template, read_image, read_template
from biometrics.evaluation.slap_commands import benchmark_slap_image, evaluate_slap_folder
from biometrics.evaluation.trace_page import StageCollector, TracedCheck, write_trace
from biometrics.evaluation.xyt import write_xyt
from biometrics.finger.check import check
from biometrics.finger.compare import compare
from biometrics.finger.position import FingerPosition
from biometrics.finger.quality import rate_components
from biometrics.finger.resample import resample
from biometrics.finger.results import FingerCheck
from biometrics.finger.similarity import false_match_rate
from biometrics.parameters import (
    FALSE_MATCH_RATES,
    RESOLUTION_PPI,
    USABLE_QUALITY,
    VERIFICATION_SCORE,
)

_CHECK_RUNS = 11
_COMPARE_RUNS = 51

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def _use_one_thread() -> None:
    """Check, extract, compare and measure fingerprints."""
    cv2.setNumThreads(1)  # noqa: TID251  (a process of its own, whose figures are for one thread)


@app.command("check")
def check_image(
    image: Annotated[Path, typer.Argument(help="PNG, BMP, JPEG, TIFF, WSQ or JPEG 2000.")],
    ppi: Ppi = RESOLUTION_PPI,
    minimum: Annotated[int, typer.Option(help="Lowest score that is good.")] = USABLE_QUALITY,
    trace: Annotated[
        Path | None, typer.Option(help="Write a page that shows every stage into this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the quality of one print: score 0..100, reasons, components, time.

    Example: python -m biometrics check finger.png --ppi 500 --json
    """
    with reporting():
        pixels = read_image(image)
        result = check(pixels, ppi)
        median_ms = timing.median_call_ms(lambda: check(pixels, ppi), runs=_CHECK_RUNS)
        if trace:
            write_trace(trace, _trace_check(pixels, ppi, title=image.name))
    print_result({**_describe_check(result), "median_ms": median_ms}, as_json=as_json)
    if result.quality_score < minimum:
        raise typer.Exit(FOUND_BAD)


def _trace_check(pixels: NDArray[np.uint8], ppi: float, *, title: str) -> TracedCheck:
    """Check an image again, for its stages' results and then for their times."""
    collector, clock = StageCollector(), timing.StageClock()
    result = check(pixels, ppi, trace=collector)
    for _ in range(_CHECK_RUNS):
        clock.start()
        check(pixels, ppi, trace=clock)
    return TracedCheck(title, result, collector.results, clock.medians_ms())


def _describe_check(result: FingerCheck) -> dict[str, Any]:
    return {
        "quality_score": result.quality_score,
        "reasons": [
            {"code": reason.code, "value": reason.value, "limit": reason.limit}
            for reason in result.reasons
        ],
        "minutiae_count": len(result.template),
        "components": dict(result.components),
        "ratings": rate_components(result.components) if result.components else {},
    }


@app.command("extract")
def extract_image(
    image: Annotated[Path, typer.Argument(help="PNG, BMP, JPEG, TIFF, WSQ or JPEG 2000.")],
    out: Annotated[Path, typer.Option(help="Where the template goes.")],
    ppi: Ppi = RESOLUTION_PPI,
    output_format: Annotated[
        str, typer.Option("--format", help="fmr (ISO/IEC 19794-2:2005) or xyt (NIST's tools).")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Extract the minutiae of one print into a template file.

    Example: python -m biometrics extract finger.png --out finger.fmr
    """
    with reporting():
        chosen = output_format or out.suffix.lower().lstrip(".")
        if chosen not in {"fmr", "xyt"}:
            raise ValueError(f"unknown format {chosen!r}; use --format fmr or --format xyt")
        result = check(read_image(image), ppi)
        out.write_bytes(_encode_template(result, chosen))
    written = {"minutiae_count": len(result.template), "format": chosen, "out": str(out)}
    print_result(written, as_json=as_json)
    if not len(result.template):
        raise typer.Exit(FOUND_BAD)


def _encode_template(result: FingerCheck, output_format: str) -> bytes:
    if output_format == "xyt":
        return write_xyt(result.template).encode("ascii")
    view = iso19794_2.FingerView(FingerPosition.UNKNOWN, result.template, result.quality_score)
    return iso19794_2.encode([view])


@app.command("compare")
def compare_files(
    probe: Annotated[Path, typer.Argument(help="Image, .fmr or .xyt file.")],
    reference: Annotated[Path, typer.Argument(help="Image, .fmr or .xyt file.")],
    ppi: Ppi = RESOLUTION_PPI,
    picture: PicturePath = None,
    as_json: AsJson = False,
) -> None:
    """Compare two prints or templates; exit code 1 when they are not the same finger.

    Example: python -m biometrics compare a.png b.fmr --json --picture pairs.png
    """
    with reporting():
        (first, first_template), (second, second_template) = (
            _load_side(path, ppi) for path in (probe, reference)
        )
        result = compare(first_template, second_template)
        median_ms = timing.median_call_ms(
            lambda: compare(first_template, second_template), runs=_COMPARE_RUNS
        )
        if picture:
            sides = (first, first_template), (second, second_template)
            drawn = draw_comparison(
                *sides,
                result,
                names=(probe.name, reference.name),
                verdict=_in_one_line(result.similarity_score),
            )
            picture.write_bytes(encode_png(drawn))
    is_match = result.similarity_score >= VERIFICATION_SCORE
    described = {
        "similarity_score": result.similarity_score,
        "is_match": is_match,
        "false_match_rate": false_match_rate(result.similarity_score),
        "paired_minutiae": len(result.pairs),
        "rotation_rad": result.rotation_rad,
        "shift_px": list(result.shift_px),
        "median_ms": median_ms,
    }
    print_result(described, as_json=as_json)
    if not is_match:
        raise typer.Exit(FOUND_BAD)


def _in_one_line(similarity_score: float) -> str:
    verdict = "same finger" if similarity_score >= VERIFICATION_SCORE else "not the same finger"
    rate = false_match_rate(similarity_score)
    # Nothing rarer than the last rate of the table was measured.
    share = f"{'at most ' if rate <= FALSE_MATCH_RATES[-1] else ''}1 in {1 / rate:,.0f}"
    return (
        f"{verdict}: score {similarity_score:.1f}, needs {VERIFICATION_SCORE:g} "
        f"({share} other fingers reaches it)"
    )


def _load_side(path: Path, ppi: float) -> tuple[Any, Any]:
    """Return a picture to draw on and the template."""
    if is_template(path):
        template = read_template(path)
        return draw_minutiae_alone(template), template
    pixels = read_image(path)
    return resample(pixels, ppi), check(pixels, ppi).template


@app.command("slap")
def check_slap_image(
    image: Annotated[Path, typer.Argument(help="PNG, BMP, JPEG, TIFF, WSQ or JPEG 2000.")],
    ppi: Ppi = RESOLUTION_PPI,
    expected: Annotated[
        str, typer.Option(help="Fingers asked for: left, right, thumbs, or either hand.")
    ] = slap_report.EITHER_HAND,
    picture: PicturePath = None,
    as_json: AsJson = False,
) -> None:
    """Find and check the fingers of a slap; exit code 1 when they are not those expected.

    Example: python -m biometrics slap left_four.png --expected left --json --picture found.png
    """
    with reporting():
        pixels = read_image(image)
        result = slap_report.check_slap_of(pixels, ppi, expected=expected)
        if picture:
            picture.write_bytes(encode_png(slap_report.draw_slap(pixels, result)))
    print_result(slap_report.describe_slap(result), as_json=as_json)
    if result.reasons:
        raise typer.Exit(FOUND_BAD)


# Commands that measure whole sets.
app.command("evaluate")(evaluate_folders)
app.command("discard")(measure_discard_of_folders)
app.command("calibrate")(calibrate_scores)
app.command("benchmark")(benchmark_folder)
app.command("evaluate-slaps")(evaluate_slap_folder)
app.command("benchmark-slap")(benchmark_slap_image)
