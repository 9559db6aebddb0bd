r"""Finger minutiae records of ANSI/INCITS 378: editions of 2004, 2007 (draft) and 2009.

Layout, big-endian; `finger_views.py` has minutiae and areas. An angle step is 2 degrees::

    2004  record   "FMR\0" " 20\0" length:u16 (or 0:u16 length:u32) owner:u16 type:u16 equipment:u16
                   width height x_resolution y_resolution:u16 views:u8 reserved:u8
          view     position:u8 view_number:4 impression:4 quality:u8 count:u8 minutiae, areas
    2009  record   "FMR\0" "030\0" length:u32 owner:u16 type:u16 certifications:u8 equipment:u16
                   views:u8 reserved:u8
          view     position view_number impression quality:u8 vendor:u16 algorithm:u16
                   width height x_resolution y_resolution:u16 count:u8 minutiae, areas
    2007  as 2009, with equipment:u16 in place of certifications and equipment

The magic and version of 2004 are those of ISO/IEC 19794-2:2005, and those of 2007 and 2009 are
those of ISO/IEC 19794-2:2011: the bytes do not say which they are, so the caller does.

Verified against real bytes: NIST's ``fmr.ansi2007`` re-encodes to the same bytes. Its
``fmr.ansi2004`` is refused as it is: two bytes follow the last area; without them, and with the
length put right, it re-encodes to the same bytes. The edition of 2009 follows the reader of
FingerprintIO and was not compared with any record.
"""

import struct
from collections.abc import Callable

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import UnencodableError, check, require
from biometrics.codecs.finger_view_2005 import (
    check_counts,
    decode_view,
    encode_view,
    largest_shape_px,
)
from biometrics.codecs.finger_views import (
    IMPRESSION_CODES,
    IMPRESSIONS,
    PIXELS_PER_CM,
    QUALITY_NOT_REPORTED,
    FingerView,
    FingerViews,
    MinutiaLayout,
    check_unique,
    checked_geometry,
    checked_position,
    decode_areas,
    decode_minutiae,
    encode_areas,
    encode_minutiae,
    require_views,
)

MAGIC = b"FMR\0"
VERSIONS = {2004: b" 20\0", 2007: b"030\0", 2009: b"030\0"}
MAX_RECORD_BYTES = 1 << 20

_START_BYTES = len(MAGIC) + 4
_SHORT = struct.Struct(">H")
_LONG = struct.Struct(">I")
_HEADER_2004 = struct.Struct(">HHHHHHHBB")
_HEADERS = {2007: struct.Struct(">HHHBB"), 2009: struct.Struct(">HH3sBB")}
_EQUIPMENT_LIMITS = {2004: 0xFFFF, 2007: 0xFFFF, 2009: 0xFFFFFF}
_VIEW = struct.Struct(">BBBBHHHHHHB")
_LAYOUT_2004 = MinutiaLayout(angle_steps=180)
_LAYOUT = MinutiaLayout(angle_steps=180, has_special_quality=True)


def encode(record: FingerViews) -> bytes:
    """Write a record of the edition it names, at 500 ppi.

    Parameters
    ----------
    record : FingerViews
        Edition 2004, 2007 or 2009. A template with more than 255 minutiae keeps the 255 of highest
        quality, in their order; fractions of pixels and of angle steps are rounded.

    Returns
    -------
    data : bytes
        `decode` gives back what was rounded, and `encode` of that the same bytes.

    Raises
    ------
    UnencodableError
        If a value has no place in the format.

    References
    ----------
    .. [1] ANSI INCITS 378-2004, clause 6; ANSI INCITS 378-2009, clause 7.
    """
    require(record.edition in VERSIONS, "edition", f"{record.edition} is not {list(VERSIONS)}")
    require_views(record.views)
    limit = _EQUIPMENT_LIMITS[record.edition]
    require(0 <= record.equipment_id <= limit, "equipment", f"{record.equipment_id}")
    try:
        rest = _encode_2004(record) if record.edition == 2004 else _encode_later(record)
    except struct.error as error:
        raise UnencodableError(str(error), field="record") from error
    return MAGIC + VERSIONS[record.edition] + rest


