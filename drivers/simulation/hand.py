"""How hands lie on a platen: which fingers a request brings, where, and turned how far."""

from dataclasses import dataclass

import numpy as np

from drivers.devices import CaptureTarget
from drivers.simulation.finger import FingerName, FingerTraits
from drivers.simulation.hand_shape import USUAL_HAND, HandShape
from drivers.simulation.placement import Placement, Skin

PX_PER_MM = 500 / 25.4

# Each group from left to right as it appears on the platen, palm down.
GROUPS: dict[CaptureTarget, tuple[FingerName, ...]] = {
    CaptureTarget.RIGHT_SLAP: (
        FingerName.RIGHT_INDEX,
        FingerName.RIGHT_MIDDLE,
        FingerName.RIGHT_RING,
        FingerName.RIGHT_LITTLE,
    ),
    CaptureTarget.LEFT_SLAP: (
        FingerName.LEFT_LITTLE,
        FingerName.LEFT_RING,
        FingerName.LEFT_MIDDLE,
        FingerName.LEFT_INDEX,
    ),
    CaptureTarget.THUMBS: (FingerName.LEFT_THUMB, FingerName.RIGHT_THUMB),
}

_MARGIN_MM = 3.0  # usual space between the longest fingertip and the platen's upper edge


@dataclass(frozen=True, slots=True)
class HandPose:
    """How a hand is held over the platen."""

    rotation_rad: float = 0.0
    """Counterclockwise, about the middle of the hand."""
    closeness: float = 0.0
    """0 = fingers spread as asked .. 1 = fingers touch each other."""
    shift_px: tuple[float, float] = (0.0, 0.0)
    """(rows, cols)"""
    shape: HandShape = USUAL_HAND
    overhang_px: tuple[float, float] = (0.0, 0.0)
    """(rows, cols) by which a hand that lies on the platen slides over its edge."""


def fingers_of(target: CaptureTarget) -> tuple[FingerName, ...]:
    """Return the fingers that a request names, from left to right on the platen."""
    if target in GROUPS:
        return GROUPS[target]
    return (FingerName(target.value),)


def mirrored(target: CaptureTarget) -> CaptureTarget:
    """Return the same request for the other hand; THUMBS stays."""
    swap = {"right": "left", "left": "right"}
    side, _, rest = target.value.partition("_")
    return CaptureTarget(f"{swap[side]}_{rest}") if side in swap else target


def lay_hand(
    fingers: tuple[FingerTraits, ...], shape_px: tuple[int, int], pose: HandPose, skin: Skin
) -> tuple[Placement, ...]:
    """Place fingers on a platen of `shape_px` (rows, cols) at 500 ppi, in the order given."""
    if len(fingers) == 1 and min(shape_px) <= 640:
        return (_lay_single(fingers[0], shape_px, pose, skin),)
    tips = np.array([_tip_and_lean(finger, pose) for finger in fingers])
    middle_row, middle_col = shape_px[0] / 2, shape_px[1] / 2
    lowest_tip = min(_MARGIN_MM * PX_PER_MM, shape_px[0] / 10)
    placements = []
    for finger, (right_px, down_px, lean_rad) in zip(fingers, tips, strict=True):
        row = lowest_tip + down_px + finger.length_px / 2 * np.cos(lean_rad)
        col = middle_col + right_px + finger.length_px / 2 * np.sin(lean_rad)
        placements.append(
            _turned(row - middle_row, col - middle_col, float(lean_rad), pose, shape_px, skin)
        )
    inside = _kept_inside(tuple(placements), fingers, shape_px)
    return tuple(placement.moved(*pose.overhang_px) for placement in inside)


def _lay_single(
    finger: FingerTraits, shape_px: tuple[int, int], pose: HandPose, skin: Skin
) -> Placement:
    row = shape_px[0] / 2 + pose.shift_px[0] + max(0.0, (finger.length_px - 400) / 4)
    col = shape_px[1] / 2 + pose.shift_px[1]
    return Placement(row, col, pose.rotation_rad, shows_middle_phalanx=False, skin=skin)


def _tip_and_lean(finger: FingerTraits, pose: HandPose) -> tuple[float, float, float]:
    """Return (right, down) of the fingertip in px, and the lean in radians."""
    tip = pose.shape.tips[finger.name.digit]
    right_mm = tip.right_mm * (1 - 0.22 * pose.closeness)
    lean_deg = tip.lean_deg * (1 - 0.9 * pose.closeness)
    side = 1.0 if finger.name.is_right else -1.0
    return side * right_mm * PX_PER_MM, tip.down_mm * PX_PER_MM, side * np.deg2rad(lean_deg)


def _turned(
    down: float,
    right: float,
    lean_rad: float,
    pose: HandPose,
    shape_px: tuple[int, int],
    skin: Skin,
) -> Placement:
    sine, cosine = np.sin(pose.rotation_rad), np.cos(pose.rotation_rad)
    row = shape_px[0] / 2 + cosine * down - sine * right + pose.shift_px[0]
    col = shape_px[1] / 2 + sine * down + cosine * right + pose.shift_px[1]
    return Placement(float(row), float(col), lean_rad + pose.rotation_rad, skin=skin)


def _kept_inside(
    placements: tuple[Placement, ...], fingers: tuple[FingerTraits, ...], shape_px: tuple[int, int]
) -> tuple[Placement, ...]:
    """Shift the whole hand so that its pads lie on the platen as far as they fit."""
    reach = [(f.length_px / 2 + 6, f.width_px / 2 + 6) for f in fingers]
    top = min(p.row_px - r[0] for p, r in zip(placements, reach, strict=True))
    bottom = max(p.row_px + r[0] for p, r in zip(placements, reach, strict=True))
    left = min(p.col_px - r[1] for p, r in zip(placements, reach, strict=True))
    right = max(p.col_px + r[1] for p, r in zip(placements, reach, strict=True))
    rows = _shift_into(top, bottom, shape_px[0])
    cols = _shift_into(left, right, shape_px[1])
    return tuple(placement.moved(rows, cols) for placement in placements)


def _shift_into(low: float, high: float, size_px: int) -> float:
    if high - low > size_px:
        return (size_px - high - low) / 2
    return max(0.0, -low) - max(0.0, high - size_px)
