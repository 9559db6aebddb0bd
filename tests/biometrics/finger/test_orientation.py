"""Ridge directions of waves whose direction is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.finger.normalization import normalize
from biometrics.finger.orientation import (
    estimate_orientation,
    measure_ridge_flow,
    measure_wide_coherence,
    refine_orientation,
)
from tests.biometrics.finger.ridge_drawing import angle_difference, draw_wave

EVERYWHERE = np.ones((20, 20), bool)


def middle(blocks):
    return blocks[4:-4, 4:-4]


@settings(max_examples=60, deadline=None)
@given(
    orientation_rad=st.floats(0, np.pi, exclude_max=True),
    period_px=st.floats(6, 14),
)
def test_a_wave_has_the_direction_it_was_drawn_with(orientation_rad, period_px):
    wave = draw_wave((160, 160), orientation_rad=orientation_rad, period_px=period_px)
    flow = measure_ridge_flow(normalize(wave).image)
    for found in (
        estimate_orientation(flow, EVERYWHERE),
        refine_orientation(normalize(wave).image),
    ):
        error = angle_difference(middle(found), orientation_rad, turn=np.pi)
        assert error.max() < np.radians(2)


def test_parallel_ridges_are_coherent_and_noise_is_not():
    noise = np.random.default_rng(1).integers(0, 256, (160, 160)).astype(np.uint8)
    of_ridges = measure_wide_coherence(measure_ridge_flow(normalize(draw_wave((160, 160))).image))
    of_noise = measure_wide_coherence(measure_ridge_flow(normalize(noise).image))
    assert middle(of_ridges).min() > 0.95
    assert middle(of_noise).mean() < 0.2


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_image_has_no_direction_and_no_nan(level):
    flow = measure_ridge_flow(normalize(np.full((160, 160), level, np.uint8)).image)
    assert not flow.coherence().any()
    assert np.isfinite(estimate_orientation(flow, EVERYWHERE)).all()


def test_the_direction_carries_over_where_the_ridges_are_gone():
    wave = draw_wave((160, 160), orientation_rad=0.8)
    wave[72:88, 72:88] = 255
    found = estimate_orientation(measure_ridge_flow(normalize(wave).image), EVERYWHERE)
    assert angle_difference(found[9:11, 9:11], 0.8, turn=np.pi).max() < np.radians(12)


def test_blocks_outside_the_mask_have_no_say():
    image = np.hstack([draw_wave((160, 80)), draw_wave((160, 80), orientation_rad=1.4)])
    mask = EVERYWHERE.copy()
    mask[:, 10:] = False
    found = estimate_orientation(measure_ridge_flow(normalize(image).image), mask)
    assert angle_difference(found[4:-4, 8], 0.0, turn=np.pi).max() < np.radians(4)
