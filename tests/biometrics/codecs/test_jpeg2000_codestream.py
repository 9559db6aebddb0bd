"""Codestreams that would cost the decoder gigabytes or minutes are refused before it starts."""

import io
import struct
import time

import numpy as np
import pytest
from PIL import Image

from biometrics.codecs import jpeg2000
from biometrics.codecs.errors import (
    CodecError,
    FieldValueError,
    LimitExceededError,
    TruncatedError,
)
from tests.biometrics.codecs.made_pictures import ridge_image


def coded(pixels, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG2000", no_jp2=True, irreversible=False, **options)
    return buffer.getvalue()


IMAGE = ridge_image((200, 150))
STREAM = coded(IMAGE, precinct_size=(128, 128))
TILED = coded(IMAGE, tile_size=(64, 64))
COD = STREAM.index(b"\xff\x52")
SOT = STREAM.index(b"\xff\x90")
LEVELS = STREAM[COD + 9]


def patched(offset, value, data=STREAM):
    return data[:offset] + value + data[offset + len(value) :]


def with_segment(place, marker, content=b""):
    """The stream with one more marker segment."""
    segment = struct.pack(">HH", marker, 2 + len(content)) + content
    grown = STREAM[:place] + segment + STREAM[place:]
    if place > SOT:  # the tile part is longer
        size = int.from_bytes(STREAM[SOT + 6 : SOT + 10], "big") + len(segment)
        grown = patched(SOT + 6, struct.pack(">I", size), grown)
    return grown


def test_tiles_precincts_and_known_segments_are_read():
    for data in (STREAM, TILED, with_segment(SOT, 0xFF64, b"\0\1hello")):
        np.testing.assert_array_equal(jpeg2000.decode(data), IMAGE)
    commented = with_segment(SOT + 12, 0xFF64, b"\0\1hello")
    np.testing.assert_array_equal(jpeg2000.decode(commented), IMAGE)


def test_a_tile_part_may_reach_to_the_end():
    open_end = patched(SOT + 6, bytes(4))
    np.testing.assert_array_equal(jpeg2000.decode(open_end), IMAGE)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (patched(COD + 6, b"\xff\xff"), LimitExceededError),  # layers
        (patched(COD + 6, b"\0\0"), FieldValueError),
        (patched(COD + 4, b"\x08"), FieldValueError),  # style
        (patched(COD + 5, b"\x05"), FieldValueError),  # progression
        (patched(COD + 8, b"\x02"), FieldValueError),  # colour transform
        (patched(COD + 9, b"\x21"), FieldValueError),  # levels
        (patched(COD + 9, bytes([LEVELS + 1])), TruncatedError),  # a precinct is missing
        (patched(COD + 10, b"\x09"), FieldValueError),  # code block 2048 wide
        (patched(COD + 10, b"\x05\x04"), FieldValueError),  # 128 x 64
        (patched(COD + 13, b"\x02"), FieldValueError),  # wavelet
        (patched(COD + 15, b"\x01"), FieldValueError),  # a precinct of height 1
        (with_segment(SOT, 0xFF53, bytes(7)), FieldValueError),  # COC
        (with_segment(SOT, 0xFF5F, bytes(7)), FieldValueError),  # POC
        (with_segment(SOT, 0xFF60, bytes(7)), FieldValueError),  # PPM
        (with_segment(SOT, 0xFF50, bytes(6)), FieldValueError),  # CAP: high throughput
        (with_segment(SOT, 0xFF52, STREAM[COD + 4 : COD + 15 + LEVELS]), FieldValueError),
        (with_segment(SOT + 12, 0xFF52, STREAM[COD + 4 : COD + 15 + LEVELS]), FieldValueError),
        (with_segment(SOT + 12, 0xFF53, bytes(7)), FieldValueError),
        (patched(SOT + 2, b"\0\x0b"), FieldValueError),
        (patched(SOT + 4, b"\0\1"), FieldValueError),  # tile 1 of 1
        (patched(SOT + 6, b"\0\0\0\x0d"), FieldValueError),
        (patched(SOT + 6, b"\xff\xff\xff\xff"), TruncatedError),
        (STREAM[:-2] + b"\xff\x91", FieldValueError),
        (STREAM[:SOT], TruncatedError),
        (STREAM[:COD] + STREAM[COD + 4 + STREAM[COD + 3] - 2 :], FieldValueError),  # no COD
    ],
)
def test_each_refusal_has_its_error(data, error):
    with pytest.raises(error) as caught:
        jpeg2000.decode(data)
    assert type(caught.value) is error


def large(precinct, layers=1):
    """A flat picture of 8 megapixels whose header announces the worst."""
    data = bytearray(coded(np.full((2800, 2800), 128, np.uint8), precinct_size=(128, 128)))
    place = data.index(b"\xff\x52")
    data[place + 6 : place + 8] = struct.pack(">H", layers)
    for resolution in range(data[place + 9] + 1):
        data[place + 14 + resolution] = precinct << 4 | precinct
    return bytes(data)


@pytest.mark.parametrize(("precinct", "layers"), [(1, 1), (2, 1), (4, 2), (7, 65_535), (15, 8000)])
def test_what_would_take_gigabytes_or_minutes_takes_nothing(precinct, layers):
    data = large(precinct, layers)
    assert len(data) < 5000
    start = time.monotonic()
    with pytest.raises(LimitExceededError):
        jpeg2000.decode(data)
    assert time.monotonic() - start < 0.5


def test_small_code_blocks_of_a_large_picture_are_refused():
    data = bytearray(large(15))
    place = data.index(b"\xff\x52")
    data[place + 10 : place + 12] = b"\0\0"  # 4 x 4
    with pytest.raises(LimitExceededError, match="code blocks"):
        jpeg2000.decode(bytes(data))


def test_the_worst_that_is_allowed_takes_a_second_at_most():
    data = large(15, 6000)
    start = time.monotonic()
    jpeg2000.decode(data)
    assert time.monotonic() - start < 3.0  # 0.8 s alone; the machine is shared


@pytest.mark.parametrize("length", range(0, len(TILED), 61))
def test_every_cut_is_an_error(length):
    with pytest.raises(CodecError):
        jpeg2000.decode(TILED[:length])
