"""Split the foreground of a slap into one label per print, with fingers turned upright.

Every fingertip is a summit of the skyline, the line on which a print begins when one comes from
above: tips are round, so that even where fingers touch a notch lies between them. From the notch
downwards the border between two fingers is the path that crosses the least ink.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.slap_segmentation import Cells, Labels, Mask

_CELLS_PER_MM = p.PX_PER_MM / p.CELL_PX


@dataclass(frozen=True, slots=True)
class Notch:
    """What counts as a notch between two fingertips."""

    depth_mm: float
    """Below the lower one of the two tips, at least."""
    apart_mm: float
    """From tip to tip, at least."""


def split_prints(mask: Mask, density: Cells, notch: Notch) -> Labels:
    """Give every print of the upright canvas its own label.

    Parameters
    ----------
    mask : (rows, cols) ndarray of bool
        Where there are prints, on the upright canvas.
    density : (rows, cols) ndarray of float32
        Share of ink of every cell.
    notch : Notch
        What counts as a notch between two fingertips.

    Returns
    -------
    (rows, cols) ndarray of int32
        0 outside, 1..n inside, without gaps between the numbers.
    """
    count, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    labels = np.zeros(mask.shape, np.int32)
    solid = _find_solid(mask, density)
    used = 0
    for number in range(1, count):
        part = parts == number
        places = _number_fingers(part, solid, density, notch)
        labels[places > 0] = used + places[places > 0]
        used += int(places.max())
    return labels


def _find_solid(mask: Mask, density: Cells) -> Mask:
    """Tell where a print is about as dense as around: not in the corner where two prints meet."""
    sigma = p.SOLID_MM * _CELLS_PER_MM
    weight = mask.astype(np.float32)
    around = cv2.GaussianBlur(density * weight, (0, 0), sigma)
    usual = around / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
    solid = (mask & (density > p.SOLID_SHARE * usual)).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0)


def _number_fingers(part: Mask, solid: Mask, density: Cells, least: Notch) -> Labels:
    """Give the fingers of one connected print numbers from 1, from left to right."""
    first, last = np.flatnonzero(part.any(axis=0))[[0, -1]]
    skyline = _trace_skyline(part[:, first : last + 1], solid[:, first : last + 1])
    places = np.ones(part.shape, np.int32)
    for left, notch, right in find_notches(skyline, least):
        border = first + _find_border(
            density[:, first : last + 1], int(skyline[notch]), (left, notch, right)
        )
        places += np.arange(part.shape[1])[None, :] > border[:, None]
    return _without_slivers(np.where(part, places, 0))


def _without_slivers(places: Labels) -> Labels:
    """Drop small separate pieces of every number: a border may cut off bits of a neighbour."""
    if places.max() == 1:
        return places
    kept = np.zeros_like(places)
    for number in range(1, int(places.max()) + 1):
        own = (places == number).astype(np.uint8)
        _, pieces, stats, _ = cv2.connectedComponentsWithStats(own, connectivity=4)
        is_large = stats[:, cv2.CC_STAT_AREA] >= p.MIN_AREA_MM2 * _CELLS_PER_MM**2
        kept[is_large[pieces] & (own > 0)] = number
    return kept


def _trace_skyline(part: Mask, solid: Mask) -> NDArray[np.intp]:
    """Return the first row in every column that is solid, or else belongs to the part at all."""
    both = part & solid
    skyline: NDArray[np.intp] = np.where(both.any(axis=0), both.argmax(axis=0), part.argmax(axis=0))
    return skyline


def find_notches(skyline: NDArray[np.intp], least: Notch) -> list[tuple[int, int, int]]:
    """Find the notches between summits of a skyline that stand out enough to be fingertips.

    Parameters
    ----------
    skyline : (cols,) ndarray of intp
        First row of a print in every column; smaller is higher.
    least : Notch
        What counts.

    Returns
    -------
    list of (int, int, int)
        Columns of the summit on the left, the notch, and the summit on the right, from left to
        right.
    """
    shallow, near = least.depth_mm * _CELLS_PER_MM, least.apart_mm * _CELLS_PER_MM
    is_summit = np.ones(len(skyline), np.bool_)
    is_summit[1:] &= skyline[1:] < skyline[:-1]
    is_summit[:-1] &= skyline[:-1] <= skyline[1:]
    summits = np.flatnonzero(is_summit).tolist() or [int(skyline.argmin())]
    summits = _drop_lower(summits, skyline, lambda left, right, depth: depth < shallow)
    summits = _drop_lower(summits, skyline, lambda left, right, depth: right - left < near)
    return [
        (left, _notch_between(skyline, left, right)[0], right) for left, right in pairwise(summits)
    ]


def _drop_lower(
    summits: list[int], skyline: NDArray[np.intp], is_one: Callable[[int, int, float], bool]
) -> list[int]:
    """Drop the lower one of two neighbours that are one summit, the shallowest notch first."""
    left = list(summits)
    while True:
        depths = [_notch_between(skyline, *pair)[1] for pair in pairwise(left)]
        pairs = [at for at, depth in enumerate(depths) if is_one(left[at], left[at + 1], depth)]
        if not pairs:
            return left
        weakest = min(pairs, key=lambda at: depths[at])
        del left[max((weakest, weakest + 1), key=lambda at: skyline[left[at]])]


def _notch_between(skyline: NDArray[np.intp], left: int, right: int) -> tuple[int, float]:
    """Return the column of the notch between two summits, and how deep it is, in cells."""
    notch = left + int(skyline[left : right + 1].argmax())
    return notch, float(skyline[notch] - max(skyline[left], skyline[right]))


def _find_border(density: Cells, start_row: int, columns: tuple[int, int, int]) -> NDArray[np.intp]:
    """Return the column of the border in every row: from the notch down, through least ink."""
    left, notch, right = columns
    window = density[start_row:, left : right + 1]
    cost = np.full(window.shape, np.inf, np.float32)
    cost[0, notch - left] = 0
    origin = np.zeros(window.shape, np.intp)
    places = np.arange(window.shape[1])
    for row in range(1, len(window)):
        before = np.pad(cost[row - 1], 1, constant_values=np.inf)
        ways = np.stack([before[1:-1], before[:-2] + p.BORDER_BEND, before[2:] + p.BORDER_BEND])
        best = ways.argmin(axis=0)
        cost[row] = ways[best, places] + window[row]
        origin[row] = places + np.array([0, -1, 1])[best]
    border = np.full(len(density), notch, np.intp)
    place = int(cost[-1].argmin())
    for row in range(len(window) - 1, 0, -1):
        border[start_row + row] = left + place
        place = int(origin[row, place])
    return border


def find_zones(labels: Labels) -> Labels:
    """Give every cell of the canvas to the print that it is nearest to.

    Parameters
    ----------
    labels : (rows, cols) ndarray of int32
        0 between prints.

    Returns
    -------
    (rows, cols) ndarray of int32
        Without zeros, unless `labels` holds nothing else.
    """
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(nearest.max()) + 1, np.int32)
    owner[nearest[labels > 0]] = labels[labels > 0]
    zones: Labels = owner[nearest]
    return zones


def join_broken(labels: Labels) -> Labels:
    """Join prints of one fingertip that a dry band broke apart: stacked, close, short together."""
    joined = labels.copy()
    boxes = _boxes(joined)
    for upper in sorted(boxes, key=lambda number: boxes[number][0]):
        for lower in sorted(boxes, key=lambda number: boxes[number][0]):
            if upper == lower or upper not in boxes or lower not in boxes:
                continue
            if is_stacked(boxes[upper], boxes[lower]) and _is_one_tip(boxes[upper], boxes[lower]):
                joined[joined == lower] = upper
                boxes = _boxes(joined)
    return joined


def stack_phalanges(labels: Labels) -> list[list[int]]:
    """Group labels that lie one below the other: fingertip first, then its lower phalanges.

    Returns
    -------
    list of list of int
        From left to right.
    """
    boxes = _boxes(labels)
    fingers: list[list[int]] = []
    for number in sorted(boxes, key=lambda label: boxes[label][0]):
        above = [finger for finger in fingers if is_stacked(boxes[finger[-1]], boxes[number])]
        if above:
            above[0].append(number)
        else:
            fingers.append([number])
    return sorted(fingers, key=lambda finger: boxes[finger[0]][2] + boxes[finger[0]][3])


Box = tuple[int, int, int, int]


def is_stacked(upper: Box, lower: Box) -> bool:
    """Tell whether the second box lies below the first, as a phalanx under its fingertip."""
    overlap = min(upper[3], lower[3]) - max(upper[2], lower[2])
    narrower = min(upper[3] - upper[2], lower[3] - lower[2])
    starts_lower = lower[0] > (upper[0] + upper[1]) / 2
    return starts_lower and overlap > p.STACK_OVERLAP * narrower


def _is_one_tip(upper: Box, lower: Box) -> bool:
    gap = (lower[0] - upper[1]) / _CELLS_PER_MM
    length = (lower[1] - upper[0]) / _CELLS_PER_MM
    return gap <= p.JOIN_GAP_MM and length <= p.JOIN_LENGTH_MM


def _boxes(labels: Labels) -> dict[int, Box]:
    """Return first row, last row, left and right column (robust, of the upper end) of every label.

    The upper end is what a fingertip takes: the palm may hang on to a phalanx.
    """
    boxes: dict[int, Box] = {}
    for number in range(1, int(labels.max(initial=0)) + 1):
        rows, cols = np.nonzero(labels == number)
        if rows.size == 0:
            continue
        is_upper = rows < rows[0] + p.CREASE_FROM_MM * _CELLS_PER_MM
        left, right = np.percentile(cols[is_upper], [3, 97])
        boxes[number] = (int(rows.min()), int(rows.max()) + 1, int(left), int(right) + 1)
    return boxes
