"""Face image records: hand-written bytes of both editions, round trips, refusals."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.codecs import iso19794_5
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    TrailingBytesError,
    TruncatedError,
    UnencodableError,
    UnsupportedVersionError,
    WrongFormatError,
)
from biometrics.codecs.iso19794_5 import (
    Coding,
    ColourSpace,
    FaceDescription,
    FaceImage,
    Landmark,
)
from tests.biometrics.codecs.made_headers import payloads, shapes_px, starts, u8, u16

# One full frontal image, 3 rows x 2 columns, four bytes of image, one landmark; by hand.
BYTES = bytes.fromhex(
    "46414300 30333000 00000050 0001 00 0000"
    "0000003f ffffffffffffffffff 00 0000 0000 00"  # 63 bytes from here
    "0001 02 00 00 00 000001 0001 010203 040506"  # one landmark, female, neutral
    "01 36 0001 0002 0000"  # the landmark
    "01 02 0002 0003 00 0000 00 01 00000004 deadbeef"
)
BYTES_2005 = bytes.fromhex(
    "46414300 30313000 0000003a 0001"
    "0000002c 0001 02 01 06 00044d 0003 050a0f 151a1f"  # 44 bytes from here
    "01 36 0001 0002 0000"
    "00 00 0002 0003 01 02 0007 0000 deadbeef"
)
PLAIN = FaceImage(b"jp2", Coding.JPEG_2000_LOSSLESS, (1600, 1200))


def test_the_hand_written_record_means_what_it_says():
    record = iso19794_5.decode(BYTES)
    (image,) = record.images
    assert record.edition == 2011
    assert (image.shape_px, image.image_type) == ((3, 2), 1)
    assert (image.coding, image.colour_space) == (Coding.JPEG_2000_LOSSLESS, ColourSpace.RGB_24)
    assert image.landmarks == (Landmark(1, 0x36, 1, 2),)
    assert image.description.pose == (1, 2, 3)
    assert image.description.pose_uncertainty == (4, 5, 6)
    assert (image.description.gender, image.description.expression) == (2, 1)
    assert image.payload == b"\xde\xad\xbe\xef"
    assert iso19794_5.encode(record.images) == BYTES


def test_the_edition_of_2005_is_read():
    record = iso19794_5.decode(BYTES_2005)
    (image,) = record.images
    assert record.edition == 2005
    assert (image.shape_px, image.image_type, image.coding) == ((3, 2), 0, Coding.JPEG)
    assert image.description.properties == 0x44D
    assert (image.description.eye_colour, image.description.hair_colour) == (1, 6)
    assert (image.source, image.start.device.kind) == (2, 7)
    assert image.payload == b"\xde\xad\xbe\xef"


@pytest.mark.parametrize(
    ("data", "offset", "value", "error"),
    [
        (BYTES, 0, b"X", WrongFormatError),
        (BYTES, 4, b"020\0", UnsupportedVersionError),
        (BYTES, 11, b"\x51", TruncatedError),
        (BYTES, 12, b"\0\0", FieldValueError),
        (BYTES, 12, b"\1\0", FieldValueError),
        (BYTES, 14, b"\1", UnsupportedVersionError),
        (BYTES, 17, b"\0\0\0\3", FieldValueError),
        (BYTES, 36, b"\2\1", FieldValueError),  # 513 landmarks
        (BYTES, 36, b"\0\5", TruncatedError),
        (BYTES, 61, b"\4", FieldValueError),  # image type
        (BYTES, 62, b"\4", FieldValueError),  # coding
        (BYTES, 63, b"\0\0", FieldValueError),  # no columns
        (BYTES, 71, b"\7", FieldValueError),  # colour space
        (BYTES, 72, b"\0\0\0\5", TruncatedError),
        (BYTES, 72, b"\0\0\0\3", TrailingBytesError),
        (BYTES_2005, 12, b"\0\0", FieldValueError),
        (BYTES_2005, 43, b"\2", FieldValueError),  # coding
        (BYTES_2005, 48, b"\5", FieldValueError),  # colour space
    ],
)
def test_each_wrong_field_has_its_error(data, offset, value, error):
    with pytest.raises(error) as caught:
        iso19794_5.decode(data[:offset] + value + data[offset + len(value) :])
    assert type(caught.value) is error


@pytest.mark.parametrize(
    "changes",
    [
        {"image_type": 4},
        {"shape_px": (70_000, 2)},
        {"landmarks": (Landmark(1, 1, 1, 1),) * 513},
        {"landmarks": (Landmark(1, 256, 1, 1),)},
        {"description": FaceDescription(properties=1 << 24)},
        {"description": FaceDescription(height_cm=256)},
    ],
)
def test_what_does_not_fit_is_not_written(changes):
    with pytest.raises(UnencodableError):
        iso19794_5.encode([replace(PLAIN, **changes)])


def test_records_hold_1_to_16_images():
    for images in ([], [PLAIN] * 17):
        with pytest.raises(UnencodableError):
            iso19794_5.encode(images)
    with pytest.raises(UnencodableError):
        iso19794_5.encode([PLAIN], temporal_semantics=-1)


triples = st.tuples(u8, u8, u8)
images = st.builds(
    FaceImage,
    payload=payloads,
    coding=st.sampled_from(Coding),
    shape_px=shapes_px,
    image_type=st.sampled_from((0, 1, 2, 3, 128)),
    colour_space=st.sampled_from(ColourSpace),
    description=st.builds(
        FaceDescription, u8, u8, u8, u8, st.integers(0, (1 << 24) - 1), u16, triples, triples
    ),
    landmarks=st.lists(st.builds(Landmark, u8, u8, u16, u16, u16), max_size=3).map(tuple),
    start=starts,
    sampling_level=u8,
    processing=u16,
    cross_reference=u8,
)


@given(st.lists(images, min_size=1, max_size=3).map(tuple), u16)
def test_images_survive_the_bytes(made, temporal_semantics):
    record = iso19794_5.encode(made, temporal_semantics=temporal_semantics)
    decoded = iso19794_5.decode(record)
    assert decoded.images == made
    assert decoded.temporal_semantics == temporal_semantics


@given(st.sampled_from((BYTES, BYTES_2005)), st.integers(0, 80), st.binary(max_size=4))
def test_any_bytes_give_a_value_or_our_error(good, offset, patch):
    for data in (patch, good[:offset], good[:offset] + patch + good[offset + len(patch) :]):
        try:
            decoded = iso19794_5.decode(data)
        except CodecError:
            continue
        assert decoded.images