def decode(data: bytes, *, edition: int, is_padding_allowed: bool = False) -> FingerViews:
    """Read a record of the edition that the caller knows; coordinates are scaled to 500 ppi.

    Parameters
    ----------
    data : bytes
        Exactly one record.
    edition : int
        2004, 2007 or 2009.
    is_padding_allowed : bool
        Accept zero bytes behind the record.

    Returns
    -------
    record : FingerViews
        Minutia quality 0 means "not reported" (after 2004: 254, or 255 for failed).

    Raises
    ------
    ValueError
        If there is no such edition.
    CodecError
        One subclass per reason; see `biometrics.codecs.errors`.
    """
    if edition not in VERSIONS:
        raise ValueError(f"edition {edition} is not one of {list(VERSIONS)}")
    cursor = Cursor(data, limit_bytes=MAX_RECORD_BYTES, name="finger minutiae record")
    cursor.expect(MAGIC, VERSIONS[edition])
    cursor.close_at(_decode_length(cursor, edition), is_padding_allowed=is_padding_allowed)
    record = _decode_2004(cursor) if edition == 2004 else _decode_later(cursor, edition)
    cursor.finish()
    check_unique(record.views)
    return record


def _decode_length(cursor: Cursor, edition: int) -> int:
    if edition != 2004:
        return int(cursor.unpack(_LONG, "length")[0])
    (length,) = cursor.unpack(_SHORT, "length")
    return int(length or cursor.unpack(_LONG, "length")[0])


def _encode_2004(record: FingerViews) -> bytes:
    body = b"".join(encode_view(view, _LAYOUT_2004) for view in record.views)
    rows, cols = largest_shape_px(record.views)
    header = _HEADER_2004.pack(
        *(*record.product_id, record.equipment_id, cols, rows),
        *(PIXELS_PER_CM, PIXELS_PER_CM, len(record.views), 0),
    )
    length = _START_BYTES + _SHORT.size + len(header) + len(body)
    if length <= 0xFFFF:
        return _SHORT.pack(length) + header + body
    return _SHORT.pack(0) + _LONG.pack(length + _LONG.size) + header + body


def _encode_later(record: FingerViews) -> bytes:
    equipment: int | bytes = record.equipment_id
    if record.edition == 2009:
        equipment = record.equipment_id.to_bytes(3, "big")
    body = b"".join(_encode_view(view) for view in record.views)
    layout = _HEADERS[record.edition]
    header = layout.pack(*record.product_id, equipment, len(record.views), 0)
    return _LONG.pack(_START_BYTES + _LONG.size + len(header) + len(body)) + header + body


def _encode_view(view: FingerView) -> bytes:
    _check_score(view.quality_score, require)
    minutiae = encode_minutiae(view.template, _LAYOUT)
    head = _VIEW.pack(
        *(view.position, view.view_number, IMPRESSION_CODES[view.impression]),
        *(view.quality_score, *view.quality_algorithm),
        *(view.template.shape_px[1], view.template.shape_px[0], PIXELS_PER_CM, PIXELS_PER_CM),
        len(minutiae) // _LAYOUT.size_bytes,
    )
    return head + minutiae + encode_areas(view.areas)


def _decode_2004(cursor: Cursor) -> FingerViews:
    owner, kind, equipment, width_px, height_px, x_per_cm, y_per_cm, count, reserved = (
        cursor.unpack(_HEADER_2004, "record header")
    )
    check_counts(count, reserved)
    geometry = checked_geometry(height_px, width_px, y_per_cm, x_per_cm)
    views = tuple(decode_view(cursor, _LAYOUT_2004, *geometry) for _ in range(count))
    return FingerViews(views, equipment, 2004, (owner, kind))


def _decode_later(cursor: Cursor, edition: int) -> FingerViews:
    owner, kind, equipment, count, reserved = cursor.unpack(_HEADERS[edition], "record header")
    if isinstance(equipment, bytes):
        equipment = int.from_bytes(equipment, "big")
    check_counts(count, reserved)
    views = tuple(_decode_view(cursor) for _ in range(count))
    return FingerViews(views, equipment, edition, (owner, kind))


def _decode_view(cursor: Cursor) -> FingerView:
    position, number, impression, score, vendor, algorithm, *sizes, count = cursor.unpack(
        _VIEW, "view header"
    )
    width_px, height_px, x_per_cm, y_per_cm = sizes
    check(number <= 15, "view number", f"{number} is not 0..15")
    check(impression in IMPRESSIONS, "impression type", f"{impression} is unknown")
    _check_score(score, check)
    geometry = checked_geometry(height_px, width_px, y_per_cm, x_per_cm)
    raw = cursor.take(count * _LAYOUT.size_bytes, "minutiae")
    return FingerView(
        position=checked_position(position),
        template=decode_minutiae(raw, _LAYOUT, *geometry),
        quality_score=score,
        impression=IMPRESSIONS[impression],
        view_number=number,
        areas=decode_areas(cursor),
        quality_algorithm=(vendor, algorithm),
    )


def _check_score(score: int, judge: Callable[[bool, str, str], None]) -> None:
    is_score = 0 <= score <= 100 or QUALITY_NOT_REPORTED <= score <= 0xFF
    judge(is_score, "finger quality", f"{score} is neither 0..100 nor 254 nor 255")
