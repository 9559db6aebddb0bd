"""Pictures in an ANSI/NIST-ITL file: prints (Types 4, 14, 15), face (10) and iris (17).

Fields besides those that `nist_itl_picture.py` has::

    10  003 kind 012 colours 013 acquisition profile
    14  003 impression 012 bits 013 positions 018 missing fingers 024 quality
    15  as 14, of palms
    17  003 eye 012 bits 013 colours 024 quality 025 spectrum
    4   length:u32 IDC:u8 impression:u8 positions:6 * u8 (255 unused) resolution:u8 cols:u16
        rows:u16 compression:u8, the picture

Palms are read only: no station records them. Fields that are not named here are dropped on reading
and never written; `nist_itl_records` keeps them.
"""

import struct
from dataclasses import dataclass
from datetime import date

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import check, require
from biometrics.codecs.nist_itl_picture import (
    Picture,
    QualityScore,
    decode_date,
    decode_picture,
    decode_quality,
    find_items,
    picture_fields,
    quality_text,
    source_fields,
)
from biometrics.codecs.nist_itl_records import (
    RS,
    US,
    BinaryRecord,
    TaggedField,
    TaggedRecord,
    parse_number,
)

NO_POSITION = 255
LEGACY_RESOLUTION_PPI = 500.0  # of Type 4: field ISR is 0 for it

_COMPRESSIONS_4 = {0: "NONE", 1: "WSQ20", 2: "JPEGB", 3: "JPEGL", 4: "JP2", 5: "JP2L", 6: "PNG"}
_FIXED = struct.Struct(">B6sBHHB")
_MISSING_CODES = ("XX", "UP", "SR")  # amputated, unable to print, scar


@dataclass(frozen=True, slots=True)
class PrintImage:
    """Fingers of Type 14, or a palm of Type 15 (read only)."""

    idc: int
    picture: Picture
    positions: tuple[int, ...]
    """Finger positions, or 13 right four, 14 left four, 15 two thumbs."""
    source: str
    captured_on: date
    impression: int = 0
    """0 live-scan plain."""
    missing: tuple[tuple[int, str], ...] = ()
    """Finger and reason: XX amputated, UP cannot be printed (bandaged)."""
    quality: tuple[QualityScore, ...] = ()
    kind: int = 14


@dataclass(frozen=True, slots=True)
class FixedPrint:
    """A print of Type 4: 500 ppi, grey."""

    idc: int
    picture: Picture
    positions: tuple[int, ...]
    impression: int = 0
    is_500_ppi: bool = True
    """False where the scanner's own resolution is kept (named in the header)."""


@dataclass(frozen=True, slots=True)
class FaceImage:
    """A portrait of Type 10."""

    idc: int
    picture: Picture
    source: str
    captured_on: date
    colours: str = "SRGB"
    """Colour space of table 16: SRGB, GRAY, YCC, RGB, UNK ..."""
    image_type: str = "FACE"
    profile: int = 0
    """Subject acquisition profile (table 51): 0 unknown or absent, 1 surveillance ... 50, 51."""


@dataclass(frozen=True, slots=True)
class IrisImage:
    """An eye of Type 17."""

    idc: int
    picture: Picture
    eye: int
    """0 not known, 1 right, 2 left."""
    source: str
    captured_on: date
    colours: str = "GRAY"
    quality: tuple[QualityScore, ...] = ()
    spectrum: str | None = None
    """Light of the exposure (table 91): NIR, VIS ..."""


def encode_print(image: PrintImage) -> TaggedRecord:
    """Make a Type-14 record; raises UnencodableError."""
    require(image.kind == 14, "type", f"{image.kind}: only Type 14 is written")
    require(bool(image.positions), "14.013", "no position")
    is_known = all(0 < finger <= 99 and code in _MISSING_CODES for finger, code in image.missing)
    require(is_known, "14.018", f"{image.missing}")
    numbers = (image.impression, *image.positions)
    require(all(0 <= number <= 99 for number in numbers), "14.013", f"{numbers}")
    fields = [
        *source_fields(str(image.impression), image.source, image.captured_on),
        *picture_fields(image.picture),
        TaggedField(12, str(image.picture.bits_per_px)),
        TaggedField(13, RS.join(str(position) for position in image.positions)),
    ]
    if image.missing:
        pairs = (f"{finger}{US}{reason}" for finger, reason in image.missing)
        fields.append(TaggedField(18, RS.join(pairs)))
    if image.quality:
        fields.append(TaggedField(24, RS.join(quality_text(one) for one in image.quality)))
    return _tagged(14, image.idc, fields, image.picture)


def decode_print(record: TaggedRecord) -> PrintImage:
    """Read a record of Type 14 or 15; raises CodecError."""
    positions = find_items(record, 13)
    return PrintImage(
        idc=record.idc,
        picture=decode_picture(record, bits_field=12),
        positions=tuple(parse_number(one, 0, 99, f"{record.kind}.013") for (one, *_) in positions),
        source=record.text_of(4),
        captured_on=decode_date(record),
        impression=record.number_of(3, 0, 99),
        missing=tuple(_decode_missing(items) for items in find_items(record, 18)),
        quality=decode_quality(record, 24, has_position=True),
        kind=record.kind,
    )


