r"""Finger minutiae records of ISO/IEC 19794-2: 2005 (``FMR\0 20\0``) and 2011 (``FMR\0 030\0``).

Layout of 2005, big-endian; `finger_view_2005.py` has the view of one finger::

    record   "FMR\0" " 20\0" length:u32 equipment:u16 width:u16 height:u16
             x_resolution:u16 y_resolution:u16 (pixels per cm) views:u8 reserved:u8 = 0

`iso19794_2_2011.py` has the layout of 2011. The origin is the top left corner; x runs to the right,
y down.

Verified against real bytes: three templates of SourceAFIS's test set (2005) re-encode to the same
bytes; the minutiae of NIST's ``fmr.iso2005`` equal those of NIST's ANSI/INCITS 378 record of the
same fingers. That NIST file itself is refused as it is: its core-and-delta area names one byte more
than the record has; with the two length fields corrected it re-encodes to the same bytes.
"""

import struct
from collections.abc import Sequence

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import require
from biometrics.codecs.finger_view_2005 import (
    check_counts,
    decode_view,
    encode_view,
    largest_shape_px,
)
from biometrics.codecs.finger_views import (
    MAX_MINUTIAE,
    PIXELS_PER_CM,
    EndingType,
    FingerView,
    FingerViews,
    ImpressionType,
    MinutiaLayout,
    check_unique,
    checked_geometry,
    require_views,
)
from biometrics.codecs.iso19794_2_2011 import VERSION as VERSION_2011
from biometrics.codecs.iso19794_2_2011 import encode_2011, read_2011

__all__ = [
    "MAX_MINUTIAE",
    "MAX_RECORD_BYTES",
    "EndingType",
    "FingerView",
    "FingerViews",
    "ImpressionType",
    "decode",
    "encode",
    "encode_2011",
]

MAGIC = b"FMR\0"
VERSION = b" 20\0"
MAX_RECORD_BYTES = 1 << 20  # 255 views of 255 minutiae are 0.4 MB

_HEADER = struct.Struct(">IHHHHHBB")
_LAYOUT = MinutiaLayout()


def encode(views: Sequence[FingerView], *, equipment_id: int = 0) -> bytes:
    """Write a record of 2005 at 500 ppi.

    Parameters
    ----------
    views : sequence of FingerView
        One to 255 fingers. A template with more than 255 minutiae keeps the 255 of highest
        quality, in their order; fractions of pixels and of angle steps are rounded.
    equipment_id : int
        0..65535; 0 says "not reported".

    Returns
    -------
    record : bytes
        `decode` gives back what was rounded, and `encode` of that the same bytes.

    Raises
    ------
    UnencodableError
        If a value has no place in the format.

    References
    ----------
    .. [1] ISO/IEC 19794-2:2005, clause 7.
    """
    require_views(views)
    require(0 <= equipment_id <= 0xFFFF, "equipment", f"{equipment_id} does not fit 16 bits")
    body = b"".join(encode_view(view, _LAYOUT) for view in views)
    rows, cols = largest_shape_px(views)
    header = _HEADER.pack(
        len(MAGIC) + len(VERSION) + _HEADER.size + len(body),
        equipment_id,
        cols,
        rows,
        PIXELS_PER_CM,
        PIXELS_PER_CM,
        len(views),
        0,
    )
    return MAGIC + VERSION + header + body


def decode(data: bytes, *, is_padding_allowed: bool = False) -> FingerViews:
    """Read a record of either edition; coordinates are scaled to 500 ppi.

    Parameters
    ----------
    data : bytes
        Exactly one record.
    is_padding_allowed : bool
        Accept zero bytes behind the record, as card readers and some programs leave them.

    Returns
    -------
    record : FingerViews
        With its edition. Minutia quality 0 means "not reported"; in 2011 that is 254, 255 (failed)
        or no quality byte.

    Raises
    ------
    CodecError
        One subclass per reason; see `biometrics.codecs.errors`.

    References
    ----------
    .. [1] ISO/IEC 19794-2:2005, clause 7; ISO/IEC 19794-2:2011, clause 8.
    """
    cursor = Cursor(data, limit_bytes=MAX_RECORD_BYTES, name="finger minutiae record")
    is_2011 = data[len(MAGIC) : len(MAGIC) + len(VERSION_2011)] == VERSION_2011
    cursor.expect(MAGIC, VERSION_2011 if is_2011 else VERSION)
    read = read_2011 if is_2011 else _read_2005
    record = read(cursor, is_padding_allowed=is_padding_allowed)
    cursor.finish()
    check_unique(record.views)
    return record


def _read_2005(cursor: Cursor, *, is_padding_allowed: bool) -> FingerViews:
    length, equipment_id, width_px, height_px, x_per_cm, y_per_cm, count, reserved = cursor.unpack(
        _HEADER, "record header"
    )
    cursor.close_at(length, is_padding_allowed=is_padding_allowed)
    check_counts(count, reserved)
    geometry = checked_geometry(height_px, width_px, y_per_cm, x_per_cm)
    views = tuple(decode_view(cursor, _LAYOUT, *geometry) for _ in range(count))
    return FingerViews(views=views, equipment_id=equipment_id)
