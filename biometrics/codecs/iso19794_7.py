r"""Signature time series of ISO/IEC 19794-7:2007, full format (``SDI\0 10\0``).

Layout, big-endian::

    header   "SDI\0" " 10\0" channels:u16 (bit 15 X, 14 Y, 13 Z, 12 VX, 11 VY, 10 AX, 9 AY, 8 T,
             7 DT, 6 F, 5 S, 4 TX, 3 TY, 2 Az, 1 El, 0 R), one description a channel, reserved:u8 0
    descr.   preamble:u8 (bit 7 scaling value, 6 lowest, 5 highest, 4 mean, 3 deviation, 2 constant,
             1 linear component removed), then each part that the preamble names:u16
    scaling  exponent:5 (minus 16) fraction:11, the value is (1 + fraction / 2^11) * 2^exponent
    body     preamble:u8 (bit 7 extended data), points:u24, points * (u16 a channel, S is u8),
             if named: extended length:u16, extended data

A stored number divided by its scaling value is the physical one: mm for X and Y, ms for T. Written
are X and Y in hundredths of a millimetre from the middle of the pad (y up), T in milliseconds, F
from 0 to 65,535 with its range, S as 0 or 1. Between two strokes one point of pressure 0 with S = 0
stands where the pen rose.

No real record was at hand. The layout was compared with the ASN.1 module that the standard prints
in its annex B (GOST R ISO/IEC 19794-7-2009) and its table 3; the bit order of the preamble follows
that module. **Verify against another implementation before exchange outside this system.**
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import FieldValueError, LimitExceededError, UnencodableError

MAGIC = b"SDI\0"
VERSION = b" 10\0"
MAX_RECORD_BYTES = 4 << 20
MAX_POINTS = 100_000  # eight minutes at 200 Hz
UNITS_PER_MM = 128.0  # 0.008 mm steps; both signs reach 256 mm, more than any pad
UNITS_PER_MS = 1.0
MAX_TIME_S = 65.5  # 16 bits of milliseconds

_NAMES = ("X", "Y", "Z", "VX", "VY", "AX", "AY", "T", "DT", "F", "S", "TX", "TY", "Az", "El", "R")
_SIGNED = frozenset(("X", "Y", "VX", "VY", "AX", "AY", "TX", "TY"))
_WRITTEN = ("X", "Y", "T", "F", "S")
_U16 = struct.Struct(">H")
_ATTRIBUTES = 5  # scaling value, lowest, highest, mean, deviation
_HAS_SCALING, _HAS_LOWEST, _HAS_HIGHEST, _IS_CONSTANT = 0x80, 0x40, 0x20, 0x04
_HAS_EXTENDED = 0x80
_POINT = np.dtype([("X", ">i2"), ("Y", ">i2"), ("T", ">u2"), ("F", ">u2"), ("S", "u1")])
_MAX_PRESSURE = 0xFFFF


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """The pen from touching down to rising; all arrays have the same length n."""

    x_mm: NDArray[np.float32]
    """(n,) from the middle of the pad to the right."""
    y_mm: NDArray[np.float32]
    """(n,) from the middle of the pad upwards."""
    pressure: NDArray[np.float32]
    """(n,) 0..1."""
    time_s: NDArray[np.float32]
    """(n,) since the first point, never falling."""


def encode(strokes: Sequence[Stroke]) -> bytes:
    """Write a record with the channels X, Y, T, F and S.

    Parameters
    ----------
    strokes : sequence of Stroke
        At least one point in all; within 256 mm and 65.5 s.

    Returns
    -------
    record : bytes
        `decode` gives back the strokes, rounded to 1/128 mm, 1 ms and 16 bits of pressure.

    Raises
    ------
    UnencodableError
        If a value has no place in the format.

    References
    ----------
    .. [1] ISO/IEC 19794-7:2007, clause 7.
    """
    pieces = [_to_points(stroke) for stroke in strokes]
    # Without the type, numpy joins big-endian arrays to a little-endian one.
    points = np.concatenate([*pieces, np.zeros(0, _POINT)], dtype=_POINT)
    if not 0 < points.size <= MAX_POINTS:
        raise UnencodableError(f"{points.size} points, 1 to {MAX_POINTS}", field="points")
    channels = sum(1 << 15 - _NAMES.index(name) for name in _WRITTEN)
    descriptions = b"".join(
        (
            _encode_scaling(UNITS_PER_MM),  # X
            _encode_scaling(UNITS_PER_MM),  # Y
            _encode_scaling(UNITS_PER_MS),  # T
            struct.pack(">BHH", _HAS_LOWEST | _HAS_HIGHEST, 0, _MAX_PRESSURE),  # F
            b"\0",  # S
        )
    )
    header = MAGIC + VERSION + _U16.pack(channels) + descriptions + b"\0"
    return header + b"\0" + points.size.to_bytes(3, "big") + points.tobytes()


def decode(data: bytes) -> tuple[Stroke, ...]:
    """Read a record that has at least X, Y and T or DT; other channels are skipped.

    Parameters
    ----------
    data : bytes
        Exactly one record.

    Returns
    -------
    strokes : tuple of Stroke
        Cut where S is 0, or the pressure when there is no S. Without F the pressure is 1.

    Raises
    ------
    CodecError
        One subclass per reason.
    """
    cursor = Cursor(data, limit_bytes=MAX_RECORD_BYTES, name="signature record")
    cursor.expect(MAGIC, VERSION)
    (inclusions,) = cursor.unpack(_U16, "channels")
    names = [name for bit, name in enumerate(_NAMES) if inclusions >> 15 - bit & 1]
    if not {"X", "Y"} <= set(names) or not {"T", "DT"} & set(names):
        raise FieldValueError(f"{names} without X, Y and a time", field="channels")
    scales = {name: _decode_description(cursor, name) for name in names}
    if cursor.take(1, "reserved") != b"\0":
        raise FieldValueError("not 0", field="reserved")
    values = _decode_points(cursor, names)
    return _to_strokes(values, scales)


def _encode_scaling(value: float) -> bytes:
    mantissa, exponent = np.frexp(value)  # value = mantissa * 2^exponent, mantissa in 0.5..1
    fraction = round((float(mantissa) * 2 - 1) * 2048)
    return struct.pack(">BH", _HAS_SCALING, (int(exponent) - 1 + 16) << 11 | fraction)


def _to_points(stroke: Stroke) -> NDArray[np.void]:
    """Return the points of a stroke and the one where the pen rose."""
    arrays = (stroke.x_mm, stroke.y_mm, stroke.pressure, stroke.time_s)
    lengths = {array.shape for array in arrays}
    if len(lengths) != 1 or stroke.x_mm.ndim != 1:
        raise UnencodableError(f"arrays of shapes {lengths}", field="stroke")
    if not all(bool(np.isfinite(array).all()) for array in arrays):
        raise UnencodableError("a value that is no number", field="stroke")
    count = stroke.x_mm.size
    points = np.zeros(count + (count > 0), _POINT)
    points["X"][:count] = _fit(stroke.x_mm, UNITS_PER_MM, -32768, 32767, "X")
    points["Y"][:count] = _fit(stroke.y_mm, UNITS_PER_MM, -32768, 32767, "Y")
    points["T"][:count] = _fit(stroke.time_s, 1000 * UNITS_PER_MS, 0, 65535, "T")
    points["F"][:count] = _fit(stroke.pressure, _MAX_PRESSURE, 0, _MAX_PRESSURE, "F")
    points["S"][:count] = 1
    if count:
        for name in ("X", "Y", "T"):
            points[name][count] = points[name][count - 1]
    return points


def _fit(
    values: NDArray[np.float32], scale: float, lowest: int, highest: int, name: str
) -> NDArray[np.int64]:
    scaled = np.rint(values.astype(np.float64) * scale).astype(np.int64)
    if scaled.size and (scaled.min() < lowest or scaled.max() > highest):
        raise UnencodableError(f"{values.min():g}..{values.max():g} does not fit", field=name)
    return scaled


def _decode_description(cursor: Cursor, name: str) -> tuple[float, float]:
    """Return what to subtract from and then divide by: (0, scaling) or the range of F."""
    (preamble,) = cursor.take(1, f"preamble of {name}")
    if preamble & _IS_CONSTANT:
        raise FieldValueError("a constant channel is not read", field=f"preamble of {name}")
    parts = {}
    for bit in range(_ATTRIBUTES):
        flag = 0x80 >> bit
        if preamble & flag:
            (parts[flag],) = cursor.unpack(_U16, f"description of {name}")
    if name == "F":
        lowest = float(parts.get(_HAS_LOWEST, 0))
        highest = float(parts.get(_HAS_HIGHEST, _MAX_PRESSURE))
        if highest <= lowest:
            raise FieldValueError(f"{lowest:g}..{highest:g} is no range", field="F")
        return lowest, highest - lowest
    code = parts.get(_HAS_SCALING)
    if code is None:
        return 0.0, 1.0
    return 0.0, float((1 + (code & 0x7FF) / 2048) * 2.0 ** ((code >> 11) - 16))


def _decode_points(cursor: Cursor, names: list[str]) -> dict[str, NDArray[np.float64]]:
    (preamble,) = cursor.take(1, "body preamble")
    count = int.from_bytes(cursor.take(3, "number of points"), "big")
    if not 0 < count <= MAX_POINTS:
        raise LimitExceededError(f"{count} points, 1 to {MAX_POINTS}", field="points")
    layout = np.dtype([(name, _type_of(name)) for name in names])
    table = np.frombuffer(cursor.take(count * layout.itemsize, "points"), layout)
    if preamble & _HAS_EXTENDED:
        (length,) = cursor.unpack(_U16, "extended data length")
        cursor.take(length, "extended data")
    cursor.finish()
    return {name: table[name].astype(np.float64) for name in names}


def _type_of(name: str) -> str:
    if name == "S":
        return "u1"
    return ">i2" if name in _SIGNED else ">u2"


def _to_strokes(
    values: dict[str, NDArray[np.float64]], scales: dict[str, tuple[float, float]]
) -> tuple[Stroke, ...]:
    physical = {name: (values[name] - scales[name][0]) / scales[name][1] for name in values}
    time_ms = physical["T"] if "T" in physical else np.cumsum(physical["DT"])
    pressure = np.clip(physical.get("F", np.ones_like(time_ms)), 0.0, 1.0)
    is_down = values.get("S", pressure) > 0
    edges = np.flatnonzero(np.diff(is_down.astype(np.int8))) + 1
    strokes = []
    for piece in np.split(np.arange(is_down.size), edges):
        if is_down[piece[0]]:
            strokes.append(
                Stroke(
                    x_mm=physical["X"][piece].astype(np.float32),
                    y_mm=physical["Y"][piece].astype(np.float32),
                    pressure=pressure[piece].astype(np.float32),
                    time_s=(time_ms[piece] / 1000).astype(np.float32),
                )
            )
    return tuple(strokes)
