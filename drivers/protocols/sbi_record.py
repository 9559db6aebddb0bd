r"""The picture inside an ISO record of an SBI answer; the record itself is kept as it came.

Only what an enrolment device may send is read (PROTOCOLS.md 10.7): one image, 8 bit, JPEG 2000
without loss or raw. Layouts, editions of 2011, big-endian::

    FIR  "FIR\0" "020\0" length:u32 count:u16 certified:u8 positions:u8, representation
         start, if certified: count:u8 count * 3 bytes,
         position:u8 number:u8 unit:u8 scan x y:u16 image x y:u16 depth compression impression:u8
         cols rows:u16 length:u32, the image, extended data
    IIR  "IIR\0" "020\0" length:u32 count:u16 certified:u8 eyes:u8, representation
         start, number:u16 eye type format orientation:u8 cols rows:u16 depth:u8 range:u16
         roll uncertainty:u16, 6 * u16, length:u32, the image
    FAC  "FAC\0" "030\0" length:u32 count:u16 certified:u8 temporal:u16, representation
         start, landmarks:u16, 15 bytes about the face, landmarks * 8 bytes,
         type coding:u8 cols rows:u16 level:u8 processing:u16 reference colours:u8 length:u32, image
    representation  length:u32, then the above;  start  9 bytes of time, 5 of the device,
                    count:u8 count * 5 bytes of quality

`biometrics.codecs` reads and writes these records wholly, but drivers do not import it (decision
0009). Every function raises ValueError for bytes that are not as described.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.sbi_pictures import MAX_PIXELS, decode_jpeg2000
from drivers.protocols.sbi_words import DeviceType

MAX_RECORD_BYTES = 16 << 20
CM_PER_INCH = 2.54
_RAW, _LOSSLESS_FIR, _LOSSLESS_FAC = 0, 5, 2
_GREY_RAW_IIR, _JPEG_2000_IIR = 2, 10

_LENGTH = struct.Struct(">I")
_HEADER = struct.Struct(">IHBB")
_FACE_HEADER = struct.Struct(">IHBH")
_START_BYTES, _QUALITY_BYTES, _CERTIFICATION_BYTES = 14, 5, 3
_FINGER = struct.Struct(">BBBHHHHBBBHHI")
_EYE = struct.Struct(">HBBBBHHBHHH6HI")
_FACE_BYTES, _LANDMARK_BYTES = 15, 8
_FACE = struct.Struct(">BBHHBHBBI")


@dataclass(frozen=True, slots=True)
class RecordImage:
    """What the record says about its one image."""

    code: int
    """Finger position or eye; 0 for a face."""
    shape_px: tuple[int, int]
    resolution_ppi: float | None
    """None for eyes and faces."""
    is_raw: bool
    payload: bytes
    """The image as coded."""


def read_record(kind: DeviceType, record: bytes) -> RecordImage:
    """Read the record of a capture; raises ValueError."""
    if len(record) > MAX_RECORD_BYTES:
        raise ValueError(f"a record of {len(record)} bytes")
    return _READERS[kind](_Bytes(record))


def read_pixels(image: RecordImage) -> NDArray[np.uint8]:
    """Decode the image: grey (rows, cols) or BGR (rows, cols, 3); raises ValueError."""
    rows_px, cols_px = image.shape_px
    if not 0 < rows_px * cols_px <= MAX_PIXELS:
        raise ValueError(f"{rows_px} x {cols_px} px; at most {MAX_PIXELS} are read")
    if image.is_raw:
        if len(image.payload) != rows_px * cols_px:
            raise ValueError(f"a raw image of {len(image.payload)} bytes for {image.shape_px}")
        return np.frombuffer(image.payload, np.uint8).reshape(image.shape_px).copy()
    return decode_jpeg2000(image.payload, image.shape_px)


class _Bytes:
    """A position in a byte string; ValueError instead of reading past the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise ValueError(f"{count} bytes wanted, {self.left} are left")
        self._at += count
        return self._data[self._at - count : self._at]

    def unpack(self, layout: struct.Struct) -> tuple[int, ...]:
        return layout.unpack(self.take(layout.size))


def _representation(data: _Bytes, magic: bytes, header: struct.Struct) -> tuple["_Bytes", int]:
    """Check the record's frame; return its one representation after the length, and "certified"."""
    size = data.left
    found = data.take(len(magic))
    if found != magic:
        raise ValueError(f"the record begins with {found!r}, not {magic!r}")
    length, count, certified, _ = data.unpack(header)
    if length != size or count != 1:
        raise ValueError(f"a record of {size} bytes names {length} bytes and {count} images")
    (inner,) = data.unpack(_LENGTH)
    if inner != data.left + _LENGTH.size:
        raise ValueError(f"a representation of {data.left} bytes names {inner}")
    content = _Bytes(data.take(data.left))
    quality_blocks = content.take(_START_BYTES + 1)[-1]
    content.take(quality_blocks * _QUALITY_BYTES)
    return content, certified


def _read_finger(data: _Bytes) -> RecordImage:
    content, certified = _representation(data, b"FIR\x00020\x00", _HEADER)
    if certified:
        content.take(content.take(1)[0] * _CERTIFICATION_BYTES)
    position, _, unit, _, _, x_density, y_density, *rest = content.unpack(_FINGER)
    depth, compression, _, cols_px, rows_px, length = rest
    if depth != 8 or compression not in (_RAW, _LOSSLESS_FIR):
        raise ValueError(f"depth {depth}, compression {compression}; 8 bit lossless is needed")
    if x_density != y_density or unit not in (1, 2):
        raise ValueError(f"resolution {x_density} x {y_density} in unit {unit}")
    resolution_ppi = float(x_density) if unit == 1 else x_density * CM_PER_INCH
    payload = content.take(length)
    return RecordImage(position, (rows_px, cols_px), resolution_ppi, compression == _RAW, payload)


def _read_eye(data: _Bytes) -> RecordImage:
    content, certified = _representation(data, b"IIR\x00020\x00", _HEADER)
    fields = content.unpack(_EYE)
    _, eye, _, image_format, _, cols_px, rows_px, depth, *_, length = fields
    if certified or depth != 8 or image_format not in (_GREY_RAW_IIR, _JPEG_2000_IIR):
        raise ValueError(f"depth {depth}, image format {image_format}; 8 bit lossless is needed")
    is_raw = image_format == _GREY_RAW_IIR
    return RecordImage(eye, (rows_px, cols_px), None, is_raw, content.take(length))


def _read_face(data: _Bytes) -> RecordImage:
    content, certified = _representation(data, b"FAC\x00030\x00", _FACE_HEADER)
    landmarks = int.from_bytes(content.take(2), "big")
    content.take(_FACE_BYTES + landmarks * _LANDMARK_BYTES)
    _, coding, cols_px, rows_px, _, _, _, _, length = content.unpack(_FACE)
    if certified or coding != _LOSSLESS_FAC:
        raise ValueError(f"image data type {coding}; lossless JPEG 2000 (2) is needed")
    return RecordImage(0, (rows_px, cols_px), None, is_raw=False, payload=content.take(length))


_READERS: dict[DeviceType, Callable[[_Bytes], RecordImage]] = {
    DeviceType.FINGER: _read_finger,
    DeviceType.IRIS: _read_eye,
    DeviceType.FACE: _read_face,
}
