"""JPEG 2000: lossless means lossless, sizes are kept, headers are read before anything else."""

import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from biometrics.codecs import jpeg2000
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    LimitExceededError,
    TruncatedError,
    UnencodableError,
    WrongFormatError,
)
from tests.biometrics.codecs.made_pictures import psnr_db, ridge_image

IMAGE = ridge_image((200, 150))
FILE = jpeg2000.encode_lossless(IMAGE)
STREAM = jpeg2000.encode_lossless(IMAGE, is_codestream=True)

shapes = st.one_of(
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3)),
)


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.uint8, shapes), st.booleans())
def test_lossless_gives_back_every_pixel(pixels, is_codestream):
    data = jpeg2000.encode_lossless(pixels, is_codestream=is_codestream)
    header = jpeg2000.read_header(data)
    assert (header.rows_px, header.cols_px) == pixels.shape[:2]
    assert header.is_reversible
    np.testing.assert_array_equal(jpeg2000.decode(data), pixels)


def test_blue_stays_blue():
    picture = np.zeros((60, 50, 3), np.uint8)
    picture[..., 0] = 200
    for data in (
        jpeg2000.encode_lossless(picture),
        jpeg2000.encode_to_ratio(np.tile(picture, (4, 4, 1)), ratio=20),
    ):
        blue, green, red = jpeg2000.decode(data).reshape(-1, 3).mean(axis=0)
        assert blue > 190
        assert green < 10
        assert red < 10


@pytest.mark.parametrize("ratio", [5, 10, 15])
def test_the_ratio_is_kept(ratio):
    image = ridge_image((480, 640))
    data = jpeg2000.encode_to_ratio(image, ratio=ratio)
    assert image.size / len(data) == pytest.approx(ratio, rel=0.05)
    assert not jpeg2000.read_header(data).is_reversible
    assert psnr_db(jpeg2000.decode(data), image) > 24


def test_the_size_is_kept_and_small_pictures_stay_lossless():
    image = np.dstack([ridge_image((480, 640), seed) for seed in range(3)])
    assert len(jpeg2000.encode_to_size(image, size_bytes=60_000)) == pytest.approx(60_000, rel=0.05)
    small = ridge_image((64, 64))
    np.testing.assert_array_equal(
        jpeg2000.decode(jpeg2000.encode_to_size(small, size_bytes=60_000)), small
    )


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((0, 5), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5,), np.uint8),
        np.zeros((5, 5), np.uint16),
        np.zeros((1, 16_385), np.uint8),
        np.zeros((3000, 3000), np.uint8),
    ],
)
def test_what_is_no_picture_is_not_encoded(pixels):
    with pytest.raises(UnencodableError):
        jpeg2000.encode_lossless(pixels)


def test_senseless_targets_are_refused():
    with pytest.raises(UnencodableError):
        jpeg2000.encode_to_ratio(IMAGE, ratio=1.0)
    with pytest.raises(UnencodableError):
        jpeg2000.encode_to_size(IMAGE, size_bytes=0)


def patched(data, offset, value):
    return data[:offset] + value + data[offset + len(value) :]


U32 = struct.Struct(">I")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", WrongFormatError),
        (b"\x89PNG\r\n\x1a\n", WrongFormatError),
        (STREAM[:20], TruncatedError),
        (patched(STREAM, 8, U32.pack(60_000)), LimitExceededError),
        (patched(STREAM, 8, U32.pack(16_000) + U32.pack(16_000)), LimitExceededError),
        (patched(STREAM, 8, U32.pack(0)), LimitExceededError),
        (patched(STREAM, 16, U32.pack(1)), FieldValueError),  # image offset
        (patched(STREAM, 24, U32.pack(0)), FieldValueError),  # tile without width
        (patched(STREAM, 24, U32.pack(2) + U32.pack(2)), LimitExceededError),  # 7,500 tiles
        (patched(STREAM, 40, b"\0\2"), FieldValueError),  # two components
        (patched(STREAM, 42, b"\x0f"), FieldValueError),  # 16 bits
        (patched(STREAM, 43, b"\2"), FieldValueError),  # subsampled
        (STREAM[:200], TruncatedError),
        (STREAM[:-2], TruncatedError),
        (STREAM[:120] + bytes(len(STREAM) - 122) + STREAM[-2:], FieldValueError),
        (FILE[:60], TruncatedError),
        (FILE[:12], WrongFormatError),  # no codestream
    ],
)
def test_each_refusal_has_its_error(data, error):
    with pytest.raises(error) as caught:
        jpeg2000.decode(data)
    assert type(caught.value) is error


def test_a_caller_may_allow_less():
    with pytest.raises(LimitExceededError):
        jpeg2000.decode(FILE, limit_px=1000)


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


IHDR = box(b"ihdr", struct.pack(">IIHBBBB", 200, 150, 1, 7, 7, 0, 0))
COLR = box(b"colr", b"\1\0\0" + U32.pack(17))
SIGNATURE = FILE[:12]


@pytest.mark.parametrize(
    ("boxes", "error"),
    [
        (box(b"jp2h", COLR) + box(b"jp2c", STREAM), FieldValueError),
        (box(b"jp2c", STREAM), FieldValueError),
        (box(b"jp2h", IHDR + box(b"pclr", b"\0")) + box(b"jp2c", STREAM), FieldValueError),
        (
            box(b"jp2h", IHDR + box(b"colr", b"\1\0\0" + U32.pack(18))) + box(b"jp2c", STREAM),
            FieldValueError,
        ),
        (
            box(b"jp2h", IHDR.replace(b"\0\0\0\xc8", b"\0\0\0\xc9")) + box(b"jp2c", STREAM),
            FieldValueError,
        ),
        (struct.pack(">I4s", 7, b"free"), FieldValueError),
        (struct.pack(">I4sQ", 1, b"free", 3), FieldValueError),
    ],
)
def test_boxes_that_change_the_meaning_are_refused(boxes, error):
    with pytest.raises(error):
        jpeg2000.read_header(SIGNATURE + boxes)


def test_long_and_open_boxes_are_read():
    long = struct.pack(">I4sQ", 1, b"free", 16 + 4) + b"rest"
    last = struct.pack(">I4s", 0, b"jp2c") + STREAM
    np.testing.assert_array_equal(
        jpeg2000.decode(SIGNATURE + long + box(b"jp2h", IHDR + COLR) + last), IMAGE
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_damage_gives_pixels_or_our_error(changes):
    damaged = bytearray(FILE)
    for offset, value in changes:
        damaged[offset] = value
    with suppress(CodecError):
        assert jpeg2000.decode(bytes(damaged)).dtype == np.uint8
