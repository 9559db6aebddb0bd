"""Finger minutiae records: hand-written bytes, round trips, one refusal per field."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.codecs import iso19794_2
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
from biometrics.codecs.iso19794_2 import ImpressionType
from biometrics.finger.position import FingerPosition
from tests.biometrics.codecs.made_views import (
    assert_same_views,
    make_template,
    records_of,
    view,
)

# One right index, 300 columns x 400 rows, two minutiae, no extended data; written by hand.
BYTES = bytes.fromhex(
    "464d5200 20323000 00000028 0000 012c 0190 00c5 00c5 01 00"  # header, 40 bytes in all
    "02 00 50 02"  # right index, view 0, live-scan plain, quality 80, two minutiae
    "400a 0014 40 5a"  # ending at x 10, y 20, angle 64 steps = 90 degrees, quality 90
    "812b 018f ff 00"  # bifurcation at x 299, y 399, angle 255 steps, quality not reported
)
OF_2005 = [ImpressionType(code) for code in (0, 1, 2, 3, 7, 8, 9)]
BYTES = BYTES[:8] + struct.pack(">I", len(BYTES) + 2) + BYTES[12:] + b"\0\0"


def test_an_empty_template_round_trips():
    record = iso19794_2.encode([view(make_template())])
    decoded = iso19794_2.decode(record)
    assert len(decoded.views[0].template) == 0
    assert decoded.views[0].template.shape_px == (400, 300)
    assert len(record) == 30


def test_the_hand_written_record_means_what_it_says():
    decoded = iso19794_2.decode(BYTES)
    (only,) = decoded.views
    assert only.position == FingerPosition.RIGHT_INDEX
    assert only.impression == ImpressionType.LIVE_SCAN_PLAIN
    assert only.quality_score == 80
    template = only.template
    assert template.shape_px == (400, 300)
    assert template.cols.tolist() == [10, 299]
    assert template.rows.tolist() == [20, 399]
    assert template.angle_rad[0] == pytest.approx(math.pi / 2)
    assert template.angle_rad[1] == pytest.approx(math.radians(255 * 1.40625))
    assert template.kind.tolist() == [1, 2]
    assert template.quality.tolist() == [90, 0]
    assert iso19794_2.encode(decoded.views) == BYTES


@pytest.mark.parametrize(
    ("offset", "value", "error"),
    [
        (0, b"G", WrongFormatError),
        (5, b"3", UnsupportedVersionError),
        (8, b"\0\0\0\x10", TruncatedError),
        (8, b"\xff\xff\xff\xff", TruncatedError),
        (14, b"\0\0", FieldValueError),  # width
        (16, b"\0\0", FieldValueError),  # height
        (18, b"\0\0", FieldValueError),  # resolution
        (22, b"\0", FieldValueError),  # no view
        (22, b"\2", TruncatedError),  # a view that is not there
        (23, b"\1", FieldValueError),  # reserved
        (24, b"\x0b", FieldValueError),  # finger 11
        (25, b"\x04", FieldValueError),  # impression 4
        (26, b"\x65", FieldValueError),  # quality 101
        (27, b"\x03", TruncatedError),  # three minutiae
        (28, b"\xc0", FieldValueError),  # minutia type 3
        (28, b"\x41\x2c", FieldValueError),  # x = 300, outside
        (30, b"\x01\x90", FieldValueError),  # y = 400, outside
        (30, b"\x40\x14", FieldValueError),  # the bits before y
        (33, b"\x65", FieldValueError),  # minutia quality 101
        (40, b"\x00\x01", TruncatedError),  # extended data that are not there
    ],
)
def test_each_wrong_field_has_its_error(offset, value, error):
    damaged = BYTES[:offset] + value + BYTES[offset + len(value) :]
    with pytest.raises(error) as caught:
        iso19794_2.decode(damaged)
    assert type(caught.value) is error


def test_nothing_may_follow_except_padding_when_allowed():
    with pytest.raises(TrailingBytesError):
        iso19794_2.decode(BYTES + b"\0")
    assert len(iso19794_2.decode(BYTES + bytes(90), is_padding_allowed=True).views) == 1
    with pytest.raises(TrailingBytesError):
        iso19794_2.decode(BYTES + b"\0x", is_padding_allowed=True)


def test_a_huge_record_is_refused_before_reading():
    with pytest.raises(LimitExceededError):
        iso19794_2.decode(BYTES + bytes(iso19794_2.MAX_RECORD_BYTES))


def test_other_resolutions_are_scaled_to_500_ppi():
    per_cm = struct.pack(">HH", 394, 394)  # 1000 ppi
    decoded = iso19794_2.decode(BYTES[:18] + per_cm + BYTES[22:])
    template = decoded.views[0].template
    assert template.shape_px == (200, 150)
    assert template.cols[1] == pytest.approx(299 / 2, abs=0.2)
    assert template.rows[0] == pytest.approx(10, abs=0.05)


def test_angles_round_to_the_nearest_step_and_wrap():
    angles = np.array([0, 2 * np.pi - 1e-6, np.pi, -np.pi / 2, 7], np.float32)
    made = make_template(5, angle_rad=angles)
    decoded = iso19794_2.decode(iso19794_2.encode([view(made)]))
    steps = np.rint(decoded.views[0].template.angle_rad * 128 / np.pi).astype(int)
    assert steps.tolist() == [0, 0, 128, 192, round(7 * 128 / np.pi) - 256]


def test_more_than_255_minutiae_keep_the_best_in_order():
    count = 300
    quality = np.full(count, 50, np.uint8)
    quality[:45] = 1
    cols = np.arange(count, dtype=np.float32)
    made = make_template(count, cols=cols, quality=quality)
    decoded = iso19794_2.decode(iso19794_2.encode([view(made)]))
    assert decoded.views[0].template.cols.tolist() == list(range(45, 300))


@pytest.mark.parametrize(
    ("changes", "arrays"),
    [
        ({"quality_score": 101}, {}),
        ({"quality_score": -1}, {}),
        ({"view_number": 16}, {}),
        ({"areas": ((70_000, b""),)}, {}),
        ({"areas": ((1, bytes(65_535)),)}, {}),
        ({}, {"cols": np.array([301], np.float32)}),
        ({}, {"rows": np.array([-1], np.float32)}),
        ({}, {"rows": np.array([np.nan], np.float32)}),
        ({}, {"angle_rad": np.array([np.inf], np.float32)}),
        ({}, {"kind": np.array([3], np.uint8)}),
        ({}, {"quality": np.array([101], np.uint8)}),
        ({}, {"shape_px": (0, 300)}),
        ({}, {"shape_px": (400, 20_000)}),
    ],
)
def test_what_does_not_fit_is_not_written(changes, arrays):
    made = make_template(1, **arrays)
    with pytest.raises(UnencodableError):
        iso19794_2.encode([view(made, **changes)])


def test_records_hold_1_to_255_different_views():
    made = make_template()
    with pytest.raises(UnencodableError):
        iso19794_2.encode([])
    with pytest.raises(UnencodableError):
        iso19794_2.encode([view(made)] * 256)
    with pytest.raises(UnencodableError):
        iso19794_2.encode([view(made), view(made)])
    with pytest.raises(UnencodableError):
        iso19794_2.encode([view(made)], equipment_id=70_000)
    both = [view(made), view(made, view_number=1)]
    assert [v.view_number for v in iso19794_2.decode(iso19794_2.encode(both)).views] == [0, 1]


@given(records_of(256, OF_2005), st.integers(0, 65_535))
def test_values_survive_the_bytes(made, equipment_id):
    decoded = iso19794_2.decode(iso19794_2.encode(made, equipment_id=equipment_id))
    assert decoded.equipment_id == equipment_id
    assert decoded.edition == 2005
    assert_same_views(made, decoded.views)


@given(records_of(256, OF_2005))
def test_what_was_read_is_written_as_the_same_bytes(made):
    record = iso19794_2.encode(made)
    assert iso19794_2.encode(iso19794_2.decode(record).views) == record


@given(st.binary(max_size=120), st.integers(0, 120), st.binary(max_size=4))
def test_any_bytes_give_a_value_or_our_error(tail, offset, patch):
    damaged = BYTES[:offset] + patch + BYTES[offset + len(patch) :]
    for data in (tail, BYTES[:24] + tail, damaged):
        try:
            decoded = iso19794_2.decode(data)
        except CodecError:
            continue
        assert decoded.views
