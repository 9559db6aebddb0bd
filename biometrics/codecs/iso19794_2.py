r"""Finger minutiae records of ISO/IEC 19794-2:2005 (``FMR\0 20\0``).

Layout, big-endian::

    record   "FMR\0" " 20\0" length:u32 equipment:u16 width:u16 height:u16
             x_resolution:u16 y_resolution:u16 (pixels per cm) views:u8 reserved:u8 = 0
    view     position:u8 view_number:4 impression:4 quality:u8 count:u8
             count * minutia, extended_length:u16, extended data (areas)
    minutia  type:2 x:14 reserved:2 y:14 angle:u8 (1.40625 degrees, counterclockwise) quality:u8
    area     type:u16 length:u16 (with these four bytes) data

The origin is the top left corner; x runs to the right, y down.

Verified against real bytes: three templates of SourceAFIS's test set re-encode to the same bytes;
the minutiae of NIST's ``fmr.iso2005`` equal those of NIST's ANSI/INCITS 378 record of the same
fingers. That NIST file itself is refused as it is: its core-and-delta area names one byte more than
the record has; with the two length fields corrected it re-encodes to the same bytes. Not verified:
the card formats, which are neither read nor written.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import FieldValueError, UnencodableError
from biometrics.finger.position import FingerPosition
from biometrics.finger.template import TEMPLATE_RESOLUTION_PPI, FingerTemplate

MAGIC = b"FMR\0"
VERSION = b" 20\0"
MAX_RECORD_BYTES = 1 << 20  # 255 views of 255 minutiae are 0.4 MB
MAX_VIEWS = 255
MAX_MINUTIAE = 255  # the count is one byte
MAX_COORDINATE_PX = (1 << 14) - 1  # x and y have 14 bits
PIXELS_PER_CM = 197  # 500 ppi, rounded as every record at hand has it
CM_PER_INCH = 2.54
ANGLE_STEPS = 256  # steps of 1.40625 degrees

_HEADER = struct.Struct(">IHHHHHBB")
_VIEW = struct.Struct(">BBBB")
_MINUTIA = np.dtype([("type_x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])
_LENGTH = struct.Struct(">H")
_AREA = struct.Struct(">HH")


class ImpressionType(IntEnum):
    """How the finger met the sensor (table of impression types)."""

    LIVE_SCAN_PLAIN = 0
    LIVE_SCAN_ROLLED = 1
    NON_LIVE_SCAN_PLAIN = 2
    NON_LIVE_SCAN_ROLLED = 3
    LATENT = 7
    SWIPE = 8
    LIVE_SCAN_CONTACTLESS = 9


@dataclass(frozen=True, slots=True, eq=False)
class FingerView:
    """One finger of a record."""

    position: FingerPosition
    template: FingerTemplate
    quality_score: int
    """0..100 for the whole finger."""
    impression: ImpressionType = ImpressionType.LIVE_SCAN_PLAIN
    view_number: int = 0
    """0..15; counts views of the same finger."""
    areas: tuple[tuple[int, bytes], ...] = ()
    """Extended data as they are: type code and bytes of each area (ridge counts, core, ...)."""


@dataclass(frozen=True, slots=True, eq=False)
class FingerViews:
    """A whole record."""

    views: tuple[FingerView, ...]
    equipment_id: int = 0
    """Capture equipment: 4 bits certifications, 12 bits device type; 0 for not reported."""


def encode(views: Sequence[FingerView], *, equipment_id: int = 0) -> bytes:
    """Write a record at 500 ppi.

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
    _require(0 < len(views) <= MAX_VIEWS, "views", f"{len(views)} views, 1 to {MAX_VIEWS} fit")
    _require(0 <= equipment_id <= 0xFFFF, "equipment", f"{equipment_id} does not fit 16 bits")
    rows_px = max(view.template.shape_px[0] for view in views)
    cols_px = max(view.template.shape_px[1] for view in views)
    for size_px in (rows_px, cols_px):
        _require(0 < size_px <= MAX_COORDINATE_PX + 1, "image size", f"{size_px} px")
    _require_unique_views(views)
    body = b"".join(_encode_view(view) for view in views)
    header = _HEADER.pack(
        len(MAGIC) + len(VERSION) + _HEADER.size + len(body),
        equipment_id,
        cols_px,
        rows_px,
        PIXELS_PER_CM,
        PIXELS_PER_CM,
        len(views),
        0,
    )
    return MAGIC + VERSION + header + body


