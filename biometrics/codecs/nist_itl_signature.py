"""A signature in an ANSI/NIST-ITL file: Type 8, as vectors or as a scanned picture.

Layout, big-endian, behind length and IDC::

    signer:u8 (0 subject, 1 official) representation:u8 (0 picture, 1 compressed, 2 vectors)
    resolution:u8 (0 smallest of the standard, 1 that of the header) cols:u16 rows:u16
    picture, or vectors * (x:u16 y:u16 in 0.0254 mm from the lower left, pressure:u8)

A pressure of 0 says that the pen is up, 1 to 254 rise from the least to the greatest, and 255 ends
the list. Time has no place here: the record of ISO/IEC 19794-7 keeps it.

Verified against real bytes: NIST's ``sign_vec.an2`` and ``sign_raw.an2`` re-encode to the same
bytes.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import check, require
from biometrics.codecs.iso19794_7 import Stroke
from biometrics.codecs.nist_itl_records import BinaryRecord

UNIT_MM = 0.0254  # a thousandth of an inch
MAX_VECTORS = 100_000  # as in iso19794_7
PEN_UP, MAX_PRESSURE, END = 0, 254, 255
_VECTORS = 2
_HEAD = struct.Struct(">BBBHH")
_VECTOR = np.dtype([("x", ">u2"), ("y", ">u2"), ("pressure", "u1")])


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as the record holds it."""

    idc: int
    vectors: tuple[tuple[int, int, int], ...] = ()
    """x, y and pressure, the end mark included; empty of a picture."""
    payload: bytes = b""
    """The picture as it is; empty of vectors."""
    shape_px: tuple[int, int] = (0, 0)
    """Rows and columns of the picture."""
    is_compressed: bool = False
    is_official: bool = False
    """Of the official who took the prints, not of the subject."""
    is_own_resolution: bool = False


def from_strokes(idc: int, strokes: Sequence[Stroke]) -> Signature:
    """Turn strokes into vectors.

    Parameters
    ----------
    idc : int
        Of the record.
    strokes : sequence of Stroke
        At least one point in all, within 1.66 m; moved so that the lower left is at 0.

    Returns
    -------
    signature : Signature
        Places rounded to 0.0254 mm and pressure to 254 steps; between strokes the pen is up.

    Raises
    ------
    UnencodableError
        If a value has no place in the format.
    """
    drawn = [stroke for stroke in strokes if stroke.x_mm.size]
    require(bool(drawn), "Type-8 record", "no point")
    x_mm = np.concatenate([stroke.x_mm for stroke in drawn]).astype(np.float64)
    y_mm = np.concatenate([stroke.y_mm for stroke in drawn]).astype(np.float64)
    is_place = bool(np.isfinite(x_mm).all() and np.isfinite(y_mm).all())
    require(is_place, "Type-8 record", "a value that is no number")
    origin_mm = (float(x_mm.min()), float(y_mm.min()))
    reach_mm = max(float(np.ptp(x_mm)), float(np.ptp(y_mm)))
    require(reach_mm <= 0xFFFF * UNIT_MM, "Type-8 record", f"{reach_mm:g} mm wide")
    require(x_mm.size + len(drawn) + 1 <= MAX_VECTORS, "Type-8 record", f"{x_mm.size} points")
    vectors = [vector for stroke in drawn for vector in _to_vectors(stroke, origin_mm)]
    last_x, last_y, _ = vectors[-1]
    return Signature(idc, (*vectors, (last_x, last_y, END)))


def encode_signature(signature: Signature) -> BinaryRecord:
    """Make a Type-8 record; raises UnencodableError."""
    has_one = bool(signature.vectors) != bool(signature.payload)
    require(has_one, "Type-8 record", "neither vectors nor a picture, or both")
    require(len(signature.vectors) <= MAX_VECTORS, "Type-8 record", "too many vectors")
    is_size = all(0 <= size_px <= 0xFFFF for size_px in signature.shape_px)
    require(is_size, "8.006", f"{signature.shape_px}")
    representation = _VECTORS if signature.vectors else int(signature.is_compressed)
    rows_px, cols_px = signature.shape_px
    head = _HEAD.pack(
        *(signature.is_official, representation, signature.is_own_resolution, cols_px, rows_px)
    )
    if not signature.vectors:
        return BinaryRecord(8, signature.idc, head + signature.payload)
    for x, y, pressure in signature.vectors:
        is_vector = 0 <= x <= 0xFFFF and 0 <= y <= 0xFFFF and 0 <= pressure <= END
        require(is_vector, "8.008", f"{(x, y, pressure)}")
    ends = [pressure == END for _, _, pressure in signature.vectors]
    require(ends[-1] and sum(ends) == 1, "8.008", "not one end mark, the last")
    return BinaryRecord(
        8, signature.idc, head + np.array(list(signature.vectors), _VECTOR).tobytes()
    )


def decode_signature(record: BinaryRecord) -> Signature:
    """Read a record of Type 8; raises CodecError."""
    cursor = Cursor(record.content, limit_bytes=len(record.content), name="Type-8 record")
    official, representation, own, cols_px, rows_px = cursor.unpack(_HEAD, "Type-8 record")
    check(official in (0, 1), "8.003", f"{official}")
    check(representation in (0, 1, _VECTORS), "8.004", f"{representation}")
    check(own in (0, 1), "8.005", f"{own}")
    vectors: tuple[tuple[int, int, int], ...] = ()
    payload = cursor.take(cursor.remaining, "8.008")
    if representation == _VECTORS:
        vectors, payload = _decode_vectors(payload), b""
    check(bool(vectors or payload), "8.008", "empty")
    return Signature(
        idc=record.idc,
        vectors=vectors,
        payload=payload,
        shape_px=(rows_px, cols_px),
        is_compressed=representation == 1,
        is_official=official == 1,
        is_own_resolution=own == 1,
    )


def _to_vectors(stroke: Stroke, origin_mm: tuple[float, float]) -> list[tuple[int, int, int]]:
    x = _to_units(stroke.x_mm, origin_mm[0])
    y = _to_units(stroke.y_mm, origin_mm[1])
    pressure = np.clip(stroke.pressure.astype(np.float64), 0.0, 1.0)
    steps = 1 + np.rint(pressure * (MAX_PRESSURE - 1)).astype(np.int64)
    down = list(zip(x.tolist(), y.tolist(), steps.tolist(), strict=True))
    return [*down, (*down[-1][:2], PEN_UP)]


def _to_units(values_mm: NDArray[np.float32], origin_mm: float) -> NDArray[np.int64]:
    return np.rint((values_mm.astype(np.float64) - origin_mm) / UNIT_MM).astype(np.int64)


def _decode_vectors(content: bytes) -> tuple[tuple[int, int, int], ...]:
    check(len(content) % _VECTOR.itemsize == 0, "8.008", f"{len(content)} bytes of vectors")
    count = len(content) // _VECTOR.itemsize
    check(0 < count <= MAX_VECTORS, "8.008", f"{count} vectors, 1 to {MAX_VECTORS}")
    vectors = tuple(
        (int(x), int(y), int(pressure)) for x, y, pressure in np.frombuffer(content, _VECTOR)
    )
    ends = [pressure == END for _, _, pressure in vectors]
    check(ends[-1] and sum(ends) == 1, "8.008", "not one end mark, the last")
    return vectors
