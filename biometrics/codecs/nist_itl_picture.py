"""What the records with pictures share in an ANSI/NIST-ITL file: source, scale, picture, quality.

Fields of Types 10, 13 to 15 and 17::

    004 source  005 date  006 and 007 columns and rows  008 scale units (0 none, 1 inch, 2 cm)
    009 and 010 horizontal and vertical scale  011 compression  999 the picture as coded
    quality: position US score US vendor (hexadecimal) US algorithm, a subfield each
"""

import re
from dataclasses import dataclass
from datetime import date

from biometrics.codecs import jpeg2000, wsq
from biometrics.codecs.errors import FieldValueError, check, require
from biometrics.codecs.finger_views import CM_PER_INCH
from biometrics.codecs.nist_itl_records import (
    RS,
    US,
    TaggedField,
    TaggedRecord,
    date_text,
    parse_date,
    parse_number,
)

MAX_SIDE_PX = 65_535  # five digits; the decoders below allow less
MAX_PIXELS_PER_UNIT = 9_999
COMPRESSIONS = ("NONE", "WSQ20", "JPEGB", "JPEGL", "JP2", "JP2L", "PNG")  # table 15
_OLD_COMPRESSIONS = {"WSQ": "WSQ20"}
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{1,4}")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its scale."""

    payload: bytes
    """As coded."""
    compression: str
    """One of `COMPRESSIONS`."""
    shape_px: tuple[int, int]
    """Rows and columns."""
    resolution_ppi: tuple[float, float] | None = (500.0, 500.0)
    """(rows, cols), pixels per inch; None where the record gives no scale."""
    bits_per_px: int = 8


@dataclass(frozen=True, slots=True)
class QualityScore:
    """One score and who computed it."""

    score: int
    """0..100, 254 not computed, 255 failed."""
    vendor: int
    """16 bits."""
    algorithm: int
    """16 bits."""
    position: int | None = None
    """Finger, in a print record."""


def check_picture(picture: Picture) -> None:
    """Compare the size that the record names with that of the coded picture; decode nothing.

    Parameters
    ----------
    picture : Picture
        JPEG and PNG are not looked into.

    Raises
    ------
    CodecError
        If the coded picture is no such one, or of another size.
    """
    name = picture.compression
    if name == "WSQ20":
        found = wsq.read_size(picture.payload)
    elif name in ("JP2", "JP2L"):
        header = jpeg2000.read_header(picture.payload)
        found = (header.rows_px, header.cols_px)
        check(header.is_reversible or name == "JP2", "compression", "JP2L that loses")
    elif name == "NONE":
        rows_px, cols_px = picture.shape_px
        needed = rows_px * cols_px * -(-picture.bits_per_px // 8)
        check(len(picture.payload) == needed, "image", f"{len(picture.payload)} bytes of {needed}")
        return
    else:
        return
    check(found == picture.shape_px, "image size", f"{picture.shape_px}, coded {found}")


def source_fields(what: str, source: str, captured_on: date) -> tuple[TaggedField, ...]:
    """Return fields 003 to 005; raises UnencodableError."""
    require(0 < len(source) <= 35 and not {RS, US} & set(source), "source", f"{source!r}")
    return TaggedField(3, what), TaggedField(4, source), TaggedField(5, date_text(captured_on))


def picture_fields(picture: Picture) -> tuple[TaggedField, ...]:
    """Return fields 006 to 011; raises UnencodableError."""
    require(picture.compression in COMPRESSIONS, "compression", picture.compression)
    rows_px, cols_px = picture.shape_px
    is_size = 0 < rows_px <= MAX_SIDE_PX and 0 < cols_px <= MAX_SIDE_PX
    require(is_size, "image size", f"{rows_px} x {cols_px} px")
    units, across, down = 0, 1, 1  # no scale: the pixels are square
    if picture.resolution_ppi is not None:
        units, down, across = 1, *(round(value) for value in picture.resolution_ppi)
        is_scale = 0 < min(across, down) <= max(across, down) <= MAX_PIXELS_PER_UNIT
        require(is_scale, "scale", f"{picture.resolution_ppi} ppi")
    numbers = (cols_px, rows_px, units, across, down)
    texts = (*(str(number) for number in numbers), picture.compression)
    return tuple(TaggedField(6 + place, text) for place, text in enumerate(texts))


def quality_text(one: QualityScore) -> str:
    """Return the subfield of one score; raises UnencodableError."""
    is_score = 0 <= one.score <= 100 or one.score in (254, 255)
    require(is_score, "quality", f"{one.score}")
    codes = (one.vendor, one.algorithm)
    require(all(0 <= code <= 0xFFFF for code in codes), "quality", f"{codes}")
    items = [str(one.score), f"{one.vendor:04X}", str(one.algorithm)]
    if one.position is not None:
        items.insert(0, str(one.position))
    return US.join(items)


def find_items(record: TaggedRecord, number: int) -> tuple[tuple[str, ...], ...]:
    """Return the subfields of a field that may be absent."""
    found = record.find(number)
    return () if found is None else found.items


def decode_picture(record: TaggedRecord, *, bits_field: int | None) -> Picture:
    """Read fields 006 to 011 and 999; raises CodecError."""
    if record.data is None:
        raise FieldValueError("no picture", field=f"{record.kind}.999")
    compression = _OLD_COMPRESSIONS.get(record.text_of(11), record.text_of(11))
    check(compression in COMPRESSIONS, f"{record.kind}.011", f"{compression[:12]!r} is unknown")
    return Picture(
        payload=record.data,
        compression=compression,
        shape_px=(record.number_of(7, 1, MAX_SIDE_PX), record.number_of(6, 1, MAX_SIDE_PX)),
        resolution_ppi=_decode_scale(record),
        bits_per_px=8 if bits_field is None else record.number_of(bits_field, 1, 99),
    )


def _decode_scale(record: TaggedRecord) -> tuple[float, float] | None:
    units = record.number_of(8, 0, 2)
    across, down = (record.number_of(number, 0, MAX_PIXELS_PER_UNIT) for number in (9, 10))
    if 0 in (units, across, down):
        return None
    factor = 1.0 if units == 1 else CM_PER_INCH
    return down * factor, across * factor


def decode_date(record: TaggedRecord) -> date:
    """Read field 005; raises CodecError."""
    return parse_date(record.text_of(5), f"{record.kind}.005")


def decode_quality(
    record: TaggedRecord, number: int, *, has_position: bool
) -> tuple[QualityScore, ...]:
    """Read the scores of a field that may be absent; raises CodecError."""
    field = f"{record.kind}.{number:03}"
    found = find_items(record, number)
    for items in found:
        check(len(items) == 3 + has_position, field, f"{len(items)} items")
    return tuple(_to_score(items, field) for items in found)


def _to_score(items: tuple[str, ...], field: str) -> QualityScore:
    *position, score_text, vendor, algorithm = items
    score = parse_number(score_text, 0, 255, field)
    check(score <= 100 or score >= 254, field, f"{score} is no score")
    if not _HEXADECIMAL.fullmatch(vendor):
        raise FieldValueError(f"vendor {vendor[:8]!r} is not hexadecimal", field=field)
    return QualityScore(
        score=score,
        vendor=int(vendor, 16),
        algorithm=parse_number(algorithm, 0, 0xFFFF, field),
        position=parse_number(position[0], 0, 99, field) if position else None,
    )
