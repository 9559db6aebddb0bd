"""Find the minutiae of a skeleton, drop what is plainly no minutia and rate the others."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.blocks import spread_to_pixels
from biometrics.finger.minutia_quality import (
    MinutiaEvidence,
    keep,
    measure_answer,
    measure_company,
    measure_edge_distance,
    rate_minutiae,
)
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
    FACING_ANGLE_RAD,
    GAP_PERIODS,
    ISLAND_PERIODS,
    LAKE_PERIODS,
    MIN_MINUTIA_QUALITY,
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
    enhanced: NDArray[np.float32]
    """(rows, cols) in pixels, the answer itself; 0 away from the print."""
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
    angle_rad: NDArray[np.float64]
    """(n,) of the minutia as `FingerTemplate` defines it, by the walks alone."""
    spread_rad: NDArray[np.float64]
    """(n,) between a bifurcation's two closest branches."""


def find_minutiae(
    skeleton: NDArray[np.bool_],
    mask: NDArray[np.bool_],
    field: RidgeField,
    *,
    shape_px: tuple[int, int],
) -> tuple[FingerTemplate, MinutiaEvidence]:
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
    evidence : MinutiaEvidence
        By what each was rated.
    """
    codes = neighbourhood_codes(skeleton)
    found = _list_candidates(codes, crossing_numbers(codes, skeleton), mask)
    candidates = _walk_candidates(codes, *found, field.period_px)
    candidates = keep(candidates, _is_plausible(candidates, field))
    candidates = keep(candidates, _stands_apart(candidates, field.period_px))
    inside = (candidates.rows < shape_px[0]) & (candidates.cols < shape_px[1])
    candidates = keep(candidates, inside)
    evidence = _collect_evidence(candidates, mask, field)
    quality = rate_minutiae(evidence)
    likely = quality >= MIN_MINUTIA_QUALITY
    candidates = keep(candidates, likely)
    return _make_template(candidates, quality[likely], field, shape_px), keep(evidence, likely)


def _make_template(
    candidates: _Candidates,
    quality: NDArray[np.uint8],
    field: RidgeField,
    shape_px: tuple[int, int],
) -> FingerTemplate:
    orientation_rad = field.orientation_rad[_blocks_of(candidates)]
    kinds = np.where(candidates.is_ending, MinutiaKind.RIDGE_ENDING, MinutiaKind.RIDGE_BIFURCATION)
    return FingerTemplate(
        rows=candidates.rows.astype(np.float32),
        cols=candidates.cols.astype(np.float32),
        angle_rad=_align_with_field(candidates.angle_rad, orientation_rad).astype(np.float32),
        kind=kinds.astype(np.uint8),
        quality=quality,
        shape_px=shape_px,
    )


def _blocks_of(candidates: _Candidates) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return candidates.rows // BLOCK_PX, candidates.cols // BLOCK_PX


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
    angle_rad, spread_rad = _direct(angles_rad, is_ending)
    return _Candidates(rows, cols, is_ending, lengths, ends, angle_rad, spread_rad)


def _walk_angles(
    walks: Walks, start: tuple[NDArray[np.intp], NDArray[np.intp]], period_px: float
) -> NDArray[np.float64]:
    step = np.minimum(walks.lengths, round(DIRECTION_PERIODS * period_px)) - 1
    walk = np.arange(len(step))
    down, right = walks.rows[step, walk] - start[0], walks.cols[step, walk] - start[1]
    return np.asarray(np.arctan2(-down, right), dtype=np.float64)


def _direct(
    angles_rad: NDArray[np.float64], is_ending: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each minutia's angle, and the angle between a bifurcation's two closest branches."""
    first, second = (angles_rad[:, column] for column in _BRANCH_PAIRS.T)
    difference = np.abs(_wrap(first - second))
    closest = difference.argmin(axis=1)
    index = np.arange(len(closest))
    left, right = first[index, closest], second[index, closest]
    middle = np.angle(np.exp(1j * left) + np.exp(1j * right))
    return np.where(is_ending, angles_rad[:, 0], middle), difference[index, closest]


def _wrap(angle_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring differences of angles into [-pi, pi)."""
    return np.mod(angle_rad + np.pi, 2 * np.pi) - np.pi


def _is_plausible(candidates: _Candidates, field: RidgeField) -> NDArray[np.bool_]:
    """Mark what is on real ridges and no spur, island, bridge or crossing."""
    lengths, ends, period_px = candidates.lengths, candidates.ends, field.period_px
    is_spur, is_bridge = lengths < SPUR_PERIODS * period_px, lengths < LAKE_PERIODS * period_px
    dead_end = ends == WalkEnd.RIDGE_ENDING
    ending_is_bad = is_spur[:, 0] | (dead_end[:, 0] & (lengths[:, 0] < ISLAND_PERIODS * period_px))
    bifurcation_is_bad = (
        (is_spur & dead_end).any(axis=1)
        | (is_bridge & (ends == WalkEnd.RIDGE_BIFURCATION)).any(axis=1)
        | (candidates.spread_rad > T_SHAPE_RAD)
    )
    is_bad = np.where(candidates.is_ending, ending_is_bad, bifurcation_is_bad)
    # Weaker ridges are the filter's own.
    return np.asarray((field.strength[_blocks_of(candidates)] > STRENGTH_FLOOR) & ~is_bad)


def _stands_apart(candidates: _Candidates, period_px: float) -> NDArray[np.bool_]:
    """Mark what is no broken ridge, no doublet and not in a crowd."""
    rows, cols, is_ending = candidates.rows, candidates.cols, candidates.is_ending
    distance = np.hypot(rows[:, None] - rows, cols[:, None] - cols)
    np.fill_diagonal(distance, np.inf)
    faces = np.abs(_wrap(candidates.angle_rad[:, None] - candidates.angle_rad)) > FACING_ANGLE_RAD
    gap = (distance < GAP_PERIODS * period_px) & faces & is_ending[:, None] & is_ending
    doublet = distance < CLUSTER_PERIODS * period_px
    single = ~(gap | doublet).any(axis=1)
    neighbours = (distance < CROWD_PERIODS * period_px) & single
    return np.asarray(single & (neighbours.sum(axis=1) <= CROWD_COUNT))


def _collect_evidence(
    candidates: _Candidates, mask: NDArray[np.bool_], field: RidgeField
) -> MinutiaEvidence:
    rows, cols, angle_rad = candidates.rows, candidates.cols, candidates.angle_rad
    block = _blocks_of(candidates)
    nearest, crowd, facing = measure_company(rows, cols, angle_rad, field.period_px)
    mean_answer = cv2.norm(field.enhanced, cv2.NORM_L1) / (mask.sum() * BLOCK_PX**2)
    branches = (candidates.ends == WalkEnd.RIDGE_BIFURCATION).any(axis=1)
    return MinutiaEvidence(
        clarity=field.clarity[block].astype(np.float64),
        edge_periods=measure_edge_distance(_edge_distance_px(mask)[block], field.period_px),
        nearest_periods=nearest,
        crowd=crowd,
        facing_periods=facing,
        answer=measure_answer(field.enhanced, rows, cols, mean_answer),
        misdirection=np.abs(np.sin(angle_rad - field.orientation_rad[block])),
        branches=branches.astype(np.float64),
    )


def _edge_distance_px(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Measure every block's distance from the edge of the print; the image's edge is one too."""
    framed = np.pad(mask.astype(np.uint8), 1)
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_3)[1:-1, 1:-1]
    return np.asarray(distance * BLOCK_PX, dtype=np.float32)


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
