"""Minutiae for a chip: bytes by hand, rounding, removal, order, and the data object."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.codecs import card_object
from biometrics.codecs import iso19794_2_card as card
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    LimitExceededError,
    TrailingBytesError,
    TruncatedError,
    UnencodableError,
    WrongFormatError,
)
from biometrics.codecs.iso19794_2_card import CardFormat, CardLimits, MinutiaOrder
from tests.biometrics.codecs.made_views import make_template

PX_PER_MM = 500 / 25.4
UNSORTED = CardLimits(255, MinutiaOrder.NONE)


def at(xs_mm, ys_mm, **arrays):
    """A template with minutiae at these places."""
    cols = np.array(xs_mm, np.float32) * np.float32(PX_PER_MM)
    rows = np.array(ys_mm, np.float32) * np.float32(PX_PER_MM)
    return make_template(cols.size, (20_000, 20_000), rows=rows, cols=cols, **arrays)


def places(data):
    return [tuple(data[start : start + 2]) for start in range(0, len(data), 3)]


def test_no_minutiae_make_no_bytes():
    for card_format in CardFormat:
        assert card.encode(make_template(), card_format=card_format) == b""
        decoded = card.decode(b"", card_format=card_format)
        assert len(decoded) == 0
        assert decoded.shape_px == (1, 1)


def test_compact_bytes_by_hand():
    made = at(
        [1.0, 25.5],
        [2.0, 25.5],
        angle_rad=np.array([math.pi / 2, math.pi], np.float32),
        kind=np.array([1, 2], np.uint8),
    )
    assert card.encode(made, limits=UNSORTED) == bytes.fromhex("0a1450 ffffa0")
    decoded = card.decode(bytes.fromhex("0a1450 ffffa0"))
    assert decoded.cols == pytest.approx([1.0 * PX_PER_MM, 25.5 * PX_PER_MM], abs=0.01)
    assert decoded.rows == pytest.approx([2.0 * PX_PER_MM, 25.5 * PX_PER_MM], abs=0.01)
    assert decoded.angle_rad == pytest.approx([math.pi / 2, math.pi])
    assert decoded.kind.tolist() == [1, 2]


def test_normal_bytes_by_hand():
    made = at([1.0], [163.83], angle_rad=np.array([-math.pi / 2], np.float32))
    data = card.encode(made, card_format=CardFormat.NORMAL, limits=UNSORTED)
    assert data == bytes.fromhex("4064 3fff c0")
    decoded = card.decode(data, card_format=CardFormat.NORMAL, shape_px=(4000, 600))
    assert decoded.cols == pytest.approx([PX_PER_MM], abs=0.01)
    assert decoded.shape_px == (4000, 600)


@pytest.mark.parametrize(
    ("card_format", "place_mm", "angle_deg"),
    [(CardFormat.COMPACT, 0.05, 2.8125), (CardFormat.NORMAL, 0.005, 0.703125)],
)
@given(data=st.data())
def test_rounding_is_half_a_step_at_most(card_format, place_mm, angle_deg, data):
    count = data.draw(st.integers(1, 30))
    places_px = st.lists(st.floats(0, 501, width=32), min_size=count, max_size=count)
    turns = st.lists(st.floats(0, 6.28125, width=32), min_size=count, max_size=count)
    made = make_template(
        count,
        (502, 502),
        rows=np.array(data.draw(places_px), np.float32),
        cols=np.array(data.draw(places_px), np.float32),
        angle_rad=np.array(data.draw(turns), np.float32),
    )
    decoded = card.decode(
        card.encode(made, card_format=card_format, limits=UNSORTED), card_format=card_format
    )
    for before, after in ((made.rows, decoded.rows), (made.cols, decoded.cols)):
        assert np.abs(before - after).max() <= place_mm * PX_PER_MM + 1e-3
    turned = np.angle(np.exp(1j * (made.angle_rad - decoded.angle_rad).astype(np.float64)))
    assert np.abs(turned).max() <= math.radians(angle_deg) + 1e-5


def test_what_compact_size_cannot_reach_leaves():
    made = at([1.0, 25.6, 3.0, 2.0], [1.0, 1.0, 25.6, 2.0])
    assert places(card.encode(made, limits=UNSORTED)) == [(10, 10), (20, 20)]
    normal = card.encode(made, card_format=CardFormat.NORMAL, limits=UNSORTED)
    assert len(normal) == 4 * 5


def test_the_worst_leave_first():
    made = at([1, 2, 3, 4], [1, 1, 1, 1], quality=np.array([50, 90, 10, 60], np.uint8))
    kept = card.encode(made, limits=CardLimits(2, MinutiaOrder.NONE))
    assert places(kept) == [(20, 10), (40, 10)]


def test_of_equal_quality_the_farthest_leaves():
    made = at([1, 5, 6, 7, 20], [5, 5, 5, 5, 5])  # the centre is at 7.8
    kept = card.encode(made, limits=CardLimits(3, MinutiaOrder.NONE))
    assert places(kept) == [(50, 50), (60, 50), (70, 50)]


def test_of_equal_distance_endings_leave_before_bifurcations_then_the_largest_angle():
    kinds = np.array([1, 2, 2, 1], np.uint8)
    angles = np.array([0, 1, 2, 0], np.float32)
    made = at([1, 2, 1, 2], [1, 2, 2, 1], kind=kinds, angle_rad=angles)
    kept = card.encode(made, limits=CardLimits(2, MinutiaOrder.NONE))
    assert places(kept) == [(20, 20), (10, 20)]
    kept = card.encode(made, limits=CardLimits(1, MinutiaOrder.NONE))
    assert places(kept) == [(20, 20)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (MinutiaOrder.NONE, [(30, 10), (10, 30), (10, 20), (20, 20)]),
        (MinutiaOrder.XY_ASCENDING, [(10, 20), (10, 30), (20, 20), (30, 10)]),
        (MinutiaOrder.XY_DESCENDING, [(30, 10), (20, 20), (10, 30), (10, 20)]),
        (MinutiaOrder.YX_ASCENDING, [(30, 10), (10, 20), (20, 20), (10, 30)]),
        (MinutiaOrder.YX_DESCENDING, [(10, 30), (20, 20), (10, 20), (30, 10)]),
        (MinutiaOrder.ANGLE_ASCENDING, [(10, 20), (20, 20), (30, 10), (10, 30)]),
        (MinutiaOrder.ANGLE_DESCENDING, [(10, 30), (30, 10), (20, 20), (10, 20)]),
        (MinutiaOrder.POLAR_ASCENDING, [(20, 20), (10, 20), (10, 30), (30, 10)]),
        (MinutiaOrder.POLAR_DESCENDING, [(30, 10), (10, 30), (10, 20), (20, 20)]),
    ],
)
def test_minutiae_are_sorted_as_the_card_wants(order, expected):
    # Centre of mass 17.5, 20: rounded to 18, 20.
    made = at([3, 1, 1, 2], [1, 3, 2, 2], angle_rad=np.array([3, 4, 1, 2], np.float32))
    assert places(card.encode(made, limits=CardLimits(60, order))) == expected


def test_the_order_is_that_of_the_bytes():
    rng = np.random.default_rng(5)
    made = at(rng.uniform(0, 25, 80), rng.uniform(0, 25, 80))
    sent = places(card.encode(made))
    assert len(sent) == 60
    assert sent == sorted(sent, key=lambda place: (place[1], place[0]))


@pytest.mark.parametrize(
    ("arrays", "limits"),
    [
        ({"kind": np.array([3], np.uint8)}, None),
        ({"rows": np.array([-1], np.float32)}, None),
        ({"cols": np.array([np.nan], np.float32)}, None),
        ({"angle_rad": np.array([np.inf], np.float32)}, None),
        ({}, CardLimits(0)),
        ({}, CardLimits(256)),
    ],
)
def test_what_does_not_fit_is_not_written(arrays, limits):
    with pytest.raises(UnencodableError):
        card.encode(make_template(1, **arrays), limits=limits)


@pytest.mark.parametrize(
    ("data", "card_format", "error"),
    [
        (bytes(4), CardFormat.COMPACT, TruncatedError),
        (bytes(6), CardFormat.NORMAL, TruncatedError),
        (b"\0\0\xc0", CardFormat.COMPACT, FieldValueError),
        (b"\xc0\0\0\0\0", CardFormat.NORMAL, FieldValueError),
        (b"\0\0\x40\0\0", CardFormat.NORMAL, FieldValueError),
        (bytes(3 * 256), CardFormat.COMPACT, LimitExceededError),
        (bytes(5 * 256), CardFormat.NORMAL, LimitExceededError),
    ],
)
def test_what_a_card_never_holds_is_refused(data, card_format, error):
    with pytest.raises(error):
        card.decode(data, card_format=card_format)


@given(st.integers(0, 255), st.sampled_from(CardFormat), st.randoms())
def test_read_and_written_again_are_the_same_bytes(count, card_format, random):
    size = 3 if card_format == CardFormat.COMPACT else 5
    data = bytearray(random.randbytes(count * size))
    if card_format == CardFormat.COMPACT:
        data[2::3] = bytes(value & 0xBF for value in data[2::3])
    else:
        data[::5] = bytes(value & 0xBF for value in data[::5])
        data[2::5] = bytes(value & 0x3F for value in data[2::5])
    decoded = card.decode(bytes(data), card_format=card_format)
    assert card.encode(decoded, card_format=card_format, limits=UNSORTED) == data


@pytest.mark.parametrize("count", [0, 1, 41, 42, 43, 85, 86, 255])
def test_the_data_object_holds_every_length(count):
    minutiae = bytes(range(256)) * 3
    minutiae = minutiae[: 3 * count]
    data = card_object.wrap(minutiae)
    assert data[:2] == b"\x7f\x2e"
    assert card_object.unwrap(data) == minutiae


def test_the_data_object_by_hand():
    assert card_object.wrap(b"\1\2\3") == bytes.fromhex("7f2e 05 81 03 010203")
    assert card_object.wrap(bytes(126))[:6] == bytes.fromhex("7f2e 8180 817e")[:6]
    assert card_object.wrap(bytes(300))[:9] == bytes.fromhex("7f2e 820130 81 82012c")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("", TruncatedError),
        ("7f60 02 81 00", WrongFormatError),
        ("7f2e 02 82 00", WrongFormatError),
        ("7f2e 03 81 00", TruncatedError),
        ("7f2e 02 81 01", TruncatedError),
        ("7f2e 02 81 00 00", TrailingBytesError),
        ("7f2e 03 81 00 00", TrailingBytesError),
        ("7f2e 80 81 00", FieldValueError),
        ("7f2e 84 7fffffff", FieldValueError),
        ("7f2e 82 ff", TruncatedError),
    ],
)
def test_a_damaged_data_object_is_refused(data, error):
    with pytest.raises(error):
        card_object.unwrap(bytes.fromhex(data))


def test_no_data_object_is_longer_than_a_card_takes():
    with pytest.raises(UnencodableError):
        card_object.wrap(bytes(card_object.MAX_MINUTIAE_BYTES + 1))
    with pytest.raises(LimitExceededError):
        card_object.unwrap(bytes(card_object.MAX_OBJECT_BYTES + 1))


@given(st.binary(max_size=40))
def test_any_bytes_give_minutiae_or_our_error(tail):
    for data in (tail, b"\x7f\x2e" + tail, b"\x7f\x2e\x05\x81" + tail):
        try:
            minutiae = card_object.unwrap(data)
        except CodecError:
            continue
        assert len(minutiae) < len(data)
