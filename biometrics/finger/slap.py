"""Check a slap: find the fingers, name them, check each one, judge the whole.

Reasons about the slap as a whole, most important first:

no_finger         nothing on the platen          same_finger       two prints of one finger
too_few_fingers   fewer than were asked for      fingers_touching  prints flow together
too_many_fingers  more than were asked for       too_rotated       hand turned too far
wrong_hand        the other hand                 out_of_frame      a fingertip is cut off
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.check import check
from biometrics.finger.hand import HandDecision, assign_positions, decide_hand
from biometrics.finger.position import THUMBS, FingerPosition
from biometrics.finger.resample import require_image
from biometrics.finger.results import Reason, SlapCheck, SlapFinger
from biometrics.finger.sequence import SAME_FINGER_RATE, SAME_HAND_RATE, find_same_fingers
from biometrics.finger.slap_cut import cover_neighbours, cut_upright
from biometrics.finger.slap_fingers import FingerRegion, SlapSegmentation, segment_slap
from biometrics.finger.slap_view import view_hand
from biometrics.finger.template import FingerTemplate

_RESOLUTION_PPI = 500.0


@dataclass(frozen=True, slots=True, eq=False)
class SlapLayout:
    """Where the fingers of a slap lie, which they are, and whether they are those asked for."""

    segmentation: SlapSegmentation
    positions: tuple[FingerPosition, ...]
    """One per finger of the segmentation, UNKNOWN for those beyond the expected."""
    hand: HandDecision
    reasons: tuple[Reason, ...]
    """As those of a SlapCheck, without same_finger."""


def check_slap(
    pixels: NDArray[np.uint8],
    resolution_ppi: float,
    *,
    expected: tuple[FingerPosition, ...],
    others: Mapping[FingerPosition, FingerTemplate] | None = None,
) -> SlapCheck:
    """Find, name and check all fingers of a slap.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Light background, dark ridges. Not modified.
    resolution_ppi : float
        Resolution of `pixels`, 250 to 1000 ppi.
    expected : tuple of FingerPosition
        The fingers asked for, from left to right; one to four of them.
    others : mapping of FingerPosition to FingerTemplate, optional
        Fingers accepted before, to tell when one of them is presented again.

    Returns
    -------
    SlapCheck
        With what was found, also where that is nothing. A finger beyond those expected has the
        position UNKNOWN. Neighbours are painted over in each finger's own pixels.

    Raises
    ------
    ValueError
        If `pixels` is not two-dimensional uint8, the resolution is out of range, or `expected` is
        empty, repeats a finger or holds UNKNOWN.
    """
    layout = lay_out_slap(pixels, resolution_ppi, expected=expected)
    fingers = tuple(
        _check_finger(pixels, resolution_ppi, layout.segmentation, region, position)
        for region, position in zip(layout.segmentation.fingers, layout.positions, strict=True)
    )
    return SlapCheck(
        fingers=fingers,
        expected=expected,
        hand=layout.hand.hand,
        hand_confidence=layout.hand.confidence,
        reasons=_with_same_finger(layout.reasons, fingers, others or {}),
        rotation_rad=layout.segmentation.rotation_rad,
    )


def lay_out_slap(
    pixels: NDArray[np.uint8], resolution_ppi: float, *, expected: tuple[FingerPosition, ...]
) -> SlapLayout:
    """Find and name the fingers of a slap without checking them one by one.

    Parameters
    ----------
    pixels, resolution_ppi, expected
        As for `check_slap`.

    Returns
    -------
    SlapLayout

    Raises
    ------
    ValueError
        As `check_slap`.
    """
    require_image(pixels, resolution_ppi)
    require_expected(expected)
    segmentation = segment_slap(pixels, resolution_ppi, expected_count=len(expected))
    hand = judge_hand(segmentation, expected)
    return SlapLayout(
        segmentation,
        assign_positions(view_hand(segmentation), expected),
        hand,
        judge_layout(segmentation, expected, hand),
    )


def require_expected(expected: tuple[FingerPosition, ...]) -> None:
    """Refuse a request that names no finger, a finger twice, or no finger's name.

    Parameters
    ----------
    expected : tuple of FingerPosition

    Raises
    ------
    ValueError
        See above.
    """
    if not 1 <= len(expected) <= 4 or len(set(expected)) != len(expected):
        raise ValueError(f"expected names one to four different fingers, not {expected}")
    if FingerPosition.UNKNOWN in expected:
        raise ValueError("expected names an unknown finger; say which one was asked for")


def expected_hand(expected: tuple[FingerPosition, ...]) -> str:
    """Return "right", "left" or "both" for the fingers asked for.

    Parameters
    ----------
    expected : tuple of FingerPosition

    Returns
    -------
    str
    """
    is_right = {position <= FingerPosition.RIGHT_LITTLE for position in expected}
    if len(is_right) == 2:
        return "both"
    return "right" if is_right.pop() else "left"


def judge_hand(
    segmentation: SlapSegmentation, expected: tuple[FingerPosition, ...]
) -> HandDecision:
    """Decide which hand lies on the platen, as far as this can be seen.

    Parameters
    ----------
    segmentation : SlapSegmentation
    expected : tuple of FingerPosition
        Thumbs and index fingers of both hands are told apart by their places alone.

    Returns
    -------
    HandDecision
        "both" with confidence 0.5 for two fingers of two hands, which have no common shape.
    """
    if expected_hand(expected) == "both":
        is_pair = len(segmentation.fingers) == 2
        return HandDecision("both", 0.5) if is_pair else HandDecision("unknown", 0.0)
    if len(expected) == 1 or set(expected) & set(THUMBS):
        return HandDecision("unknown", 0.0)
    return decide_hand(view_hand(segmentation), expected)


def judge_layout(
    segmentation: SlapSegmentation, expected: tuple[FingerPosition, ...], hand: HandDecision
) -> tuple[Reason, ...]:
    """Hold number, hand, contact, rotation and place of the fingers against what was asked for.

    Parameters
    ----------
    segmentation : SlapSegmentation
    expected : tuple of FingerPosition
    hand : HandDecision

    Returns
    -------
    tuple of Reason
        In the order of the list above, without same_finger.
    """
    found, asked = len(segmentation.fingers), len(expected)
    if found == 0:
        return (Reason("no_finger", 0.0, float(asked)),)
    touching = float(sum(segmentation.touching))
    rotation_rad = abs(segmentation.rotation_rad)
    contact = max(edge for finger in segmentation.fingers for edge in finger.edge_contact)
    is_other_hand = hand.hand in ("right", "left") and hand.hand != expected_hand(expected)
    judged = [
        (found < asked, Reason("too_few_fingers", float(found), float(asked))),
        (found > asked, Reason("too_many_fingers", float(found), float(asked))),
        (
            is_other_hand and hand.confidence >= p.HAND_LIMIT,
            Reason("wrong_hand", hand.confidence, p.HAND_LIMIT),
        ),
        (touching > 0, Reason("fingers_touching", touching, 0.0)),
        (
            rotation_rad > p.MAX_ROTATION_RAD,
            Reason("too_rotated", rotation_rad, p.MAX_ROTATION_RAD),
        ),
        (
            contact > p.EDGE_CONTACT_SHARE,
            Reason("out_of_frame", contact, p.EDGE_CONTACT_SHARE),
        ),
    ]
    return tuple(reason for applies, reason in judged if applies)


def _check_finger(
    pixels: NDArray[np.uint8],
    resolution_ppi: float,
    segmentation: SlapSegmentation,
    region: FingerRegion,
    position: FingerPosition,
) -> SlapFinger:
    quadrilateral = region.quadrilateral * (resolution_ppi / _RESOLUTION_PPI)
    paper_grey = segmentation.paper_grey
    cut = cut_upright(pixels, quadrilateral, paper_grey=paper_grey)
    cut = cover_neighbours(
        cut, region.quadrilateral, segmentation.labels, region.label, paper_grey=paper_grey
    )
    return SlapFinger(position, quadrilateral, cut, check(cut, resolution_ppi))


def _with_same_finger(
    reasons: tuple[Reason, ...],
    fingers: tuple[SlapFinger, ...],
    others: Mapping[FingerPosition, FingerTemplate],
) -> tuple[Reason, ...]:
    named: dict[FingerPosition, FingerTemplate] = {
        finger.position: finger.check.template
        for finger in fingers
        if finger.position != FingerPosition.UNKNOWN
    }
    same = find_same_fingers(named, others)
    if not same:
        return reasons
    rate = same[0].false_match_rate
    limit = SAME_FINGER_RATE if rate <= SAME_FINGER_RATE else SAME_HAND_RATE
    reason = Reason("same_finger", rate, limit)
    later = ("fingers_touching", "too_rotated", "out_of_frame")
    before = tuple(other for other in reasons if other.code not in later)
    return (*before, reason, *reasons[len(before) :])
