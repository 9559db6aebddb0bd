"""Choose the fingertips among the prints on the upright canvas."""

import cv2
import numpy as np

from biometrics.finger import slap_parameters as p
from biometrics.finger.slap_print import CELL_MM, TipPrint, align_axes, find_axis, measure_print
from biometrics.finger.slap_segmentation import Labels, Mask
from biometrics.finger.slap_split import (
    Notch,
    find_zones,
    join_broken,
    split_prints,
    stack_phalanges,
)
from biometrics.finger.slap_upright import UprightMaps

_USUAL = Notch(p.NOTCH_MM, p.NEIGHBOUR_MM)
_EAGER = Notch(p.NOTCH_EAGER_MM, p.NEIGHBOUR_MM)
_STRICT = Notch(p.NOTCH_STRICT_MM, p.NEIGHBOUR_STRICT_MM)


def find_tips(turned: UprightMaps, expected_count: int) -> tuple[Labels, list[TipPrint]]:
    """Find the fingertips of a slap.

    Parameters
    ----------
    turned : UprightMaps
    expected_count : int
        Where more or fewer are found at first, shallower notches or only deeper ones are taken for
        borders between fingers, if that gives this number.

    Returns
    -------
    labels : (rows, cols) ndarray of int32
        Which print every cell belongs to.
    tips : list of TipPrint
        From left to right.
    """
    labels, tips = _find_with(turned, _USUAL)
    if len(tips) == expected_count:
        return labels, tips
    notch = _EAGER if len(tips) < expected_count else _STRICT
    other_labels, other_tips = _find_with(turned, notch)
    if len(other_tips) == expected_count and _are_alike(other_tips):
        return other_labels, other_tips
    return labels, tips


def common_lean(tips: list[TipPrint]) -> float:
    """Return how far the fingers lean together.

    Parameters
    ----------
    tips : list of TipPrint

    Returns
    -------
    float
        Radians, counterclockwise; 0 without fingers.
    """
    return float(np.median([tip.lean_rad for tip in tips])) if tips else 0.0


def _find_with(turned: UprightMaps, notch: Notch) -> tuple[Labels, list[TipPrint]]:
    labels = split_prints(turned.prints, turned.density, notch)
    for number in range(1, int(labels.max(initial=0)) + 1):
        part = labels == number
        if not _is_print(_upper_part(part), turned):
            labels[part] = 0
    labels = join_broken(labels)
    zones = find_zones(labels)
    axes = [
        find_axis(labels == finger[0], finger[0], zones, turned)
        for finger in stack_phalanges(labels)
    ]
    prints = [measure_print(labels == axis.label, axis, zones, turned) for axis in align_axes(axes)]
    return labels, _drop_phalanges([one for one in prints if _is_tip(one)])


def _is_tip(one: TipPrint) -> bool:
    is_wide = p.MIN_WIDTH_MM <= one.width * CELL_MM <= p.MAX_WIDTH_MM
    return is_wide and one.length * CELL_MM >= p.MIN_LENGTH_MM


def _are_alike(tips: list[TipPrint]) -> bool:
    """Tell whether no fingertip is much narrower than the others."""
    widths = [tip.width for tip in tips]
    return min(widths) >= p.ALIKE_SHARE * float(np.median(widths))


def _drop_phalanges(tips: list[TipPrint]) -> list[TipPrint]:
    """Leave out what lies below another fingertip along that finger, or far below all tips."""
    lowest = min((one.tip[0] for one in tips), default=0.0) + p.MAX_DROP_MM / CELL_MM
    return [
        one
        for one in tips
        if one.tip[0] <= lowest and not any(_is_below(one, other) for other in tips)
    ]


def _is_below(one: TipPrint, other: TipPrint) -> bool:
    down, right = one.tip - other.tip
    cos, sin = np.cos(other.lean_rad), np.sin(other.lean_rad)
    along, across = down * cos + right * sin, right * cos - down * sin
    is_lower = along > p.PHALANX_BELOW_SHARE * other.length
    return bool(is_lower and abs(across) < p.PHALANX_ASIDE_SHARE * (one.width + other.width) / 2)


def _upper_part(part: Mask) -> Mask:
    """Return what a fingertip takes of a print; lower phalanges and the palm may hang on to it."""
    rows = np.flatnonzero(part.any(axis=1))
    upper = part.copy()
    if rows.size:
        upper[rows[0] + round(p.CREASE_FROM_MM / CELL_MM) :] = False
    return upper


def _is_print(part: Mask, turned: UprightMaps) -> bool:
    area_mm2 = int(part.sum()) * CELL_MM**2
    if area_mm2 < p.MIN_AREA_MM2 or _solidity(part) < p.MIN_SOLIDITY:
        return False
    has_flow = float(np.median(turned.coherence[part])) >= p.MIN_COHERENCE
    return has_flow and float(np.median(turned.cover[part])) >= p.MIN_COVER


def _solidity(part: Mask) -> float:
    """Return how much of its convex hull a shape fills: prints are convex, writing is not."""
    hull = cv2.convexHull(np.argwhere(part).astype(np.int32)[:, ::-1])
    filled = cv2.fillConvexPoly(np.zeros(part.shape, np.uint8), hull, 1)
    return float(part.sum() / filled.sum())
