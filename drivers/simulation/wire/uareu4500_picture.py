"""How a U.are.U reader sends a picture: header, block list, scrambled rows.

Bit by bit, as PROTOCOLS.md section 4.6 tells it: slow, and independent of the driver's tables.
"""

import struct
from functools import lru_cache

ROW_BYTES = 384
_TAP_BITS = (0, 2, 3, 6, 10, 12, 19, 22, 25, 28, 31)
_SCRAMBLE_BITS = (4, 8, 11, 14, 18, 21, 24, 29)

BlockList = tuple[tuple[int, int], ...]
"""(flags, lines) per block."""

SCRAMBLED_BLOCKS: BlockList = (
    (0x02, 72), (0x00, 1), (0x02, 49), (0x01, 1), (0x00, 1), (0x02, 49), (0x00, 1), (0x02, 116),
)  # fmt: skip
"""As a recorded 4500 has them: 289 lines received, 290 shown."""
PLAIN_BLOCKS: BlockList = ((0x00, 122), (0x01, 1), (0x00, 167))
KEY_CHANGE_BLOCKS: BlockList = (
    (0x02, 100), (0x82, 100), (0x01, 1), (0x86, 20), (0x80, 39), (0x02, 30),
)  # fmt: skip
"""Three key changes, which no capture has; one of them before a block without key update."""
BLOCK_LISTS: dict[str, tuple[BlockList, tuple[int, ...]]] = {
    "scrambled": (SCRAMBLED_BLOCKS, (0x544409D6,)),
    "plain": (PLAIN_BLOCKS, (0x544409D6,)),
    "key_changes": (KEY_CHANGE_BLOCKS, (1, 0xDB896F5F, 0xFFFFFFFF, 12345)),
}
"""Block list and keys by name."""


@lru_cache(maxsize=16)
def build_transfer(picture: bytes, blocks: BlockList, keys: tuple[int, ...]) -> bytes:
    """Return header and rows as the reader sends them, scrambled where the blocks say so."""
    lines = len(picture) // ROW_BYTES
    entries = b"".join(bytes(block) for block in blocks).ljust(30, b"\0")
    header = struct.pack("<4sHB9x30s18x", bytes.fromhex("10408001"), lines, 0, entries)
    key_number, key, row = 0, keys[0], 0
    wire = b""
    for flags, block_lines in blocks:
        if flags & 0x80:
            key_number += 1
            key = keys[key_number]
        plain = picture[row * ROW_BYTES : (row + block_lines) * ROW_BYTES]
        if flags & 0x01:
            plain = bytes(block_lines * ROW_BYTES)
        sent, key = scramble_block(plain, flags, key)
        if not flags & 0x01:
            wire += sent
            row += block_lines
    return header + wire


def scramble_block(plain: bytes, flags: int, key: int) -> tuple[bytes, int]:
    """Return a block as sent, and the key after it."""
    if flags & 0x04:
        return plain, key
    wire = bytearray(plain)
    for index in range(len(plain)):
        if flags & 0x02 and index + 1 < len(plain):
            wire[index + 1] = plain[index] ^ _scramble_byte(key)
        key = _step(key)
    if flags & 0x02:
        wire[0] = 0x86  # arbitrary: as the recorded 4500 began
    return bytes(wire), key


def _step(key: int) -> int:
    parity = 0
    for bit in _TAP_BITS:
        parity ^= key >> bit & 1
    return key >> 1 | parity << 31


def _scramble_byte(key: int) -> int:
    return sum((key >> bit & 1) << place for place, bit in enumerate(_SCRAMBLE_BITS))
