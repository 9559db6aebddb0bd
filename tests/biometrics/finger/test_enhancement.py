"""The oriented filter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.finger.enhancement import enhance, filter_matrices, gabor_kernel
from biometrics.finger.normalization import normalize
from biometrics.parameters import KERNEL_PX
from tests.biometrics.finger.ridge_drawing import draw_wave

EVERYWHERE = np.ones((20, 20), bool)


def blocks(value):
    return np.full((20, 20), value, np.float32)


@settings(max_examples=40, deadline=None)
@given(orientation_rad=st.floats(0, np.pi), period_px=st.floats(5, 14))
def test_a_kernel_answers_nothing_to_a_flat_area_and_one_to_its_wave(orientation_rad, period_px):
    kernel = gabor_kernel(orientation_rad, period_px)
    assert abs(kernel.sum()) < 1e-9
    assert kernel.shape == (KERNEL_PX, KERNEL_PX)
    assert np.abs(kernel).sum() == pytest.approx(2)
    assert np.allclose(kernel, kernel[::-1, ::-1])


@pytest.mark.parametrize("orientation_rad", [0.0, 0.5, 1.2, 2.0, 3.0])
def test_ridges_pass_and_ridges_across_do_not(orientation_rad):
    image = normalize(draw_wave((160, 160), orientation_rad=orientation_rad)).image
    along = enhance(image, EVERYWHERE, blocks(orientation_rad), blocks(9))[40:-40, 40:-40]
    across_rad = (orientation_rad + np.pi / 2) % np.pi
    across = enhance(image, EVERYWHERE, blocks(across_rad), blocks(9))[40:-40, 40:-40]
    assert along.std() > 20 * across.std()
    assert np.corrcoef(along.ravel(), image[40:-40, 40:-40].ravel())[0, 1] > 0.98


def test_away_from_the_print_there_is_nothing():
    mask = np.zeros((20, 20), bool)
    assert not enhance(np.ones((160, 160), np.float32), mask, blocks(0), blocks(9)).any()
    mask[10, 10] = True
    image = normalize(draw_wave((160, 160))).image
    found = enhance(image, mask, blocks(0), blocks(9))
    assert found[72:96, 72:96].any()
    found[72:96, 72:96] = 0
    assert not found.any()


def test_the_bank_is_shared_and_cannot_be_changed():
    assert filter_matrices(2) is filter_matrices(2)
    with pytest.raises(ValueError, match="read-only"):
        filter_matrices(2)[0] = 0
