r"""Finger image records of ISO/IEC 19794-4: written as of 2011 (``020\0``), read also of 2005.

Layout of 2011, big-endian::

    record          "FIR\0" "020\0" length:u32 representations:u16 certified:u8 positions:u8
    representation  length:u32, the shared start (`representation.py`),
                    if certified: count:u8 count * (authority:u16 scheme:u8)
                    position:u8 number:u8 unit:u8 (1 inch, 2 cm) scan x y:u16 image x y:u16
                    depth:u8 compression:u8 impression:u8 cols:u16 rows:u16 length:u32, the image,
                    extended data (segmentation 1, annotation 2, comment 3)

Layout of 2005 (``010\0``)::

    record  "FIR\0" "010\0" length:u48 device:u16 level:u16 fingers:u8 unit:u8 scan x y:u16
            image x y:u16 depth:u8 compression:u8 reserved:u16
    finger  length:u32 position:u8 views:u8 view:u8 quality:u8 impression:u8 cols:u16 rows:u16
            reserved:u8, the image

Verified against real bytes: ten registration and twenty-two authentication records of MOSIP (2011;
with certification blocks, extended data, JPEG 2000 and WSQ) re-encode to the same bytes. The
edition of 2005 was not compared with any real record.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from biometrics.codecs import jpeg2000, wsq
from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import (
    DamagedPayloadError,
    FieldValueError,
    UnencodableError,
    UnsupportedVersionError,
)
from biometrics.codecs.representation import (
    QualityBlock,
    RepresentationStart,
    decode_blocks,
    decode_certifications,
    decode_start,
    encode_blocks,
    encode_certifications,
    encode_start,
)

MAGIC = b"FIR\0"
VERSION_2011 = b"020\0"
VERSION_2005 = b"010\0"
MAX_RECORD_BYTES = 64 << 20  # fourteen lossless slaps
MAX_IMAGES = 42  # more than any capture; the field would hold 65,535

_HEADER = struct.Struct(">IHBB")
_LENGTH = struct.Struct(">I")
_IMAGE = struct.Struct(">BBBHHHHBBBHHI")
_HEADER_2005 = struct.Struct(">HIHHBBHHHHBBH")
_FINGER_2005 = struct.Struct(">IBBBBBHHB")
_POSITIONS = frozenset((*range(11), 13, 14, 15, *range(20, 37), *range(40, 51)))
_IMPRESSIONS = frozenset((*range(16), *range(20, 30)))


class Compression(IntEnum):
    """How the image inside is coded (table of compression algorithms, 2011)."""

    RAW = 0
    RAW_PACKED = 1
    WSQ = 2
    JPEG = 3
    JPEG_2000_LOSSY = 4
    JPEG_2000_LOSSLESS = 5
    PNG = 6


_COMPRESSIONS_2005 = (
    Compression.RAW,
    Compression.RAW_PACKED,
    Compression.WSQ,
    Compression.JPEG,
    Compression.JPEG_2000_LOSSY,  # 2005 has one code for both; lossy is the safe reading
    Compression.PNG,
)


@dataclass(frozen=True, slots=True)
class FingerImage:
    """One finger or slap image and what the record says about it."""

    position: int
    """A `FingerPosition`, or 13 right slap, 14 left slap, 15 thumbs, 20..36 palms, 40..50 pairs."""
    payload: bytes
    """The image as coded."""
    compression: Compression
    shape_px: tuple[int, int]
    """Rows and columns."""
    resolution_ppi: tuple[float, float] = (500.0, 500.0)
    """Of the image: (rows, cols), pixels per inch."""
    scan_resolution_ppi: tuple[float, float] = (500.0, 500.0)
    impression: int = 0
    """0 live-scan plain, 1 live-scan rolled, 8 swipe, 24 contactless, 29 unknown."""
    number: int = 0
    """Counts representations of the same finger."""
    start: RepresentationStart = field(default_factory=RepresentationStart)
    certifications: tuple[tuple[int, int], ...] = ()
    """(authority, scheme) of each certification of the device."""
    extended: tuple[tuple[int, bytes], ...] = ()
    """Type code and bytes of each extended data block."""


@dataclass(frozen=True, slots=True)
class FingerImageRecord:
    """A whole record."""

    images: tuple[FingerImage, ...]
    edition: int
    """2011 or 2005."""


def encode(images: Sequence[FingerImage]) -> bytes:
    """Write a record of the 2011 edition, scale in pixels per inch.

    Parameters
    ----------
    images : sequence of FingerImage
        One to 42; one finger a record is the usual form.

    Returns
    -------
    record : bytes
        `decode` gives back equal images.

    Raises
    ------
    UnencodableError
        If a value has no place in the format.

    References
    ----------
    .. [1] ISO/IEC 19794-4:2011, clause 8.
    """
    if not 0 < len(images) <= MAX_IMAGES:
        raise UnencodableError(f"{len(images)} images, 1 to {MAX_IMAGES}", field="images")
    is_certified = any(image.certifications for image in images)
    body = b"".join(_encode_image(image, is_certified=is_certified) for image in images)
    positions = len({image.position for image in images})
    length = len(MAGIC) + len(VERSION_2011) + _HEADER.size + len(body)
    return MAGIC + VERSION_2011 + _HEADER.pack(length, len(images), is_certified, positions) + body


def decode(data: bytes) -> FingerImageRecord:
    """Read a record of 2011 or 2005; the images inside stay coded.

    Parameters
    ----------
    data : bytes
        Exactly one record.

    Returns
    -------
    record : FingerImageRecord
        With its edition.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    cursor = Cursor(data, limit_bytes=MAX_RECORD_BYTES, name="finger image record")
    version = data[len(MAGIC) : len(MAGIC) + len(VERSION_2011)]
    if version == VERSION_2005:
        cursor.expect(MAGIC, VERSION_2005)
        return FingerImageRecord(_decode_2005(cursor), 2005)
    cursor.expect(MAGIC, VERSION_2011)
    length, count, certified, _positions = cursor.unpack(_HEADER, "record header")
    cursor.close_at(length)
    _check(0 < count <= MAX_IMAGES, "representations", f"{count}, 1 to {MAX_IMAGES} are read")
    _check(certified in (0, 1), "certification flag", f"{certified}")
    images = tuple(_decode_image(cursor, is_certified=certified == 1) for _ in range(count))
    cursor.finish()
    return FingerImageRecord(images, 2011)


