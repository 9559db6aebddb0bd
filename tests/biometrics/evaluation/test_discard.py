"""Error versus discard on pairs counted by hand."""

import numpy as np
import pytest

from biometrics.evaluation.discard import measure_discard_ratio
from biometrics.evaluation.rates import threshold_at, trace_errors


def test_no_errors_have_no_ratio():
    assert measure_discard_ratio(np.ones(10), np.arange(10.0), threshold=1.0) is None


def test_a_score_that_knows_the_bad_samples_lowers_the_rate():
    genuine = np.array([0.0] * 10 + [9.0] * 90)
    knows = measure_discard_ratio(genuine, np.arange(100.0), threshold=5.0)
    knows_wrongly = measure_discard_ratio(genuine, -np.arange(100.0), threshold=5.0)
    assert knows < 0.25
    assert knows_wrongly > 1.1


def test_a_score_that_knows_nothing_changes_nothing():
    rng = np.random.default_rng(0)
    genuine = np.where(rng.random(20_000) < 0.1, 0.0, 9.0)
    assert measure_discard_ratio(genuine, rng.random(20_000), threshold=5.0) == pytest.approx(
        1, abs=0.03
    )


def test_the_threshold_is_the_lowest_that_keeps_the_rate():
    curve = trace_errors(np.array([5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert threshold_at(curve, false_match=0.25) == 4
    assert threshold_at(curve, false_match=0.0) == 5
    assert threshold_at(curve, false_match=1.0) == 1
    high = trace_errors(np.array([1.0]), np.array([7.0]))
    assert threshold_at(high, false_match=0.0) == np.inf
