r"""Face image records of ISO/IEC 19794-5: written as of 2011 (``030\0``), read also of 2005.

Layout of 2011, big-endian::

    record          "FAC\0" "030\0" length:u32 representations:u16 certified:u8 temporal:u16
    representation  length:u32, the shared start (`representation.py`), face, count * landmark
                    type:u8 coding:u8 cols:u16 rows:u16 sampling_level:u8 processing:u16
                    cross_reference:u8 colour_space:u8 length:u32, the image
    face            count:u16 gender eyes hair height:u8 properties:u24 expression:u16
                    yaw pitch roll:u8 their uncertainties:3 * u8
    landmark        type:u8 code:u8 x:u16 y:u16 z:u16

Layout of 2005 (``010\0``)::

    record          "FAC\0" "010\0" length:u32 faces:u16
    face            length:u32, as above without height, count * landmark (z reserved)
                    type:u8 coding:u8 cols:u16 rows:u16 colour_space:u8 source:u8 device:u16
                    quality:u16, the image

Verified against real bytes: two face records and an exception photo of MOSIP (2011, JPEG 2000)
re-encode to the same bytes; NIST's ``face01.iso2005`` (JPEG, four landmarks) reads with the fields
that its bytes show. Landmarks and certification of 2011 were not compared with real records;
certified records are refused.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import UnencodableError, UnsupportedVersionError, check
from biometrics.codecs.representation import (
    CaptureDevice,
    RepresentationStart,
    decode_start,
    encode_start,
)

MAGIC = b"FAC\0"
VERSION_2011 = b"030\0"
VERSION_2005 = b"010\0"
MAX_RECORD_BYTES = 64 << 20
MAX_IMAGES = 16  # the field would hold 65,535
MAX_LANDMARKS = 512

_HEADER = struct.Struct(">IHBH")
_HEADER_2005 = struct.Struct(">IH")
_LENGTH = struct.Struct(">I")
_FACE = struct.Struct(">HBBBB3sH6B")
_FACE_2005 = struct.Struct(">HBBB3sH6B")
_LANDMARK = struct.Struct(">BBHHH")
_IMAGE = struct.Struct(">BBHHBHBBI")
_IMAGE_2005 = struct.Struct(">BBHHBBHH")
_IMAGE_TYPES = (0, 1, 2, 3, 128, 129, 130)


class Coding(IntEnum):
    """How the image inside is coded (table of image data types, 2011)."""

    JPEG = 0
    JPEG_2000_LOSSY = 1
    JPEG_2000_LOSSLESS = 2
    PNG = 3


class ColourSpace(IntEnum):
    """Colours of the image inside (2011); 2005 knows the first four and "other" as 4."""

    UNSPECIFIED = 0
    RGB_24 = 1
    YUV_422 = 2
    GREY_8 = 3
    RGB_48 = 4
    GREY_16 = 5
    OTHER = 6


@dataclass(frozen=True, slots=True)
class Landmark:
    """One feature point of the face."""

    kind: int
    """1 for a point of MPEG-4, 2 anthropometric 2D, 3 anthropometric 3D."""
    code: int
    x_px: int
    y_px: int
    z: int = 0


@dataclass(frozen=True, slots=True)
class FaceDescription:
    """Optional facts about the face; 0 says "not specified"."""

    gender: int = 0
    """1 male, 2 female, 255 unknown."""
    eye_colour: int = 0
    hair_colour: int = 0
    height_cm: int = 0
    properties: int = 0
    """24 bits; bit 0 says that the others are specified (glasses, beard, mouth open ...)."""
    expression: int = 0
    pose: tuple[int, int, int] = (0, 0, 0)
    """Yaw, pitch, roll in the steps of the standard."""
    pose_uncertainty: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class FaceImage:
    """One face image and what the record says about it."""

    payload: bytes
    """The image as coded."""
    coding: Coding
    shape_px: tuple[int, int]
    """Rows and columns."""
    image_type: int = 1
    """0 basic, 1 full frontal, 2 token frontal, 3 post-processed frontal, 128.. with 3D."""
    colour_space: ColourSpace = ColourSpace.RGB_24
    description: FaceDescription = field(default_factory=FaceDescription)
    landmarks: tuple[Landmark, ...] = ()
    start: RepresentationStart = field(default_factory=RepresentationStart)
    sampling_level: int = 0
    """Spatial sampling rate level, 0..7: from the eye distance in pixels."""
    processing: int = 0
    """Bits of post-acquisition processing: 1 rotated, 2 cropped, 4 down-sampled ..."""
    cross_reference: int = 0
    """Number of the basic image that this one was made from."""
    source: int = 0
    """2005 only: 1 photo, 2 digital camera, 3 scanner ..."""


@dataclass(frozen=True, slots=True)
class FaceImageRecord:
    """A whole record."""

    images: tuple[FaceImage, ...]
    edition: int
    """2011 or 2005."""
    temporal_semantics: int = 0
    """2011: how several images follow each other; 0 for one."""


def encode(images: Sequence[FaceImage], *, temporal_semantics: int = 0) -> bytes:
    """Write a record of the 2011 edition.

    Parameters
    ----------
    images : sequence of FaceImage
        One to 16.
    temporal_semantics : int
        0 for one image.

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
    .. [1] ISO/IEC 19794-5:2011, clause 5.
    """
    if not 0 < len(images) <= MAX_IMAGES:
        raise UnencodableError(f"{len(images)} images, 1 to {MAX_IMAGES}", field="images")
    body = b"".join(_encode_image(image) for image in images)
    length = len(MAGIC) + len(VERSION_2011) + _HEADER.size + len(body)
    if not 0 <= temporal_semantics <= 0xFFFF:
        raise UnencodableError(f"{temporal_semantics}", field="temporal semantics")
    header = _HEADER.pack(length, len(images), 0, temporal_semantics)
    return MAGIC + VERSION_2011 + header + body


def decode(data: bytes) -> FaceImageRecord:
    """Read a record of 2011 or 2005; the images inside stay coded.

    Parameters
    ----------
    data : bytes
        Exactly one record.

    Returns
    -------
    record : FaceImageRecord
        With its edition.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    cursor = Cursor(data, limit_bytes=MAX_RECORD_BYTES, name="face image record")
    version = data[len(MAGIC) : len(MAGIC) + len(VERSION_2011)]
    if version == VERSION_2005:
        cursor.expect(MAGIC, VERSION_2005)
        length, count = cursor.unpack(_HEADER_2005, "record header")
        certified = temporal_semantics = 0
    else:
        cursor.expect(MAGIC, VERSION_2011)
        length, count, certified, temporal_semantics = cursor.unpack(_HEADER, "record header")
    cursor.close_at(length)
    check(0 < count <= MAX_IMAGES, "representations", f"{count}, 1 to {MAX_IMAGES} are read")
    if certified:
        raise UnsupportedVersionError(f"{certified}, with certification", field="certification")
    is_2005 = version == VERSION_2005
    images = tuple(_decode_image(cursor, is_2005=is_2005) for _ in range(count))
    cursor.finish()
    return FaceImageRecord(images, 2005 if is_2005 else 2011, temporal_semantics)


