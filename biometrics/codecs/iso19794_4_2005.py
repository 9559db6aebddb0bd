r"""The 2005 edition of the finger image record; `iso19794_4` reads either edition.

Layout (``FIR\0 010\0``), big-endian::

    record  "FIR\0" "010\0" length:u48 device:u16 level:u16 fingers:u8 unit:u8 scan x y:u16
            image x y:u16 depth:u8 compression:u8 reserved:u16
    finger  length:u32 position:u8 views:u8 view:u8 quality:u8 impression:u8 cols:u16 rows:u16
            reserved:u8, the image

Compression and scale stand in the header, so that all images of a record share them. This edition
has one code for JPEG 2000; it is read as the lossy kind. ANSI/INCITS 381 has four bytes more in its
header and is not read: no record of it was at hand, nor one of this edition. **Verify against
another implementation before exchange.**
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import UnencodableError, check, require
from biometrics.codecs.finger_images import (
    IMPRESSIONS,
    MAX_IMAGES,
    POSITIONS,
    Compression,
    FingerImage,
    FingerImageRecord,
    check_image,
    checked_image_shape,
    to_ppi,
)
from biometrics.codecs.representation import CaptureDevice, QualityBlock, RepresentationStart

MAGIC = b"FIR\0"
VERSION = b"010\0"
NO_QUALITY = 255  # of a finger; the field is reserved for a score

_HEADER = struct.Struct(">HIHHBBHHHHBBH")
_FINGER = struct.Struct(">IBBBBBHHB")
_PIXELS_PER_INCH = 1
_COMPRESSIONS = (
    Compression.RAW,
    Compression.RAW_PACKED,
    Compression.WSQ,
    Compression.JPEG,
    Compression.JPEG_2000_LOSSY,  # 2005 has one code for both; lossy is the safe reading
    Compression.PNG,
)


@dataclass(frozen=True, slots=True)
class _Header:
    """What all images of a record share."""

    device: int
    compression: Compression
    resolution_ppi: tuple[float, float]
    scan_resolution_ppi: tuple[float, float]


def encode_2005(images: Sequence[FingerImage], *, acquisition_level: int = 31) -> bytes:
    """Write a record of the 2005 edition, scale in pixels per inch.

    Parameters
    ----------
    images : sequence of FingerImage
        One to 42 that share compression, scale and device. Time, certifications and extended data
        have no place; of the quality blocks the first score is kept.
    acquisition_level : int
        31 for 500 ppi of a live-scan device, 41 for 1000.

    Returns
    -------
    record : bytes
        `iso19794_4.decode` gives back the images without what has no place.

    Raises
    ------
    UnencodableError
        If a value has no place in the format.

    References
    ----------
    .. [1] ISO/IEC 19794-4:2005, clause 7.
    """
    require(0 < len(images) <= MAX_IMAGES, "images", f"{len(images)}, 1 to {MAX_IMAGES}")
    first = images[0]
    shared = {
        (one.compression, one.resolution_ppi, one.scan_resolution_ppi, one.start.device.kind)
        for one in images
    }
    require(len(shared) == 1, "images", "not of one compression, scale and device")
    code = _code_of(first.compression)
    try:
        body = b"".join(_encode_finger(image, _views_of(image, images)) for image in images)
        length = len(MAGIC) + len(VERSION) + _HEADER.size + len(body)
        header = _HEADER.pack(
            *(length >> 32, length & 0xFFFFFFFF, first.start.device.kind, acquisition_level),
            *(len({image.position for image in images}), _PIXELS_PER_INCH),
            *(round(first.scan_resolution_ppi[1]), round(first.scan_resolution_ppi[0])),
            *(round(first.resolution_ppi[1]), round(first.resolution_ppi[0])),
            *(8, code, 0),
        )
    except struct.error as error:
        raise UnencodableError(str(error), field="record") from error
    return MAGIC + VERSION + header + body


def read_2005(cursor: Cursor) -> FingerImageRecord:
    """Read a record from behind its version; raises CodecError."""
    fields = cursor.unpack(_HEADER, "record header")
    cursor.close_at(fields[0] << 32 | fields[1])
    device, level, count, unit, scan_x, scan_y, x, y, depth, compression = fields[2:12]
    check(0 < count <= MAX_IMAGES, "fingers", f"{count}, 1 to {MAX_IMAGES} are read")
    check(compression < len(_COMPRESSIONS), "compression", f"{compression} is unknown")
    check(depth == 8, "bit depth", f"{depth}, only 8 is read")
    header = _Header(
        device, _COMPRESSIONS[compression], to_ppi(y, x, unit), to_ppi(scan_y, scan_x, unit)
    )
    images: list[FingerImage] = []
    while cursor.remaining:
        check(len(images) < MAX_IMAGES, "views", f"more than {MAX_IMAGES}")
        images.append(_decode_finger(cursor, header))
    check(len({image.position for image in images}) == count, "fingers", "another number")
    return FingerImageRecord(tuple(images), 2005, level)


def _decode_finger(cursor: Cursor, header: _Header) -> FingerImage:
    length, position, _views, number, quality, impression, cols_px, rows_px, _ = cursor.unpack(
        _FINGER, "finger header"
    )
    check_image(position, impression, 8)
    check(length >= _FINGER.size, "finger length", f"{length} is too short")
    blocks = (QualityBlock(quality),) if quality <= 100 else ()
    return FingerImage(
        position=position,
        payload=cursor.take(length - _FINGER.size, "image"),
        compression=header.compression,
        shape_px=checked_image_shape(rows_px, cols_px),
        resolution_ppi=header.resolution_ppi,
        scan_resolution_ppi=header.scan_resolution_ppi,
        impression=impression,
        number=number,
        start=RepresentationStart(device=CaptureDevice(kind=header.device), quality=blocks),
    )


def _code_of(compression: Compression) -> int:
    if compression == Compression.JPEG_2000_LOSSLESS:
        compression = Compression.JPEG_2000_LOSSY  # one code for both
    return _COMPRESSIONS.index(compression)


def _views_of(image: FingerImage, images: Sequence[FingerImage]) -> int:
    return sum(1 for other in images if other.position == image.position)


def _encode_finger(image: FingerImage, views: int) -> bytes:
    require(image.position in POSITIONS, "position", f"{image.position} is unknown")
    require(image.impression in IMPRESSIONS, "impression", f"{image.impression} is unknown")
    score = image.start.quality[0].score if image.start.quality else NO_QUALITY
    head = _FINGER.pack(
        *(_FINGER.size + len(image.payload), image.position, views, image.number, score),
        *(image.impression, image.shape_px[1], image.shape_px[0], 0),
    )
    return head + image.payload
