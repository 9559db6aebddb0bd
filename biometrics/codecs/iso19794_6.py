r"""Iris image records of ISO/IEC 19794-6:2011 (``IIR\0 020\0``).

Layout, big-endian::

    record          "IIR\0" "020\0" length:u32 representations:u16 certified:u8 eyes:u8
    representation  length:u32, the shared start (`representation.py`), number:u16
                    eye:u8 type:u8 format:u8 orientation:u8 cols:u16 rows:u16 depth:u8 range:u16
                    roll:u16 uncertainty:u16, centre x and y: lowest and highest:4 * u16,
                    diameter: lowest and highest:2 * u16, length:u32, the image
    orientation     previous compression:2 reserved:2 vertical:2 horizontal:2

Verified against real bytes: five records of MOSIP (JPEG 2000, lossless and lossy) re-encode to the
same bytes. NIST's ``iris01.iso2011`` (PNG, two quality blocks) is refused as it is: its
representation names 5 bytes less than it has; with that length corrected it re-encodes to the same
bytes. Not verified: the meaning of range, roll and centre in steps, which all of these leave open.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import UnencodableError, UnsupportedVersionError, check
from biometrics.codecs.representation import RepresentationStart, decode_start, encode_start

MAGIC = b"IIR\0"
VERSION = b"020\0"
MAX_RECORD_BYTES = 16 << 20
MAX_IMAGES = 16  # the field would hold 65,535
ANGLE_UNKNOWN = 0xFFFF

_HEADER = struct.Struct(">IHBB")
_LENGTH = struct.Struct(">I")
_IMAGE = struct.Struct(">HBBBBHHBHHH6HI")


class Eye(IntEnum):
    """Which eye, the capture subject's own."""

    UNKNOWN = 0
    RIGHT = 1
    LEFT = 2


class ImageType(IntEnum):
    """How the eye lies in the image."""

    UNCROPPED = 1
    VGA = 2
    CROPPED = 3
    CROPPED_AND_MASKED = 7


class ImageFormat(IntEnum):
    """How the image inside is coded."""

    GREY_RAW = 2
    COLOUR_RAW = 4
    GREY_JPEG = 6
    COLOUR_JPEG = 8
    GREY_JPEG_2000 = 10
    COLOUR_JPEG_2000 = 12
    GREY_PNG = 14
    COLOUR_PNG = 16


class PriorCompression(IntEnum):
    """What the image went through before; two bits."""

    UNKNOWN = 0
    LOSSLESS_OR_NONE = 1
    LOSSY = 2


@dataclass(frozen=True, slots=True)
class IrisImage:
    """One eye and what the record says about it."""

    eye: Eye
    payload: bytes
    """The image as coded."""
    shape_px: tuple[int, int]
    """Rows and columns."""
    image_format: ImageFormat = ImageFormat.GREY_JPEG_2000
    image_type: ImageType = ImageType.VGA
    prior_compression: PriorCompression = PriorCompression.UNKNOWN
    horizontal_orientation: int = 0
    """0 not known, 1 as seen, 2 mirrored."""
    vertical_orientation: int = 0
    bit_depth: int = 8
    range_mm: int = 0
    """Distance from camera to eye; 0 not known, 1 failed, 65,535 too far."""
    roll: int = ANGLE_UNKNOWN
    roll_uncertainty: int = ANGLE_UNKNOWN
    centre_px: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Lowest and highest x, lowest and highest y of the iris centre; 0 not known."""
    diameter_px: tuple[int, int] = (0, 0)
    """Lowest and highest; 0 not known."""
    number: int = 1
    start: RepresentationStart = field(default_factory=RepresentationStart)


@dataclass(frozen=True, slots=True)
class IrisImageRecord:
    """A whole record."""

    images: tuple[IrisImage, ...]
    eyes: int
    """Number of eyes as the header says: 0 not known, 1 or 2."""


def encode(images: Sequence[IrisImage], *, eyes: int | None = None) -> bytes:
    """Write a record.

    Parameters
    ----------
    images : sequence of IrisImage
        One to 16.
    eyes : int or None
        Number of eyes for the header; counted when None.

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
    .. [1] ISO/IEC 19794-6:2011, clause 6.
    """
    if not 0 < len(images) <= MAX_IMAGES:
        raise UnencodableError(f"{len(images)} images, 1 to {MAX_IMAGES}", field="images")
    counted = len({image.eye for image in images} - {Eye.UNKNOWN}) if eyes is None else eyes
    if counted not in (0, 1, 2):
        raise UnencodableError(f"{counted}", field="eyes")
    body = b"".join(_encode_image(image) for image in images)
    length = len(MAGIC) + len(VERSION) + _HEADER.size + len(body)
    return MAGIC + VERSION + _HEADER.pack(length, len(images), 0, counted) + body


def decode(data: bytes) -> IrisImageRecord:
    """Read a record; the images inside stay coded.

    Parameters
    ----------
    data : bytes
        Exactly one record.

    Returns
    -------
    record : IrisImageRecord
        In the order of the record.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    cursor = Cursor(data, limit_bytes=MAX_RECORD_BYTES, name="iris image record")
    cursor.expect(MAGIC, VERSION)
    length, count, certified, eyes = cursor.unpack(_HEADER, "record header")
    cursor.close_at(length)
    check(0 < count <= MAX_IMAGES, "representations", f"{count}, 1 to {MAX_IMAGES} are read")
    check(eyes <= 2, "eyes", f"{eyes}")
    if certified:
        raise UnsupportedVersionError(f"{certified}, with certification", field="certification")
    images = tuple(_decode_image(cursor) for _ in range(count))
    cursor.finish()
    return IrisImageRecord(images, eyes)


