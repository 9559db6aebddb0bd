"""Check a portrait: one face, well placed, well lit, sharp, before the right backdrop.

Reasons, most important first:

face_not_found            too_far      eyes_closed   too_dark     background_wrong_colour
more_than_one_face        too_close    mouth_open    too_bright   background_uneven
tilted, turned            off_centre                 blurred

Head covering is never a reason.
"""

import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters as p
from biometrics.face.background import has_colour, measure_background
from biometrics.face.detection import detect_faces
from biometrics.face.exposure import measure_exposure
from biometrics.face.landmarks import measure_landmarks, place_landmarks
from biometrics.face.results import Background, Box, FaceCheck, FaceModels
from biometrics.finger.results import Reason

Components = dict[str, float]
Judged = list[tuple[bool, str, float, float]]


def check(
    pixels: NDArray[np.uint8], *, models: FaceModels | None, background: Background | None
) -> FaceCheck:
    """Judge a portrait.

    Parameters
    ----------
    pixels : (rows, cols, 3) ndarray of uint8
        BGR. Not modified.
    models : FaceModels or None
        None leaves out what needs them: eyes, mouth, pose, background; size and place are then
        judged by the box alone.
    background : Background or None
        The colour asked for; None does not judge it.

    Returns
    -------
    FaceCheck
        Score 0 with a reason where there is not exactly one face, never an exception.

    Raises
    ------
    ValueError
        If `pixels` is not (rows, cols, 3) uint8.

    References
    ----------
    .. [1] BSI TR-03121-3 Volume 4, face; ISO/IEC 29794-5 (names of the measures).
    """
    require_colour(pixels)
    boxes = detect_faces(pixels, models)
    if len(boxes) != 1:
        code = "more_than_one_face" if boxes else "face_not_found"
        box = boxes[0] if boxes else None
        return FaceCheck(0, (Reason(code, float(len(boxes)), 1.0),), box=box, landmarks=None)
    components = measure_exposure(pixels, boxes[0]) | _measure_box(boxes[0], pixels.shape)
    landmarks = None
    if models is not None:
        landmarks = place_landmarks(pixels, boxes[0], models)
        components |= measure_landmarks(landmarks) | measure_background(pixels, models)
    reasons = explain(components, pixels.shape[:2], background)
    score = score_components(components, reasons)
    return FaceCheck(score, reasons, box=boxes[0], landmarks=landmarks, components=components)