def read_pixels(image: FingerImage) -> NDArray[np.uint8]:
    """Decode the image inside.

    Parameters
    ----------
    image : FingerImage
        Raw, WSQ or JPEG 2000.

    Returns
    -------
    pixels : (rows, cols) ndarray of uint8
        Grey, of the size the record names.

    Raises
    ------
    UnsupportedVersionError
        If the image is coded in another way.
    CodecError
        If it is damaged or of another size than the record names.
    """
    if image.compression == Compression.WSQ:
        pixels = wsq.decode(image.payload)
    elif image.compression in (Compression.JPEG_2000_LOSSY, Compression.JPEG_2000_LOSSLESS):
        pixels = jpeg2000.decode(image.payload)
    elif image.compression == Compression.RAW:
        if len(image.payload) != image.shape_px[0] * image.shape_px[1]:
            raise DamagedPayloadError(f"{len(image.payload)} bytes", field="raw image")
        pixels = np.frombuffer(image.payload, np.uint8).reshape(image.shape_px).copy()
    else:
        raise UnsupportedVersionError(image.compression.name, field="compression")
    if pixels.ndim == 3 and (np.ptp(pixels, axis=2) == 0).all():
        pixels = np.ascontiguousarray(pixels[:, :, 0])  # grey that some software stores as colour
    if pixels.shape != image.shape_px:
        raise DamagedPayloadError(f"{pixels.shape}, not {image.shape_px}", field="image size")
    return pixels


def _check(is_right: bool, name: str, message: str) -> None:
    if not is_right:
        raise FieldValueError(message, field=name)


