"""Iris image records: hand-written bytes, round trips, refusals."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.codecs import iso19794_6
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    TrailingBytesError,
    TruncatedError,
    UnencodableError,
    UnsupportedVersionError,
    WrongFormatError,
)
from biometrics.codecs.iso19794_6 import Eye, ImageFormat, ImageType, IrisImage, PriorCompression
from tests.biometrics.codecs.made_headers import payloads, shapes_px, starts, u8, u16

# The left eye, VGA, four bytes of image; by hand.
BYTES = bytes.fromhex(
    "49495200 30323000 00000048 0001 00 01"
    "00000038 ffffffffffffffffff 00 0000 0000 00"  # 56 bytes from here
    "0001 02 02 0a 49 0280 01e0 08 0000 ffff ffff 0001 0002 0003 0004 0005 0006"
    "00000004 deadbeef"
)
PLAIN = IrisImage(Eye.RIGHT, b"jp2", (480, 640))


def test_the_hand_written_record_means_what_it_says():
    record = iso19794_6.decode(BYTES)
    (image,) = record.images
    assert record.eyes == 1
    assert (image.eye, image.image_type, image.shape_px) == (Eye.LEFT, ImageType.VGA, (480, 640))
    assert image.image_format == ImageFormat.GREY_JPEG_2000
    assert image.prior_compression == PriorCompression.LOSSLESS_OR_NONE
    assert (image.vertical_orientation, image.horizontal_orientation) == (2, 1)
    assert image.centre_px == (1, 2, 3, 4)
    assert image.diameter_px == (5, 6)
    assert iso19794_6.encode(record.images) == BYTES


@pytest.mark.parametrize(
    ("offset", "value", "error"),
    [
        (0, b"X", WrongFormatError),
        (4, b"010\0", UnsupportedVersionError),
        (11, b"\x49", TruncatedError),
        (12, b"\0\0", FieldValueError),
        (12, b"\0\2", TruncatedError),
        (14, b"\1", UnsupportedVersionError),
        (15, b"\3", FieldValueError),  # three eyes
        (16, b"\0\0\0\3", FieldValueError),
        (37, b"\3", FieldValueError),  # eye
        (38, b"\4", FieldValueError),  # type
        (39, b"\3", FieldValueError),  # format
        (40, b"\x10", FieldValueError),  # reserved bits
        (40, b"\xc0", FieldValueError),  # previous compression 3
        (41, b"\0\0", FieldValueError),
        (64, b"\0\0\0\5", TruncatedError),
        (64, b"\0\0\0\3", TrailingBytesError),
    ],
)
def test_each_wrong_field_has_its_error(offset, value, error):
    with pytest.raises(error) as caught:
        iso19794_6.decode(BYTES[:offset] + value + BYTES[offset + len(value) :])
    assert type(caught.value) is error


@pytest.mark.parametrize(
    "changes",
    [
        {"horizontal_orientation": 4},
        {"vertical_orientation": -1},
        {"shape_px": (1, 70_000)},
        {"diameter_px": (-1, 0)},
        {"bit_depth": 256},
    ],
)
def test_what_does_not_fit_is_not_written(changes):
    with pytest.raises(UnencodableError):
        iso19794_6.encode([replace(PLAIN, **changes)])


def test_eyes_are_counted():
    left = replace(PLAIN, eye=Eye.LEFT)
    for images, eyes in (([PLAIN], 1), ([PLAIN, left], 2), ([replace(PLAIN, eye=Eye.UNKNOWN)], 0)):
        assert iso19794_6.decode(iso19794_6.encode(images)).eyes == eyes
    for images in ([], [PLAIN] * 17):
        with pytest.raises(UnencodableError):
            iso19794_6.encode(images)
    with pytest.raises(UnencodableError):
        iso19794_6.encode([PLAIN], eyes=3)


two_bits = st.integers(0, 3)
images = st.builds(
    IrisImage,
    eye=st.sampled_from(Eye),
    payload=payloads,
    shape_px=shapes_px,
    image_format=st.sampled_from(ImageFormat),
    image_type=st.sampled_from(ImageType),
    prior_compression=st.sampled_from(PriorCompression),
    horizontal_orientation=two_bits,
    vertical_orientation=two_bits,
    bit_depth=u8,
    range_mm=u16,
    roll=u16,
    roll_uncertainty=u16,
    centre_px=st.tuples(u16, u16, u16, u16),
    diameter_px=st.tuples(u16, u16),
    number=u16,
    start=starts,
)


@given(st.lists(images, min_size=1, max_size=3).map(tuple), st.integers(0, 2))
def test_images_survive_the_bytes(made, eyes):
    record = iso19794_6.encode(made, eyes=eyes)
    decoded = iso19794_6.decode(record)
    assert (decoded.images, decoded.eyes) == (made, eyes)


@given(st.integers(0, 72), st.binary(max_size=4))
def test_any_bytes_give_a_value_or_our_error(offset, patch):
    for data in (patch, BYTES[:offset], BYTES[:offset] + patch + BYTES[offset + len(patch) :]):
        try:
            decoded = iso19794_6.decode(data)
        except CodecError:
            continue
        assert decoded.images
