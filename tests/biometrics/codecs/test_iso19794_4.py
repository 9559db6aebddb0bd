"""Finger image records: hand-written bytes of both editions, round trips, refusals."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.codecs import iso19794_4, jpeg2000, wsq
from biometrics.codecs.errors import (
    CodecError,
    DamagedPayloadError,
    FieldValueError,
    TrailingBytesError,
    TruncatedError,
    UnencodableError,
    UnsupportedVersionError,
    WrongFormatError,
)
from biometrics.codecs.iso19794_4 import Compression, FingerImage
from biometrics.codecs.representation import CaptureDevice, QualityBlock, RepresentationStart
from tests.biometrics.codecs.made_headers import blocks, payloads, shapes_px, starts, u8, u16
from tests.biometrics.codecs.made_pictures import ridge_image

# A raw image of 2 rows x 3 columns of the left thumb, 2011; written by hand.
BYTES = bytes.fromhex(
    "46495200 30323000 0000003f 0001 00 01"  # one image, not certified, one position
    "0000002f 07ea0b18073915007b 00 0000 0000 00"  # 47 bytes from here; time; no quality
    "06 00 01 01f4 01f4 01f4 01f4 08 00 00 0003 0002 00000006 000102030405"
)
# The same image in the edition of 2005, at 197 pixels per cm.
BYTES_2005 = bytes.fromhex(
    "46495200 30313000 000000000034 0000 001f 01 02 00c5 00c5 00c5 00c5 08 00 0000"
    "00000014 06 01 01 3d 00 0003 0002 00 000102030405"
)
PLAIN = FingerImage(6, bytes(range(6)), Compression.RAW, (2, 3))


def test_the_hand_written_record_means_what_it_says():
    record = iso19794_4.decode(BYTES)
    (image,) = record.images
    assert record.edition == 2011
    assert (image.position, image.shape_px, image.compression) == (6, (2, 3), Compression.RAW)
    assert image.start.captured_at.millisecond == 123
    assert image.resolution_ppi == (500.0, 500.0)
    np.testing.assert_array_equal(iso19794_4.read_pixels(image), [[0, 1, 2], [3, 4, 5]])
    assert iso19794_4.encode(record.images) == BYTES


def test_the_edition_of_2005_is_read():
    record = iso19794_4.decode(BYTES_2005)
    (image,) = record.images
    assert record.edition == 2005
    assert (image.position, image.shape_px, image.number) == (6, (2, 3), 1)
    assert image.start.quality[0].score == 61
    assert image.resolution_ppi == pytest.approx((500.38, 500.38))
    np.testing.assert_array_equal(iso19794_4.read_pixels(image), [[0, 1, 2], [3, 4, 5]])


def test_the_edition_of_2005_is_written_in_pixels_per_inch():
    image = replace(PLAIN, number=1, start=RepresentationStart(quality=(QualityBlock(61),)))
    inches = BYTES_2005.replace(b"\x01\x02" + b"\0\xc5" * 4, b"\x01\x01" + b"\x01\xf4" * 4)
    assert iso19794_4.encode_2005([image]) == inches
    record = iso19794_4.decode(inches)
    assert record.images == (image,)
    assert record.acquisition_level == 31
    assert iso19794_4.encode_2005(record.images) == inches


@given(st.lists(st.tuples(u8, payloads, shapes_px), min_size=1, max_size=4), u16)
def test_images_of_2005_survive_the_bytes(made, device):
    start = RepresentationStart(device=CaptureDevice(kind=device), quality=(QualityBlock(7),))
    images = tuple(
        FingerImage(
            *(place % 3 + 1, payload, Compression.WSQ, shape_px),
            number=number,
            start=start,
        )
        for place, (number, payload, shape_px) in enumerate(made)
    )
    record = iso19794_4.encode_2005(images, acquisition_level=41)
    decoded = iso19794_4.decode(record)
    assert decoded.images == images
    assert decoded.acquisition_level == 41


@pytest.mark.parametrize(
    "images",
    [
        [],
        [PLAIN] * 43,
        [PLAIN, replace(PLAIN, compression=Compression.PNG)],
        [PLAIN, replace(PLAIN, resolution_ppi=(1000.0, 1000.0))],
        [replace(PLAIN, position=200)],
        [replace(PLAIN, impression=200)],
        [replace(PLAIN, shape_px=(70_000, 1))],
        [replace(PLAIN, number=256)],
    ],
)
def test_what_does_not_fit_2005_is_not_written(images):
    with pytest.raises(UnencodableError):
        iso19794_4.encode_2005(images)


@pytest.mark.parametrize(
    ("data", "offset", "value", "error"),
    [
        (BYTES, 0, b"X", WrongFormatError),
        (BYTES, 4, b"030\0", UnsupportedVersionError),
        (BYTES, 8, b"\0\0\0\x40", TruncatedError),
        (BYTES, 12, b"\0\0", FieldValueError),
        (BYTES, 12, b"\xff\xff", FieldValueError),
        (BYTES, 12, b"\0\2", TruncatedError),
        (BYTES, 14, b"\2", FieldValueError),
        (BYTES, 16, b"\0\0\0\2", FieldValueError),
        (BYTES, 16, b"\0\0\0\x2e", TruncatedError),
        (BYTES, 35, b"\x0b", FieldValueError),  # position 11
        (BYTES, 37, b"\3", FieldValueError),  # scale units
        (BYTES, 42, b"\0\0", FieldValueError),  # resolution
        (BYTES, 46, b"\x10", FieldValueError),  # 16 bits
        (BYTES, 47, b"\7", FieldValueError),  # compression
        (BYTES, 48, b"\x10", FieldValueError),  # impression
        (BYTES, 49, b"\0\0", FieldValueError),  # no columns
        (BYTES, 53, b"\0\0\0\5", TruncatedError),  # a byte left for extended data
        (BYTES, 53, b"\0\0\0\7", TruncatedError),
        (BYTES_2005, 13, b"\x35", TruncatedError),
        (BYTES_2005, 18, b"\2", FieldValueError),  # two fingers
        (BYTES_2005, 19, b"\0", FieldValueError),
        (BYTES_2005, 29, b"\6", FieldValueError),
        (BYTES_2005, 35, b"\5", FieldValueError),
    ],
)
def test_each_wrong_field_has_its_error(data, offset, value, error):
    with pytest.raises(error) as caught:
        iso19794_4.decode(data[:offset] + value + data[offset + len(value) :])
    assert type(caught.value) is error


@pytest.mark.parametrize("data", [BYTES, BYTES_2005])
def test_nothing_may_follow(data):
    with pytest.raises(TrailingBytesError):
        iso19794_4.decode(data + b"\0")


@pytest.mark.parametrize(
    "changes",
    [
        {"position": 11},
        {"impression": 16},
        {"shape_px": (70_000, 1)},
        {"resolution_ppi": (70_000.0, 1.0)},
        {"number": 256},
        {"certifications": ((1, 2),) * 256},
        {"extended": ((-1, b""),)},
    ],
)
def test_what_does_not_fit_is_not_written(changes):
    with pytest.raises(UnencodableError):
        iso19794_4.encode([replace(PLAIN, **changes)])
    with pytest.raises(UnencodableError):
        iso19794_4.encode([])


def test_pixels_come_out_of_every_coding_we_write():
    print_image = ridge_image((120, 100))
    lossless = FingerImage(
        2, jpeg2000.encode_lossless(print_image), Compression.JPEG_2000_LOSSLESS, (120, 100)
    )
    np.testing.assert_array_equal(iso19794_4.read_pixels(lossless), print_image)
    lossy = FingerImage(2, wsq.encode(print_image), Compression.WSQ, (120, 100))
    assert iso19794_4.read_pixels(lossy).shape == (120, 100)
    grey_as_colour = np.dstack([print_image] * 3)
    coloured = replace(lossless, payload=jpeg2000.encode_lossless(grey_as_colour))
    np.testing.assert_array_equal(iso19794_4.read_pixels(coloured), print_image)


def test_pixels_that_contradict_the_record_are_refused():
    print_image = jpeg2000.encode_lossless(ridge_image((120, 100)))
    good = FingerImage(2, print_image, Compression.JPEG_2000_LOSSLESS, (120, 100))
    with pytest.raises(DamagedPayloadError):
        iso19794_4.read_pixels(replace(good, shape_px=(100, 120)))
    with pytest.raises(DamagedPayloadError):
        iso19794_4.read_pixels(replace(PLAIN, payload=b"12345"))
    with pytest.raises(UnsupportedVersionError):
        iso19794_4.read_pixels(replace(PLAIN, compression=Compression.PNG))


ppi = st.tuples(u16.filter(bool), u16.filter(bool)).map(lambda pair: tuple(map(float, pair)))
images = st.builds(
    FingerImage,
    st.sampled_from((*range(11), 13, 14, 15)),
    payloads,
    st.sampled_from(Compression),
    shapes_px,
    ppi,
    ppi,
    st.sampled_from((0, 1, 8, 24, 29)),
    u8,
    starts,
    st.lists(st.tuples(u16, u8), max_size=2).map(tuple),
    blocks,
)


@given(st.lists(images, min_size=1, max_size=3).map(tuple))
def test_images_survive_the_bytes(made):
    record = iso19794_4.encode(made)
    decoded = iso19794_4.decode(record)
    assert decoded.images == made
    assert iso19794_4.encode(decoded.images) == record
    assert struct.unpack(">I", record[8:12])[0] == len(record)


@given(st.sampled_from((BYTES, BYTES_2005)), st.integers(0, 60), st.binary(max_size=4))
def test_any_bytes_give_a_value_or_our_error(good, offset, patch):
    for data in (patch, good[:offset], good[:offset] + patch + good[offset + len(patch) :]):
        try:
            decoded = iso19794_4.decode(data)
        except CodecError:
            continue
        assert decoded.images
