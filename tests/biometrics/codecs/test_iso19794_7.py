"""Signature time series: hand-written bytes, round trips, channels of other writers, refusals."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.codecs import iso19794_7
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    LimitExceededError,
    TrailingBytesError,
    TruncatedError,
    UnencodableError,
    UnsupportedVersionError,
    WrongFormatError,
)
from biometrics.codecs.iso19794_7 import Stroke

HEAD = b"SDI\0" + b" 10\0"


def stroke(*points):
    columns = np.array(points, np.float32).reshape(-1, 4).T
    return Stroke(*columns)


# One point at (1, -2) mm, full pressure, 3 ms, and the pen rises; by hand.
BYTES = HEAD + bytes.fromhex(
    "c160"  # X, Y, T, F, S
    "80 b800 80 b800 80 8000"  # X and Y: 2^(23-16) = 128 a mm; T: 2^(16-16) = 1 a ms
    "60 0000 ffff 00"  # F from 0 to 65,535; S without description
    "00 00 000002"  # reserved; body: no extended data, two points
    "0080 ff00 0003 ffff 01"
    "0080 ff00 0003 0000 00"
)


def test_the_bytes_are_where_the_standard_has_them():
    assert iso19794_7.encode([stroke((1.0, -2.0, 1.0, 0.003))]) == BYTES
    (only,) = iso19794_7.decode(BYTES)
    assert (only.x_mm[0], only.y_mm[0], only.pressure[0]) == (1.0, -2.0, 1.0)
    assert only.time_s[0] == pytest.approx(0.003)


def test_a_signature_of_nothing_is_not_written():
    for strokes in ([], [stroke()]):
        with pytest.raises(UnencodableError):
            iso19794_7.encode(strokes)


@pytest.mark.parametrize(
    "point",
    [
        (257.0, 0, 0.5, 0),
        (0, -257.0, 0.5, 0),
        (0, 0, 1.5, 0),
        (0, 0, -0.1, 0),
        (0, 0, 0.5, 66.0),
        (0, 0, 0.5, -1.0),
        (np.nan, 0, 0.5, 0),
        (0, 0, 0.5, np.inf),
    ],
)
def test_what_does_not_fit_is_not_written(point):
    with pytest.raises(UnencodableError):
        iso19794_7.encode([stroke(point)])


def test_arrays_of_different_lengths_are_refused():
    zeros = np.zeros(2, np.float32)
    with pytest.raises(UnencodableError):
        iso19794_7.encode([Stroke(zeros, zeros, zeros, zeros[:1])])


def test_too_many_points_are_refused():
    zeros = np.zeros(iso19794_7.MAX_POINTS, np.float32)
    with pytest.raises(UnencodableError):
        iso19794_7.encode([Stroke(zeros, zeros, zeros, zeros)])


coordinates = st.floats(-255, 255, width=32)
points = st.tuples(coordinates, coordinates, st.floats(0, 1, width=32), st.floats(0, 65, width=32))


@given(st.lists(st.lists(points, min_size=1, max_size=8), min_size=1, max_size=4))
def test_strokes_survive_the_bytes(made):
    strokes = [stroke(*points) for points in made]
    record = iso19794_7.encode(strokes)
    decoded = iso19794_7.decode(record)
    assert len(decoded) == len(strokes)
    for before, after in zip(strokes, decoded, strict=True):
        np.testing.assert_allclose(before.x_mm, after.x_mm, atol=1 / 256 + 1e-4)
        np.testing.assert_allclose(before.y_mm, after.y_mm, atol=1 / 256 + 1e-4)
        np.testing.assert_allclose(before.pressure, after.pressure, atol=1e-4)
        np.testing.assert_allclose(before.time_s, after.time_s, atol=0.00051)
    assert iso19794_7.encode(decoded) == record


def record(channels, descriptions, body):
    return HEAD + struct.pack(">H", channels) + bytes.fromhex(descriptions + "00" + body)


def test_time_steps_and_unknown_channels_of_other_writers_are_read():
    # X, Y, Z, DT (bits 15, 14, 13, 7), no scaling; pen always down; extended data behind
    data = record(
        0xE080, "00 00 00 00", "80 000002 0001 0002 0009 0005 0003 0004 0009 0007 0002 abcd"
    )
    (only,) = iso19794_7.decode(data)
    assert only.x_mm.tolist() == [1, 3]
    assert only.time_s.tolist() == pytest.approx([0.005, 0.012])
    assert only.pressure.tolist() == [1, 1]


def test_without_a_tip_switch_pressure_cuts_the_strokes():
    # X, Y, T, F with F in 10..20
    points = "".join(
        f"000{n} 0000 000{n} {force}" for n, force in enumerate(("000f", "000a", "0014"))
    )
    data = record(0xC140, "00 00 00 60 000a 0014", "00 000003" + points)
    first, second = iso19794_7.decode(data)
    assert (first.pressure.tolist(), second.pressure.tolist()) == ([0.5], [1.0])


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"SDX" + BYTES[3:], WrongFormatError),
        (BYTES[:5] + b"2" + BYTES[6:], UnsupportedVersionError),
        (BYTES[:9], TruncatedError),
        (BYTES[:-1], TruncatedError),
        (BYTES + b"\0", TrailingBytesError),
        (record(0xC000, "00 00", "00 000000"), FieldValueError),  # no time
        (record(0x4100, "00 00", "00 000000"), FieldValueError),  # no X
        (record(0xC100, "04 00 00", "00 000001 0000 0000 0000"), FieldValueError),  # constant
        (record(0xC140, "00 00 00 60 0005 0005", "00 000001" + "00" * 8), FieldValueError),
        (record(0xC100, "00 00 00", "00 000000"), LimitExceededError),
        (record(0xC100, "00 00 00", "00 ffffff"), LimitExceededError),
        (record(0xC100, "00 00 00", "80 000001 000000000000 0003 00"), TruncatedError),
        (HEAD + b"\xc1\x00\0\0\0" + b"\1" + b"\0\0\0\1" + bytes(6), FieldValueError),  # reserved
    ],
)
def test_each_refusal_has_its_error(data, error):
    with pytest.raises(error) as caught:
        iso19794_7.decode(data)
    assert type(caught.value) is error


@given(st.integers(0, 60), st.binary(max_size=6))
def test_any_bytes_give_strokes_or_our_error(offset, patch):
    for data in (patch, HEAD + patch, BYTES[:offset] + patch + BYTES[offset + len(patch) :]):
        try:
            strokes = iso19794_7.decode(data)
        except CodecError:
            continue
        assert all(stroke.x_mm.size for stroke in strokes)
