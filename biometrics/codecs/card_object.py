"""The data object in which a card is sent a finger: minutiae inside a biometric data template.

Layout, big-endian::

    object   7F2E length, 81 length, minutiae         (`iso19794_2_card.py`)
    length   u8 below 80, or 81 u8, or 82 u16         (BER)

The tags are those of NIST's MINEX II card tools (BiomDI: `moc.h`). The chip keeps two fingers: two
such objects, one a file or one behind the other, as its issuer says.
"""

import struct

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import check, require

MAX_MINUTIAE_BYTES = 5 * 255  # normal size
MAX_OBJECT_BYTES = MAX_MINUTIAE_BYTES + 12  # three bytes of tags, at most three of each length

_TEMPLATE_TAG = b"\x7f\x2e"
_MINUTIAE_TAG = b"\x81"
_LONG_LENGTHS = {0x81: struct.Struct(">B"), 0x82: struct.Struct(">H")}


def wrap(minutiae: bytes) -> bytes:
    """Write the data object of one finger.

    Parameters
    ----------
    minutiae : bytes
        As `iso19794_2_card.encode` gives them.

    Returns
    -------
    data : bytes
        ``7F2E`` with ``81`` inside.

    Raises
    ------
    UnencodableError
        If they are longer than any card takes.
    """
    require(len(minutiae) <= MAX_MINUTIAE_BYTES, "minutiae", f"{len(minutiae)} bytes")
    inner = _MINUTIAE_TAG + _encode_length(len(minutiae)) + minutiae
    return _TEMPLATE_TAG + _encode_length(len(inner)) + inner


def unwrap(data: bytes) -> bytes:
    """Return the bare minutiae of a data object.

    Parameters
    ----------
    data : bytes
        Exactly one data object.

    Returns
    -------
    minutiae : bytes
        For `iso19794_2_card.decode`.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    outer = Cursor(data, limit_bytes=MAX_OBJECT_BYTES, name="biometric data template")
    outer.expect(_TEMPLATE_TAG, b"")
    inner = outer.take(_decode_length(outer), "biometric data template")
    outer.finish()
    cursor = Cursor(inner, limit_bytes=MAX_OBJECT_BYTES, name="finger minutiae data")
    cursor.expect(_MINUTIAE_TAG, b"")
    minutiae = cursor.take(_decode_length(cursor), "finger minutiae data")
    cursor.finish()
    return minutiae


def read_object(cursor: Cursor) -> tuple[bytes, bytes]:
    """Read any data object with a tag of one or two bytes; returns tag and content."""
    tag = cursor.take(1, "tag")
    if tag[0] & 0x1F == 0x1F:
        tag += cursor.take(1, "tag")
        check(tag[1] < 0x80, "tag", f"{tag.hex()} goes on")
    return tag, cursor.take(_decode_length(cursor), f"object {tag.hex()}")


def _encode_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    return bytes([0x81, length]) if length <= 0xFF else b"\x82" + struct.pack(">H", length)


def _decode_length(cursor: Cursor) -> int:
    (first,) = cursor.take(1, "length")
    if first < 0x80:
        return int(first)
    check(first in _LONG_LENGTHS, "length", f"{first:#04x} begins no length that a card takes")
    return int(cursor.unpack(_LONG_LENGTHS[first], "length")[0])