def _encode_image(image: FaceImage) -> bytes:
    if image.image_type not in _IMAGE_TYPES:
        raise UnencodableError(f"{image.image_type} is unknown", field="image type")
    if len(image.landmarks) > MAX_LANDMARKS:
        raise UnencodableError(f"{len(image.landmarks)} landmarks", field="landmarks")
    try:
        content = b"".join(
            (
                encode_start(image.start),
                _encode_description(image.description, len(image.landmarks)),
                *(_LANDMARK.pack(p.kind, p.code, p.x_px, p.y_px, p.z) for p in image.landmarks),
                _IMAGE.pack(
                    *(image.image_type, image.coding, image.shape_px[1], image.shape_px[0]),
                    *(image.sampling_level, image.processing, image.cross_reference),
                    *(image.colour_space, len(image.payload)),
                ),
            )
        )
    except (struct.error, OverflowError) as error:
        raise UnencodableError(str(error), field="representation header") from error
    content += image.payload
    return _LENGTH.pack(_LENGTH.size + len(content)) + content


def _encode_description(face: FaceDescription, landmarks: int) -> bytes:
    return _FACE.pack(
        *(landmarks, face.gender, face.eye_colour, face.hair_colour, face.height_cm),
        face.properties.to_bytes(3, "big"),
        *(face.expression, *face.pose, *face.pose_uncertainty),
    )


