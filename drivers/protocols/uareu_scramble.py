"""The scramble generator of the U.are.U readers, for a whole picture at once.

A 32-bit shift register runs to the right; the new bit 31 is the parity of eleven taps. Byte i of
the scramble is made of eight bits of the state after i steps. Stepping bit by bit would cost half
a second per picture in Python. But a step is linear over GF(2), so 2^k steps are one linear map:
the states double in number with every map applied to all of them, 17 maps for a picture. A map is
applied as four table look-ups, one per byte of the state.

Source of taps, byte bits and vectors: PROTOCOLS.md section 4.6.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_TAPS = 0x9248144D
_BYTE_BITS = (4, 8, 11, 14, 18, 21, 24, 29)
"""State bits that make up bits 0..7 of a scramble byte."""

_States = NDArray[np.uint32]


def step_key(key: int) -> int:
    """Return the state of the register after one step."""
    return key >> 1 | ((key & _TAPS).bit_count() & 1) << 31


def key_states(key: int, steps: int) -> _States:
    """Return the states after 0, 1 .. `steps` steps, `steps` + 1 values."""
    states = np.array([key], dtype=np.uint32)
    doubling = 0
    while len(states) <= steps:
        missing = steps + 1 - len(states)
        states = np.concatenate((states, _apply(_jump_tables(doubling), states[:missing])))
        doubling += 1
    return states


def scramble_bytes(states: _States) -> NDArray[np.uint8]:
    """Return the scramble byte that belongs to each state."""
    scramble = np.zeros(states.shape, dtype=np.uint8)
    for target, source in enumerate(_BYTE_BITS):
        scramble |= ((states >> np.uint32(source)) & np.uint32(1)).astype(np.uint8) << target
    return scramble


def _apply(tables: NDArray[np.uint32], states: _States) -> _States:
    result: _States = tables[0][states & 0xFF]
    for index in range(1, 4):
        result ^= tables[index][(states >> np.uint32(8 * index)) & 0xFF]
    return result


@lru_cache(maxsize=32)
def _jump_tables(doubling: int) -> NDArray[np.uint32]:
    """Return the map of 2^doubling steps: (4, 256), one table per byte of the state."""
    if doubling == 0:
        columns = np.array([step_key(1 << bit) for bit in range(32)], dtype=np.uint32)
    else:
        half = _jump_tables(doubling - 1)
        bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
        columns = _apply(half, _apply(half, bits))
    tables = np.zeros((4, 256), dtype=np.uint32)
    values = np.arange(256, dtype=np.uint32)
    for bit in range(32):
        is_set = (values >> np.uint32(bit % 8)) & np.uint32(1)
        tables[bit // 8] ^= is_set * columns[bit]
    return tables
