"""Check a slap for the command line: choose the fingers expected, describe and draw them."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.canvas import Picture
from biometrics.finger.position import LEFT_SLAP, RIGHT_SLAP, THUMBS, FingerPosition
from biometrics.finger.results import Reason, SlapCheck, SlapFinger
from biometrics.finger.slap import check_slap

EITHER_HAND = "either"
GROUPS = {"left": LEFT_SLAP, "right": RIGHT_SLAP, "thumbs": THUMBS}
_OUTLINE_BGR = (60, 150, 40)
_TEXT_BGR = (30, 30, 200)


def check_slap_of(pixels: NDArray[np.uint8], resolution_ppi: float, *, expected: str) -> SlapCheck:
    """Check a slap of a group of fingers.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Ridges dark.
    resolution_ppi : float
    expected : str
        "left", "right", "thumbs", or "either" for four fingers of the hand that it looks like.

    Returns
    -------
    slap_check : SlapCheck

    Raises
    ------
    ValueError
        If `expected` is none of these, or as `check_slap`.
    """
    if expected not in {*GROUPS, EITHER_HAND}:
        raise ValueError(f"unknown fingers {expected!r}; use left, right, thumbs or either")
    result = check_slap(pixels, resolution_ppi, expected=GROUPS.get(expected, RIGHT_SLAP))
    if expected == EITHER_HAND and result.hand == "left":
        return check_slap(pixels, resolution_ppi, expected=LEFT_SLAP)
    return result


def describe_slap(result: SlapCheck) -> dict[str, Any]:
    """Turn a slap check into plain values.

    Parameters
    ----------
    result : SlapCheck

    Returns
    -------
    described : dict
        Ready for JSON.
    """
    return {
        "finger_count": len(result.fingers),
        "expected": [position.name for position in result.expected],
        "hand": result.hand,
        "hand_confidence": result.hand_confidence,
        "rotation_rad": result.rotation_rad,
        "reasons": [_describe_reason(reason) for reason in result.reasons],
        "fingers": [_describe_finger(finger) for finger in result.fingers],
    }


def _describe_finger(finger: SlapFinger) -> dict[str, Any]:
    return {
        "position": FingerPosition(finger.position).name,
        "quality_score": finger.check.quality_score,
        "minutiae_count": len(finger.check.template),
        "reasons": [_describe_reason(reason) for reason in finger.check.reasons],
        "quadrilateral": [[float(row), float(col)] for row, col in finger.quadrilateral],
    }


def _describe_reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "value": reason.value, "limit": reason.limit}


def draw_slap(pixels: NDArray[np.uint8], result: SlapCheck) -> Picture:
    """Draw the fingers found over the slap.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
    result : SlapCheck

    Returns
    -------
    picture : (rows, cols, 3) ndarray of uint8
        BGR.
    """
    picture = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    for finger in result.fingers:
        corners = np.rint(finger.quadrilateral[:, ::-1]).astype(np.int32)
        cv2.polylines(picture, [corners], isClosed=True, color=_OUTLINE_BGR, thickness=3)
        label = f"{FingerPosition(finger.position).name} {finger.check.quality_score}"
        x, y = corners.min(axis=0).tolist()
        cv2.putText(
            picture, label, (x, max(24, y - 10)), cv2.FONT_HERSHEY_SIMPLEX, 0.7, _TEXT_BGR, 2
        )
    return picture
