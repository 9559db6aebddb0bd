"""Ridge periods of waves whose period is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.finger.frequency import estimate_period
from biometrics.finger.normalization import normalize
from biometrics.parameters import PERIOD_DEFAULT_PX, PERIOD_RANGE_PX
from tests.biometrics.finger.ridge_drawing import draw_wave

EVERYWHERE = np.ones((24, 24), bool)


@settings(max_examples=60, deadline=None)
@given(
    orientation_rad=st.floats(0, np.pi, exclude_max=True),
    period_px=st.floats(6, 13),
)
def test_a_wave_has_the_period_it_was_drawn_with(orientation_rad, period_px):
    wave = draw_wave((192, 192), orientation_rad=orientation_rad, period_px=period_px)
    found = estimate_period(normalize(wave).image, EVERYWHERE)[6:-6, 6:-6]
    assert np.abs(found / period_px - 1).max() < 0.08


def test_no_print_has_the_usual_period():
    nothing = np.zeros((24, 24), bool)
    assert (estimate_period(np.zeros((192, 192), np.float32), nothing) == PERIOD_DEFAULT_PX).all()


@pytest.mark.parametrize("level", [0, 255])
def test_a_flat_image_stays_within_the_range(level):
    flat = normalize(np.full((192, 192), level, np.uint8)).image
    found = estimate_period(flat, EVERYWHERE)
    assert PERIOD_RANGE_PX[0] <= found.min() <= found.max() <= PERIOD_RANGE_PX[1] + 1e-4
