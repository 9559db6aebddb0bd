"""Judge a live frame of a slap, fast enough for every frame: what to tell the person now."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.position import FingerPosition
from biometrics.finger.resample import require_image
from biometrics.finger.slap import expected_hand, judge_hand, require_expected
from biometrics.finger.slap_fingers import FingerRegion, SlapSegmentation, segment_slap
from biometrics.finger.slap_segmentation import Cells

COACH_CODES = (
    "place_fingers",
    "move_left",
    "move_right",
    "move_up",
    "move_down",
    "rotate",
    "too_few_fingers",
    "too_many_fingers",
    "wrong_hand",
    "press_harder",
    "press_softer",
    "hold_still",
    "good",
)
"""Every code that `SlapPreview.coach` can have; directions are those of the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class SlapPreview:
    """What one live frame shows."""

    count: int
    quadrilaterals: NDArray[np.float64]
    """(count, 4, 2) corners (row, col) as fractions of the frame, from left to right."""
    is_present: bool
    """Whether anything like a finger touches the platen."""
    darkness: tuple[float, ...]
    """Per finger, grey levels below the empty platen."""
    contrast: tuple[float, ...]
    """Per finger, standard deviation in grey levels."""
    hand: str
    hand_confidence: float
    rotation_rad: float
    change: float | None
    """Mean grey change under the fingers since the previous frame; None without one."""
    coach: str
    """One of COACH_CODES: the most important thing to do now."""
    thumbnail: Cells
    """The frame in cells of 8 px, for comparison with the next one."""


def preview_slap(
    pixels: NDArray[np.uint8],
    resolution_ppi: float,
    *,
    expected: tuple[FingerPosition, ...],
    previous: SlapPreview | None = None,
) -> SlapPreview:
    """Find the fingers of a live frame and say what should change.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Light background, dark ridges. Not modified.
    resolution_ppi : float
        Resolution of `pixels`, 250 to 1000 ppi.
    expected : tuple of FingerPosition
        The fingers asked for, from left to right; one to four of them.
    previous : SlapPreview, optional
        The preview of the frame before, to tell movement.

    Returns
    -------
    SlapPreview

    Raises
    ------
    ValueError
        As `check_slap`.
    """
    require_image(pixels, resolution_ppi)
    require_expected(expected)
    found = segment_slap(pixels, resolution_ppi, expected_count=len(expected))
    hand = judge_hand(found, expected)
    change = _measure_change(found, previous)
    is_wrong = hand.hand in ("right", "left") and hand.hand != expected_hand(expected)
    size_px = np.array(pixels.shape) * (500 / resolution_ppi)
    quadrilaterals = np.array([finger.quadrilateral for finger in found.fingers]).reshape(-1, 4, 2)
    return SlapPreview(
        count=len(found.fingers),
        quadrilaterals=quadrilaterals / size_px,
        is_present=len(found.fingers) > 0,
        darkness=tuple(found.paper_grey - finger.grey for finger in found.fingers),
        contrast=tuple(finger.contrast for finger in found.fingers),
        hand=hand.hand,
        hand_confidence=hand.confidence,
        rotation_rad=found.rotation_rad,
        change=change,
        coach=_coach(found, len(expected), is_wrong and hand.confidence >= p.HAND_LIMIT, change),
        thumbnail=found.ridges.grey,
    )


def _measure_change(found: SlapSegmentation, previous: SlapPreview | None) -> float | None:
    grey = found.ridges.grey
    if previous is None or previous.thumbnail.shape != grey.shape:
        return None
    under = found.labels > 0
    if not under.any():
        return 0.0
    return float(np.abs(grey - previous.thumbnail)[under].mean())


def _coach(found: SlapSegmentation, asked: int, is_wrong_hand: bool, change: float | None) -> str:
    fingers = found.fingers
    if not fingers:
        return "place_fingers"
    advice = [
        (_move_away_from_edge(fingers), True),
        ("rotate", abs(found.rotation_rad) > p.MAX_ROTATION_RAD),
        ("too_few_fingers", len(fingers) < asked),
        ("too_many_fingers", len(fingers) > asked),
        ("wrong_hand", is_wrong_hand),
        ("press_harder", any(_is_pale(finger, found.paper_grey) for finger in fingers)),
        ("press_softer", any(_is_heavy(finger, found.paper_grey) for finger in fingers)),
        ("hold_still", change is not None and change > p.STILL_CHANGE),
    ]
    return next((code for code, applies in advice if code and applies), "good")


def _is_pale(finger: FingerRegion, paper_grey: float) -> bool:
    is_light = finger.grey > (1 - p.PALE_DARKNESS) * paper_grey
    return is_light or finger.contrast < p.PALE_CONTRAST


def _is_heavy(finger: FingerRegion, paper_grey: float) -> bool:
    return finger.grey < (1 - p.HEAVY_DARKNESS) * paper_grey


def _move_away_from_edge(fingers: tuple[FingerRegion, ...]) -> str:
    """Return where to move so that no fingertip is cut off; empty where none is."""
    top, left, right = (max(finger.edge_contact[side] for finger in fingers) for side in range(3))
    worst = max(top, left, right)
    if worst <= p.EDGE_CONTACT_SHARE:
        return ""
    return {top: "move_down", left: "move_right", right: "move_left"}[worst]
