"""Check one eye: find it, measure it, say what to do better.

Reasons, most important first:

eye_not_found     nothing round and dark in a brighter ring     blurred           out of focus
eye_closed        the lids cover nearly all of it               too_far           iris too small
eyelid_covers     the lids cover too much                       too_close         iris too large
out_of_frame      too near the edge of the frame                look_straight     looks aside
low_contrast      iris and white, or iris and pupil, too alike  wrong_eye         left for right
glasses_reflection  lamps mirrored in spectacles
"""

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.results import Reason
from biometrics.iris import parameters as p
from biometrics.iris.corners import guess_side, measure_white
from biometrics.iris.lids import looks_shut
from biometrics.iris.localization import locate
from biometrics.iris.measurements import find_usable, measure, unwrap
from biometrics.iris.results import IrisCheck, IrisPreview

COACH_CODES = (
    "eye_not_found",
    "open_eyes",
    "come_closer",
    "go_back",
    "move_to_middle",
    "take_off_glasses",
    "look_straight",
    "hold_still",
    "good",
)
_COACH_OF_REASON = {
    "eye_not_found": "eye_not_found",
    "eye_closed": "open_eyes",
    "eyelid_covers": "open_eyes",
    "too_far": "come_closer",
    "too_close": "go_back",
    "out_of_frame": "move_to_middle",
    "glasses_reflection": "take_off_glasses",
    "blurred": "hold_still",
    "low_contrast": "hold_still",
    "look_straight": "look_straight",
}


def check(pixels: NDArray[np.uint8], *, side: str | None = None) -> IrisCheck:
    """Measure the quality of an eye image.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Near-infrared image of one eye, at least 240 x 320. Not modified.
    side : str, optional
        "right" or "left": which of the capture subject's eyes it is said to be. Where the tear
        duct clearly lies on the other side, a reason says so.

    Returns
    -------
    IrisCheck
        Score 0 with a reason where there is no eye, never an exception for a poor picture.

    Raises
    ------
    ValueError
        If `pixels` is not two-dimensional uint8 or smaller than 240 x 320, or `side` is another
        word.

    References
    ----------
    .. [1] ISO/IEC 29794-6, names of the measures and their recommended limits.
    """
    require_eye_image(pixels)
    if side not in (None, "right", "left"):
        raise ValueError(f"side is right, left or None, not {side!r}")
    circles = locate(pixels)
    if circles is None:
        code = "eye_closed" if looks_shut(pixels) else "eye_not_found"
        return IrisCheck(0, (Reason(code, 0.0, 1.0),), pupil=None, iris=None, usable=None)
    polar = unwrap(pixels, circles)
    usable = find_usable(polar)
    components = measure(pixels, circles, polar, usable)
    white = measure_white(pixels, circles.iris)
    guess, confidence = ("unknown", 0.0) if white is None else guess_side(white)
    reasons = explain(components)
    if side is not None and guess not in ("unknown", side) and confidence >= p.SURE_OF_SIDE:
        reasons = (*reasons, Reason("wrong_eye", confidence, p.SURE_OF_SIDE))
    is_seen = all(reason.code != "eye_closed" for reason in reasons)
    return IrisCheck(
        quality_score=score_components(components) if is_seen else 0,
        reasons=reasons,
        pupil=circles.pupil,
        iris=circles.iris,
        usable=usable,
        side_guess=guess,
        side_confidence=confidence,
        components=components,
    )


def preview(pixels: NDArray[np.uint8], *, previous: IrisPreview | None = None) -> IrisPreview:
    """Say what should change before the eye is captured.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Near-infrared image of one eye. Not modified.
    previous : IrisPreview, optional
        The preview of the frame before, to tell movement.

    Returns
    -------
    IrisPreview

    Raises
    ------
    ValueError
        As `check`.
    """
    found = check(pixels)
    if found.reasons:
        return IrisPreview(found.iris, _COACH_OF_REASON[found.reasons[0].code])
    return IrisPreview(found.iris, "good" if _is_at_rest(found, previous) else "hold_still")


