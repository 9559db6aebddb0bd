"""Pictures for the pad's screen."""

import zlib

import numpy as np
import pytest

from drivers.protocols.stu_picture import choose_encoding, encode_picture, fit_to_screen
from drivers.protocols.stu_reports import StuEncoding, StuEncodings


@pytest.mark.parametrize("shape", [(4, 4), (0, 4, 3), (4, 4, 4)])
def test_what_is_no_picture(shape):
    with pytest.raises(ValueError, match="picture"):
        fit_to_screen(np.zeros(shape, np.uint8), (480, 800))


def test_a_picture_of_the_screens_size_stays_as_it_is():
    picture = np.random.default_rng(1).integers(0, 256, (48, 80, 3), dtype=np.uint8)
    assert np.array_equal(fit_to_screen(picture, (48, 80)), picture)


@pytest.mark.parametrize(
    ("shape", "dark"), [((10, 10, 3), (40, 40)), ((200, 400, 3), (40, 80)), ((1, 900, 3), (1, 80))]
)
def test_proportions_are_kept_on_white(shape, dark):
    screen = fit_to_screen(np.zeros(shape, np.uint8), (40, 80))
    rows, cols = np.nonzero(screen[:, :, 0] == 0)
    assert screen.shape == (40, 80, 3)
    assert (np.ptp(rows) + 1, np.ptp(cols) + 1) == dark
    assert screen.max() == (255 if dark != (40, 80) else 0)
    centre = (rows.min() + rows.max()) / 2, (cols.min() + cols.max()) / 2
    assert centre == pytest.approx((19.5, 39.5), abs=0.5)


def test_mono_is_most_significant_bit_left_white_one_and_filled_with_white():
    screen = np.full((2, 10, 3), 255, np.uint8)
    screen[0, 0] = 0
    screen[1, 9] = 0
    assert encode_picture(screen, StuEncoding.MONO).hex() == "7fff" + "ffbf"


def test_rgb565_is_big_endian_words():
    screen = np.array([[[0, 0, 255], [0, 255, 0], [255, 0, 0], [8, 4, 8]]], np.uint8)  # BGR
    assert encode_picture(screen, StuEncoding.RGB565).hex() == "f800" + "07e0" + "001f" + "0821"


def test_bgr24_is_as_it_lies():
    screen = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    assert encode_picture(screen, StuEncoding.BGR24) == bytes([1, 2, 3, 4, 5, 6])


def test_zlib_holds_the_mono_picture():
    screen = np.full((480, 800, 3), 255, np.uint8)
    packed = encode_picture(screen, StuEncoding.MONO_ZLIB)
    assert len(packed) < 253  # one block
    assert zlib.decompress(packed) == encode_picture(screen, StuEncoding.MONO)


@pytest.mark.parametrize(
    ("offered", "has_colour", "chosen"),
    [
        (StuEncodings(0x0F), True, StuEncoding.BGR24),
        (StuEncodings(0x06), True, StuEncoding.RGB565),
        (StuEncodings(0x02), True, StuEncoding.MONO),
        (StuEncodings(0x0F), False, StuEncoding.MONO_ZLIB),
        (StuEncodings(0x0E), False, StuEncoding.MONO),
    ],
)
def test_choice(offered, has_colour, chosen):
    assert choose_encoding(offered, has_colour=has_colour) is chosen
