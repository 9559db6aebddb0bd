"""The shared beginning of the 2011 records."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import FieldValueError, TruncatedError, UnencodableError
from biometrics.codecs.representation import (
    CaptureDevice,
    CaptureTime,
    QualityBlock,
    RepresentationStart,
    decode_blocks,
    decode_start,
    encode_blocks,
    encode_start,
)
from tests.biometrics.codecs.made_headers import blocks, starts


def cursor(data):
    return Cursor(data, limit_bytes=10_000, name="start")


def test_nothing_known_is_all_ones():
    assert encode_start(RepresentationStart()) == b"\xff" * 9 + bytes(5) + b"\0"


def test_the_bytes_are_where_the_standard_has_them():
    start = RepresentationStart(
        CaptureTime.from_datetime(datetime(2026, 11, 24, 7, 57, 21, 123_999, UTC)),
        CaptureDevice(technology=5, vendor=0x0102, kind=0x0304),
        (QualityBlock(61, 0x0040, 0x000F),),
    )
    assert encode_start(start).hex() == "07ea0b18073915007b" + "0501020304" + "01" + "3d0040000f"


def test_the_time_is_utc():
    jakarta = datetime(2026, 1, 1, 6, 30, tzinfo=timezone(timedelta(hours=7)))
    assert CaptureTime.from_datetime(jakarta) == CaptureTime(2025, 12, 31, 23, 30, 0, 0)


@given(starts)
def test_a_start_survives_the_bytes(start):
    reader = cursor(encode_start(start))
    assert decode_start(reader) == start
    reader.finish()


@given(blocks)
def test_extended_data_survive_the_bytes(made):
    assert decode_blocks(cursor(encode_blocks(made))) == made


@pytest.mark.parametrize(
    ("offset", "value"),
    [(2, 13), (2, 0), (3, 32), (4, 24), (5, 60), (6, 61), (15, 101), (15, 254)],
)
def test_impossible_fields_are_refused(offset, value):
    good = bytearray(
        encode_start(
            RepresentationStart(CaptureTime(2026, 1, 1, 0, 0, 0, 0), quality=(QualityBlock(1),))
        )
    )
    good[offset] = value
    with pytest.raises(FieldValueError):
        decode_start(cursor(bytes(good)))


@pytest.mark.parametrize(
    "start",
    [
        RepresentationStart(CaptureTime(month=0)),
        RepresentationStart(CaptureTime(millisecond=1000)),
        RepresentationStart(device=CaptureDevice(technology=256)),
        RepresentationStart(quality=(QualityBlock(101),)),
        RepresentationStart(quality=(QualityBlock(-1),)),
        RepresentationStart(quality=(QualityBlock(1),) * 256),
    ],
)
def test_what_does_not_fit_is_not_written(start):
    with pytest.raises(UnencodableError):
        encode_start(start)


def test_extended_data_are_read_strictly():
    with pytest.raises(FieldValueError):
        decode_blocks(cursor(b"\0\1\0\3"))
    with pytest.raises(TruncatedError):
        decode_blocks(cursor(b"\0\1\0\5"))
    with pytest.raises(TruncatedError):
        decode_blocks(cursor(b"\0\1\0"))
    with pytest.raises(UnencodableError):
        encode_blocks(((1, bytes(65_532)),))
