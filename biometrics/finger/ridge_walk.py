"""Follow many ridges of a skeleton at once, one pixel per step.

Moves are numbered 0..7 clockwise from north, as the bits of a pixel's neighbourhood code are.
"""

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

ROW_STEP = np.array((-1, -1, 0, 1, 1, 1, 0, -1))  # row change of each move
COL_STEP = np.array((0, 1, 1, 1, 0, -1, -1, -1))  # column change of each move
_MOVES = 8
_MAX_BRANCHES = 3
_CODE_WEIGHTS = np.zeros((3, 3), np.float32)  # of the neighbours: 1, 2, 4 ... from north
_CODE_WEIGHTS[1 + ROW_STEP, 1 + COL_STEP] = 2.0 ** np.arange(_MOVES)
_SHARPEST_TURN = 1  # steps of 45 degrees either side of straight back that are no way forward


class WalkEnd(IntEnum):
    """Why a walk stopped."""

    LENGTH_REACHED = 0
    RIDGE_ENDING = 1
    RIDGE_BIFURCATION = 2


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """Paths of n walks."""

    rows: NDArray[np.intp]
    """(steps, n) rows visited; the last position repeats after the end."""
    cols: NDArray[np.intp]
    """(steps, n) columns visited."""
    lengths: NDArray[np.intp]
    """(n,) steps until the end."""
    ends: NDArray[np.int8]
    """(n,) values of WalkEnd."""


def neighbourhood_codes(skeleton: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Write the eight neighbours of every pixel as one number.

    Parameters
    ----------
    skeleton : (rows, cols) ndarray of bool

    Returns
    -------
    codes : (rows, cols) ndarray of uint8
        Bit k is set when the neighbour in move k is part of the skeleton.
    """
    codes = cv2.filter2D(
        skeleton.view(np.uint8), cv2.CV_8U, _CODE_WEIGHTS, borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray(codes, dtype=np.uint8)


def crossing_numbers(codes: NDArray[np.uint8], skeleton: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Count the ridges that leave every skeleton pixel.

    Parameters
    ----------
    codes : (rows, cols) ndarray of uint8
        From `neighbourhood_codes`.
    skeleton : (rows, cols) ndarray of bool

    Returns
    -------
    crossings : (rows, cols) ndarray of uint8
        1 at an ending, 2 along a ridge, 3 at a bifurcation; 0 off the skeleton.

    References
    ----------
    .. [1] Rutovitz, Journal of the Royal Statistical Society A 129(4), 1966.
    """
    crossings = np.asarray(cv2.LUT(codes, _CROSSINGS), dtype=np.uint8)
    return crossings * skeleton.view(np.uint8)


def _list_branches(code: int) -> list[int]:
    """List the moves that start separate ridges: a diagonal beside a straight move is the same."""
    moves = [move for move in range(_MOVES) if code >> move & 1]
    return [
        move
        for move in moves
        if move % 2 == 0 or not {(move - 1) % _MOVES, (move + 1) % _MOVES} & set(moves)
    ]


def _turn(move: int, incoming: int) -> int:
    return min((move - incoming) % _MOVES, (incoming - move) % _MOVES)


def _choose_next(code: int, incoming: int) -> int:
    """Choose the straightest way on after a move, or -1 at an end."""
    allowed = [move for move in range(_MOVES) if _turn(move, incoming) < 4 - _SHARPEST_TURN]
    branches = [move for move in _list_branches(code) if move in allowed]
    moves = branches or [move for move in allowed if code >> move & 1]
    return min(moves, key=lambda move: _turn(move, incoming), default=-1)


def _count_crossings(code: int) -> int:
    ring = [code >> move & 1 for move in range(_MOVES)]
    return sum(ring[move - 1] != ring[move] for move in range(_MOVES)) // 2


def _pad_branches(code: int) -> list[int]:
    branches = _list_branches(code)[:_MAX_BRANCHES]
    return branches + [-1] * (_MAX_BRANCHES - len(branches))


_CROSSINGS = np.array([_count_crossings(code) for code in range(256)], np.uint8)
BRANCHES = np.array([_pad_branches(code) for code in range(256)], np.intp)
"""(256, 3) first moves of the ridges that leave a pixel of each code, -1 where there are fewer."""
_NEXT_MOVE = np.array(
    [[_choose_next(code, incoming) for incoming in range(_MOVES)] for code in range(256)], np.intp
)


def walk_ridges(
    codes: NDArray[np.uint8],
    start: tuple[NDArray[np.intp], NDArray[np.intp]],
    first_move: NDArray[np.intp],
    *,
    steps: int,
) -> Walks:
    """Follow ridges from their starts until they end, branch or reach a length.

    Parameters
    ----------
    codes : (rows, cols) ndarray of uint8
        Of the skeleton, from `neighbourhood_codes`.
    start : pair of (n,) ndarray of int
        Rows and columns of the starting pixels.
    first_move : (n,) ndarray of int
        Move 0..7 that leaves each start.
    steps : int
        Length at which a walk stops, in pixels.

    Returns
    -------
    walks : Walks
        Position k of a walk is the one after k + 1 moves.
    """
    framed = np.pad(codes, 1)
    return _walk(framed.ravel(), _flat_moves(framed.shape[1]), start, first_move, steps)


def _flat_moves(width: int) -> NDArray[np.intp]:
    return np.asarray(ROW_STEP * width + COL_STEP, dtype=np.intp)


def _walk(
    codes: NDArray[np.uint8],
    moves: NDArray[np.intp],
    start: tuple[NDArray[np.intp], NDArray[np.intp]],
    first_move: NDArray[np.intp],
    steps: int,
) -> Walks:
    """Walk on the framed image as one line of pixels, so that a move is one addition."""
    width = int(moves[4])  # the move south is one whole row
    place = (start[0] + 1) * width + start[1] + 1 + moves[first_move]
    move = first_move.copy()
    path = np.empty((steps, len(place)), np.intp)
    lengths = np.full(len(place), steps)
    ends = np.zeros(len(place), np.int8)
    is_walking = np.ones(len(place), bool)
    for step in range(steps):
        path[step] = place
        code = codes[place]
        onward = _NEXT_MOVE[code, move]
        branches = is_walking & (_CROSSINGS[code] >= 3) & (step > 0)
        stops = is_walking & (onward < 0) & ~branches
        ends[branches], ends[stops] = WalkEnd.RIDGE_BIFURCATION, WalkEnd.RIDGE_ENDING
        lengths[branches | stops] = step + 1
        is_walking &= ~(branches | stops)
        move = np.where(is_walking, onward, move)
        place = np.where(is_walking, place + moves[move], place)
    return Walks(rows=path // width - 1, cols=path % width - 1, lengths=lengths, ends=ends)