def _encode_image(image: IrisImage) -> bytes:
    for name, bits in (
        ("horizontal orientation", image.horizontal_orientation),
        ("vertical orientation", image.vertical_orientation),
    ):
        if not 0 <= bits <= 3:
            raise UnencodableError(f"{bits} does not fit 2 bits", field=name)
    orientation = (
        image.prior_compression << 6
        | image.vertical_orientation << 2
        | image.horizontal_orientation
    )
    try:
        fields = _IMAGE.pack(
            *(image.number, image.eye, image.image_type, image.image_format, orientation),
            *(image.shape_px[1], image.shape_px[0], image.bit_depth, image.range_mm),
            *(image.roll, image.roll_uncertainty, *image.centre_px, *image.diameter_px),
            len(image.payload),
        )
    except struct.error as error:
        raise UnencodableError(str(error), field="representation header") from error
    content = encode_start(image.start) + fields + image.payload
    return _LENGTH.pack(_LENGTH.size + len(content)) + content


def _decode_image(outer: Cursor) -> IrisImage:
    (length,) = outer.unpack(_LENGTH, "representation length")
    check(length >= _LENGTH.size, "representation length", f"{length} is too short")
    content = outer.take(length - _LENGTH.size, "representation")
    cursor = Cursor(content, limit_bytes=MAX_RECORD_BYTES, name="representation")
    start = decode_start(cursor)
    fields = cursor.unpack(_IMAGE, "image information")
    number, eye, image_type, image_format, orientation, cols_px, rows_px = fields[:7]
    check(eye in list(Eye), "eye", f"{eye} is unknown")
    check(image_type in list(ImageType), "image type", f"{image_type} is unknown")
    check(image_format in list(ImageFormat), "image format", f"{image_format} is unknown")
    check(orientation & 0x30 == 0, "orientation", "the reserved bits are not 0")
    check(orientation >> 6 <= 2, "previous compression", f"{orientation >> 6} is unknown")
    check(rows_px > 0 and cols_px > 0, "image size", f"{rows_px} x {cols_px} px")
    payload = cursor.take(fields[-1], "image")
    cursor.finish()
    return IrisImage(
        eye=Eye(eye),
        payload=payload,
        shape_px=(rows_px, cols_px),
        image_format=ImageFormat(image_format),
        image_type=ImageType(image_type),
        prior_compression=PriorCompression(orientation >> 6),
        horizontal_orientation=orientation & 3,
        vertical_orientation=orientation >> 2 & 3,
        bit_depth=fields[7],
        range_mm=fields[8],
        roll=fields[9],
        roll_uncertainty=fields[10],
        centre_px=(fields[11], fields[12], fields[13], fields[14]),
        diameter_px=(fields[15], fields[16]),
        number=number,
        start=start,
    )
