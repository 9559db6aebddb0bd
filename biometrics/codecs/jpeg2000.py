r"""JPEG 2000 in memory: lossless for enrolment, by ratio or size for the small tier.

Bytes from outside are read by us first, boxes here and the codestream's headers in
`jpeg2000_codestream.py`, and only then the bare codestream goes to the decoder, in this process.
Palettes, colour profiles and metadata never reach it::

    JP2 file     box*: length:u32 type[4] (length:u64 when length is 1), "jP  " "ftyp" "jp2h" "jp2c"

Verified against real bytes: MOSIP's ten finger, two iris and two face records (JP2, reversible
wavelet) and NIST's ``img.jp2``.
"""

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import (
    DamagedPayloadError,
    FieldValueError,
    UnencodableError,
    WrongFormatError,
)
from biometrics.codecs.jpeg2000_codestream import (
    MAX_SIDE_PX,
    START,
    ImageHeader,
    read_codestream,
)

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE_PX",
    "ImageHeader",
    "decode",
    "encode_lossless",
    "encode_to_ratio",
    "encode_to_size",
    "read_header",
]

MAX_PIXELS = 8_000_000  # a portrait; source: SECURITY.md, untrusted bytes
MAX_BYTES = 32 << 20  # 8 megapixels of 24 bits and room to spare

_SIGNATURE_BOX = b"\0\0\0\x0cjP  \r\n\x87\n"
_BOX = struct.Struct(">I4s")
_LONG_LENGTH = struct.Struct(">Q")
_IMAGE_HEADER = struct.Struct(">IIHBBBB")
_COLOUR_SPACES = (16, 17)  # enumerated: sRGB, grey; others would be decoded to wrong colours


def encode_lossless(pixels: NDArray[np.uint8], *, is_codestream: bool = False) -> bytes:
    """Compress without loss (5/3 wavelet).

    Parameters
    ----------
    pixels : (rows, cols) or (rows, cols, 3) ndarray of uint8
        Grey or BGR.
    is_codestream : bool
        Leave the JP2 boxes out.

    Returns
    -------
    data : bytes
        `decode` gives back exactly `pixels`.

    Raises
    ------
    UnencodableError
        If the array is empty, too large or of another shape or type.
    """
    return _save(pixels, is_codestream=is_codestream, irreversible=False)


def encode_to_ratio(pixels: NDArray[np.uint8], *, ratio: float) -> bytes:
    """Compress with loss (9/7 wavelet) to about 1 / `ratio` of the raw size.

    Parameters
    ----------
    pixels : (rows, cols) or (rows, cols, 3) ndarray of uint8
        Grey or BGR.
    ratio : float
        Above 1.

    Returns
    -------
    data : bytes
        A JP2 file.

    Raises
    ------
    UnencodableError
        If the array does not fit, or the ratio is not above 1.
    """
    if not ratio > 1.0:
        raise UnencodableError(f"{ratio} is not above 1", field="ratio")
    return _save(pixels, irreversible=True, quality_mode="rates", quality_layers=[ratio])


def encode_to_size(pixels: NDArray[np.uint8], *, size_bytes: int) -> bytes:
    """Compress to about `size_bytes`, without loss where that already fits.

    Parameters
    ----------
    pixels : (rows, cols) or (rows, cols, 3) ndarray of uint8
        Grey or BGR.
    size_bytes : int
        Target; the result is within a few per cent of it, never much above.

    Returns
    -------
    data : bytes
        A JP2 file.

    Raises
    ------
    UnencodableError
        If the array does not fit, or the size is not positive.
    """
    if size_bytes <= 0:
        raise UnencodableError(f"{size_bytes} bytes", field="size")
    if pixels.size <= size_bytes:
        return encode_lossless(pixels)
    return encode_to_ratio(pixels, ratio=pixels.size / size_bytes)


def read_header(data: bytes, *, limit_px: int = MAX_PIXELS) -> ImageHeader:
    """Read size and kind from a JP2 file or a bare codestream; nothing is decoded.

    Parameters
    ----------
    data : bytes
        The whole file.
    limit_px : int
        Refuse more pixels than this.

    Returns
    -------
    header : ImageHeader
        From the codestream, which must agree with the boxes.

    Raises
    ------
    CodecError
        One subclass per reason.

    References
    ----------
    .. [1] ITU-T T.800 (ISO/IEC 15444-1), annexes A.5, A.6 and I.
    """
    codestream, boxed = _find_codestream(data)
    header = read_codestream(codestream, limit_bytes=MAX_BYTES, limit_px=limit_px)
    if boxed is not None and boxed != (header.rows_px, header.cols_px, header.channels):
        raise FieldValueError(f"{boxed} in the box, another in the codestream", field="ihdr")
    return header


