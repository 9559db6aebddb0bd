"""Messages of the NextBiometrics NB-1010-U: bytes of commands, replies and picture frames.

    all       80 code sequence 00, length of the whole message u32 LE, body
    reply     16 bytes; repeats the command's sequence number
    frame     540 bytes; code 21, sequence 0; u32 0, u32 "more follows", first row u32 LE from 1,
              five bytes 00 01 00 00 01, two rows of 256 bytes, three bytes 0

Source: PROTOCOLS.md section 5 (libfprint's nb1010 and one recorded capture).
"""

import struct
from dataclasses import dataclass

PICTURE_ROWS = 180
PICTURE_COLS = 256
FRAME_ROWS = 2
FRAMES = PICTURE_ROWS // FRAME_ROWS
REPLY_BYTES = 16
FRAME_BYTES = 540
FINGER_OFFSET = 12
"""Where the reply to LOOK tells how warm the sensor is covered."""

_MARK = 0x80
_FRAME_CODE = 0x21
_HEAD = struct.Struct("<BBBBI")
_FRAME = struct.Struct("<4xII5x512s3x")


@dataclass(frozen=True, slots=True)
class Command:
    """A command, without its sequence number, and the code that its reply has."""

    code: int
    reply_code: int
    body: bytes = b""

    def encode(self, sequence: int) -> bytes:
        """Return the bytes to send."""
        return _HEAD.pack(_MARK, self.code, sequence, 0, _HEAD.size + len(self.body)) + self.body


LOOK = Command(0x38, 0x37)
"""Asks whether a finger is there."""
PREPARE = Command(0x0D, 0x20, bytes.fromhex("00040000"))
"""Comes before each capture; what its body means is not known."""
CAPTURE = Command(0x12, 0x20, bytes.fromhex("02" + 19 * "00" + "20000000"))
"""Takes a picture, which then comes as frames; what its body means is not known."""


def parse_reply(data: bytes, command: Command, sequence: int) -> bytes:
    """Return the whole reply; raises ValueError when it is not this command's."""
    expected = (_MARK, command.reply_code, sequence, 0, REPLY_BYTES)
    _check(data, expected, f"the reply to command {command.code:02x}")
    return data


def parse_frame(data: bytes, number: int) -> bytes:
    """Return the two rows of the frame with this number, from 0; raises ValueError."""
    _check(data, (_MARK, _FRAME_CODE, 0, 0, FRAME_BYTES), f"frame {number}")
    more, first_row, rows = _FRAME.unpack(data[_HEAD.size :])
    expected_row = FRAME_ROWS * number + 1
    if first_row != expected_row:
        raise ValueError(f"row {first_row} came where row {expected_row} was to come")
    if bool(more) != (number < FRAMES - 1):
        raise ValueError(
            f"frame {number} of {FRAMES} says that {'more' if more else 'none'} follow"
        )
    return bytes(rows)


def _check(data: bytes, expected: tuple[int, ...], what: str) -> None:
    length = expected[-1]
    if len(data) != length:
        raise ValueError(f"{what} has {len(data)} of {length} bytes")
    if _HEAD.unpack_from(data) != expected:
        raise ValueError(f"{what} begins with {data[:8].hex()}, not {_HEAD.pack(*expected).hex()}")
