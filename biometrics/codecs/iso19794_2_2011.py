r"""The 2011 edition of the finger minutiae record; `iso19794_2` reads either edition.

Layout, big-endian; `finger_views.py` has minutiae and areas::

    record   "FMR\0" "030\0" length:u32 representations:u16 certified:u8
    view     length:u32, the shared start (`representation.py`),
             if certified: count:u8 count * (authority:u16 scheme:u8)
             position:u8 view_number:u8 x_resolution y_resolution:u16 (pixels per cm) impression:u8
             width:u16 height:u16 minutia_size:4 ending_type:4 count:u8 minutiae, areas

No real record of 2011 was at hand: the layout follows the public summary of the standard [1]_ and
was compared, field by field, with the reader of FingerprintIO. **Verify against another
implementation before exchange outside this system.**

.. [1] R. Vazan, "ISO/IEC 19794-2:2011 off-card format summary", CC BY 4.0.
"""

import struct
from collections.abc import Sequence

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import check
from biometrics.codecs.finger_views import (
    IMPRESSION_CODES,
    IMPRESSIONS,
    MAX_VIEWS,
    PIXELS_PER_CM,
    QUALITY_NOT_REPORTED,
    EndingType,
    FingerView,
    FingerViews,
    MinutiaLayout,
    checked_geometry,
    checked_position,
    decode_areas,
    decode_minutiae,
    encode_areas,
    encode_minutiae,
    require_views,
)
from biometrics.codecs.representation import (
    QualityBlock,
    RepresentationStart,
    decode_certifications,
    decode_start,
    encode_certifications,
    encode_start,
)

MAGIC = b"FMR\0"
VERSION = b"030\0"
MAX_REPRESENTATION_BYTES = 1 << 18  # 255 minutiae, 64 KiB of areas and 255 quality blocks

_HEADER = struct.Struct(">IHB")
_LENGTH = struct.Struct(">I")
_VIEW = struct.Struct(">BBHHBHHBB")
_LAYOUTS = {5: MinutiaLayout(has_quality=False), 6: MinutiaLayout(has_special_quality=True)}


def encode_2011(views: Sequence[FingerView]) -> bytes:
    """Write a record of 2011 at 500 ppi.

    Parameters
    ----------
    views : sequence of FingerView
        One to 255 fingers, rounded as `iso19794_2.encode` does. A template of which no minutia has
        a quality is written without the byte.

    Returns
    -------
    record : bytes
        `iso19794_2.decode` gives back what was rounded, and `encode_2011` of that the same bytes.

    Raises
    ------
    UnencodableError
        If a value has no place in the format.

    References
    ----------
    .. [1] ISO/IEC 19794-2:2011, clause 8.
    """
    require_views(views)
    is_certified = any(view.certifications for view in views)
    body = b"".join(_encode_view(view, is_certified=is_certified) for view in views)
    length = len(MAGIC) + len(VERSION) + _HEADER.size + len(body)
    return MAGIC + VERSION + _HEADER.pack(length, len(views), is_certified) + body


def read_2011(cursor: Cursor, *, is_padding_allowed: bool) -> FingerViews:
    """Read a record from behind its version; raises CodecError."""
    length, count, certified = cursor.unpack(_HEADER, "record header")
    cursor.close_at(length, is_padding_allowed=is_padding_allowed)
    check(0 < count <= MAX_VIEWS, "representations", f"{count}, 1 to {MAX_VIEWS} are read")
    check(certified in (0, 1), "certification flag", f"{certified}")
    views = tuple(_decode_view(cursor, is_certified=certified == 1) for _ in range(count))
    return FingerViews(views=views, edition=2011)


def _encode_view(view: FingerView, *, is_certified: bool) -> bytes:
    size_bytes = 6 if view.template.quality.any() else 5
    minutiae = encode_minutiae(view.template, _LAYOUTS[size_bytes])
    fields = _VIEW.pack(
        *(view.position, view.view_number, PIXELS_PER_CM, PIXELS_PER_CM),
        IMPRESSION_CODES[view.impression],
        *(view.template.shape_px[1], view.template.shape_px[0]),
        *(size_bytes << 4 | view.ending_type, len(minutiae) // size_bytes),
    )
    certifications = encode_certifications(view.certifications) if is_certified else b""
    content = encode_start(_start_of(view)) + certifications + fields + minutiae
    content += encode_areas(view.areas)
    return _LENGTH.pack(_LENGTH.size + len(content)) + content


def _start_of(view: FingerView) -> RepresentationStart:
    """Return the shared start; a score that no block carries makes one."""
    start = view.start
    if start.quality or view.quality_score == QUALITY_NOT_REPORTED:
        return start
    block = QualityBlock(view.quality_score)
    return RepresentationStart(start.captured_at, start.device, (block,))


def _decode_view(outer: Cursor, *, is_certified: bool) -> FingerView:
    (length,) = outer.unpack(_LENGTH, "representation length")
    check(length >= _LENGTH.size, "representation length", f"{length} is too short")
    content = outer.take(length - _LENGTH.size, "representation")
    cursor = Cursor(content, limit_bytes=MAX_REPRESENTATION_BYTES, name="representation")
    start = decode_start(cursor)
    certifications = decode_certifications(cursor) if is_certified else ()
    position, number, x_per_cm, y_per_cm, impression, width_px, height_px, sizes, count = (
        cursor.unpack(_VIEW, "representation header")
    )
    check(number <= 15, "view number", f"{number} is not 0..15")
    check(impression in IMPRESSIONS, "impression type", f"{impression} is unknown")
    size_bytes, ending = sizes >> 4, sizes & 15
    check(size_bytes in _LAYOUTS, "minutia size", f"{size_bytes} is neither 5 nor 6")
    check(ending in list(EndingType), "ending type", f"{ending} is unknown")
    geometry = checked_geometry(height_px, width_px, y_per_cm, x_per_cm)
    raw = cursor.take(count * size_bytes, "minutiae")
    view = FingerView(
        position=checked_position(position),
        template=decode_minutiae(raw, _LAYOUTS[size_bytes], *geometry),
        quality_score=start.quality[0].score if start.quality else QUALITY_NOT_REPORTED,
        impression=IMPRESSIONS[impression],
        view_number=number,
        areas=decode_areas(cursor),
        start=start,
        certifications=certifications,
        ending_type=EndingType(ending),
    )
    cursor.finish()
    return view
