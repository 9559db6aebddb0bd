"""Minutiae in an ANSI/NIST-ITL file: Type 9 with the fields of INCITS 378, and the old ones.

Written, and read, are the fields 126 to 137 ("M1"), which say what a record of ANSI 378 says::

    003 impression  004 U  126 owner US format US product  127 NONE US equipment
    128 columns  129 rows  130 units (1 inch, 2 cm)  131 and 132 horizontal and vertical scale
    133 view  134 finger  135 quality US vendor US algorithm  136 count
    137 number US x US y US angle (2 degrees) US kind (0, 1, 2) US quality, a subfield each

Only read are the old fields 005 to 012 ("S"), which the standard keeps for old files::

    006 positions  010 count
    012 number US XXXXYYYYTTT US quality US kind (A ending, B bifurcation ...) US ridge counts

There x and y count hundredths of a millimetre from the lower left corner of a picture whose size
the record does not say, and TTT is the direction in degrees *away* from the ridge. So rows are
counted from the topmost minutia: a template that can be compared, not laid over a picture.

Verified against real bytes: the old fields of NIST's ``type9.an2k``. The numbers of the M1 fields
are from the standard as remembered; of these 137 was compared with its text. **Verify before
exchange.**
"""

import re
from dataclasses import dataclass

import numpy as np

from biometrics.codecs.errors import FieldValueError, check, require
from biometrics.codecs.finger_views import (
    CM_PER_INCH,
    MAX_COORDINATE_PX,
    MAX_MINUTIAE,
    checked_position,
    whole_steps,
)
from biometrics.codecs.nist_itl_records import RS, US, TaggedField, TaggedRecord, parse_number
from biometrics.finger.position import FingerPosition
from biometrics.finger.template import TEMPLATE_RESOLUTION_PPI, FingerTemplate, MinutiaKind

ANGLE_STEPS = 180  # steps of 2 degrees, as in ANSI 378
NOT_REPORTED = 254
_M1_OWNER = 27  # INCITS M1 among the format owners of CBEFF
_M1_FORMAT = 513  # ANSI 378 without extended data
_OLD_PLACE = re.compile(r"(\d{4})(\d{4})(\d{3})")
_OLD_KINDS = {"A": MinutiaKind.RIDGE_ENDING, "B": MinutiaKind.RIDGE_BIFURCATION}
_OLD_UNIT_PX = 0.01 / 25.4 * TEMPLATE_RESOLUTION_PPI
_OLD_QUALITIES = 63  # 0 made by hand, 1 not reported, 2 best ... 63 worst


@dataclass(frozen=True, slots=True, eq=False)
class Minutiae:
    """A finger as minutiae, Type 9."""

    idc: int
    """That of the print record of the same finger, if the file has one."""
    position: FingerPosition
    template: FingerTemplate
    quality_score: int = NOT_REPORTED
    """0..100, 254 not computed, 255 failed."""
    quality_algorithm: tuple[int, int] = (0, 0)
    """Vendor and algorithm of the score."""
    impression: int = 0
    view_number: int = 0
    equipment_id: int = 0
    product_id: int = 0
    is_old_format: bool = False
    """Read from the old fields, which are never written."""


def encode_minutiae_record(minutiae: Minutiae) -> TaggedRecord:
    """Make a Type-9 record with the fields of INCITS 378; raises UnencodableError."""
    require(not minutiae.is_old_format, "9.004", "the old fields are read only")
    score, codes = minutiae.quality_score, minutiae.quality_algorithm
    require(0 <= score <= 100 or score in (254, 255), "9.135", f"quality {score}")
    numbers = (*codes, minutiae.equipment_id, minutiae.product_id)
    require(all(0 <= number <= 0xFFFF for number in numbers), "9.126", f"{numbers}")
    require(0 <= minutiae.view_number <= 15, "9.133", f"{minutiae.view_number}")
    require(0 <= minutiae.impression <= 99, "9.003", f"{minutiae.impression}")
    rows_px, cols_px = minutiae.template.shape_px
    is_size = 0 < min(rows_px, cols_px) <= max(rows_px, cols_px) <= MAX_COORDINATE_PX + 1
    require(is_size, "9.128", f"{rows_px} x {cols_px} px")
    scale = round(TEMPLATE_RESOLUTION_PPI)
    texts: dict[int, object] = {
        2: minutiae.idc,
        3: minutiae.impression,
        4: "U",
        126: US.join((str(_M1_OWNER), str(_M1_FORMAT), str(minutiae.product_id))),
        127: US.join(("NONE", str(minutiae.equipment_id))),
        **{128: cols_px, 129: rows_px, 130: 1, 131: scale, 132: scale},
        133: minutiae.view_number,
        134: int(minutiae.position),
        135: US.join(str(number) for number in (score, *codes)),
        136: len(minutiae.template),
    }
    if len(minutiae.template):
        texts[137] = _minutiae_text(minutiae.template)
    return TaggedRecord(9, tuple(TaggedField(key, str(text)) for key, text in texts.items()))