def decode(data: bytes, *, is_padding_allowed: bool = False) -> FingerViews:
    """Read a record; coordinates of another resolution are scaled to 500 ppi.

    Parameters
    ----------
    data : bytes
        Exactly one record.
    is_padding_allowed : bool
        Accept zero bytes behind the record, as card readers and some programs leave them.

    Returns
    -------
    record : FingerViews
        Minutia quality 0 means "not reported", as in the record.

    Raises
    ------
    CodecError
        One subclass per reason; see `biometrics.codecs.errors`.

    References
    ----------
    .. [1] ISO/IEC 19794-2:2005, clause 7.
    """
    cursor = Cursor(data, limit_bytes=MAX_RECORD_BYTES, name="finger minutiae record")
    cursor.expect(MAGIC, VERSION)
    length, equipment_id, width_px, height_px, x_per_cm, y_per_cm, count, reserved = cursor.unpack(
        _HEADER, "record header"
    )
    cursor.close_at(length, is_padding_allowed=is_padding_allowed)
    _check(count > 0, "views", "a record without a view")
    _check(reserved == 0, "reserved", f"{reserved} is not 0")
    _check(0 < width_px <= MAX_COORDINATE_PX + 1, "width", f"{width_px} px")
    _check(0 < height_px <= MAX_COORDINATE_PX + 1, "height", f"{height_px} px")
    scale = (_scale_to_template(y_per_cm, "y"), _scale_to_template(x_per_cm, "x"))
    views = tuple(_decode_view(cursor, (height_px, width_px), scale) for _ in range(count))
    cursor.finish()
    seen = {(view.position, view.view_number) for view in views}
    _check(len(seen) == len(views), "view number", "two views of a finger have the same number")
    return FingerViews(views=views, equipment_id=equipment_id)


def _require(is_right: bool, field: str, message: str) -> None:
    if not is_right:
        raise UnencodableError(message, field=field)


def _check(is_right: bool, field: str, message: str) -> None:
    if not is_right:
        raise FieldValueError(message, field=field)


def _require_unique_views(views: Sequence[FingerView]) -> None:
    seen = {(view.position, view.view_number) for view in views}
    _require(len(seen) == len(views), "view number", "two views of a finger have the same number")


def _encode_view(view: FingerView) -> bytes:
    _require(0 <= view.view_number <= 15, "view number", f"{view.view_number} is not 0..15")
    _require(0 <= view.quality_score <= 100, "quality", f"{view.quality_score} is not 0..100")
    minutiae = _encode_minutiae(view.template)
    areas = b"".join(_encode_area(code, content) for code, content in view.areas)
    _require(len(areas) <= 0xFFFF, "extended data", f"{len(areas)} bytes do not fit")
    head = _VIEW.pack(
        view.position,
        view.view_number << 4 | view.impression,
        view.quality_score,
        len(minutiae) // _MINUTIA.itemsize,
    )
    return head + minutiae + _LENGTH.pack(len(areas)) + areas


def _encode_area(code: int, content: bytes) -> bytes:
    length = _AREA.size + len(content)
    _require(0 <= code <= 0xFFFF, "area type", f"{code} does not fit 16 bits")
    _require(length <= 0xFFFF, "area", f"{length} bytes do not fit")
    return _AREA.pack(code, length) + content


