r"""One finger as ISO/IEC 19794-2:2005 and ANSI/INCITS 378-2004 write it alike.

Image size and resolution stand in the record, once for all fingers::

    view     position:u8 view_number:4 impression:4 quality:u8 count:u8 minutiae, areas

Only the step of a minutia's angle differs; see `finger_views.MinutiaLayout`.
"""

import struct
from collections.abc import Sequence

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import check, require
from biometrics.codecs.finger_views import (
    IMPRESSION_CODES_2005,
    FingerView,
    ImpressionType,
    MinutiaLayout,
    checked_position,
    decode_areas,
    decode_minutiae,
    encode_areas,
    encode_minutiae,
)

_VIEW = struct.Struct(">BBBB")


def encode_view(view: FingerView, layout: MinutiaLayout) -> bytes:
    """Write a finger; raises UnencodableError."""
    require(0 <= view.quality_score <= 100, "quality", f"{view.quality_score} is not 0..100")
    require(view.impression in IMPRESSION_CODES_2005, "impression", f"{view.impression!r}")
    minutiae = encode_minutiae(view.template, layout)
    head = _VIEW.pack(
        view.position,
        view.view_number << 4 | view.impression,
        view.quality_score,
        len(minutiae) // layout.size_bytes,
    )
    return head + minutiae + encode_areas(view.areas)


def decode_view(
    cursor: Cursor, layout: MinutiaLayout, shape_px: tuple[int, int], scale: tuple[float, float]
) -> FingerView:
    """Read a finger, scaled to 500 ppi; raises CodecError."""
    position, number_impression, quality_score, count = cursor.unpack(_VIEW, "view header")
    impression = number_impression & 15
    check(impression in IMPRESSION_CODES_2005, "impression type", f"{impression} is unknown")
    check(quality_score <= 100, "finger quality", f"{quality_score} is above 100")
    raw = cursor.take(count * layout.size_bytes, "minutiae")
    return FingerView(
        position=checked_position(position),
        template=decode_minutiae(raw, layout, shape_px, scale),
        quality_score=quality_score,
        impression=ImpressionType(impression),
        view_number=number_impression >> 4,
        areas=decode_areas(cursor),
    )


def largest_shape_px(views: Sequence[FingerView]) -> tuple[int, int]:
    """Return rows and columns that hold every finger's image."""
    rows, cols = zip(*(view.template.shape_px for view in views), strict=True)
    return max(rows), max(cols)


def check_counts(count: int, reserved: int) -> None:
    """Refuse a record without a view, or with bits that have no meaning; raises FieldValueError."""
    check(count > 0, "views", "a record without a view")
    check(reserved == 0, "reserved", f"{reserved} is not 0")