def has_minutiae(record: TaggedRecord) -> bool:
    """Return whether a Type-9 record has the fields of INCITS 378 or the old ones."""
    is_old = record.find(12) is not None and record.find(4) == TaggedField(4, "S")
    return is_old or record.find(126) is not None


def decode_minutiae_record(record: TaggedRecord) -> Minutiae:
    """Read a Type-9 record for which `has_minutiae`; raises CodecError."""
    return _decode_m1(record) if record.find(126) is not None else _decode_old(record)


def _minutiae_text(template: FingerTemplate) -> str:
    count = len(template)
    require(count <= MAX_MINUTIAE, "9.136", f"{count} minutiae, at most {MAX_MINUTIAE}")
    rows, cols = np.rint(template.rows), np.rint(template.cols)
    is_inside = (rows >= 0) & (rows <= template.shape_px[0])
    is_inside &= (cols >= 0) & (cols <= template.shape_px[1])
    require(bool(is_inside.all()), "9.137", "a minutia outside its image")
    is_known = (template.kind <= 2) & (template.quality <= 100)
    require(bool(is_known.all()), "9.137", "a kind or a quality without a code")
    columns = (
        np.arange(1, count + 1),
        np.minimum(cols, template.shape_px[1] - 1).astype(np.int64),
        np.minimum(rows, template.shape_px[0] - 1).astype(np.int64),
        whole_steps(template.angle_rad, ANGLE_STEPS),
        template.kind,
        template.quality,
    )
    return RS.join(US.join(str(int(value)) for value in row) for row in zip(*columns, strict=True))


def _decode_m1(record: TaggedRecord) -> Minutiae:
    owner, form, product = _numbers(record, 126, (0xFFFF, 0xFFFF, 0xFFFF))
    check((owner, form) == (_M1_OWNER, _M1_FORMAT), "9.126", f"format {owner} {form} is not read")
    score, vendor, algorithm = _numbers(record, 135, (255, 0xFFFF, 0xFFFF))
    check(score <= 100 or score >= 254, "9.135", f"{score} is no score")
    return Minutiae(
        idc=record.idc,
        position=checked_position(record.number_of(134, 0, 99)),
        template=_decode_template(record),
        quality_score=score,
        quality_algorithm=(vendor, algorithm),
        impression=record.number_of(3, 0, 99),
        view_number=record.number_of(133, 0, 15),
        equipment_id=_decode_equipment(record),
        product_id=product,
    )


def _decode_equipment(record: TaggedRecord) -> int:
    items = record.text_of(127).split(US)
    check(len(items) == 2, "9.127", f"{len(items)} items")
    return parse_number(items[1], 0, 0xFFFF, "9.127")


def _numbers(record: TaggedRecord, number: int, highest: tuple[int, ...]) -> tuple[int, ...]:
    field = f"9.{number:03}"
    items = record.text_of(number).split(US)
    check(len(items) == len(highest), field, f"{len(items)} items, not {len(highest)}")
    return tuple(
        parse_number(item, 0, limit, field) for item, limit in zip(items, highest, strict=True)
    )


