"""WSQ, the lossy compression of fingerprints at 500 ppi.

Without a ratio the encoder works at 0.75 bit a pixel, which makes 11:1 to 19:1 of a print; with one
it seeks the rate that gives it (`wsq_library.py` says how the library is brought to listen).
`_wsq.compress` takes the rows first and silently shears the image when they are swapped. Its
decoder dies of damaged bytes (segmentation faults within a few hundred mutations), so decoding runs
in a child process, `biometrics.codecs.wsq_child`, with limits on time and memory. This encoder is
not a certified one and must not be called so.

Verified against real bytes: SourceAFIS's pair of a WSQ file and its conversion by another decoder
(equal pixels), NIST's ``img.wsq``, and MOSIP's eleven WSQ records against their lossless originals.
"""

import struct
import subprocess
import sys

import numpy as np
from numpy.typing import NDArray

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import (
    DamagedPayloadError,
    FieldValueError,
    LimitExceededError,
    UnencodableError,
    WrongFormatError,
)
from biometrics.codecs.wsq_library import compress_at_rate

RESOLUTION_PPI = 500.0  # the tables of WSQ are made for it; source: IAFIS-IC-0110 v3.1
MIN_SIDE_PX = 64  # the library overflows its buffers below about 50
MAX_SIDE_PX = 4096
MAX_PIXELS = 3_000_000  # a slap of 1600 x 1500 and some; source: SECURITY.md, untrusted bytes
MAX_BYTES = 4 << 20
LOWEST_RATIO = 10.0  # what a national file accepts; source: FIELD.md, formats
HIGHEST_RATIO = 20.0
DECODE_TIMEOUT_S = 10.0  # a print takes 5 ms, the child's start about 50 ms

_SOI = b"\xff\xa0"
_SOF = 0xFFA2
_SEGMENTS = (0xFFA4, 0xFFA5, 0xFFA6, 0xFFA8)  # DTT, DQT, DHT, COM
_MARKER = struct.Struct(">H")
_SIZE = struct.Struct(">xxHH")  # black, white, rows, cols
_CHILD_HEADER = struct.Struct(">II")
_RATE_BITS_PER_PX = 0.75  # of the FBI's specification
_RATE_LIMITS_BITS_PER_PX = (0.05, 3.0)  # noise reaches 3:1 to 190:1 between them
_RATIO_TOLERANCE = 0.02
_MAX_ATTEMPTS = 12


def encode(pixels: NDArray[np.uint8], *, ratio: float | None = None) -> bytes:
    """Compress a fingerprint image.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Grey at 500 ppi, both sides 64 to 4096 pixels.
    ratio : float or None
        Raw size over compressed size, 10 to 20; None for 0.75 bit a pixel.

    Returns
    -------
    data : bytes
        With a ratio, within 2 % of it where the picture allows: a nearly empty one compresses
        further at every rate, and then the finest one is returned. `compression_ratio` tells.

    Raises
    ------
    UnencodableError
        If the array is of another type, shape or size, or the ratio out of range.

    References
    ----------
    .. [1] FBI, WSQ Gray-scale Fingerprint Image Compression Specification, IAFIS-IC-0110 v3.1.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 2:
        raise UnencodableError(f"{pixels.dtype} {pixels.shape} is no grey image", field="pixels")
    rows_px, cols_px = pixels.shape
    is_in_range = min(rows_px, cols_px) >= MIN_SIDE_PX and max(rows_px, cols_px) <= MAX_SIDE_PX
    if not is_in_range or pixels.size > MAX_PIXELS:
        raise UnencodableError(f"{rows_px} x {cols_px} px", field="pixels")
    if ratio is None:
        return _encode_at_rate(pixels, _RATE_BITS_PER_PX)
    if not LOWEST_RATIO <= ratio <= HIGHEST_RATIO:
        raise UnencodableError(
            f"{ratio} is not {LOWEST_RATIO:g} to {HIGHEST_RATIO:g}", field="ratio"
        )
    return _encode_to_ratio(pixels, ratio)


def compression_ratio(data: bytes) -> float:
    """Return the raw size over the compressed size, from the frame header.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    ratio : float
        A national file accepts `LOWEST_RATIO` to `HIGHEST_RATIO`.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    rows_px, cols_px = read_size(data)
    return rows_px * cols_px / len(data)


