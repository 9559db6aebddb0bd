"""Finger positions and the groups in which they are captured."""

from enum import IntEnum


class FingerPosition(IntEnum):
    """Finger position codes of ISO/IEC 19794-2 and ANSI/NIST-ITL (table of finger positions)."""

    UNKNOWN = 0
    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10


TEN_FINGERS = tuple(position for position in FingerPosition if position != FingerPosition.UNKNOWN)

# Each group from left to right as it appears in the image of a slap (palm down on the platen).
LEFT_SLAP = (
    FingerPosition.LEFT_LITTLE,
    FingerPosition.LEFT_RING,
    FingerPosition.LEFT_MIDDLE,
    FingerPosition.LEFT_INDEX,
)
RIGHT_SLAP = (
    FingerPosition.RIGHT_INDEX,
    FingerPosition.RIGHT_MIDDLE,
    FingerPosition.RIGHT_RING,
    FingerPosition.RIGHT_LITTLE,
)
THUMBS = (FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB)
