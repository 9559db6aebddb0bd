"""Error rates of scores small enough to count by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.evaluation.rates import (
    area_under_curve,
    equal_error_rate,
    false_non_match_at,
    trace_errors,
)

scores = st.lists(st.integers(0, 20).map(float), min_size=1, max_size=40).map(np.array)


def test_separated_scores_make_no_errors():
    genuine, impostor = np.array([5.0, 6.0, 7.0]), np.array([1.0, 2.0])
    curve = trace_errors(genuine, impostor)
    assert equal_error_rate(curve) == 0
    assert false_non_match_at(curve, false_match=0) == 0
    assert area_under_curve(trace_errors(genuine, impostor)) == 1


def test_reversed_scores_make_all_errors():
    genuine, impostor = np.array([1.0, 2.0]), np.array([5.0, 6.0])
    assert equal_error_rate(trace_errors(genuine, impostor)) == pytest.approx(0.75, abs=0.26)
    assert area_under_curve(trace_errors(genuine, impostor)) == 0
    assert false_non_match_at(trace_errors(genuine, impostor), false_match=0) == 1


def test_one_overlap_counts_as_half_of_both():
    genuine, impostor = np.array([2.0, 5.0, 6.0, 7.0]), np.array([0.0, 1.0, 3.0, 1.5])
    curve = trace_errors(genuine, impostor)
    assert equal_error_rate(curve) == pytest.approx(0.125)
    assert false_non_match_at(curve, false_match=0) == 0.25
    assert false_non_match_at(curve, false_match=0.25) == 0
    assert area_under_curve(trace_errors(genuine, impostor)) == 15 / 16


def test_the_curve_at_known_thresholds():
    curve = trace_errors(np.array([1.0, 3.0]), np.array([0.0, 1.0]))
    assert curve.thresholds.tolist() == [0, 1, 3, np.inf]
    assert curve.false_match.tolist() == [1, 0.5, 0, 0]
    assert curve.false_non_match.tolist() == [0, 0, 0.5, 1]


def test_equal_scores_everywhere_are_a_guess():
    same = np.full(5, 3.0)
    assert area_under_curve(trace_errors(same, same)) == 0.5
    assert equal_error_rate(trace_errors(same, same)) == 0.5


@pytest.mark.parametrize("missing", [0, 1])
def test_no_scores_are_no_rates(missing):
    both = [np.array([1.0]), np.array([2.0])]
    both[missing] = np.array([])
    with pytest.raises(ValueError, match="two fingers"):
        trace_errors(*both)


@given(scores, scores)
def test_rates_stay_rates_and_move_one_way(genuine, impostor):
    curve = trace_errors(genuine, impostor)
    assert (np.diff(curve.false_match) <= 0).all()
    assert (np.diff(curve.false_non_match) >= 0).all()
    assert curve.false_match[0] == 1
    assert curve.false_match[-1] == 0
    assert 0 <= equal_error_rate(curve) <= 1
    strict, loose = (false_non_match_at(curve, false_match=rate) for rate in (0.01, 0.1))
    assert strict >= loose
    both = area_under_curve(trace_errors(genuine, impostor)) + area_under_curve(
        trace_errors(impostor, genuine)
    )
    assert both == pytest.approx(1)