def _decode_image(outer: Cursor, *, is_2005: bool) -> FaceImage:
    (length,) = outer.unpack(_LENGTH, "representation length")
    check(length >= _LENGTH.size, "representation length", f"{length} is too short")
    content = outer.take(length - _LENGTH.size, "representation")
    cursor = Cursor(content, limit_bytes=MAX_RECORD_BYTES, name="representation")
    return _decode_2005(cursor) if is_2005 else _decode_2011(cursor)


def _decode_2011(cursor: Cursor) -> FaceImage:
    start = decode_start(cursor)
    count, *face = cursor.unpack(_FACE, "facial information")
    landmarks = _decode_landmarks(cursor, count)
    fields = cursor.unpack(_IMAGE, "image information")
    image_type, coding, cols_px, rows_px, level, processing, reference, space, length = fields
    check(coding in list(Coding), "image data type", f"{coding} is unknown")
    check(space in list(ColourSpace), "colour space", f"{space} is unknown")
    payload = cursor.take(length, "image")
    cursor.finish()
    return FaceImage(
        payload=payload,
        coding=Coding(coding),
        shape_px=_checked_shape(image_type, rows_px, cols_px),
        image_type=image_type,
        colour_space=ColourSpace(space),
        description=_to_description(face),
        landmarks=landmarks,
        start=start,
        sampling_level=level,
        processing=processing,
        cross_reference=reference,
    )


def _decode_2005(cursor: Cursor) -> FaceImage:
    count, gender, eyes, hair, *face = cursor.unpack(_FACE_2005, "facial information")
    landmarks = _decode_landmarks(cursor, count)
    fields = cursor.unpack(_IMAGE_2005, "image information")
    image_type, coding, cols_px, rows_px, space, source, device, _quality = fields
    check(coding in (0, 1), "image data type", f"{coding} is unknown")
    check(space <= 4, "colour space", f"{space} is unknown")
    return FaceImage(
        payload=cursor.take(cursor.remaining, "image"),
        coding=Coding(coding),
        shape_px=_checked_shape(image_type, rows_px, cols_px),
        image_type=image_type,
        colour_space=ColourSpace.OTHER if space == 4 else ColourSpace(space),
        description=_to_description([gender, eyes, hair, 0, *face]),
        landmarks=landmarks,
        start=RepresentationStart(device=CaptureDevice(kind=device)),
        source=source,
    )


def _decode_landmarks(cursor: Cursor, count: int) -> tuple[Landmark, ...]:
    check(count <= MAX_LANDMARKS, "landmarks", f"{count}, at most {MAX_LANDMARKS}")
    return tuple(Landmark(*cursor.unpack(_LANDMARK, "landmark")) for _ in range(count))


def _to_description(fields: list[int | bytes]) -> FaceDescription:
    gender, eyes, hair, height, properties, expression, *pose = fields
    return FaceDescription(
        gender=int(gender),
        eye_colour=int(eyes),
        hair_colour=int(hair),
        height_cm=int(height),
        properties=int.from_bytes(bytes(properties), "big"),
        expression=int(expression),
        pose=(int(pose[0]), int(pose[1]), int(pose[2])),
        pose_uncertainty=(int(pose[3]), int(pose[4]), int(pose[5])),
    )


def _checked_shape(image_type: int, rows_px: int, cols_px: int) -> tuple[int, int]:
    check(image_type in _IMAGE_TYPES, "image type", f"{image_type} is unknown")
    check(rows_px > 0 and cols_px > 0, "image size", f"{rows_px} x {cols_px} px")
    return rows_px, cols_px
