"""WSQ: orientation, ratio, fidelity, and what damaged bytes must not do."""

import struct
from contextlib import suppress

import _wsq
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.codecs import wsq
from biometrics.codecs.errors import (
    CodecError,
    DamagedPayloadError,
    FieldValueError,
    LimitExceededError,
    TruncatedError,
    UnencodableError,
    WrongFormatError,
)
from tests.biometrics.codecs.made_pictures import psnr_db, ridge_image

IMAGE = ridge_image()
ENCODED = wsq.encode(IMAGE)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((0, 0), np.uint8),
        np.zeros((63, 64), np.uint8),
        np.zeros((64, 63), np.uint8),
        np.zeros((64, 4097), np.uint8),
        np.zeros((2000, 2000), np.uint8),
        np.zeros((100, 100, 3), np.uint8),
        np.zeros((100, 100), np.float32),
    ],
)
def test_what_is_no_print_is_not_encoded(pixels):
    with pytest.raises(UnencodableError):
        wsq.encode(pixels)


def test_rows_stay_rows():
    assert wsq.read_size(ENCODED) == (400, 320)
    decoded = wsq.decode(ENCODED)
    assert decoded.shape == IMAGE.shape
    right = psnr_db(decoded, IMAGE)
    for wrong in (IMAGE[::-1], IMAGE[:, ::-1], IMAGE.reshape(320, 400).T):
        assert psnr_db(decoded, np.ascontiguousarray(wrong)) < right - 10


def test_a_print_is_compressed_as_the_standard_wants():
    assert 10.0 <= IMAGE.size / len(ENCODED) <= 20.0
    assert psnr_db(wsq.decode(ENCODED), IMAGE) >= 30.0


@pytest.mark.parametrize("shape_px", [(64, 64), (64, 700), (700, 64), (501, 333)])
def test_any_shape_comes_back(shape_px):
    image = ridge_image(shape_px)
    assert wsq.decode(wsq.encode(image)).shape == shape_px


@pytest.mark.parametrize("ratio", [10.0, 12.0, 15.0, 20.0])
def test_a_chosen_ratio_is_met(ratio):
    encoded = wsq.encode(IMAGE, ratio=ratio)
    assert wsq.compression_ratio(encoded) == pytest.approx(ratio, rel=0.021)
    assert 10.0 <= wsq.compression_ratio(encoded) <= 20.0
    decoded = wsq.decode(encoded)
    assert decoded.shape == IMAGE.shape
    assert psnr_db(decoded, IMAGE) >= 30.0


@pytest.mark.parametrize("ratio", [9.9, 20.1, 0.0, -1.0, float("nan"), float("inf")])
def test_a_ratio_that_no_file_may_have_is_refused(ratio):
    with pytest.raises(UnencodableError, match="ratio"):
        wsq.encode(IMAGE, ratio=ratio)


def test_an_empty_picture_compresses_further_than_asked():
    empty = wsq.encode(np.full((300, 300), 200, np.uint8), ratio=15.0)
    assert wsq.compression_ratio(empty) > 20.0
    assert wsq.decode(empty).shape == (300, 300)


def test_noise_can_be_coded_at_every_ratio():
    noise = np.random.default_rng(3).integers(0, 256, (200, 310), dtype=np.uint8)
    for ratio in (10.0, 20.0):
        assert wsq.compression_ratio(wsq.encode(noise, ratio=ratio)) == pytest.approx(ratio, 0.021)


def test_the_direct_call_gives_the_bytes_of_the_librarys_own():
    rows_px, cols_px = IMAGE.shape
    assert wsq.encode(IMAGE) == bytes(_wsq.compress(IMAGE.tobytes(), rows_px, cols_px, 0.75))


def test_the_ratio_of_damaged_bytes_is_an_error():
    with pytest.raises(TruncatedError):
        wsq.compression_ratio(ENCODED[:10])


def test_a_view_that_is_not_contiguous_is_encoded_as_it_looks():
    turned = IMAGE[:, ::-1]
    assert wsq.encode(turned) == wsq.encode(turned.copy())


@pytest.mark.parametrize("grey", [0, 255])
def test_an_empty_platen_comes_back_exactly(grey):
    flat = np.full((100, 90), grey, np.uint8)
    np.testing.assert_array_equal(wsq.decode(wsq.encode(flat)), flat)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", TruncatedError),
        (b"\xff\xa0", TruncatedError),
        (b"\x89PNG\r\n\x1a\n", WrongFormatError),
        (b"\xff\xa0\xff\xd8", FieldValueError),
        (b"\xff\xa0\xff\xa8\x00\x01", FieldValueError),
        (b"\xff\xa0\xff\xa8\xff\xff", TruncatedError),
        (b"\xff\xa0\xff\xa2\x00\x06\x00\xff\x00\x00", TruncatedError),
        (b"\xff\xa0\xff\xa2\x00\x08" + struct.pack(">BBHH", 0, 255, 0, 9), FieldValueError),
        (b"\xff\xa0\xff\xa2\x00\x08" + struct.pack(">BBHH", 0, 255, 5000, 9), LimitExceededError),
        (
            b"\xff\xa0\xff\xa2\x00\x08" + struct.pack(">BBHH", 0, 255, 4000, 4000),
            LimitExceededError,
        ),
        (b"\xff\xa0\xff\xa2\x00\x08" + struct.pack(">BBHH", 0, 255, 9, 9), DamagedPayloadError),
        (ENCODED[:900], DamagedPayloadError),
        (ENCODED[:-40], DamagedPayloadError),
        (bytes(wsq.MAX_BYTES + 1), LimitExceededError),
    ],
)
def test_garbage_raises_our_error(data, error):
    with pytest.raises(error):
        wsq.decode(data)


def test_a_caller_may_allow_less():
    with pytest.raises(LimitExceededError):
        wsq.decode(ENCODED, limit_px=1000)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(ENCODED) - 1), st.integers(0, 255)), min_size=1))
def test_damage_kills_the_child_at_most(changes):
    damaged = bytearray(ENCODED)
    for offset, value in changes:
        damaged[offset] = value
    with suppress(CodecError):
        assert wsq.decode(bytes(damaged)).ndim == 2
