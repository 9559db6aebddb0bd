"""ANSI 378 records: hand-written bytes of 2004, round trips of every edition, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.codecs import ansi378, iso19794_2
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
from biometrics.codecs.finger_views import FingerViews, ImpressionType
from biometrics.finger.position import FingerPosition
from tests.biometrics.codecs.made_views import (
    assert_same_views,
    make_template,
    records_of,
    view,
)

EDITIONS = (2004, 2007, 2009)
OF_2004 = [ImpressionType(code) for code in (0, 1, 2, 3, 7, 8, 9)]
# One right index, 300 columns x 400 rows, two minutiae; written by hand.
BYTES = bytes.fromhex(
    "464d5200 20323000 002c 0042 0011 00b5 012c 0190 00c5 00c5 01 00"  # 26 bytes; 44 in all
    "02 10 50 02"  # right index, view 1, live-scan plain, quality 80, two minutiae
    "400a 0014 2d 5a"  # ending at x 10, y 20, angle 45 steps = 90 degrees, quality 90
    "812b 018f b3 00"  # bifurcation at x 299, y 399, 358 degrees, quality not reported
    "0000"
)
LATER = {
    2007: bytes.fromhex("464d5200 30333000 00000033 0042 0011 00b5 01 00"),
    2009: bytes.fromhex("464d5200 30333000 00000034 0042 0011 80 00b5 01 00"),
}
LATER_VIEW = bytes.fromhex(
    "02 01 18 50 0006 0037 012c 0190 00c5 00c5 02 400a 0014 2d 5a 812b 018f b3 fe 0000"
)


def record_of(views, edition, **fields):
    return FingerViews(tuple(views), edition=edition, **fields)


def test_the_hand_written_record_means_what_it_says():
    record = ansi378.decode(BYTES, edition=2004)
    (only,) = record.views
    assert record.product_id == (0x42, 0x11)
    assert record.equipment_id == 0xB5
    assert (only.position, only.view_number) == (FingerPosition.RIGHT_INDEX, 1)
    assert only.quality_score == 80
    assert only.template.cols.tolist() == [10, 299]
    assert only.template.rows.tolist() == [20, 399]
    assert only.template.angle_rad[0] == pytest.approx(math.pi / 2)
    assert only.template.angle_rad[1] == pytest.approx(math.radians(358))
    assert only.template.quality.tolist() == [90, 0]
    assert ansi378.encode(record) == BYTES


@pytest.mark.parametrize("edition", [2007, 2009])
def test_the_hand_written_later_record_means_what_it_says(edition):
    data = LATER[edition] + LATER_VIEW
    record = ansi378.decode(data, edition=edition)
    (only,) = record.views
    assert record.equipment_id == {2007: 0xB5, 2009: 0x8000B5}[edition]
    assert only.impression == ImpressionType.LIVE_SCAN_CONTACTLESS
    assert only.quality_algorithm == (6, 0x37)
    assert only.template.quality.tolist() == [90, 0]
    assert ansi378.encode(record) == data


def test_an_edition_is_one_of_three():
    with pytest.raises(ValueError, match="2011"):
        ansi378.decode(BYTES, edition=2011)
    with pytest.raises(UnencodableError):
        ansi378.encode(record_of([view(make_template())], 2005))


@pytest.mark.parametrize(
    ("offset", "value", "error"),
    [
        (0, b"G", WrongFormatError),
        (5, b"3", UnsupportedVersionError),
        (8, b"\xff\xff", TruncatedError),
        (8, b"\0\x10", TrailingBytesError),
        (8, b"\0\0", TruncatedError),  # the long length that follows is garbage
        (16, b"\0\0", FieldValueError),  # width
        (18, b"\0\0", FieldValueError),  # height
        (20, b"\0\0", FieldValueError),  # resolution
        (24, b"\0", FieldValueError),  # no view
        (24, b"\2", TruncatedError),
        (25, b"\1", FieldValueError),  # reserved
        (26, b"\x0b", FieldValueError),  # finger 11
        (27, b"\x04", FieldValueError),  # impression 4
        (28, b"\x65", FieldValueError),  # quality 101
        (29, b"\3", TruncatedError),
        (30, b"\xc0", FieldValueError),  # minutia type 3
        (34, b"\xb4", FieldValueError),  # 360 degrees
        (35, b"\x65", FieldValueError),  # minutia quality 101
        (42, b"\0\1", TruncatedError),
    ],
)
def test_each_wrong_field_has_its_error(offset, value, error):
    damaged = BYTES[:offset] + value + BYTES[offset + len(value) :]
    with pytest.raises(error) as caught:
        ansi378.decode(damaged, edition=2004)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("offset", "value"),
    [(20, b"\x0b"), (21, b"\x10"), (22, b"\x0a"), (23, b"\x65"), (28, b"\0\0"), (32, b"\0\0")],
)
def test_each_wrong_field_of_2007_has_its_error(offset, value):
    data = LATER[2007] + LATER_VIEW
    with pytest.raises(FieldValueError):
        ansi378.decode(data[:offset] + value + data[offset + len(value) :], edition=2007)


def test_a_huge_record_is_refused_before_reading():
    with pytest.raises(LimitExceededError):
        ansi378.decode(BYTES + bytes(ansi378.MAX_RECORD_BYTES), edition=2004)


def test_an_iso_record_is_not_read_as_an_american_one():
    iso = iso19794_2.encode([view(make_template(5))])
    with pytest.raises(CodecError):
        ansi378.decode(iso, edition=2004)
    with pytest.raises(CodecError):
        iso19794_2.decode(BYTES)
    newer = iso19794_2.encode_2011([view(make_template(5))])
    for edition in (2007, 2009):
        with pytest.raises(CodecError):
            ansi378.decode(newer, edition=edition)


def test_a_long_record_has_a_long_length():
    areas = ((1, bytes(40_000)),)
    made = [view(make_template(), areas=areas), view(make_template(), view_number=1, areas=areas)]
    data = ansi378.encode(record_of(made, 2004))
    assert data[8:10] == b"\0\0"
    assert int.from_bytes(data[10:14], "big") == len(data)
    assert ansi378.encode(ansi378.decode(data, edition=2004)) == data


@pytest.mark.parametrize(
    ("edition", "fields", "changes"),
    [
        (2004, {"equipment_id": 0x10000}, {}),
        (2009, {"equipment_id": 0x1000000}, {}),
        (2004, {"product_id": (70_000, 0)}, {}),
        (2004, {}, {"quality_score": 254}),
        (2007, {}, {"quality_score": 101}),
        (2004, {}, {"impression": ImpressionType.UNKNOWN}),
        (2007, {}, {"quality_algorithm": (70_000, 0)}),
    ],
)
def test_what_does_not_fit_is_not_written(edition, fields, changes):
    made = record_of([view(make_template(), **changes)], edition, **fields)
    with pytest.raises(UnencodableError):
        ansi378.encode(made)


@pytest.mark.parametrize("edition", EDITIONS)
@given(data=st.data())
def test_values_survive_the_bytes(edition, data):
    impressions = OF_2004 if edition == 2004 else list(ImpressionType)
    made = data.draw(records_of(180, impressions))
    written = ansi378.encode(record_of(made, edition, product_id=(1, 2)))
    decoded = ansi378.decode(written, edition=edition)
    assert (decoded.edition, decoded.product_id) == (edition, (1, 2))
    assert_same_views(made, decoded.views)
    assert ansi378.encode(decoded) == written


@given(st.binary(max_size=90), st.integers(0, 60), st.binary(max_size=4))
def test_any_bytes_give_a_value_or_our_error(tail, offset, patch):
    for edition, base in ((2004, BYTES), *((e, h + LATER_VIEW) for e, h in LATER.items())):
        damaged = base[:offset] + patch + base[offset + len(patch) :]
        for raw in (base[:20] + tail, damaged):
            try:
                decoded = ansi378.decode(raw, edition=edition)
            except CodecError:
                continue
            assert decoded.views


@pytest.mark.parametrize("edition", EDITIONS)
def test_angles_wrap_at_a_full_turn(edition):
    angles = np.array([0, 2 * np.pi - 1e-6, np.pi, -np.pi / 2], np.float32)
    made = record_of([view(make_template(4, angle_rad=angles))], edition)
    decoded = ansi378.decode(ansi378.encode(made), edition=edition)
    steps = np.rint(decoded.views[0].template.angle_rad * 90 / np.pi).astype(int)
    assert steps.tolist() == [0, 0, 90, 135]
