"""Fits and ranks whose answers are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.evaluation.calibrate import fit_weights, is_odd_finger, rank_correlation


def test_odd_fingers_are_told_by_their_last_number():
    assert is_odd_finger("101")
    assert is_odd_finger("012_10_3")
    assert not is_odd_finger("012_3_10")
    with pytest.raises(ValueError, match="has no number"):
        is_odd_finger("thumb")


def test_a_fit_finds_the_weights_that_made_the_target():
    values = np.random.default_rng(0).normal(5, (1, 10, 0.1), (4000, 3))
    offset, weights = fit_weights(values, 7 + values @ [2.0, -0.3, 40.0])
    assert offset == pytest.approx(7, abs=0.5)
    assert weights == pytest.approx([2, -0.3, 40], rel=0.01)


def test_a_component_that_never_varies_gets_no_weight():
    values = np.column_stack([np.arange(50.0), np.full(50, 3.0)])
    offset, weights = fit_weights(values, np.arange(50.0))
    assert weights[1] == 0
    assert np.isfinite(offset)


def test_ranks_share_ties():
    assert rank_correlation(np.array([1.0, 1, 2, 3]), np.array([5.0, 5, 6, 9])) == pytest.approx(1)


@given(st.lists(st.integers(-50, 50).map(float), min_size=3, max_size=30, unique=True))
def test_any_rising_change_keeps_the_ranks(values):
    array = np.array(values)
    assert rank_correlation(array, array**3 + array) == pytest.approx(1)
    assert rank_correlation(array, -array) == pytest.approx(-1)
