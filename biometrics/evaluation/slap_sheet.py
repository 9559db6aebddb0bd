"""Draw the slaps that were taken apart worst: what is there in blue, what was found in orange."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.canvas import Picture
from biometrics.evaluation.slap_figures import GOOD_OVERLAP
from biometrics.evaluation.slap_judgement import SlapJudgement
from biometrics.finger.slap import SlapLayout

TILE_PX = (375, 400)  # rows, cols of a slap on the sheet
_COLUMNS = 4
_CAPTION_PX = 44
# Blue and orange of Okabe and Ito: told apart also by people who see few colours.
_TRUE_BGR = (178, 114, 0)
_FOUND_BGR = (0, 94, 213)
_TEXT_BGR = (20, 20, 20)


def badness(judgement: SlapJudgement) -> float:
    """Return how bad a judgement is: 0 where all is well.

    Parameters
    ----------
    judgement : SlapJudgement

    Returns
    -------
    badness : float
        A wrong count weighs most, then a wrong hand, then names, then overlaps below the limit.
    """
    is_wrong_hand = judgement.slap.hand != "both" and not judgement.is_hand_right
    missed = sum(max(0.0, GOOD_OVERLAP - value) for value in judgement.overlaps)
    return (
        8.0 * (not judgement.is_count_right)
        + 4.0 * is_wrong_hand * judgement.hand_confidence
        + 2.0 * (not all(judgement.named_right))
        + missed
    )


def draw_tile(pixels: NDArray[np.uint8], layout: SlapLayout, judgement: SlapJudgement) -> Picture:
    """Draw one slap for the sheet.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
    layout : SlapLayout
        What was found.
    judgement : SlapJudgement

    Returns
    -------
    tile : ndarray of uint8
        BGR, `TILE_PX` and a caption.
    """
    slap = judgement.slap
    rows, cols = TILE_PX
    grey = cv2.resize(pixels, (cols, rows), interpolation=cv2.INTER_AREA)
    tile = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    scale = np.array(TILE_PX) / pixels.shape
    for corners in slap.quadrilaterals:
        _draw(tile, corners * scale, _TRUE_BGR)
    for finger in layout.segmentation.fingers:
        _draw(tile, finger.quadrilateral * (slap.resolution_ppi / 500) * scale, _FOUND_BGR)
    caption = np.full((_CAPTION_PX, cols, 3), 255, np.uint8)
    least = min(judgement.overlaps, default=0.0)
    hand = f"{judgement.hand} {judgement.hand_confidence:.2f} for {slap.hand}"
    count = f"{judgement.found_count} of {len(slap.positions)}"
    _write(caption, f"{slap.path.stem}: {count}, {hand}, least {least:.2f}", 16)
    _write(caption, " ".join(slap.wrong), 36)
    return np.vstack([tile, caption])


def draw_sheet(tiles: Sequence[Picture]) -> Picture:
    """Put tiles on one sheet.

    Parameters
    ----------
    tiles : sequence of ndarray of uint8
        At least one, the worst first.

    Returns
    -------
    sheet : ndarray of uint8
        BGR.
    """
    blank = np.full_like(tiles[0], 255)
    full = [*tiles, *[blank] * (-len(tiles) % _COLUMNS)]
    rows = [np.hstack(full[at : at + _COLUMNS]) for at in range(0, len(full), _COLUMNS)]
    return np.vstack(rows)


def _draw(tile: Picture, corners: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    points = np.rint(corners[:, ::-1]).astype(np.int32)
    cv2.polylines(tile, [points], isClosed=True, color=colour, thickness=2, lineType=cv2.LINE_AA)


def _write(picture: Picture, text: str, row: int) -> None:
    cv2.putText(picture, text, (6, row), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _TEXT_BGR, 1, cv2.LINE_AA)
