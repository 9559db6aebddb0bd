"""Bringing images to 500 ppi, and refusing what is no image."""

import numpy as np
import pytest

from biometrics.finger.resample import is_too_large, require_image, resample, size_at_500_ppi
from tests.biometrics.finger.ridge_drawing import draw_wave


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((10, 10, 3), np.uint8),
        np.zeros(10, np.uint8),
        np.zeros((10, 10), np.float32),
        np.zeros((10, 10), bool),
        np.zeros((10, 10), np.int8),
    ],
)
def test_refuses_what_is_no_gray_image(pixels):
    with pytest.raises(ValueError, match="2 dimensions of uint8"):
        require_image(pixels, 500)


@pytest.mark.parametrize("ppi", [0, -500, 249.9, 1000.1, float("nan"), float("inf")])
def test_refuses_a_resolution_out_of_range(ppi):
    with pytest.raises(ValueError, match="scanner's own resolution"):
        require_image(np.zeros((10, 10), np.uint8), ppi)


def test_an_image_at_500_ppi_stays_as_it_is():
    pixels = draw_wave((64, 80))
    assert np.array_equal(resample(pixels, 500), pixels)


@pytest.mark.parametrize(("ppi", "size"), [(250, (128, 160)), (1000, (32, 40)), (512, (62, 78))])
def test_sizes_follow_the_resolution(ppi, size):
    assert resample(draw_wave((64, 80)), ppi).shape == size == size_at_500_ppi((64, 80), ppi)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (1, 1)])
@pytest.mark.parametrize("ppi", [250, 500, 1000])
def test_next_to_nothing_stays_next_to_nothing(shape, ppi):
    assert resample(np.zeros(shape, np.uint8), ppi).size <= 4


def test_the_wave_keeps_its_shape_at_1000_ppi():
    fine = draw_wave((600, 600), orientation_rad=0.4, period_px=18)
    coarse = draw_wave((300, 300), orientation_rad=0.4, period_px=9)
    same = np.corrcoef(resample(fine, 1000).ravel(), coarse.ravel())[0, 1]
    assert same > 0.95


def test_the_limit_counts_pixels_at_500_ppi():
    assert not is_too_large((2000, 2000), 500)
    assert is_too_large((2001, 2000), 500)
    assert is_too_large((1200, 1200), 250)
    assert not is_too_large((4000, 4000), 1000)