def _encode_image(image: FingerImage, *, is_certified: bool) -> bytes:
    for name, value, allowed in (
        ("position", image.position, _POSITIONS),
        ("impression", image.impression, _IMPRESSIONS),
    ):
        if value not in allowed:
            raise UnencodableError(f"{value} is unknown", field=name)
    try:
        certification = encode_certifications(image.certifications) if is_certified else b""
        fields = _IMAGE.pack(
            *(image.position, image.number, 1),
            *(round(image.scan_resolution_ppi[1]), round(image.scan_resolution_ppi[0])),
            *(round(image.resolution_ppi[1]), round(image.resolution_ppi[0])),
            *(8, image.compression, image.impression),
            *(image.shape_px[1], image.shape_px[0], len(image.payload)),
        )
    except struct.error as error:
        raise UnencodableError(str(error), field="representation header") from error
    content = encode_start(image.start) + certification + fields + image.payload
    content += encode_blocks(image.extended)
    return _LENGTH.pack(_LENGTH.size + len(content)) + content


def _decode_image(outer: Cursor, *, is_certified: bool) -> FingerImage:
    (length,) = outer.unpack(_LENGTH, "representation length")
    _check(length >= _LENGTH.size, "representation length", f"{length} is too short")
    content = outer.take(length - _LENGTH.size, "representation")
    cursor = Cursor(content, limit_bytes=MAX_RECORD_BYTES, name="representation")
    start = decode_start(cursor)
    certifications = decode_certifications(cursor) if is_certified else ()
    fields = cursor.unpack(_IMAGE, "representation header")
    position, number, unit, scan_x, scan_y, x, y, depth, compression, impression = fields[:10]
    _check_image(position, impression, depth)
    _check(compression in list(Compression), "compression", f"{compression} is unknown")
    return FingerImage(
        position=position,
        payload=cursor.take(fields[12], "image"),
        compression=Compression(compression),
        shape_px=_checked_shape(fields[11], fields[10]),
        resolution_ppi=_to_ppi(y, x, unit),
        scan_resolution_ppi=_to_ppi(scan_y, scan_x, unit),
        impression=impression,
        number=number,
        start=start,
        certifications=certifications,
        extended=decode_blocks(cursor),
    )


def _check_image(position: int, impression: int, depth: int) -> None:
    _check(position in _POSITIONS, "position", f"{position} is unknown")
    _check(impression in _IMPRESSIONS, "impression", f"{impression} is unknown")
    _check(depth == 8, "bit depth", f"{depth}, only 8 is read")


def _checked_shape(rows_px: int, cols_px: int) -> tuple[int, int]:
    _check(rows_px > 0 and cols_px > 0, "image size", f"{rows_px} x {cols_px} px")
    return rows_px, cols_px


def _to_ppi(along_rows: int, along_cols: int, unit: int) -> tuple[float, float]:
    _check(unit in (1, 2), "scale units", f"{unit} is neither inch nor cm")
    _check(along_rows > 0 and along_cols > 0, "resolution", "0")
    factor = 1.0 if unit == 1 else 2.54
    return along_rows * factor, along_cols * factor


def _decode_2005(cursor: Cursor) -> tuple[FingerImage, ...]:
    fields = cursor.unpack(_HEADER_2005, "record header")
    cursor.close_at(fields[0] << 32 | fields[1])
    count, unit, scan_x, scan_y, x, y, depth, compression = fields[4:12]
    _check(0 < count <= MAX_IMAGES, "fingers", f"{count}, 1 to {MAX_IMAGES} are read")
    _check(compression < len(_COMPRESSIONS_2005), "compression", f"{compression} is unknown")
    images: list[FingerImage] = []
    while cursor.remaining:
        _check(len(images) < MAX_IMAGES, "views", f"more than {MAX_IMAGES}")
        length, position, _views, number, quality, impression, cols_px, rows_px, _ = cursor.unpack(
            _FINGER_2005, "finger header"
        )
        _check_image(position, impression, depth)
        _check(length >= _FINGER_2005.size, "finger length", f"{length} is too short")
        blocks = (QualityBlock(quality),) if quality <= 100 else ()
        images.append(
            FingerImage(
                position=position,
                payload=cursor.take(length - _FINGER_2005.size, "image"),
                compression=_COMPRESSIONS_2005[compression],
                shape_px=_checked_shape(rows_px, cols_px),
                resolution_ppi=_to_ppi(y, x, unit),
                scan_resolution_ppi=_to_ppi(scan_y, scan_x, unit),
                impression=impression,
                number=number,
                start=RepresentationStart(quality=blocks),
            )
        )
    _check(len({image.position for image in images}) == count, "fingers", "another number")
    return tuple(images)
