"""Finger minutiae records of 2011: hand-written bytes, round trips, one refusal per field."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.codecs import iso19794_2
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    TrailingBytesError,
    TruncatedError,
    UnencodableError,
)
from biometrics.codecs.finger_views import EndingType, ImpressionType
from biometrics.codecs.representation import CaptureTime, QualityBlock, RepresentationStart
from biometrics.finger.position import FingerPosition
from tests.biometrics.codecs.made_views import (
    assert_same_views,
    make_template,
    records_of,
    view,
)

# One left thumb, 300 columns x 400 rows, two minutiae with quality; written by hand.
BYTES = bytes.fromhex(
    "464d5200 30333000 00000042 0001 00"  # header, 15 bytes; 66 in all
    "00000033"  # 51 bytes of representation
    "07ea 0b 18 0c 1e 3b 01f4 02 0000 0011"  # 24 November 2026, 12:30:59.500; device
    "01 50 0000 0001"  # one quality block: 80
    "06 01 00c5 00c5 18 012c 0190 61 02"  # left thumb, view 1, contactless, 6 bytes, endpoint
    "400a 0014 40 5a"  # ending at x 10, y 20, 90 degrees, quality 90
    "812b 018f ff fe"  # bifurcation at x 299, y 399, quality not reported
    "0000"
)
START = 19  # where the representation begins behind its length


def test_the_hand_written_record_means_what_it_says():
    decoded = iso19794_2.decode(BYTES)
    (only,) = decoded.views
    assert decoded.edition == 2011
    assert only.position == FingerPosition.LEFT_THUMB
    assert only.view_number == 1
    assert only.impression == ImpressionType.LIVE_SCAN_CONTACTLESS
    assert only.ending_type == EndingType.RIDGE_SKELETON_ENDPOINT
    assert only.quality_score == 80
    assert only.start.captured_at == CaptureTime(2026, 11, 24, 12, 30, 59, 500)
    assert only.start.device.kind == 17
    template = only.template
    assert template.shape_px == (400, 300)
    assert template.cols.tolist() == [10, 299]
    assert template.rows.tolist() == [20, 399]
    assert template.angle_rad[0] == pytest.approx(math.pi / 2)
    assert template.kind.tolist() == [1, 2]
    assert template.quality.tolist() == [90, 0]
    assert iso19794_2.encode_2011(decoded.views) == BYTES


@pytest.mark.parametrize(
    ("offset", "value", "error"),
    [
        (8, b"\xff\xff\xff\xff", TruncatedError),
        (8, b"\0\0\0\x41", TrailingBytesError),
        (12, b"\0\0", FieldValueError),  # no representation
        (12, b"\xff\xff", FieldValueError),  # more than are read
        (12, b"\0\2", TruncatedError),
        (14, b"\2", FieldValueError),  # certification flag
        (14, b"\1", TruncatedError),  # certifications that are not there
        (15, b"\0\0\0\3", FieldValueError),
        (15, b"\0\0\0\x34", TruncatedError),
        (15, b"\0\0\0\x32", TruncatedError),
        (START + 2, b"\x0d", FieldValueError),  # month 13
        (START + 15, b"\x65", FieldValueError),  # score 101
        (START + 20, b"\x0b", FieldValueError),  # finger 11
        (START + 21, b"\x10", FieldValueError),  # view 16
        (START + 22, b"\0\0", FieldValueError),  # resolution
        (START + 26, b"\x0a", FieldValueError),  # impression 10
        (START + 27, b"\0\0", FieldValueError),  # width
        (START + 29, b"\0\0", FieldValueError),  # height
        (START + 31, b"\x71", FieldValueError),  # minutiae of 7 bytes
        (START + 31, b"\x62", FieldValueError),  # ending type 2
        (START + 32, b"\x03", TruncatedError),  # three minutiae
        (START + 33, b"\xc0", FieldValueError),  # minutia type 3
        (START + 38, b"\x65", FieldValueError),  # minutia quality 101
    ],
)
def test_each_wrong_field_has_its_error(offset, value, error):
    damaged = BYTES[:offset] + value + BYTES[offset + len(value) :]
    with pytest.raises(error) as caught:
        iso19794_2.decode(damaged)
    assert type(caught.value) is error


def test_minutiae_without_quality_take_five_bytes():
    bare = make_template(3, quality=np.zeros(3, np.uint8))
    record = iso19794_2.encode_2011([view(bare)])
    full = iso19794_2.encode_2011([view(make_template(3))])
    assert len(full) - len(record) == 3
    (decoded,) = iso19794_2.decode(record).views
    assert decoded.template.quality.tolist() == [0, 0, 0]
    assert iso19794_2.encode_2011([decoded]) == record


def test_a_score_makes_a_block_and_no_score_makes_none():
    record = iso19794_2.decode(iso19794_2.encode_2011([view(make_template(), quality_score=33)]))
    assert record.views[0].start.quality == (QualityBlock(33),)
    record = iso19794_2.decode(iso19794_2.encode_2011([view(make_template(), quality_score=254)]))
    assert record.views[0].start.quality == ()
    assert record.views[0].quality_score == 254
    start = RepresentationStart(quality=(QualityBlock(255, 1, 2), QualityBlock(7)))
    (only,) = iso19794_2.decode(iso19794_2.encode_2011([view(make_template(), start=start)])).views
    assert only.start == start
    assert only.quality_score == 255


def test_certifications_of_one_finger_are_written_for_all():
    made = [
        view(make_template(), certifications=((1, 2), (3, 4))),
        view(make_template(), position=FingerPosition.LEFT_INDEX),
    ]
    decoded = iso19794_2.decode(iso19794_2.encode_2011(made))
    assert [one.certifications for one in decoded.views] == [((1, 2), (3, 4)), ()]


@pytest.mark.parametrize(
    "changes",
    [
        {"quality_score": 101},
        {"view_number": 16},
        {"certifications": ((70_000, 1),)},
        {"certifications": ((1, 1),) * 256},
        {"areas": ((1, bytes(65_535)),)},
        {"start": RepresentationStart(captured_at=CaptureTime(year=0))},
    ],
)
def test_what_does_not_fit_is_not_written(changes):
    with pytest.raises(UnencodableError):
        iso19794_2.encode_2011([view(make_template(), **changes)])


@given(records_of(256, list(ImpressionType)))
def test_values_survive_the_bytes(made):
    record = iso19794_2.encode_2011(made)
    decoded = iso19794_2.decode(record)
    assert_same_views(made, decoded.views, ("quality_score", "areas", "ending_type"))
    assert iso19794_2.encode_2011(decoded.views) == record


@given(st.binary(max_size=120), st.integers(0, 120), st.binary(max_size=4))
def test_any_bytes_give_a_value_or_our_error(tail, offset, patch):
    damaged = BYTES[:offset] + patch + BYTES[offset + len(patch) :]
    for data in (BYTES[:19] + tail, damaged):
        try:
            decoded = iso19794_2.decode(data)
        except CodecError:
            continue
        assert decoded.views


@pytest.mark.parametrize("length", range(len(BYTES)))
def test_every_cut_is_an_error(length):
    with pytest.raises(CodecError):
        iso19794_2.decode(BYTES[:length])
