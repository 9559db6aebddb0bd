"""Pictures inside SBI answers: sizes are read by us before a decoder allocates anything.

JPEG 2000 (ITU-T T.800): only the bare codestream goes to the decoder, after its SIZ segment (size,
components) and COD segment (wavelet) were checked. JPEG (T.81): after its frame header was.
Every function raises ValueError for bytes that are not as described.
"""

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 8_000_000  # a portrait; SECURITY.md 1.8
MAX_TILES = 1024
_JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
_CODESTREAM = b"\xff\x4f\xff\x51"
_SIZ = struct.Struct(">HHIIIIIIIIH")
_PLAIN_COMPONENT = bytes((7, 1, 1))  # 8 bits unsigned, not subsampled
_MARKER = struct.Struct(">HH")
_COD, _START_OF_TILE, _REVERSIBLE = 0xFF52, 0xFF90, 1
_JPEG_SIZE = struct.Struct(">BHHB")
_JPEG_FRAMES = frozenset({0xFFC0, 0xFFC1, 0xFFC2})  # baseline, extended, progressive


def decode_jpeg2000(payload: bytes, shape_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Decode a lossless picture of a known size: grey (rows, cols) or BGR (rows, cols, 3)."""
    codestream = _codestream(payload)
    _check_size(codestream, shape_px)
    if not _is_reversible(codestream):
        raise ValueError("the image was compressed with loss; enrolment needs lossless")
    return _decode(codestream, "JPEG2000", shape_px)


def decode_jpeg(data: bytes) -> NDArray[np.uint8]:
    """Decode a preview: grey or BGR."""
    rows_px, cols_px = _jpeg_size(data)
    if not 0 < rows_px * cols_px <= MAX_PIXELS:
        raise ValueError(f"{rows_px} x {cols_px} px; at most {MAX_PIXELS} are read")
    return _decode(data, "JPEG", (rows_px, cols_px))


def is_reversible(payload: bytes) -> bool:
    """Tell whether an image uses the 5/3 wavelet, the only one without loss (T.800 A.6.1)."""
    return _is_reversible(_codestream(payload))


def _codestream(payload: bytes) -> bytes:
    if not payload.startswith((_JP2, _CODESTREAM)):
        raise ValueError("the image inside is no JPEG 2000")
    offset = payload.find(_CODESTREAM)
    if offset < 0:
        raise ValueError("the JPEG 2000 file holds no codestream")
    return payload[offset:]


def _check_size(codestream: bytes, shape_px: tuple[int, int]) -> None:
    length, _, right, bottom, left, top, tile_cols, tile_rows, *offsets, count = _unpack(
        _SIZ, codestream, len(_CODESTREAM)
    )
    if (bottom, right) != shape_px or any((left, top, *offsets)):
        raise ValueError(f"the image is {bottom} x {right} px, not {shape_px[0]} x {shape_px[1]}")
    if (
        not (tile_cols and tile_rows)
        or -(-right // tile_cols) * -(-bottom // tile_rows) > MAX_TILES
    ):
        raise ValueError("the image is cut into too many tiles")
    start = len(_CODESTREAM) + _SIZ.size
    components = codestream[start : start + len(_PLAIN_COMPONENT) * count]
    if count not in (1, 3) or components != _PLAIN_COMPONENT * count:
        raise ValueError(f"{count} components, not 1 or 3 of 8 bits")
    if length != _SIZ.size + len(components):
        raise ValueError("the JPEG 2000 header is damaged")


def _is_reversible(codestream: bytes) -> bool:
    offset = 2
    while True:
        marker, length = _unpack(_MARKER, codestream, offset)
        if marker == _START_OF_TILE or length < 2:
            raise ValueError("the JPEG 2000 header is damaged")
        if marker == _COD:
            segment = codestream[offset + 4 : offset + 2 + length]
            return len(segment) > 9 and segment[9] == _REVERSIBLE
        offset += 2 + length


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Return (rows, cols) of the frame header (T.81 B.2.2)."""
    if not data.startswith(b"\xff\xd8"):
        raise ValueError("a preview picture is no JPEG")
    offset = 2
    while True:
        marker, length = _unpack(_MARKER, data, offset)
        if marker in _JPEG_FRAMES:
            _, rows_px, cols_px, _ = _unpack(_JPEG_SIZE, data, offset + 4)
            return rows_px, cols_px
        if marker < 0xFFC0 or length < 2:
            raise ValueError("a preview picture is damaged")
        offset += 2 + length


def _unpack(layout: struct.Struct, data: bytes, offset: int) -> tuple[int, ...]:
    try:
        return layout.unpack_from(data, offset)
    except struct.error as error:
        raise ValueError(f"a picture ends after {len(data)} bytes") from error


def _decode(data: bytes, picture_format: str, shape_px: tuple[int, int]) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(data), formats=[picture_format]) as image:
            if image.mode not in ("L", "RGB") or (image.height, image.width) != shape_px:
                raise ValueError(f"a picture of {image.height} x {image.width} {image.mode}")
            pixels = np.asarray(image)
    except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ValueError(f"a picture does not decode: {error}") from error
    if pixels.dtype != np.uint8:
        raise ValueError(f"a picture of {pixels.dtype}")
    return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, ::-1])
