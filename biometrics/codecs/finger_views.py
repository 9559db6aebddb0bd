"""Values of the finger minutiae records, and the bytes that their editions share.

ISO/IEC 19794-2 (2005, 2011) and ANSI/INCITS 378 (2004, 2007, 2009) differ in their headers; all of
them, and the card format of normal size, write a minutia alike, big-endian::

    minutia  type:2 x:14 reserved:2 y:14 angle:u8 counterclockwise, then quality:u8 where it is kept
    areas    length:u16, areas * (type:u16 length:u16 (with these four bytes) data)

An angle step is 360 / 256 degrees in the ISO records and 2 degrees in the ANSI ones.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import check, require
from biometrics.codecs.representation import RepresentationStart
from biometrics.finger.position import FingerPosition
from biometrics.finger.template import TEMPLATE_RESOLUTION_PPI, FingerTemplate

MAX_VIEWS = 255
MAX_MINUTIAE = 255  # the count is one byte
MAX_COORDINATE_PX = (1 << 14) - 1  # x and y have 14 bits
PIXELS_PER_CM = 197  # 500 ppi, rounded as every record at hand has it
CM_PER_INCH = 2.54
QUALITY_NOT_REPORTED = 254  # of a minutia in the editions after 2005, where 0 is a quality
QUALITY_FAILED = 255

_MINUTIA = np.dtype([("type_x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])
_MINUTIA_SHORT = np.dtype([("type_x", ">u2"), ("y", ">u2"), ("angle", "u1")])
_LENGTH = struct.Struct(">H")
_AREA = struct.Struct(">HH")


class ImpressionType(IntEnum):
    """How the finger met the sensor; the codes of the 2005 table where it has them."""

    LIVE_SCAN_PLAIN = 0
    LIVE_SCAN_ROLLED = 1
    NON_LIVE_SCAN_PLAIN = 2
    NON_LIVE_SCAN_ROLLED = 3
    LATENT_IMPRESSION = 4
    LATENT_TRACING = 5
    LATENT_PHOTO = 6
    LATENT = 7
    SWIPE = 8
    LIVE_SCAN_CONTACTLESS = 9
    OTHER = 28
    UNKNOWN = 29
    VERTICAL_ROLL = 256
    """No code in 2005; 9 in the later editions, which moved contactless to 24."""


IMPRESSION_CODES = {  # of the editions after 2005
    kind: int(kind) for kind in ImpressionType if kind != ImpressionType.LIVE_SCAN_CONTACTLESS
} | {ImpressionType.VERTICAL_ROLL: 9, ImpressionType.LIVE_SCAN_CONTACTLESS: 24}
IMPRESSIONS = {code: kind for kind, code in IMPRESSION_CODES.items()}
IMPRESSION_CODES_2005 = frozenset((0, 1, 2, 3, 7, 8, 9))


class EndingType(IntEnum):
    """Where a ridge ending is placed (2011)."""

    VALLEY_SKELETON_BIFURCATION = 0
    RIDGE_SKELETON_ENDPOINT = 1
    """As our extractor does."""


@dataclass(frozen=True, slots=True, eq=False)
class FingerView:
    """One finger of a record."""

    position: FingerPosition
    template: FingerTemplate
    quality_score: int
    """0..100 for the whole finger; 254 or 255 where an edition after 2005 has no score."""
    impression: ImpressionType = ImpressionType.LIVE_SCAN_PLAIN
    view_number: int = 0
    """0..15; counts views of the same finger."""
    areas: tuple[tuple[int, bytes], ...] = ()
    """Extended data as they are: type code and bytes of each area (ridge counts, core, ...)."""
    start: RepresentationStart = field(default_factory=RepresentationStart)
    """2011 only. Its quality blocks are written; without one, `quality_score` makes one."""
    certifications: tuple[tuple[int, int], ...] = ()
    """2011 only: (authority, scheme) of each certification of the device."""
    ending_type: EndingType = EndingType.RIDGE_SKELETON_ENDPOINT
    """2011 only."""
    quality_algorithm: tuple[int, int] = (0, 0)
    """ANSI 378 after 2004 only: vendor and algorithm of the score."""


@dataclass(frozen=True, slots=True, eq=False)
class FingerViews:
    """A whole record."""

    views: tuple[FingerView, ...]
    equipment_id: int = 0
    """Capture equipment: 4 bits certifications, 12 bits device type; 0 for not reported. ANSI 378
    of 2009 has 8 bits and 16 bits."""
    edition: int = 2005
    product_id: tuple[int, int] = (0, 0)
    """ANSI 378 only: owner and type of the product that made the record."""


@dataclass(frozen=True, slots=True)
class MinutiaLayout:
    """What differs between editions in the bytes of a minutia."""

    angle_steps: int = 256
    """Steps of a full turn; as many values of the byte are allowed."""
    has_quality: bool = True
    has_special_quality: bool = False
    """Whether 254 says "not reported" and 255 "failed"; else 0 says the former."""

    @property
    def size_bytes(self) -> int:
        """Bytes of one minutia."""
        return _dtype_of(self).itemsize


def encode_minutiae(template: FingerTemplate, layout: MinutiaLayout) -> bytes:
    """Write the minutiae, the 255 of highest quality at most; raises UnencodableError."""
    kept = _kept_minutiae(template.quality)
    rows, cols = template.rows[kept], template.cols[kept]
    record = np.zeros(kept.size, _dtype_of(layout))
    kinds = template.kind[kept].astype(np.uint16)
    require(bool(np.all(kinds <= 2)), "type", "only 0, 1 and 2 are minutia types")
    record["type_x"] = kinds << 14 | _whole_pixels(cols, template.shape_px[1], "x")
    record["y"] = _whole_pixels(rows, template.shape_px[0], "y")
    record["angle"] = whole_steps(template.angle_rad[kept], layout.angle_steps)
    if layout.has_quality:
        record["quality"] = _encode_quality(template.quality[kept], layout)
    return record.tobytes()


def decode_minutiae(
    raw: bytes, layout: MinutiaLayout, shape_px: tuple[int, int], scale: tuple[float, float]
) -> FingerTemplate:
    """Read whole minutiae, scaled to 500 ppi; raises FieldValueError."""
    record = np.frombuffer(raw, _dtype_of(layout))
    kinds = record["type_x"] >> 14
    cols = record["type_x"] & MAX_COORDINATE_PX
    rows = record["y"]
    check(bool(np.all(kinds <= 2)), "minutia type", "3 is no type")
    check(bool(np.all(rows <= MAX_COORDINATE_PX)), "reserved", "the bits before y are not 0")
    check(bool(np.all(rows < shape_px[0])), "y", "a minutia outside the image")
    check(bool(np.all(cols < shape_px[1])), "x", "a minutia outside the image")
    is_angle = bool(np.all(record["angle"] < layout.angle_steps))
    check(is_angle, "angle", f"a step above {layout.angle_steps - 1}")
    step_rad = np.float32(2 * np.pi / layout.angle_steps)
    return FingerTemplate(
        rows=rows.astype(np.float32) * np.float32(scale[0]),
        cols=cols.astype(np.float32) * np.float32(scale[1]),
        angle_rad=record["angle"].astype(np.float32) * step_rad,
        kind=kinds.astype(np.uint8),
        quality=_decode_quality(record, layout),
        shape_px=(max(1, round(shape_px[0] * scale[0])), max(1, round(shape_px[1] * scale[1]))),
    )


def encode_areas(areas: Sequence[tuple[int, bytes]]) -> bytes:
    """Write the extended data with their length; raises UnencodableError."""
    content = b"".join(_encode_area(code, data) for code, data in areas)
    require(len(content) <= 0xFFFF, "extended data", f"{len(content)} bytes do not fit")
    return _LENGTH.pack(len(content)) + content


def decode_areas(cursor: Cursor) -> tuple[tuple[int, bytes], ...]:
    """Read the extended data with their length; raises CodecError."""
    (total,) = cursor.unpack(_LENGTH, "extended data length")
    block = Cursor(cursor.take(total, "extended data"), limit_bytes=0xFFFF, name="extended data")
    areas = []
    while block.remaining:
        code, length = block.unpack(_AREA, "area header")
        check(length >= _AREA.size, "area length", f"{length} is shorter than its header")
        areas.append((code, block.take(length - _AREA.size, "area")))
    return tuple(areas)


def checked_position(code: int) -> FingerPosition:
    """Return the finger; raises FieldValueError."""
    check(code in list(FingerPosition), "finger position", f"{code} is unknown")
    return FingerPosition(code)


def checked_geometry(
    height_px: int, width_px: int, y_per_cm: int, x_per_cm: int
) -> tuple[tuple[int, int], tuple[float, float]]:
    """Return rows and columns, and for both the factor to 500 ppi; raises FieldValueError."""
    shape_px = _checked_shape(height_px, width_px)
    return shape_px, (_scale_to_template(y_per_cm, "y"), _scale_to_template(x_per_cm, "x"))


def check_unique(views: Sequence[FingerView]) -> None:
    """Refuse two views of one finger with one number; raises FieldValueError."""
    seen = {(view.position, view.view_number) for view in views}
    check(len(seen) == len(views), "view number", "two views of a finger have the same number")


def require_views(views: Sequence[FingerView]) -> None:
    """Refuse to write no view, too many, or one twice; raises UnencodableError."""
    require(0 < len(views) <= MAX_VIEWS, "views", f"{len(views)} views, 1 to {MAX_VIEWS} fit")
    seen = {(view.position, view.view_number) for view in views}
    require(len(seen) == len(views), "view number", "two views of a finger have the same number")
    for view in views:
        number, sizes_px = view.view_number, view.template.shape_px
        require(0 <= number <= 15, "view number", f"{number} is not 0..15")
        is_in_range = all(0 < size_px <= MAX_COORDINATE_PX + 1 for size_px in sizes_px)
        require(is_in_range, "image size", f"{sizes_px} px")


def whole_steps(angle_rad: NDArray[np.float32], steps: int) -> NDArray[np.int64]:
    """Return the nearest steps of a full turn; raises UnencodableError."""
    exact = np.rint(angle_rad.astype(np.float64) * (steps / (2 * np.pi)))
    require(bool(np.all(np.isfinite(exact))), "angle", "an angle that is no number")
    return exact.astype(np.int64) % steps


def _checked_shape(height_px: int, width_px: int) -> tuple[int, int]:
    check(0 < width_px <= MAX_COORDINATE_PX + 1, "width", f"{width_px} px")
    check(0 < height_px <= MAX_COORDINATE_PX + 1, "height", f"{height_px} px")
    return height_px, width_px


def _scale_to_template(per_cm: int, axis: str) -> float:
    check(per_cm > 0, f"{axis} resolution", "0 pixels per cm")
    if per_cm in (PIXELS_PER_CM - 1, PIXELS_PER_CM):  # 196.85, rounded either way
        return 1.0
    return TEMPLATE_RESOLUTION_PPI / (per_cm * CM_PER_INCH)


def _dtype_of(layout: MinutiaLayout) -> np.dtype[np.void]:
    return _MINUTIA if layout.has_quality else _MINUTIA_SHORT


def _kept_minutiae(quality: NDArray[np.uint8]) -> NDArray[np.intp]:
    if quality.size <= MAX_MINUTIAE:
        return np.arange(quality.size)
    best_first = np.argsort(-quality.astype(np.int64), kind="stable")
    return np.sort(best_first[:MAX_MINUTIAE])


def _whole_pixels(values: NDArray[np.float32], size_px: int, field: str) -> NDArray[np.uint16]:
    whole = np.rint(values)
    # A minutia half a pixel inside the border may round onto the border.
    is_inside = bool(np.all((whole >= 0) & (whole <= size_px)))
    require(is_inside, field, "a minutia outside its image")
    return np.minimum(whole, size_px - 1).astype(np.uint16)


def _encode_quality(quality: NDArray[np.uint8], layout: MinutiaLayout) -> NDArray[np.uint8]:
    require(bool(np.all(quality <= 100)), "quality", "above 100")
    if not layout.has_special_quality:
        return quality
    return np.where(quality == 0, QUALITY_NOT_REPORTED, quality).astype(np.uint8)


def _decode_quality(record: NDArray[np.void], layout: MinutiaLayout) -> NDArray[np.uint8]:
    if not layout.has_quality:
        return np.zeros(record.size, np.uint8)
    quality = record["quality"].astype(np.uint8)
    is_special = quality >= QUALITY_NOT_REPORTED
    if layout.has_special_quality:
        quality[is_special] = 0
    check(bool(np.all(quality <= 100)), "minutia quality", "above 100")
    return quality


def _encode_area(code: int, content: bytes) -> bytes:
    length = _AREA.size + len(content)
    require(0 <= code <= 0xFFFF, "area type", f"{code} does not fit 16 bits")
    require(length <= 0xFFFF, "area", f"{length} bytes do not fit")
    return _AREA.pack(code, length) + content
