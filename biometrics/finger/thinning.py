"""Thin ridges to lines one pixel wide.

The image is packed 64 pixels to a word, so that one logic operation decides for 64 pixels. Rows
follow each other in one stream of words with an empty margin of at least one pixel on each side:
a shift of the whole stream by one bit moves every pixel to its neighbour.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

_WORD_BITS = 64
_ONE = np.uint64(1)
_LAST = np.uint64(_WORD_BITS - 1)

Words = NDArray[np.uint64]


def thin(ridges: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thin ridges until nothing more can go without breaking a line.

    Parameters
    ----------
    ridges : (rows, cols) ndarray of bool
        True on ridges. Not modified.

    Returns
    -------
    skeleton : (rows, cols) ndarray of bool
        8-connected lines with the same connectivity as `ridges`.

    References
    ----------
    .. [1] Guo and Hall, Communications of the ACM 32(3), 1989, algorithm A1. The bit-parallel
       form is ours.
    """
    rows, cols = ridges.shape
    words_per_row = -(-(cols + 2) // _WORD_BITS)
    stream = _pack(ridges, words_per_row)
    centre = slice(words_per_row, len(stream) - words_per_row)
    is_changing = True
    while is_changing:
        is_changing = False
        for is_first_half in (True, False):
            removable = _find_removable(stream, words_per_row, is_first_half=is_first_half)
            if removable.any():
                is_changing = True
                stream[centre] &= ~removable
    return _unpack(stream, words_per_row, (rows, cols))


def _pack(ridges: NDArray[np.bool_], words_per_row: int) -> Words:
    rows, cols = ridges.shape
    framed = np.zeros((rows + 2, words_per_row * _WORD_BITS), np.uint8)
    framed[1:-1, 1 : cols + 1] = ridges
    return np.packbits(framed, axis=1, bitorder="little").view("<u8").ravel().astype(np.uint64)


def _unpack(stream: Words, words_per_row: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
    octets = stream.astype("<u8").reshape(-1, words_per_row).view(np.uint8)
    framed = np.unpackbits(octets, axis=1, bitorder="little")
    return framed[1 : shape[0] + 1, 1 : shape[1] + 1].astype(bool)


@dataclass(frozen=True, slots=True, eq=False)
class _Neighbours:
    """The eight neighbours of every pixel between the first and the last row, packed."""

    north: Words
    north_east: Words
    east: Words
    south_east: Words
    south: Words
    south_west: Words
    west: Words
    north_west: Words

    @classmethod
    def of(cls, stream: Words, words_per_row: int) -> Self:
        """Shift the stream by one pixel and one row in every direction."""
        east, west = stream >> _ONE, stream << _ONE
        east[:-1] |= stream[1:] << _LAST
        west[1:] |= stream[:-1] >> _LAST
        end = len(stream)
        above = slice(0, end - 2 * words_per_row)
        level = slice(words_per_row, end - words_per_row)
        below = slice(2 * words_per_row, end)
        return cls(
            north=stream[above],
            north_east=east[above],
            east=east[level],
            south_east=east[below],
            south=stream[below],
            south_west=west[below],
            west=west[level],
            north_west=west[above],
        )


def _find_removable(stream: Words, words_per_row: int, *, is_first_half: bool) -> Words:
    around = _Neighbours.of(stream, words_per_row)
    centre = stream[words_per_row : len(stream) - words_per_row]
    return (
        centre
        & _has_one_transition(around)
        & _has_two_or_three_pairs(around)
        & ~_is_kept_in(around, is_first_half=is_first_half)
    )


def _has_one_transition(around: _Neighbours) -> Words:
    """Mark pixels whose removal splits nothing: one run of ridge around them."""
    start_1 = ~around.north & (around.north_east | around.east)
    start_2 = ~around.east & (around.south_east | around.south)
    start_3 = ~around.south & (around.south_west | around.west)
    start_4 = ~around.west & (around.north_west | around.north)
    is_odd = start_1 ^ start_2 ^ start_3 ^ start_4
    return np.asarray(is_odd & ~((start_1 & start_2) | (start_3 & start_4)), dtype=np.uint64)


def _has_two_or_three_pairs(around: _Neighbours) -> Words:
    """Mark pixels that neither end a line (fewer) nor lie inside a ridge (more).

    The neighbours are paired in the two possible ways; the smaller count of pairs decides.
    """
    even = (
        around.north_west | around.north,
        around.north_east | around.east,
        around.south_east | around.south,
        around.south_west | around.west,
    )
    odd = (
        around.north | around.north_east,
        around.east | around.south_east,
        around.south | around.south_west,
        around.west | around.north_west,
    )
    at_least_two = _at_least_two(even) & _at_least_two(odd)
    all_four = even[0] & even[1] & even[2] & even[3] & odd[0] & odd[1] & odd[2] & odd[3]
    return np.asarray(at_least_two & ~all_four, dtype=np.uint64)


def _at_least_two(pairs: tuple[Words, Words, Words, Words]) -> Words:
    a, b, c, d = pairs
    return np.asarray((a & b) | (c & d) | ((a | b) & (c | d)), dtype=np.uint64)


def _is_kept_in(around: _Neighbours, *, is_first_half: bool) -> Words:
    """Mark the pixels of the side that this half-step leaves alone."""
    if is_first_half:
        return (around.south | around.south_west | ~around.north_west) & around.west
    return (around.north | around.north_east | ~around.south_east) & around.east
