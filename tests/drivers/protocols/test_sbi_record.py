"""ISO records of SBI captures: what is read, what is refused, whatever the bytes."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.sbi_pictures import MAX_PIXELS, decode_jpeg, is_reversible
from drivers.protocols.sbi_record import read_pixels, read_record
from drivers.protocols.sbi_words import DeviceType
from drivers.simulation.wire.sbi_device import stripes
from drivers.simulation.wire.sbi_records import (
    eye_record,
    face_record,
    finger_record,
    jpeg2000,
    jpeg_preview,
)

PIXELS = stripes(2)
COLOUR = np.dstack([PIXELS, PIXELS // 2, 255 - PIXELS])
RECORDS = {
    DeviceType.FINGER: finger_record(7, PIXELS),
    DeviceType.IRIS: eye_record(2, PIXELS),
    DeviceType.FACE: face_record(COLOUR),
}
every_kind = pytest.mark.parametrize("kind", DeviceType)


@every_kind
def test_nothing(kind):
    with pytest.raises(ValueError, match="bytes wanted"):
        read_record(kind, b"")


@every_kind
def test_a_record_gives_back_its_picture(kind):
    image = read_record(kind, RECORDS[kind])
    assert image.shape_px == PIXELS.shape
    assert image.code == {DeviceType.FINGER: 7, DeviceType.IRIS: 2, DeviceType.FACE: 0}[kind]
    assert image.resolution_ppi == (500.0 if kind is DeviceType.FINGER else None)
    expected = COLOUR if kind is DeviceType.FACE else PIXELS
    assert np.array_equal(read_pixels(image), expected)


@every_kind
def test_every_shorter_record_is_refused(kind):
    record = RECORDS[kind]
    for length in (*range(100), len(record) // 2, len(record) - 1):
        with pytest.raises(ValueError, match=r"wanted|begins with|names"):
            read_record(kind, record[:length])


@every_kind
def test_a_longer_record_is_refused(kind):
    with pytest.raises(ValueError, match="names"):
        read_record(kind, RECORDS[kind] + b"\0")


@every_kind
def test_a_record_of_another_kind_is_refused(kind):
    for other in set(DeviceType) - {kind}:
        with pytest.raises(ValueError, match="begins with"):
            read_record(kind, RECORDS[other])


@every_kind
def test_two_images_in_one_record_are_refused(kind):
    record = bytearray(RECORDS[kind])
    record[12:14] = b"\0\2"
    with pytest.raises(ValueError, match="2 images"):
        read_record(kind, bytes(record))


@every_kind
@given(data=st.data())
def test_any_changed_byte_is_read_or_refused(kind, data):
    record = bytearray(RECORDS[kind])
    at = data.draw(st.integers(0, len(record) - 1))
    record[at] ^= data.draw(st.integers(1, 255))
    try:
        pixels = read_pixels(read_record(kind, bytes(record)))
    except ValueError:
        return
    assert pixels.dtype == np.uint8
    assert 0 < pixels.size <= 3 * MAX_PIXELS


@every_kind
@given(noise=st.binary(max_size=200))
def test_noise_is_refused(kind, noise):
    with pytest.raises(ValueError, match=r"wanted|begins with|names"):
        read_record(kind, RECORDS[kind][:12] + noise)


@every_kind
def test_loss_is_refused(kind):
    lossy = {
        DeviceType.FINGER: finger_record(7, PIXELS, is_lossless=False),
        DeviceType.IRIS: eye_record(2, PIXELS, is_lossless=False),
        DeviceType.FACE: face_record(COLOUR, is_lossless=False),
    }
    with pytest.raises(ValueError, match="with loss"):
        read_pixels(read_record(kind, lossy[kind]))


def test_the_wavelet_tells_loss():
    assert is_reversible(jpeg2000(PIXELS))
    assert not is_reversible(jpeg2000(PIXELS, is_lossless=False))
    for nonsense in (b"", b"\xff\xd8\xff", b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"):
        with pytest.raises(ValueError, match=r"JPEG 2000|ends after"):
            is_reversible(nonsense)


# Offsets in a finger record without quality blocks: 16 + 4 + 15 bytes before the position.
POSITION = 35
COMPRESSION, COLS, ROWS = POSITION + 12, POSITION + 14, POSITION + 16


def changed(at, value):
    record = bytearray(RECORDS[DeviceType.FINGER])
    record[at : at + len(value)] = value
    return bytes(record)


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [
        (COMPRESSION, b"\x02", "compression 2"),  # WSQ: for authentication only
        (COMPRESSION, b"\x04", "compression 4"),
        (COMPRESSION - 1, b"\x10", "depth 16"),
        (POSITION + 2, b"\x03", "unit 3"),
        (POSITION + 7, b"\x01\x00", "resolution 256 x 500"),
    ],
)
def test_what_an_enrolment_does_not_allow(at, value, said):
    with pytest.raises(ValueError, match=said):
        read_record(DeviceType.FINGER, changed(at, value))


def test_a_size_that_the_image_does_not_have():
    for at, value in ((COLS, b"\0\1"), (ROWS, b"\0\1")):
        image = read_record(DeviceType.FINGER, changed(at, value))
        with pytest.raises(ValueError, match="the image is"):
            read_pixels(image)


def test_a_size_beyond_all_limits_is_refused_before_decoding():
    image = read_record(DeviceType.FINGER, changed(COLS, b"\xff\xff\xff\xff"))
    with pytest.raises(ValueError, match="65535 x 65535 px"):
        read_pixels(image)


def test_densities_in_centimetres():
    record = changed(POSITION + 2, b"\x02")
    record = bytearray(record)
    record[POSITION + 3 : POSITION + 11] = struct.pack(">4H", 197, 197, 197, 197)
    image = read_record(DeviceType.FINGER, bytes(record))
    assert image.resolution_ppi == pytest.approx(197 * 2.54)


def test_a_raw_image():
    plain = bytearray(changed(COMPRESSION, b"\0"))
    payload_at = ROWS + 2 + 4
    plain[payload_at:] = PIXELS.tobytes()
    plain[payload_at - 4 : payload_at] = struct.pack(">I", PIXELS.size)
    plain[16:20] = struct.pack(">I", len(plain) - 16)
    plain[8:12] = struct.pack(">I", len(plain))
    image = read_record(DeviceType.FINGER, bytes(plain))
    assert image.is_raw
    assert np.array_equal(read_pixels(image), PIXELS)
    plain[COLS : COLS + 2] = b"\0\1"
    with pytest.raises(ValueError, match="raw image"):
        read_pixels(read_record(DeviceType.FINGER, bytes(plain)))


# ---- previews


def test_a_preview_gives_its_size_before_it_is_decoded():
    jpeg = jpeg_preview(PIXELS)
    assert decode_jpeg(jpeg).shape == PIXELS.shape
    at = jpeg.index(b"\xff\xc0") + 5
    with pytest.raises(ValueError, match="65535 x 65535 px"):
        decode_jpeg(jpeg[:at] + b"\xff\xff\xff\xff" + jpeg[at + 4 :])
    for cut in range(0, len(jpeg) - 2, 37):
        with pytest.raises(ValueError, match=r"no JPEG|ends after|damaged|does not decode"):
            decode_jpeg(jpeg[:cut])


def test_a_second_larger_frame_header_is_not_believed():
    jpeg = jpeg_preview(PIXELS)
    at = jpeg.index(b"\xff\xc0")
    header = bytearray(jpeg[at : at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")])
    for size in (b"\xff\xff\xff\xff", b"\x0f\xff\x0f\xff"):
        header[5:9] = size
        with pytest.raises(ValueError, match=r"a picture of|does not decode"):
            decode_jpeg(jpeg[: at + len(header)] + bytes(header) + jpeg[at + len(header) :])


@given(data=st.data())
def test_any_changed_byte_of_a_preview_is_shown_or_refused(data):
    jpeg = bytearray(jpeg_preview(PIXELS))
    jpeg[data.draw(st.integers(0, len(jpeg) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        pixels = decode_jpeg(bytes(jpeg))
    except ValueError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.size <= 3 * MAX_PIXELS