def encode_fixed_print(image: FixedPrint) -> BinaryRecord:
    """Make a Type-4 record; raises UnencodableError."""
    picture = image.picture
    codes = {name: code for code, name in _COMPRESSIONS_4.items()}
    require(picture.compression in codes, "4.008", picture.compression)
    require(0 < len(image.positions) <= 6, "4.004", f"{len(image.positions)} positions")
    numbers = (*image.positions, image.impression)
    require(all(0 <= number < NO_POSITION for number in numbers), "Type-4 record", f"{numbers}")
    rows_px, cols_px = picture.shape_px
    require(0 < min(picture.shape_px) <= max(picture.shape_px) <= 0xFFFF, "4.006", "image size")
    positions = bytes(image.positions).ljust(6, bytes([NO_POSITION]))
    head = _FIXED.pack(
        *(image.impression, positions, not image.is_500_ppi),
        *(cols_px, rows_px, codes[picture.compression]),
    )
    return BinaryRecord(4, image.idc, head + picture.payload)


def decode_fixed_print(record: BinaryRecord) -> FixedPrint:
    """Read a record of Type 4; raises CodecError."""
    cursor = Cursor(record.content, limit_bytes=len(record.content), name="Type-4 record")
    impression, raw, scanning, cols_px, rows_px, code = cursor.unpack(_FIXED, "Type-4 record")
    check(scanning in (0, 1), "4.005", f"{scanning}")
    check(code in _COMPRESSIONS_4, "4.008", f"{code} is unknown")
    check(rows_px > 0 and cols_px > 0, "4.006", f"{rows_px} x {cols_px} px")
    positions = tuple(code for code in raw if code != NO_POSITION)
    check(bool(positions), "4.004", "no position")
    picture = Picture(
        payload=cursor.take(cursor.remaining, "4.009"),
        compression=_COMPRESSIONS_4[code],
        shape_px=(rows_px, cols_px),
        resolution_ppi=None if scanning else (LEGACY_RESOLUTION_PPI, LEGACY_RESOLUTION_PPI),
    )
    return FixedPrint(record.idc, picture, positions, impression, not scanning)


def encode_face(image: FaceImage) -> TaggedRecord:
    """Make a Type-10 record; raises UnencodableError."""
    require(0 <= image.profile <= 99, "10.013", f"{image.profile}")
    fields = [
        *source_fields(image.image_type, image.source, image.captured_on),
        *picture_fields(image.picture),
        TaggedField(12, image.colours),
        TaggedField(13, str(image.profile)),
    ]
    return _tagged(10, image.idc, fields, image.picture)


def decode_face(record: TaggedRecord) -> FaceImage:
    """Read a record of Type 10; raises CodecError."""
    return FaceImage(
        idc=record.idc,
        picture=decode_picture(record, bits_field=None),
        source=record.text_of(4),
        captured_on=decode_date(record),
        colours=record.text_of(12),
        image_type=record.text_of(3),
        profile=0 if record.find(13) is None else record.number_of(13, 0, 99),
    )


def encode_iris(image: IrisImage) -> TaggedRecord:
    """Make a Type-17 record; raises UnencodableError."""
    require(image.eye in (0, 1, 2), "17.003", f"eye {image.eye}")
    fields = [
        *source_fields(str(image.eye), image.source, image.captured_on),
        *picture_fields(image.picture),
        TaggedField(12, str(image.picture.bits_per_px)),
        TaggedField(13, image.colours),
    ]
    if image.quality:
        fields.append(TaggedField(24, RS.join(quality_text(one) for one in image.quality)))
    if image.spectrum is not None:
        fields.append(TaggedField(25, image.spectrum))
    return _tagged(17, image.idc, fields, image.picture)


def decode_iris(record: TaggedRecord) -> IrisImage:
    """Read a record of Type 17; raises CodecError."""
    spectrum = record.find(25)
    return IrisImage(
        idc=record.idc,
        picture=decode_picture(record, bits_field=12),
        eye=record.number_of(3, 0, 2),
        source=record.text_of(4),
        captured_on=decode_date(record),
        colours=record.text_of(13),
        quality=decode_quality(record, 24, has_position=False),
        spectrum=None if spectrum is None else spectrum.text,
    )


def _tagged(kind: int, idc: int, fields: list[TaggedField], picture: Picture) -> TaggedRecord:
    return TaggedRecord(kind, (TaggedField(2, str(idc)), *fields), picture.payload)


def _decode_missing(items: tuple[str, ...]) -> tuple[int, str]:
    check(len(items) == 2 and items[1] in _MISSING_CODES, "14.018", f"{items}"[:40])
    return parse_number(items[0], 1, 99, "14.018"), items[1]