def read_size(data: bytes, *, limit_px: int = MAX_PIXELS) -> tuple[int, int]:
    """Return (rows, cols) from the frame header; nothing is decoded.

    Parameters
    ----------
    data : bytes
        The whole file.
    limit_px : int
        Refuse more pixels than this.

    Returns
    -------
    size_px : tuple of int
        Rows and columns.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    cursor = Cursor(data, limit_bytes=MAX_BYTES, name="WSQ")
    found = cursor.take(len(_SOI), "start of image")
    if found != _SOI:
        raise WrongFormatError(f"begins with {found!r}", field="start of image")
    content = _find_frame(cursor)
    (rows_px, cols_px) = Cursor(content, limit_bytes=MAX_BYTES, name="SOF").unpack(_SIZE, "SOF")
    if rows_px == 0 or cols_px == 0:
        raise FieldValueError(f"{rows_px} x {cols_px} px", field="SOF")
    if max(rows_px, cols_px) > MAX_SIDE_PX or rows_px * cols_px > limit_px:
        raise LimitExceededError(f"{rows_px} x {cols_px} px", field="SOF")
    return rows_px, cols_px


def decode(data: bytes, *, limit_px: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Decompress a fingerprint image in a child process (about 50 ms).

    Parameters
    ----------
    data : bytes
        The whole file.
    limit_px : int
        Refuse more pixels than this before the child is started.

    Returns
    -------
    pixels : (rows, cols) ndarray of uint8
        Grey.

    Raises
    ------
    CodecError
        One subclass per reason. WSQ has no checksum: some damage only changes pixels.
    """
    size_px = read_size(data, limit_px=limit_px)
    try:
        child = subprocess.run(
            [sys.executable, "-m", "biometrics.codecs.wsq_child"],
            input=data,
            capture_output=True,
            check=False,
            timeout=DECODE_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise DamagedPayloadError("the decoder did not end", field="WSQ") from error
    if child.returncode != 0:
        raise DamagedPayloadError(f"the decoder ended with {child.returncode}", field="WSQ")
    answer = child.stdout
    if len(answer) != _CHILD_HEADER.size + size_px[0] * size_px[1]:
        raise DamagedPayloadError("the decoder gave another size", field="WSQ")
    if _CHILD_HEADER.unpack_from(answer) != size_px:
        raise DamagedPayloadError("the decoder gave another size", field="WSQ")
    return np.frombuffer(answer, np.uint8, offset=_CHILD_HEADER.size).reshape(size_px).copy()


def _encode_at_rate(pixels: NDArray[np.uint8], bits_per_px: float) -> bytes:
    return compress_at_rate(pixels, bits_per_px=bits_per_px, resolution_ppi=int(RESOLUTION_PPI))


def _encode_to_ratio(pixels: NDArray[np.uint8], ratio: float) -> bytes:
    """Halve the span of rates, on a logarithmic scale, until the size fits."""
    coarse, fine = _RATE_LIMITS_BITS_PER_PX
    rate = _RATE_BITS_PER_PX
    for _ in range(_MAX_ATTEMPTS):
        data = _encode_at_rate(pixels, rate)
        found = pixels.size / len(data)
        is_accepted = LOWEST_RATIO <= found <= HIGHEST_RATIO
        if is_accepted and abs(found / ratio - 1) <= _RATIO_TOLERANCE:
            return data
        coarse, fine = (coarse, rate) if found < ratio else (rate, fine)
        rate = (coarse * fine) ** 0.5
    return data


def _find_frame(cursor: Cursor) -> bytes:
    """Return the content of the frame header segment."""
    while True:
        (marker,) = cursor.unpack(_MARKER, "marker")
        if marker != _SOF and marker not in _SEGMENTS:
            raise FieldValueError(f"{marker:#06x} before the frame header", field="marker")
        (length,) = cursor.unpack(_MARKER, "segment length")
        if length < _MARKER.size:
            raise FieldValueError(f"{length} is shorter than itself", field="segment length")
        content = cursor.take(length - _MARKER.size, "segment")
        if marker == _SOF:
            return content