def _decode_template(record: TaggedRecord) -> FingerTemplate:
    cols_px, rows_px = (record.number_of(key, 1, MAX_COORDINATE_PX + 1) for key in (128, 129))
    factor = 1.0 if record.number_of(130, 1, 2) == 1 else CM_PER_INCH
    across, down = (record.number_of(key, 1, 9_999) * factor for key in (131, 132))
    count = record.number_of(136, 0, MAX_MINUTIAE)
    limits = (MAX_MINUTIAE, cols_px - 1, rows_px - 1, ANGLE_STEPS - 1, 2, 100)
    table = np.zeros((count, len(limits)), np.float32)
    listed = record.find(137)
    rows = () if listed is None else listed.items
    check(len(rows) == count, "9.137", f"{len(rows)} minutiae, announced {count}")
    for place, items in enumerate(rows):
        check(len(items) == len(limits), "9.137", f"{len(items)} items, not {len(limits)}")
        pairs = zip(items, limits, strict=True)
        table[place] = [parse_number(item, 0, limit, "9.137") for item, limit in pairs]
    check(bool(np.all(table[:, 0] == np.arange(1, count + 1))), "9.137", "not numbered 1, 2, 3")
    scale = (TEMPLATE_RESOLUTION_PPI / down, TEMPLATE_RESOLUTION_PPI / across)
    return FingerTemplate(
        rows=table[:, 2] * np.float32(scale[0]),
        cols=table[:, 1] * np.float32(scale[1]),
        angle_rad=table[:, 3] * np.float32(2 * np.pi / ANGLE_STEPS),
        kind=table[:, 4].astype(np.uint8),
        quality=table[:, 5].astype(np.uint8),
        shape_px=(max(1, round(rows_px * scale[0])), max(1, round(cols_px * scale[1]))),
    )


def _decode_old(record: TaggedRecord) -> Minutiae:
    listed = record.find(12)
    rows = () if listed is None else listed.items
    count = record.number_of(10, 0, MAX_MINUTIAE)
    check(len(rows) == count, "9.012", f"{len(rows)} minutiae, announced {count}")
    table = np.array([_decode_old_minutia(items) for items in rows], np.float32).reshape(count, 5)
    cols = table[:, 0] * np.float32(_OLD_UNIT_PX)
    heights = table[:, 1] * np.float32(_OLD_UNIT_PX)
    top = heights.max(initial=0.0)
    positions = record.text_of(6).split(RS)
    return Minutiae(
        idc=record.idc,
        position=checked_position(parse_number(positions[0], 0, 99, "9.006")),
        template=FingerTemplate(
            rows=top - heights,
            cols=cols,
            angle_rad=table[:, 2],
            kind=table[:, 3].astype(np.uint8),
            quality=table[:, 4].astype(np.uint8),
            shape_px=(int(np.ceil(top)) + 1, int(np.ceil(cols.max(initial=0.0))) + 1),
        ),
        impression=record.number_of(3, 0, 99),
        is_old_format=True,
    )


def _decode_old_minutia(items: tuple[str, ...]) -> tuple[float, float, float, int, int]:
    """Return x and y in hundredths of a millimetre, angle in radians, kind and quality."""
    check(len(items) >= 4, "9.012", f"{len(items)} items")
    found = _OLD_PLACE.fullmatch(items[1])
    if found is None or not items[1].isascii():
        raise FieldValueError(f"{items[1][:12]!r} is no place", field="9.012")
    degrees = int(found[3])
    check(degrees < 360, "9.012", f"{degrees} degrees")
    quality = parse_number(items[2], 0, _OLD_QUALITIES, "9.012")
    # Away from the ridge there, along the ridge here.
    angle_rad = np.radians((degrees + 180) % 360)
    kind = _OLD_KINDS.get(items[3], MinutiaKind.OTHER)
    return float(found[1]), float(found[2]), float(angle_rad), kind, _to_quality(quality)


def _to_quality(code: int) -> int:
    """Return 1..100 for 2 (best) to 63 (worst), 100 for "by hand" and 0 for "not reported"."""
    if code < 2:
        return 100 if code == 0 else 0
    return 100 - round((code - 2) * 99 / (_OLD_QUALITIES - 2))
