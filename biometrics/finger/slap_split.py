"""Split the foreground of a slap into one label per print, with fingers turned upright."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.slap_segmentation import Cells, Mask, as_cells

Labels = NDArray[np.int32]

_CELLS_PER_MM = p.PX_PER_MM / p.CELL_PX


@dataclass(frozen=True, slots=True, eq=False)
class UprightFrame:
    """The turn from the slap's cells to a canvas on which the fingers point up."""

    rotation_rad: float
    """Rotation of the fingers in the slap, counterclockwise."""
    matrix: NDArray[np.float64]
    """(2, 3) for cv2, which speaks (x, y): slap cells to canvas cells."""
    shape: tuple[int, int]
    """(rows, cols) of the canvas, in cells."""

    def turn(self, cells: Cells) -> Cells:
        """Return a map as it looks on the canvas; outside the slap it is 0."""
        rows, cols = self.shape
        return as_cells(cv2.warpAffine(cells, self.matrix, (cols, rows), flags=cv2.INTER_LINEAR))

    def to_slap(
        self, x: NDArray[np.float64] | float, y: NDArray[np.float64] | float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where points of the canvas, given as (x, y) cells, lie on the slap's cells."""
        right, down = x - self.matrix[0, 2], y - self.matrix[1, 2]
        (cos, minus_sin), (sin, _) = self.matrix[:, :2]
        return np.asarray(cos * right + sin * down), np.asarray(minus_sin * right + cos * down)

    def turn_back(self, labels: Labels, shape: tuple[int, int]) -> Labels:
        """Return labels of the canvas as they lie on the slap's cells."""
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        back = cv2.warpAffine(
            labels.astype(np.float32), self.matrix, (shape[1], shape[0]), flags=flags
        )
        return back.astype(np.int32)


def turn_upright(shape: tuple[int, int], rotation_rad: float) -> UprightFrame:
    """Make the canvas that holds all cells of a slap after turning its fingers upright."""
    rows, cols = shape
    cos, sin = np.cos(rotation_rad), np.sin(rotation_rad)
    linear = np.array([[cos, -sin], [sin, cos]])  # (x, y), clockwise on the screen
    corners = np.array([[0, 0], [cols - 1, 0], [0, rows - 1], [cols - 1, rows - 1]], np.float64)
    turned = corners @ linear.T
    offset = 1 - turned.min(axis=0)
    size = np.ceil(turned.max(axis=0) + offset).astype(int) + 2
    matrix = np.hstack([linear, offset[:, None]])
    return UprightFrame(rotation_rad, matrix, (int(size[1]), int(size[0])))


def split_prints(core: Mask, *, saddle_share: float) -> Labels:
    """Give every print of the upright canvas its own label.

    The distance to the background has one maximum per print once the fingers are squeezed to about
    round; two maxima are two prints where the bridge between them is much narrower than both.

    Parameters
    ----------
    core : (rows, cols) ndarray of bool
        Inner cells on the upright canvas.
    saddle_share : float
        Width of the bridge against the narrower print below which they are split.

    Returns
    -------
    (rows, cols) ndarray of int32
        0 outside, 1..n inside, without gaps between the numbers.
    """
    rows, cols = core.shape
    low = max(1, round(rows * p.VERTICAL_SQUEEZE))
    squeezed = cv2.resize(core.astype(np.uint8), (cols, low), interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder(squeezed, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = as_cells(cv2.distanceTransform(framed, cv2.DIST_L2, 5))
    middles = _find_middles(depth, saddle_share)
    labels = _grow(framed > 0, middles)[1:-1, 1:-1]
    tall = cv2.resize(labels.astype(np.float32), (cols, rows), interpolation=cv2.INTER_NEAREST)
    return np.where(core, tall, 0).astype(np.int32)


def _find_middles(depth: Cells, saddle_share: float) -> list[Mask]:
    """Return one seed region per print, by raising the water level and watching islands part."""
    pending = _islands(depth, 0.5)
    middles: list[Mask] = []
    least = p.MIN_MIDDLE_MM * _CELLS_PER_MM
    while pending:
        island = pending.pop()
        parts = _part(np.where(island, depth, 0), saddle_share, least)
        if len(parts) > 1:
            pending.extend(parts)
        elif depth[island].max() >= least:
            middles.append(parts[0] if parts else island)
    return middles


def _part(depth: Cells, saddle_share: float, least: float) -> list[Mask]:
    """Return the islands into which the first split that counts divides this one."""
    top = float(depth.max())
    for level in np.arange(0.5, top, 0.5):
        islands = _islands(depth, float(level))
        if len(islands) < 2:
            continue
        tall = [
            island
            for island in islands
            if (peak := float(depth[island].max())) >= least and level <= saddle_share * peak
        ]
        if len(tall) > 1:
            return tall
    return [depth > 0.5 * top]


def _islands(depth: Cells, level: float) -> list[Mask]:
    count, labels = cv2.connectedComponents((depth > level).astype(np.uint8), connectivity=4)
    return [labels == number for number in range(1, count)]


def _grow(core: Mask, middles: list[Mask]) -> Labels:
    """Give every core cell to the nearest middle that it is connected with."""
    labels = np.zeros(core.shape, np.int32)
    if not middles:
        return labels
    seeds = np.zeros(core.shape, np.int32)
    for number, middle in enumerate(middles, start=1):
        seeds[middle] = number
    _, zones = cv2.distanceTransformWithLabels(
        (seeds == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(zones.max()) + 1, np.int32)
    owner[zones[seeds > 0]] = seeds[seeds > 0]
    nearest = owner[zones]
    for number, middle in enumerate(middles, start=1):
        _, parts = cv2.connectedComponents(
            (core & (nearest == number)).astype(np.uint8), connectivity=4
        )
        labels[np.isin(parts, np.unique(parts[middle])) & (parts > 0)] = number
    return labels


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
    """Return first row, last row, left and right column (robust) of every label."""
    boxes: dict[int, Box] = {}
    for number in range(1, int(labels.max(initial=0)) + 1):
        rows, cols = np.nonzero(labels == number)
        if rows.size == 0:
            continue
        left, right = np.percentile(cols, [3, 97])
        boxes[number] = (int(rows.min()), int(rows.max()) + 1, int(left), int(right) + 1)
    return boxes