def decode(data: bytes, *, limit_px: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Decompress a JP2 file or a bare codestream.

    Parameters
    ----------
    data : bytes
        The whole file.
    limit_px : int
        Refuse more pixels than this before anything is allocated.

    Returns
    -------
    pixels : (rows, cols) or (rows, cols, 3) ndarray of uint8
        Grey or BGR.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    header = read_header(data, limit_px=limit_px)
    codestream, _ = _find_codestream(data)
    try:
        with Image.open(io.BytesIO(codestream), formats=["JPEG2000"]) as image:
            pixels = np.asarray(image)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError) as error:
        raise DamagedPayloadError(f"the decoder says: {error}", field="JPEG 2000") from error
    shape = (header.rows_px, header.cols_px) + ((3,) if header.channels == 3 else ())
    if pixels.shape != shape or pixels.dtype != np.uint8:
        raise DamagedPayloadError(
            f"decoded to {pixels.shape}, announced {shape}", field="JPEG 2000"
        )
    return np.ascontiguousarray(pixels[..., ::-1] if header.channels == 3 else pixels)


def _save(pixels: NDArray[np.uint8], *, is_codestream: bool = False, **options: object) -> bytes:
    is_colour = pixels.ndim == 3 and pixels.shape[2] == 3
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or is_colour):
        raise UnencodableError(f"{pixels.dtype} {pixels.shape} is no image", field="pixels")
    rows_px, cols_px = pixels.shape[:2]
    if not 0 < rows_px * cols_px <= MAX_PIXELS or max(rows_px, cols_px) > MAX_SIDE_PX:
        raise UnencodableError(f"{rows_px} x {cols_px} px", field="pixels")
    image = Image.fromarray(np.ascontiguousarray(pixels[..., ::-1] if is_colour else pixels))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG2000", no_jp2=is_codestream, **options)
    return buffer.getvalue()


def _find_codestream(data: bytes) -> tuple[bytes, tuple[int, int, int] | None]:
    """Return the codestream and, of a JP2 file, what its image header box says."""
    if data.startswith(START):
        return data, None
    if not data.startswith(_SIGNATURE_BOX):
        raise WrongFormatError(f"begins with {data[:8]!r}", field="JPEG 2000 signature")
    cursor = Cursor(data, limit_bytes=MAX_BYTES, name="JP2 file")
    boxed: tuple[int, int, int] | None = None
    while cursor.remaining:
        kind, content = _next_box(cursor)
        if kind == b"jp2h":
            boxed = _read_header_box(content)
        elif kind == b"jp2c":
            if boxed is None:
                raise FieldValueError("the codestream comes before its header", field="jp2c")
            return content, boxed
    raise WrongFormatError("no codestream box", field="JP2 file")


def _next_box(cursor: Cursor) -> tuple[bytes, bytes]:
    length, kind = cursor.unpack(_BOX, "box")
    header_size = _BOX.size
    if length == 1:
        (length,) = cursor.unpack(_LONG_LENGTH, "box length")
        header_size += _LONG_LENGTH.size
    if length == 0:  # to the end of the file
        return kind, cursor.take(cursor.remaining, "box")
    if length < header_size:
        raise FieldValueError(f"{length} is shorter than its header", field="box length")
    return kind, cursor.take(length - header_size, kind.decode("latin-1"))


def _read_header_box(content: bytes) -> tuple[int, int, int]:
    cursor = Cursor(content, limit_bytes=MAX_BYTES, name="jp2h")
    found: tuple[int, int, int] | None = None
    while cursor.remaining:
        kind, box = _next_box(cursor)
        if kind == b"ihdr":
            fields = Cursor(box, limit_bytes=MAX_BYTES, name="ihdr").unpack(_IMAGE_HEADER, "ihdr")
            found = (fields[0], fields[1], fields[2])
        elif kind in (b"pclr", b"cmap"):
            raise FieldValueError("a palette", field="jp2h")
        elif kind == b"colr" and box[:1] == b"\x01":
            _check_colour_space(int.from_bytes(box[3:7], "big"))
    if found is None:
        raise FieldValueError("no ihdr box", field="jp2h")
    return found


def _check_colour_space(code: int) -> None:
    if code not in _COLOUR_SPACES:
        raise FieldValueError(f"colour space {code} is neither sRGB nor grey", field="colr")
