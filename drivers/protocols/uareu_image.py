"""Decode the pictures of the U.are.U readers: header, blocks, descrambling, assembly.

    0-3    unknown                      16-45  15 block entries: flags u8, lines u8
    4-5    number of lines, u16 LE      46-63  unknown
    6      key number                   64...  rows of 384 bytes
    7-15   unknown

The block list ends at an entry without lines, or as soon as the received lines are used up; what
follows is garbage. Source: PROTOCOLS.md sections 4.5 to 4.7.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.uareu_scramble import key_states, scramble_bytes

IMAGE_ROWS = 290
IMAGE_COLS = 384
HEADER_BYTES = 64
MAX_TRANSFER_BYTES = HEADER_BYTES + IMAGE_ROWS * IMAGE_COLS
SCRAMBLED_VARIANCE = 5000
"""Variance of two added rows from which a picture is taken as scrambled (captures: 10,849 and
11,240; random bytes give about 10,900; smooth platens some hundred)."""
NOISE_VARIANCE = 4000.0
"""Random bytes have 5461; a blank platen some hundred."""
NOISE_STEP_RATIO = 0.7
"""Squared step to the next column over twice the variance: 1 for random bytes; ridges of nine
pixels, the usual period at 512 ppi, give 1 - cos(2 pi / 9) = 0.23."""

_HEADER = struct.Struct("<4xHB9x30s18x")
_BLOCK_BYTES = 2

Rows = NDArray[np.uint8]
NextKey = Callable[[int], int]
"""Arranges the given key number with the device and returns the key."""


class BlockFlag(IntFlag):
    """Flags of a block entry."""

    NOT_PRESENT = 0x01
    SCRAMBLED = 0x02
    NO_KEY_UPDATE = 0x04
    NEXT_KEY = 0x80


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines that were treated alike."""

    flags: int
    lines: int

    @property
    def is_present(self) -> bool:
        """Tell whether the lines are in the received data."""
        return not self.flags & BlockFlag.NOT_PRESENT


@dataclass(frozen=True, slots=True, eq=False)
class RawImage:
    """A picture as received, split into its parts."""

    key_number: int
    blocks: tuple[Block, ...]
    rows: Rows
    """(lines, 384), possibly scrambled."""


def parse_image(data: bytes) -> RawImage:
    """Split a bulk transfer; raises ValueError when it is not one whole picture."""
    if len(data) < HEADER_BYTES:
        raise ValueError(f"{len(data)} bytes are less than a header")
    lines, key_number, entries = _HEADER.unpack_from(data)
    needed = HEADER_BYTES + lines * IMAGE_COLS
    if not 2 <= lines < IMAGE_ROWS:
        raise ValueError(f"the header says {lines} lines, 2 to {IMAGE_ROWS - 1} can be")
    if len(data) < needed:
        raise ValueError(f"{len(data)} of {needed} bytes came")
    rows = np.frombuffer(data, np.uint8, lines * IMAGE_COLS, HEADER_BYTES)
    return RawImage(key_number, _read_blocks(entries, lines), rows.reshape(lines, IMAGE_COLS))


def is_scrambled(rows: Rows) -> bool:
    """Tell by the variance of the first two rows, added, whether a picture is scrambled."""
    sums = rows[0].astype(np.int64) + rows[1]
    deviations = sums - int(sums.sum()) // IMAGE_COLS
    return int((deviations**2).sum()) // IMAGE_COLS >= SCRAMBLED_VARIANCE


def count_noise_rows(rows: Rows) -> int:
    """Return how many rows look like random bytes, as descrambling with a wrong key gives."""
    gray = rows.astype(np.float32)
    variance = gray.var(axis=1)
    step = np.square(np.diff(gray, axis=1)).mean(axis=1)
    return int(
        np.count_nonzero((variance > NOISE_VARIANCE) & (step > NOISE_STEP_RATIO * 2 * variance))
    )


def descramble(image: RawImage, next_key: NextKey) -> Rows:
    """Return the rows in clear; `next_key` is asked for the first key and at each change."""
    clear = image.rows.copy()
    key_number = image.key_number
    key = next_key(key_number)
    row = 0
    for block in image.blocks:
        if block.flags & BlockFlag.NEXT_KEY:
            key_number = (key_number + 1) & 0xFF
            key = next_key(key_number)
        key = _descramble_block(clear[row : row + block.lines], block, key)
        if block.is_present:
            row += block.lines
    return clear


def assemble(rows: Rows, blocks: tuple[Block, ...]) -> Rows:
    """Return the whole picture, (290, 384), dark ridges on white.

    Lines that are not present repeat the rows that follow; rows never sent stay white.
    """
    parts = []
    row = 0
    for block in blocks:
        parts.append(rows[row : row + block.lines])
        if block.is_present:
            row += block.lines
    received = np.concatenate(parts)[:IMAGE_ROWS]
    picture = np.zeros((IMAGE_ROWS, IMAGE_COLS), dtype=np.uint8)
    picture[: len(received)] = received
    return np.subtract(255, picture, dtype=np.uint8)


def _read_blocks(entries: bytes, lines: int) -> tuple[Block, ...]:
    blocks = []
    left = lines
    for flags, block_lines in struct.iter_unpack("BB", entries):
        if block_lines == 0 or left == 0:
            break
        blocks.append(Block(flags, block_lines))
        left -= 0 if flags & BlockFlag.NOT_PRESENT else block_lines
    if left != 0:
        raise ValueError(f"the block list covers {lines - left} of {lines} lines")
    return tuple(blocks)


def _descramble_block(rows: Rows, block: Block, key: int) -> int:
    """Descramble a block in place and return the key after it."""
    if block.flags & BlockFlag.NO_KEY_UPDATE:
        return key
    states = key_states(key, block.lines * IMAGE_COLS)
    if block.flags & BlockFlag.SCRAMBLED:
        flat = rows.reshape(-1)
        flat[:-1] = flat[1:] ^ scramble_bytes(states[: len(flat) - 1])
        flat[-1] = 0
    return int(states[-1])
