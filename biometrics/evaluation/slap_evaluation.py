"""Judge the segmentation over a folder of slaps whose fingers are known."""

import heapq
import time
from functools import partial
from pathlib import Path
from typing import Any

from biometrics.evaluation.canvas import Picture
from biometrics.evaluation.progress import show_progress
from biometrics.evaluation.samples import read_image
from biometrics.evaluation.slap_figures import summarize
from biometrics.evaluation.slap_judgement import SlapJudgement, judge_slap
from biometrics.evaluation.slap_sheet import badness, draw_sheet, draw_tile
from biometrics.evaluation.slap_truth import TrueSlap, read_truth
from biometrics.finger.slap import lay_out_slap

WORST_SHOWN = 24


def evaluate_slaps(folder: Path) -> tuple[dict[str, Any], Picture | None]:
    """Take every slap of a folder apart and hold the result against the truth.

    Parameters
    ----------
    folder : Path
        Images and truth.jsonl, as `biometrics.evaluation.slap_truth` describes.

    Returns
    -------
    figures : dict
        From `summarize`, with "worst": names of the slaps on the sheet.
    sheet : ndarray of uint8 or None
        Picture of the worst slaps; None where nothing is wrong with any.

    Raises
    ------
    OSError, ValueError
        If a file cannot be read.
    """
    slaps = read_truth(folder)
    judgements: list[SlapJudgement] = []
    worst: list[tuple[float, int, Picture]] = []
    for number, slap in enumerate(show_progress("slaps")(slaps, len(slaps))):
        judgement, draw = _judge(slap)
        judgements.append(judgement)
        if (bad := badness(judgement)) > 0:
            keep = heapq.heappush if len(worst) < WORST_SHOWN else heapq.heappushpop
            if len(worst) < WORST_SHOWN or bad > worst[0][0]:
                keep(worst, (bad, -number, draw()))
    worst.sort(key=lambda entry: (-entry[0], -entry[1]))
    figures = summarize(judgements)
    figures["worst"] = [slaps[-number].path.name for _, number, _ in worst]
    return figures, draw_sheet([tile for _, _, tile in worst]) if worst else None


def _judge(slap: TrueSlap) -> tuple[SlapJudgement, partial[Picture]]:
    pixels = read_image(slap.path)
    start_s = time.perf_counter()
    layout = lay_out_slap(pixels, slap.resolution_ppi, expected=slap.expected)
    judgement = judge_slap(slap, layout, 1000 * (time.perf_counter() - start_s))
    return judgement, partial(draw_tile, pixels, layout, judgement)