def require_colour(pixels: NDArray[np.uint8]) -> None:
    """Refuse what is no colour picture.

    Parameters
    ----------
    pixels : ndarray

    Raises
    ------
    ValueError
        If `pixels` is not (rows, cols, 3) uint8.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"a portrait is (rows, cols, 3) uint8, not {pixels.shape} {pixels.dtype}")


def explain(
    components: Components, shape: tuple[int, int], background: Background | None
) -> tuple[Reason, ...]:
    """Hold the measures against their limits.

    Parameters
    ----------
    components : dict of str to float
        What was measured; what needs the models may be absent.
    shape : tuple of int
        (rows, cols) of the picture.
    background : Background or None
        The colour asked for.

    Returns
    -------
    tuple of Reason
        Most important first.
    """
    if "roll_rad" in components:
        judged = _judge_place(components, shape) + _judge_pose(components)
    else:
        judged = _judge_box(components)
    judged += _judge_light(components)
    if background is not None and "background_chroma" in components:
        judged += _judge_background(components, background)
    return tuple(Reason(code, value, limit) for applies, code, value, limit in judged if applies)


def score_components(components: Components, reasons: tuple[Reason, ...]) -> int:
    """Return the score: PASS_SCORE and more when every limit is reached, less for each that is not.

    Parameters
    ----------
    components : dict of str to float
        What was measured.
    reasons : tuple of Reason
        From `explain`.

    Returns
    -------
    int
        1..100.
    """
    if reasons:
        return max(1, round(p.PASS_SCORE * 0.8 ** len(reasons)) - 1)
    sharp = min(1.0, components["sharpness"] / p.FULL_SHARPNESS)
    low, high = p.MEAN_GREY_LIMITS
    light = 1.0 - abs(components["mean_grey"] - (low + high) / 2) / ((high - low) / 2)
    straight = 1.0 - abs(components.get("yaw_rad", 0.0)) / p.MAX_YAW_RAD
    level = 1.0 - abs(components.get("roll_rad", 0.0)) / p.MAX_ROLL_RAD
    nod = 1.0 - abs(components.get("pitch_rad", 0.0)) / p.MAX_PITCH_RAD
    shares = np.clip([sharp, light, straight, level, nod], 0.0, 1.0)
    return round(p.PASS_SCORE + (100 - p.PASS_SCORE) * float(shares.mean()))


def _measure_box(box: Box, shape: tuple[int, ...]) -> Components:
    rows, cols = shape[0], shape[1]
    return {
        "box_height_share": box.height / rows,
        "box_row_share": (box.top + box.bottom) / (2 * rows),
        "box_col_share": (box.left + box.right) / (2 * cols),
    }


def _judge_box(c: Components) -> Judged:
    """Judge the placing where there are no landmarks."""
    height, row, col = c["box_height_share"], c["box_row_share"], c["box_col_share"]
    least, most = p.BOX_HEIGHT_SHARES
    top, bottom = p.BOX_ROW_SHARES
    left, right = p.BOX_COL_SHARES
    return [
        (height < least, "too_far", height, least),
        (height > most, "too_close", height, most),
        (not left <= col <= right, "off_centre", col, left if col < left else right),
        (not top <= row <= bottom, "off_centre", row, top if row < top else bottom),
    ]


def _judge_place(c: Components, shape: tuple[int, int]) -> Judged:
    rows, cols = shape
    head = c["head_height_px"] / rows
    col, row = c["middle_col"] / cols, c["eyes_row"] / rows
    low, high = p.CENTRE_COL_SHARES
    top, bottom = p.CENTRE_ROW_SHARES
    is_far = head < p.HEAD_HEIGHT_SHARES[0] or c["eye_distance_px"] < p.MIN_EYE_DISTANCE_PX
    return [
        (is_far, "too_far", head, p.HEAD_HEIGHT_SHARES[0]),
        (head > p.HEAD_HEIGHT_SHARES[1], "too_close", head, p.HEAD_HEIGHT_SHARES[1]),
        (not low <= col <= high, "off_centre", col, low if col < low else high),
        (not top <= row <= bottom, "off_centre", row, top if row < top else bottom),
    ]


def _judge_pose(c: Components) -> Judged:
    return [
        (abs(c["roll_rad"]) > p.MAX_ROLL_RAD, "tilted", c["roll_rad"], p.MAX_ROLL_RAD),
        (abs(c["yaw_rad"]) > p.MAX_YAW_RAD, "turned", c["yaw_rad"], p.MAX_YAW_RAD),
        (abs(c["pitch_rad"]) > p.MAX_PITCH_RAD, "turned", c["pitch_rad"], p.MAX_PITCH_RAD),
        (c["eyes_open"] < p.MIN_EYES_OPEN, "eyes_closed", c["eyes_open"], p.MIN_EYES_OPEN),
        (c["mouth_open"] > p.MAX_MOUTH_OPEN, "mouth_open", c["mouth_open"], p.MAX_MOUTH_OPEN),
    ]


def _judge_light(c: Components) -> Judged:
    low, high = p.MEAN_GREY_LIMITS
    dark, bright = c["clipped_dark_share"], c["clipped_bright_share"]
    return [
        (c["mean_grey"] < low, "too_dark", c["mean_grey"], low),
        (
            c["mean_grey"] >= low and dark > p.MAX_CLIPPED_SHARE,
            "too_dark",
            dark,
            p.MAX_CLIPPED_SHARE,
        ),
        (c["mean_grey"] > high, "too_bright", c["mean_grey"], high),
        (
            c["mean_grey"] <= high and bright > p.MAX_CLIPPED_SHARE,
            "too_bright",
            bright,
            p.MAX_CLIPPED_SHARE,
        ),
        (c["sharpness"] < p.MIN_SHARPNESS, "blurred", c["sharpness"], p.MIN_SHARPNESS),
    ]


def _judge_background(c: Components, expected: Background) -> Judged:
    hue, spread = c["background_hue_rad"], c["background_spread"]
    wanted = p.HUE_RANGES_RAD[expected.value]
    return [
        (not has_colour(c, expected), "background_wrong_colour", hue, wanted[0]),
        (
            spread > p.MAX_BACKGROUND_SPREAD,
            "background_uneven",
            spread,
            p.MAX_BACKGROUND_SPREAD,
        ),
    ]
