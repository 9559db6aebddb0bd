"""Judge a live frame of the face camera, fast enough for every frame."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters as p
from biometrics.face.check import require_colour
from biometrics.face.detection import detect_faces
from biometrics.face.exposure import measure_exposure
from biometrics.face.results import Box, FaceModels, FacePreview

COACH_CODES = (
    "face_not_found",
    "more_than_one_face",
    "come_closer",
    "go_back",
    "move_left",
    "move_right",
    "move_up",
    "move_down",
    "too_dark",
    "too_bright",
    "hold_still",
    "good",
)
"""Directions are those of the picture."""


def preview(
    pixels: NDArray[np.uint8], *, models: FaceModels | None, previous: FacePreview | None = None
) -> FacePreview:
    """Say what should change before the portrait is taken.

    Parameters
    ----------
    pixels : (rows, cols, 3) ndarray of uint8
        BGR. Not modified.
    models : FaceModels or None
    previous : FacePreview, optional
        The preview of the frame before, to tell movement.

    Returns
    -------
    FacePreview

    Raises
    ------
    ValueError
        If `pixels` is not (rows, cols, 3) uint8.
    """
    require_colour(pixels)
    scale = min(1.0, p.PREVIEW_WIDTH_PX / pixels.shape[1])
    small = np.asarray(
        cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
    boxes = detect_faces(small, models)
    if len(boxes) != 1:
        return FacePreview(len(boxes), None, "more_than_one_face" if boxes else "face_not_found")
    shares = _as_shares(boxes[0], small.shape)
    mean_grey = measure_exposure(small, boxes[0])["mean_grey"]
    return FacePreview(1, shares, _coach(shares, mean_grey, previous))


def _as_shares(box: Box, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    rows, cols = shape[0], shape[1]
    return box.top / rows, box.left / cols, box.bottom / rows, box.right / cols


def _coach(
    box: tuple[float, float, float, float], mean_grey: float, previous: FacePreview | None
) -> str:
    top, left, bottom, right = box
    height, row, col = bottom - top, (top + bottom) / 2, (left + right) / 2
    advice = [
        ("come_closer", height < p.BOX_HEIGHT_SHARES[0]),
        ("go_back", height > p.BOX_HEIGHT_SHARES[1]),
        ("move_right", col < p.BOX_COL_SHARES[0]),
        ("move_left", col > p.BOX_COL_SHARES[1]),
        ("move_down", row < p.BOX_ROW_SHARES[0]),
        ("move_up", row > p.BOX_ROW_SHARES[1]),
        ("too_dark", mean_grey < p.MEAN_GREY_LIMITS[0]),
        ("too_bright", mean_grey > p.MEAN_GREY_LIMITS[1]),
        ("hold_still", not _is_at_rest(box, previous)),
    ]
    return next((code for code, applies in advice if applies), "good")


def _is_at_rest(box: tuple[float, float, float, float], previous: FacePreview | None) -> bool:
    if previous is None or previous.box is None:
        return False
    moved = max(abs(now - before) for now, before in zip(box, previous.box, strict=True))
    return moved <= p.MOVED_SHARE
