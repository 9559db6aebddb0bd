"""Find the minutiae of a skeleton and drop those that the sensor or the skin made up."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.blocks import spread_to_pixels
from biometrics.finger.ridge_walk import (
    BRANCHES,
    WalkEnd,
    Walks,
    crossing_numbers,
    neighbourhood_codes,
    walk_ridges,
)
from biometrics.finger.template import FingerTemplate, MinutiaKind
from biometrics.parameters import (
    ANGLE_FIELD_SHARE,
    BLOCK_PX,
    BORDER_PX,
    CLUSTER_PERIODS,
    CROWD_COUNT,
    CROWD_PERIODS,
    DIRECTION_PERIODS,
    GAP_ANGLE_RAD,
    GAP_PERIODS,
    ISLAND_PERIODS,
    LAKE_PERIODS,
    SPUR_PERIODS,
    STRENGTH_FLOOR,
    T_SHAPE_RAD,
    WALK_PERIODS,
)

_BRANCHES = 3  # walks per minutia; an ending uses the first only
_BRANCH_PAIRS = np.array(((0, 1), (0, 2), (1, 2)))


@dataclass(frozen=True, slots=True, eq=False)
class RidgeField:
    """What is known about the ridges of every block."""

    orientation_rad: NDArray[np.float32]
    """(rows, cols) in blocks, ridge direction in [0, pi)."""
    clarity: NDArray[np.float32]
    """(rows, cols) in blocks, 0..1."""
    strength: NDArray[np.float32]
    """(rows, cols) in blocks, how strongly the ridges answer the filter; 1 for the median."""
    period_px: float
    """Median ridge period of the finger."""


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """Minutiae with their walks, before judgement; n of them."""

    rows: NDArray[np.intp]
    cols: NDArray[np.intp]
    is_ending: NDArray[np.bool_]
    lengths: NDArray[np.intp]
    """(n, 3) steps of each walk; the longest for walks that an ending does not have."""
    ends: NDArray[np.int8]
    """(n, 3) why each walk stopped."""
    angles_rad: NDArray[np.float64]
    """(n, 3) direction of each walk, counterclockwise from +column."""


def find_minutiae(
    skeleton: NDArray[np.bool_],
    mask: NDArray[np.bool_],
    field: RidgeField,
    *,
    shape_px: tuple[int, int],
) -> FingerTemplate:
    """Find the minutiae of a print.

    Parameters
    ----------
    skeleton : (rows, cols) ndarray of bool
        Thinned ridges.
    mask : (rows / 8, cols / 8) ndarray of bool
        Blocks that belong to the print.
    field : RidgeField
        Direction, clarity and period of the ridges.
    shape_px : (rows, cols)
        Size of the image before it was padded to whole blocks.

    Returns
    -------
    template : FingerTemplate
        In the order of rows; empty when there are none.
    """
    codes = neighbourhood_codes(skeleton)
    found = _list_candidates(codes, crossing_numbers(codes, skeleton), mask)
    candidates = _walk_candidates(codes, *found, field.period_px)
    angle_rad, spread_rad = _direct(candidates)
    here = (candidates.rows // BLOCK_PX, candidates.cols // BLOCK_PX)
    kept = field.strength[here] > STRENGTH_FLOOR  # weaker ridges are the filter's own
    kept &= ~_is_artefact(candidates, spread_rad, field.period_px)
    rows, cols, is_ending = candidates.rows[kept], candidates.cols[kept], candidates.is_ending[kept]
    angle_rad = angle_rad[kept]
    chosen = _select_apart(rows, cols, angle_rad, is_ending, field.period_px)
    chosen = chosen[(rows[chosen] < shape_px[0]) & (cols[chosen] < shape_px[1])]
    rows, cols, is_ending = rows[chosen], cols[chosen], is_ending[chosen]
    block = (rows // BLOCK_PX, cols // BLOCK_PX)
    angle_rad = _align_with_field(angle_rad[chosen], field.orientation_rad[block])
    kinds = np.where(is_ending, MinutiaKind.RIDGE_ENDING, MinutiaKind.RIDGE_BIFURCATION)
    return FingerTemplate(
        rows=rows.astype(np.float32),
        cols=cols.astype(np.float32),
        angle_rad=angle_rad.astype(np.float32),
        kind=kinds.astype(np.uint8),
        quality=np.clip(100 * field.clarity[block], 1, 100).astype(np.uint8),
        shape_px=shape_px,
    )


def empty_template(shape_px: tuple[int, int]) -> FingerTemplate:
    """Make the template of an image without a print.

    Parameters
    ----------
    shape_px : (rows, cols)
        Size of the image at 500 ppi.

    Returns
    -------
    template : FingerTemplate
        Without minutiae.
    """
    none, no_bytes = np.empty(0, np.float32), np.empty(0, np.uint8)
    return FingerTemplate(none, none, none, no_bytes, no_bytes, shape_px)


def _list_candidates(
    codes: NDArray[np.uint8], crossings: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_], NDArray[np.intp]]:
    """List endings and bifurcations inside the print, with the first moves of their ridges."""
    # Flat indices: NumPy finds them ten times faster than pairs.
    is_candidate = (crossings & 1).view(np.bool_) & _shrink_to_pixels(mask)
    rows, cols = np.divmod(np.flatnonzero(is_candidate), codes.shape[1])
    first_moves = BRANCHES[codes[rows, cols]]
    is_ending = crossings[rows, cols] == 1
    has_walks = np.where(is_ending, first_moves[:, 0] >= 0, first_moves[:, 2] >= 0)
    return rows[has_walks], cols[has_walks], is_ending[has_walks], first_moves[has_walks]


def _shrink_to_pixels(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take a border off the mask, along the edges of the image too."""
    element = np.ones((2 * BORDER_PX + 1, 2 * BORDER_PX + 1), np.uint8)
    pixels = spread_to_pixels(mask).view(np.uint8)
    inner = cv2.erode(pixels, element, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(inner).view(np.bool_)


def _walk_candidates(
    codes: NDArray[np.uint8],
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    is_ending: NDArray[np.bool_],
    first_moves: NDArray[np.intp],
    period_px: float,
) -> _Candidates:
    steps = round(WALK_PERIODS * period_px)
    branch_exists = ~is_ending[:, None] | (np.arange(_BRANCHES) == 0)
    index, branch = np.nonzero(branch_exists)
    start = (rows[index], cols[index])
    walks = walk_ridges(codes, start, first_moves[index, branch], steps=steps)
    lengths = np.full((len(rows), _BRANCHES), steps)
    ends = np.zeros((len(rows), _BRANCHES), np.int8)
    angles_rad = np.zeros((len(rows), _BRANCHES))
    lengths[index, branch], ends[index, branch] = walks.lengths, walks.ends
    angles_rad[index, branch] = _walk_angles(walks, start, period_px)
    return _Candidates(rows, cols, is_ending, lengths, ends, angles_rad)


def _walk_angles(
    walks: Walks, start: tuple[NDArray[np.intp], NDArray[np.intp]], period_px: float
) -> NDArray[np.float64]:
    step = np.minimum(walks.lengths, round(DIRECTION_PERIODS * period_px)) - 1
    walk = np.arange(len(step))
    down, right = walks.rows[step, walk] - start[0], walks.cols[step, walk] - start[1]
    return np.asarray(np.arctan2(-down, right), dtype=np.float64)


def _direct(candidates: _Candidates) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each minutia's angle, and the angle between a bifurcation's two closest branches."""
    first, second = (candidates.angles_rad[:, column] for column in _BRANCH_PAIRS.T)
    difference = np.abs(_wrap(first - second))
    closest = difference.argmin(axis=1)
    index = np.arange(len(closest))
    left, right = first[index, closest], second[index, closest]
    middle = np.angle(np.exp(1j * left) + np.exp(1j * right))
    angle_rad = np.where(candidates.is_ending, candidates.angles_rad[:, 0], middle)
    return angle_rad, difference[index, closest]


def _wrap(angle_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring differences of angles into [-pi, pi)."""
    return np.mod(angle_rad + np.pi, 2 * np.pi) - np.pi


def _is_artefact(
    candidates: _Candidates, spread_rad: NDArray[np.float64], period_px: float
) -> NDArray[np.bool_]:
    """Mark spurs, islands, bridges and crossings."""
    lengths, ends = candidates.lengths, candidates.ends
    is_spur, is_bridge = lengths < SPUR_PERIODS * period_px, lengths < LAKE_PERIODS * period_px
    dead_end = ends == WalkEnd.RIDGE_ENDING
    ending_is_bad = is_spur[:, 0] | (dead_end[:, 0] & (lengths[:, 0] < ISLAND_PERIODS * period_px))
    bifurcation_is_bad = (
        (is_spur & dead_end).any(axis=1)
        | (is_bridge & (ends == WalkEnd.RIDGE_BIFURCATION)).any(axis=1)
        | (spread_rad > T_SHAPE_RAD)
    )
    return np.asarray(np.where(candidates.is_ending, ending_is_bad, bifurcation_is_bad), dtype=bool)


def _select_apart(
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    angle_rad: NDArray[np.float64],
    is_ending: NDArray[np.bool_],
    period_px: float,
) -> NDArray[np.intp]:
    """Return the indices of minutiae that are no broken ridge, no doublet and not in a crowd."""
    distance = np.hypot(rows[:, None] - rows, cols[:, None] - cols)
    np.fill_diagonal(distance, np.inf)
    faces = np.abs(_wrap(angle_rad[:, None] - angle_rad)) > GAP_ANGLE_RAD
    gap = (distance < GAP_PERIODS * period_px) & faces & is_ending[:, None] & is_ending
    doublet = distance < CLUSTER_PERIODS * period_px
    chosen = np.flatnonzero(~(gap | doublet).any(axis=1))
    neighbours = distance[np.ix_(chosen, chosen)] < CROWD_PERIODS * period_px
    is_alone = np.asarray(neighbours.sum(axis=1) <= CROWD_COUNT)
    return np.asarray(chosen[is_alone], dtype=np.intp)


def _align_with_field(
    angle_rad: NDArray[np.float64], orientation_rad: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Blend the angles walked with the direction of the ridges around."""
    field_rad = orientation_rad.astype(np.float64)
    field_rad += np.pi * (np.cos(angle_rad - field_rad) < 0)
    blend = (1 - ANGLE_FIELD_SHARE) * np.exp(1j * angle_rad) + ANGLE_FIELD_SHARE * np.exp(
        1j * field_rad
    )
    return np.asarray(np.mod(np.angle(blend), 2 * np.pi), dtype=np.float64)
