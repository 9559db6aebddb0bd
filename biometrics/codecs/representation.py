"""What the representation headers of the 2011 editions of ISO/IEC 19794-4, -5 and -6 share.

Layout, big-endian::

    length:u32  year:u16 month day hour minute second:u8 millisecond:u16  technology:u8
    vendor:u16  type:u16  count:u8  count * (score:u8 vendor:u16 algorithm:u16)

Where the record says so, the certifications of the device follow (parts 2 and 4)::

    count:u8  count * (authority:u16 scheme:u8)

All ones in a part of the time means "not known".
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import FieldValueError, UnencodableError

_TIME = struct.Struct(">HBBBBBH")
_TIME_LIMITS = (  # part, lowest, highest, what "not known" is written as
    ("year", 1, 9999, 0xFFFF),
    ("month", 1, 12, 0xFF),
    ("day", 1, 31, 0xFF),
    ("hour", 0, 23, 0xFF),
    ("minute", 0, 59, 0xFF),
    ("second", 0, 60, 0xFF),
    ("millisecond", 0, 999, 0xFFFF),
)
_DEVICE = struct.Struct(">BHH")
_QUALITY = struct.Struct(">BHH")
_CERTIFICATION = struct.Struct(">HB")
_BLOCK = struct.Struct(">HH")
NO_SCORE = 255  # a quality computation failed; source: ISO/IEC 29794-1


@dataclass(frozen=True, slots=True)
class CaptureTime:
    """When a sample was captured, in UTC; None where a part is not known."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    millisecond: int | None = None

    @classmethod
    def from_datetime(cls, moment: datetime) -> "CaptureTime":
        """Return the parts of an aware moment, in UTC, cut to milliseconds."""
        utc = moment.astimezone(UTC)
        return cls(
            *(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second),
            utc.microsecond // 1000,
        )


@dataclass(frozen=True, slots=True)
class CaptureDevice:
    """The device by the codes of the standard; 0 says "not specified"."""

    technology: int = 0
    vendor: int = 0
    """CBEFF biometric organisation."""
    kind: int = 0
    """The vendor's own number of the device type."""


@dataclass(frozen=True, slots=True)
class QualityBlock:
    """One quality score and who computed it."""

    score: int
    """0..100, or 255 where the computation failed."""
    vendor: int = 0
    algorithm: int = 0


@dataclass(frozen=True, slots=True)
class RepresentationStart:
    """The shared beginning of one representation."""

    captured_at: CaptureTime = CaptureTime()
    device: CaptureDevice = CaptureDevice()
    quality: tuple[QualityBlock, ...] = ()


def encode_start(start: RepresentationStart) -> bytes:
    """Write what follows the length; raises UnencodableError."""
    if len(start.quality) > 0xFF:
        raise UnencodableError(f"{len(start.quality)} blocks", field="quality")
    try:
        return b"".join(
            (
                _encode_time(start.captured_at),
                _DEVICE.pack(start.device.technology, start.device.vendor, start.device.kind),
                bytes([len(start.quality)]),
                *(_encode_quality(block) for block in start.quality),
            )
        )
    except struct.error as error:
        raise UnencodableError(str(error), field="representation header") from error


def decode_start(cursor: Cursor) -> RepresentationStart:
    """Read what follows the length; raises CodecError."""
    captured_at = _decode_time(cursor)
    device = CaptureDevice(*cursor.unpack(_DEVICE, "capture device"))
    (count,) = cursor.take(1, "number of quality blocks")
    quality = tuple(QualityBlock(*cursor.unpack(_QUALITY, "quality block")) for _ in range(count))
    for block in quality:
        if 100 < block.score < NO_SCORE:
            raise FieldValueError(f"{block.score} is neither 0..100 nor 255", field="quality")
    return RepresentationStart(captured_at, device, quality)


def encode_certifications(certifications: tuple[tuple[int, int], ...]) -> bytes:
    """Write the certifications with their count; raises UnencodableError."""
    try:
        blocks = b"".join(_CERTIFICATION.pack(*block) for block in certifications)
        return struct.pack(">B", len(certifications)) + blocks
    except struct.error as error:
        raise UnencodableError(str(error), field="certification") from error


def decode_certifications(cursor: Cursor) -> tuple[tuple[int, int], ...]:
    """Read the certifications with their count; raises CodecError."""
    (count,) = cursor.take(1, "number of certifications")
    return tuple(cursor.unpack(_CERTIFICATION, "certification")[:2] for _ in range(count))


def encode_blocks(blocks: tuple[tuple[int, bytes], ...]) -> bytes:
    """Write extended data: type code, length with these four bytes, content."""
    written = []
    for code, content in blocks:
        length = _BLOCK.size + len(content)
        if not (0 <= code <= 0xFFFF and length <= 0xFFFF):
            raise UnencodableError(f"type {code}, {length} bytes", field="extended data")
        written.append(_BLOCK.pack(code, length) + content)
    return b"".join(written)


def decode_blocks(cursor: Cursor) -> tuple[tuple[int, bytes], ...]:
    """Read extended data until the end of `cursor`; raises CodecError."""
    blocks = []
    while cursor.remaining:
        code, length = cursor.unpack(_BLOCK, "extended data")
        if length < _BLOCK.size:
            raise FieldValueError(f"{length} is shorter than its header", field="extended data")
        blocks.append((code, cursor.take(length - _BLOCK.size, "extended data")))
    return tuple(blocks)


def _encode_quality(block: QualityBlock) -> bytes:
    if not (0 <= block.score <= 100 or block.score == NO_SCORE):
        raise UnencodableError(f"{block.score} is neither 0..100 nor 255", field="quality")
    return _QUALITY.pack(block.score, block.vendor, block.algorithm)


def _encode_time(moment: CaptureTime) -> bytes:
    parts = []
    for name, lowest, highest, unknown in _TIME_LIMITS:
        value: int | None = getattr(moment, name)
        if value is not None and not lowest <= value <= highest:
            raise UnencodableError(f"{value} is not {lowest}..{highest}", field=name)
        parts.append(unknown if value is None else value)
    return _TIME.pack(*parts)


def _decode_time(cursor: Cursor) -> CaptureTime:
    parts: dict[str, int | None] = {}
    values = cursor.unpack(_TIME, "capture time")
    for (name, lowest, highest, unknown), value in zip(_TIME_LIMITS, values, strict=True):
        if value != unknown and not lowest <= value <= highest:
            raise FieldValueError(f"{value} is not {lowest}..{highest}", field=name)
        parts[name] = None if value == unknown else value
    return CaptureTime(**parts)
