r"""Finger image records of ISO/IEC 19794-4: 2011 (``020\0``) and 2005 (``010\0``).

Layout of 2011, big-endian::

    record          "FIR\0" "020\0" length:u32 representations:u16 certified:u8 positions:u8
    representation  length:u32, the shared start (`representation.py`),
                    if certified: count:u8 count * (authority:u16 scheme:u8)
                    position:u8 number:u8 unit:u8 (1 inch, 2 cm) scan x y:u16 image x y:u16
                    depth:u8 compression:u8 impression:u8 cols:u16 rows:u16 length:u32, the image,
                    extended data (segmentation 1, annotation 2, comment 3)

`iso19794_4_2005.py` has the layout of 2005.

Verified against real bytes: ten registration and twenty-two authentication records of MOSIP (2011;
with certification blocks, extended data, JPEG 2000 and WSQ) re-encode to the same bytes. The
edition of 2005 was not compared with any real record.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from biometrics.codecs import jpeg2000, wsq
from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import (
    DamagedPayloadError,
    UnencodableError,
    UnsupportedVersionError,
    check,
)
from biometrics.codecs.finger_images import (
    IMPRESSIONS,
    MAX_IMAGES,
    MAX_RECORD_BYTES,
    POSITIONS,
    Compression,
    FingerImage,
    FingerImageRecord,
    check_image,
    checked_image_shape,
    to_ppi,
)
from biometrics.codecs.iso19794_4_2005 import VERSION as VERSION_2005
from biometrics.codecs.iso19794_4_2005 import encode_2005, read_2005
from biometrics.codecs.representation import (
    decode_blocks,
    decode_certifications,
    decode_start,
    encode_blocks,
    encode_certifications,
    encode_start,
)

__all__ = [
    "MAX_IMAGES",
    "MAX_RECORD_BYTES",
    "Compression",
    "FingerImage",
    "FingerImageRecord",
    "decode",
    "encode",
    "encode_2005",
    "read_pixels",
]

MAGIC = b"FIR\0"
VERSION_2011 = b"020\0"

_HEADER = struct.Struct(">IHBB")
_LENGTH = struct.Struct(">I")
_IMAGE = struct.Struct(">BBBHHHHBBBHHI")


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
        return read_2005(cursor)
    cursor.expect(MAGIC, VERSION_2011)
    length, count, certified, _positions = cursor.unpack(_HEADER, "record header")
    cursor.close_at(length)
    check(0 < count <= MAX_IMAGES, "representations", f"{count}, 1 to {MAX_IMAGES} are read")
    check(certified in (0, 1), "certification flag", f"{certified}")
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
        _check_size(wsq.read_size(image.payload), image)
        pixels = wsq.decode(image.payload)
    elif image.compression in (Compression.JPEG_2000_LOSSY, Compression.JPEG_2000_LOSSLESS):
        header = jpeg2000.read_header(image.payload)
        _check_size((header.rows_px, header.cols_px), image)
        pixels = jpeg2000.decode(image.payload)
    elif image.compression == Compression.RAW:
        if len(image.payload) != image.shape_px[0] * image.shape_px[1]:
            raise DamagedPayloadError(f"{len(image.payload)} bytes", field="raw image")
        pixels = np.frombuffer(image.payload, np.uint8).reshape(image.shape_px).copy()
    else:
        raise UnsupportedVersionError(image.compression.name, field="compression")
    if pixels.ndim == 3 and (np.ptp(pixels, axis=2) == 0).all():
        pixels = np.ascontiguousarray(pixels[:, :, 0])  # grey that some software stores as colour
    _check_size(pixels.shape, image)
    return pixels


def _check_size(found_px: tuple[int, ...], image: FingerImage) -> None:
    """Compare with the record, before a decoder is started and of what it gave."""
    if found_px != image.shape_px:
        raise DamagedPayloadError(f"{found_px}, not {image.shape_px}", field="image size")


def _encode_image(image: FingerImage, *, is_certified: bool) -> bytes:
    for name, value, allowed in (
        ("position", image.position, POSITIONS),
        ("impression", image.impression, IMPRESSIONS),
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
    check(length >= _LENGTH.size, "representation length", f"{length} is too short")
    content = outer.take(length - _LENGTH.size, "representation")
    cursor = Cursor(content, limit_bytes=MAX_RECORD_BYTES, name="representation")
    start = decode_start(cursor)
    certifications = decode_certifications(cursor) if is_certified else ()
    fields = cursor.unpack(_IMAGE, "representation header")
    position, number, unit, scan_x, scan_y, x, y, depth, compression, impression = fields[:10]
    check_image(position, impression, depth)
    check(compression in list(Compression), "compression", f"{compression} is unknown")
    return FingerImage(
        position=position,
        payload=cursor.take(fields[12], "image"),
        compression=Compression(compression),
        shape_px=checked_image_shape(fields[11], fields[10]),
        resolution_ppi=to_ppi(y, x, unit),
        scan_resolution_ppi=to_ppi(scan_y, scan_x, unit),
        impression=impression,
        number=number,
        start=start,
        certifications=certifications,
        extended=decode_blocks(cursor),
    )
