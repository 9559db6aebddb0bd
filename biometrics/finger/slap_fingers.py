"""Find the fingertips of a slap: the stages in their order."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.slap_print import TipPrint
from biometrics.finger.slap_segmentation import (
    Cells,
    Labels,
    Mask,
    RidgeMap,
    estimate_rotation,
    find_foreground,
    find_prints,
    map_ridges,
    measure_ink,
)
from biometrics.finger.slap_tips import common_lean, find_tips
from biometrics.finger.slap_upright import SlapMaps, UprightFrame, measure_cover, turn_maps


@dataclass(frozen=True, slots=True, eq=False)
class FingerRegion:
    """One fingertip of a slap, in pixels at 500 ppi."""

    label: int
    """Its number in `SlapSegmentation.labels`."""
    tip: tuple[float, float]
    """(row, col) where the middle line leaves the print at the tip."""
    rotation_rad: float
    """Counterclockwise, 0 for a finger that points up."""
    length_px: float
    """From the tip to the crease, or to the end of the print."""
    width_px: float
    grey: float
    """Mean grey level of the print."""
    contrast: float
    """Standard deviation of its grey levels, in levels."""
    edge_contact: tuple[float, float, float]
    """Share of its width that lies on the frame's top, left and right edge."""

    @property
    def quadrilateral(self) -> NDArray[np.float64]:
        """(4, 2) corners (row, col): the finger's own top left first, then clockwise."""
        down = np.array([np.cos(self.rotation_rad), np.sin(self.rotation_rad)])
        right = np.array([-np.sin(self.rotation_rad), np.cos(self.rotation_rad)])
        margin = p.MARGIN_MM * p.PX_PER_MM
        top = np.array(self.tip) - margin * down
        bottom = top + (self.length_px + 2 * margin) * down
        half = (self.width_px / 2 + margin) * right
        return np.array([top - half, top + half, bottom + half, bottom - half])


@dataclass(frozen=True, slots=True, eq=False)
class SlapSegmentation:
    """The fingertips of a slap, from left to right as seen along the fingers."""

    fingers: tuple[FingerRegion, ...]
    rotation_rad: float
    """Common rotation of the fingers, counterclockwise."""
    labels: Labels
    """(cell rows, cell cols): which print each cell of 8 px belongs to, 0 for none."""
    ridges: RidgeMap
    paper_grey: float
    """Grey level of the empty platen or paper."""
    touching: tuple[bool, ...]
    """For each pair of neighbours, whether their prints flow together."""


def segment_slap(
    pixels: NDArray[np.uint8], resolution_ppi: float, *, expected_count: int
) -> SlapSegmentation:
    """Find the fingertips of a slap.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Light background, dark ridges.
    resolution_ppi : float
        Resolution of `pixels`; coordinates of the result are at 500 ppi.
    expected_count : int
        Only settles doubtful bridges between prints; the result may have more or fewer.

    Returns
    -------
    SlapSegmentation
        Without fingers for an empty platen.
    """
    ridges = map_ridges(pixels, resolution_ppi)
    foreground = find_foreground(ridges.amplitude)
    paper_grey = _paper_grey(ridges.grey, foreground)
    if not foreground.any():
        return _nothing(ridges, paper_grey)
    density, prints = find_prints(measure_ink(ridges, foreground, paper_grey))
    prints = _drop_writing(prints, ridges, paper_grey)
    maps = SlapMaps(ridges, density, prints, paper_grey)
    turned = turn_maps(maps, estimate_rotation(prints))
    upright_labels, tips = find_tips(turned, expected_count)
    lean_rad = common_lean(tips)
    if abs(lean_rad) > p.TURN_AGAIN_RAD:
        turned = turn_maps(maps, turned.frame.rotation_rad + lean_rad)
        upright_labels, tips = find_tips(turned, expected_count)
    labels = turned.frame.turn_back(upright_labels, prints.shape)
    fingers = [_place(print_, turned.frame, labels) for print_ in tips]
    fingers = _drop_fragments(fingers, expected_count)
    rotation_rad = float(np.median([finger.rotation_rad for finger in fingers] or [0.0]))
    return SlapSegmentation(
        tuple(fingers), rotation_rad, labels, ridges, paper_grey, _touching(fingers, labels)
    )


def _nothing(ridges: RidgeMap, paper_grey: float) -> SlapSegmentation:
    labels = np.zeros(ridges.grey.shape, np.int32)
    return SlapSegmentation((), 0.0, labels, ridges, paper_grey, ())


def _paper_grey(grey: Cells, foreground: Mask) -> float:
    """Return the grey of the empty platen, or white where fingers fill the frame."""
    empty = grey[~foreground]
    return float(np.median(empty)) if empty.size > 0.02 * grey.size else 255.0


def _drop_writing(foreground: Mask, ridges: RidgeMap, paper_grey: float) -> Mask:
    count, labels = cv2.connectedComponents(foreground.astype(np.uint8), connectivity=4)
    cover = measure_cover(ridges, paper_grey)
    kept = np.zeros(foreground.shape, dtype=np.bool_)
    for number in range(1, count):
        part = labels == number
        if np.median(cover[part]) >= p.MIN_COVER:
            kept |= part
    return kept


def _place(one: TipPrint, frame: UprightFrame, labels: Labels) -> FingerRegion:
    """Bring a print from the canvas back to pixels of the slap."""
    x, y = frame.to_slap(one.tip[1], one.tip[0])
    part = labels == one.label
    contact = tuple(
        float(edge.sum() / max(one.width, 1)) for edge in (part[0], part[:, 0], part[:, -1])
    )
    return FingerRegion(
        label=one.label,
        tip=(float(y + 0.5) * p.CELL_PX, float(x + 0.5) * p.CELL_PX),
        rotation_rad=frame.rotation_rad + one.lean_rad,
        length_px=one.length * p.CELL_PX,
        width_px=one.width * p.CELL_PX,
        grey=one.grey,
        contrast=one.contrast,
        edge_contact=(contact[0], contact[1], contact[2]),
    )


def _drop_fragments(fingers: list[FingerRegion], expected_count: int) -> list[FingerRegion]:
    """Leave out slivers of other fingers at the left and right edge, if there are too many."""
    if len(fingers) <= expected_count:
        return fingers
    usual = float(np.median([finger.width_px for finger in fingers]))

    def is_fragment(finger: FingerRegion) -> bool:
        is_cut = max(finger.edge_contact[1:]) > p.EDGE_CONTACT_SHARE
        return is_cut and finger.width_px < p.FRAGMENT_WIDTH_SHARE * usual

    return [finger for finger in fingers if not is_fragment(finger)]


def _touching(fingers: list[FingerRegion], labels: Labels) -> tuple[bool, ...]:
    """Tell for each pair of neighbours whether their prints flow together."""
    return tuple(_common_border(a.label, b.label, labels) for a, b in pairwise(fingers))


def _common_border(one: int, other: int, labels: Labels) -> bool:
    grown = cv2.dilate((labels == one).astype(np.uint8), np.ones((3, 3), np.uint8))
    return int(((grown > 0) & (labels == other)).sum()) >= p.TOUCHING_CELLS