def _encode_minutiae(template: FingerTemplate) -> bytes:
    kept = _kept_minutiae(template.quality)
    rows = np.rint(template.rows[kept])
    cols = np.rint(template.cols[kept])
    for field, values, size_px in (
        ("y", rows, template.shape_px[0]),
        ("x", cols, template.shape_px[1]),
    ):
        # A minutia half a pixel inside the border may round onto the border.
        is_inside = bool(np.all((values >= 0) & (values <= size_px)))
        _require(is_inside, field, "a minutia outside its image")
    steps = np.rint(template.angle_rad[kept].astype(np.float64) * (ANGLE_STEPS / (2 * np.pi)))
    _require(bool(np.all(np.isfinite(steps))), "angle", "an angle that is no number")
    record = np.zeros(kept.size, _MINUTIA)
    kinds = template.kind[kept].astype(np.uint16)
    _require(bool(np.all(kinds <= 2)), "type", "only 0, 1 and 2 are minutia types")
    _require(bool(np.all(template.quality[kept] <= 100)), "quality", "above 100")
    record["type_x"] = kinds << 14 | np.minimum(cols, template.shape_px[1] - 1).astype(np.uint16)
    record["y"] = np.minimum(rows, template.shape_px[0] - 1).astype(np.uint16)
    record["angle"] = steps.astype(np.int64) % ANGLE_STEPS
    record["quality"] = template.quality[kept]
    return record.tobytes()


def _kept_minutiae(quality: NDArray[np.uint8]) -> NDArray[np.intp]:
    if quality.size <= MAX_MINUTIAE:
        return np.arange(quality.size)
    best_first = np.argsort(-quality.astype(np.int64), kind="stable")
    return np.sort(best_first[:MAX_MINUTIAE])


def _decode_view(
    cursor: Cursor, shape_px: tuple[int, int], scale: tuple[float, float]
) -> FingerView:
    position, number_impression, quality_score, count = cursor.unpack(_VIEW, "view header")
    _check(position in list(FingerPosition), "finger position", f"{position} is unknown")
    impression = number_impression & 15
    _check(impression in list(ImpressionType), "impression type", f"{impression} is unknown")
    _check(quality_score <= 100, "finger quality", f"{quality_score} is above 100")
    raw = cursor.take(count * _MINUTIA.itemsize, "minutiae")
    template = _decode_minutiae(np.frombuffer(raw, _MINUTIA), shape_px, scale)
    return FingerView(
        position=FingerPosition(position),
        template=template,
        quality_score=quality_score,
        impression=ImpressionType(impression),
        view_number=number_impression >> 4,
        areas=_decode_areas(cursor),
    )


def _decode_minutiae(
    record: NDArray[np.void], shape_px: tuple[int, int], scale: tuple[float, float]
) -> FingerTemplate:
    kinds = record["type_x"] >> 14
    cols = record["type_x"] & MAX_COORDINATE_PX
    rows = record["y"]
    _check(bool(np.all(kinds <= 2)), "minutia type", "3 is no type")
    _check(bool(np.all(rows <= MAX_COORDINATE_PX)), "reserved", "the bits before y are not 0")
    _check(bool(np.all(rows < shape_px[0])), "y", "a minutia outside the image")
    _check(bool(np.all(cols < shape_px[1])), "x", "a minutia outside the image")
    _check(bool(np.all(record["quality"] <= 100)), "minutia quality", "above 100")
    angle_rad = record["angle"].astype(np.float32) * np.float32(2 * np.pi / ANGLE_STEPS)
    return FingerTemplate(
        rows=rows.astype(np.float32) * np.float32(scale[0]),
        cols=cols.astype(np.float32) * np.float32(scale[1]),
        angle_rad=angle_rad,
        kind=kinds.astype(np.uint8),
        quality=record["quality"].astype(np.uint8),
        shape_px=(max(1, round(shape_px[0] * scale[0])), max(1, round(shape_px[1] * scale[1]))),
    )


def _decode_areas(cursor: Cursor) -> tuple[tuple[int, bytes], ...]:
    (total,) = cursor.unpack(_LENGTH, "extended data length")
    block = Cursor(cursor.take(total, "extended data"), limit_bytes=0xFFFF, name="extended data")
    areas = []
    while block.remaining:
        code, length = block.unpack(_AREA, "area header")
        _check(length >= _AREA.size, "area length", f"{length} is shorter than its header")
        areas.append((code, block.take(length - _AREA.size, "area")))
    return tuple(areas)


def _scale_to_template(per_cm: int, axis: str) -> float:
    _check(per_cm > 0, f"{axis} resolution", "0 pixels per cm")
    if per_cm in (PIXELS_PER_CM - 1, PIXELS_PER_CM):  # 196.85, rounded either way
        return 1.0
    return TEMPLATE_RESOLUTION_PPI / (per_cm * CM_PER_INCH)