def require_eye_image(pixels: NDArray[np.uint8]) -> None:
    """Refuse what is no grey picture of usable size.

    Parameters
    ----------
    pixels : ndarray

    Raises
    ------
    ValueError
        See above.
    """
    if pixels.ndim != 2 or pixels.dtype != np.uint8:
        raise ValueError(f"an eye image is 2-D uint8, not {pixels.shape} {pixels.dtype}")
    if pixels.shape[0] < 240 or pixels.shape[1] < 320:
        raise ValueError(f"an eye image has at least 240 x 320 pixels, not {pixels.shape}")


def explain(components: dict[str, float]) -> tuple[Reason, ...]:
    """Hold the measures against their limits.

    Parameters
    ----------
    components : dict of str to float
        From `biometrics.iris.measurements.measure`.

    Returns
    -------
    tuple of Reason
        Most important first; empty for a good eye.
    """
    usable = components["usable_iris_area"]
    white = components["iris_sclera_contrast"]
    dark = components["iris_pupil_contrast"]
    radius_px = components["iris_radius_px"]
    gaze, motion = components.get("gaze", 0.0), components.get("motion", 1.0)
    if usable < p.CLOSED_USABLE_SHARE or white < 0:
        return (Reason("eye_closed", usable, p.CLOSED_USABLE_SHARE),)
    judged = [
        (radius_px < p.MIN_IRIS_RADIUS_PX, "too_far", radius_px, p.MIN_IRIS_RADIUS_PX),
        (radius_px > p.MAX_IRIS_RADIUS_PX, "too_close", radius_px, p.MAX_IRIS_RADIUS_PX),
        (components["margin"] < p.MIN_MARGIN, "out_of_frame", components["margin"], p.MIN_MARGIN),
        (
            components["specular_share"] > p.MAX_SPECULAR_SHARE,
            "glasses_reflection",
            components["specular_share"],
            p.MAX_SPECULAR_SHARE,
        ),
        (
            components["specular_count"] > p.MAX_SPECULARS,
            "glasses_reflection",
            components["specular_count"],
            p.MAX_SPECULARS,
        ),
        (abs(gaze) > p.MAX_GAZE, "look_straight", gaze, p.MAX_GAZE),
        (usable < p.MIN_USABLE_SHARE, "eyelid_covers", usable, p.MIN_USABLE_SHARE),
        (
            components["sharpness"] < p.MIN_SHARPNESS,
            "blurred",
            components["sharpness"],
            p.MIN_SHARPNESS,
        ),
        (motion < p.MIN_MOTION, "blurred", motion, p.MIN_MOTION),
        (
            white < p.MIN_IRIS_SCLERA_CONTRAST,
            "low_contrast",
            white,
            p.MIN_IRIS_SCLERA_CONTRAST,
        ),
        (dark < p.MIN_IRIS_PUPIL_CONTRAST, "low_contrast", dark, p.MIN_IRIS_PUPIL_CONTRAST),
    ]
    return tuple(Reason(code, value, limit) for applies, code, value, limit in judged if applies)


def score_components(components: dict[str, float]) -> int:
    """Join the measures into one score; the worst counts most.

    Parameters
    ----------
    components : dict of str to float
        From `biometrics.iris.measurements.measure`.

    Returns
    -------
    int
        0..100: the mean of the geometric mean and the least of the single shares.
    """
    shares = np.clip(
        [
            components["usable_iris_area"] / p.FULL_USABLE_SHARE,
            components["iris_radius_px"] / p.MIN_IRIS_RADIUS_PX,
            components["sharpness"] / p.FULL_SHARPNESS,
            components["iris_pupil_contrast"] / p.FULL_IRIS_PUPIL_CONTRAST,
            components["iris_sclera_contrast"] / p.FULL_IRIS_SCLERA_CONTRAST,
            components["margin"],
        ],
        1e-3,
        1.0,
    )
    joined = float(np.exp(np.log(shares).mean()))
    return round(100 * (joined + float(shares.min())) / 2)


def _is_at_rest(found: IrisCheck, previous: IrisPreview | None) -> bool:
    if found.iris is None or previous is None or previous.iris is None:
        return False
    moved_px = np.hypot(found.iris.row - previous.iris.row, found.iris.col - previous.iris.col)
    return bool(moved_px <= p.MOVED_SHARE * found.iris.radius_px)
