"""Error versus discard on pairs counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.evaluation.discard import (
    DISCARD_SHARES,
    GenuinePairs,
    order_pairs,
    pool_pairs,
    ratio_of,
)
from biometrics.evaluation.rates import threshold_at, trace_errors


def measure(is_missed, quality):
    is_missed = np.asarray(is_missed)
    return order_pairs(np.asarray(quality, float)).rates(is_missed, np.ones(len(is_missed)))


def test_no_errors_have_no_ratio():
    assert np.isnan(ratio_of(measure(np.zeros(10, bool), np.arange(10))))


def test_a_score_that_knows_the_bad_samples_lowers_the_rate():
    is_missed = np.arange(100) < 10
    rates = measure(is_missed, np.arange(100))
    assert rates[0] == pytest.approx(0.1)
    assert rates[5] == pytest.approx(5 / 95)
    assert rates[10:] == pytest.approx(0)
    assert ratio_of(rates) < 0.25
    assert ratio_of(measure(is_missed, -np.arange(100))) > 1.1


def test_a_score_that_knows_nothing_changes_nothing():
    rng = np.random.default_rng(0)
    rates = measure(rng.random(20_000) < 0.1, rng.random(20_000))
    assert ratio_of(rates) == pytest.approx(1, abs=0.03)


def test_equal_scores_are_discarded_evenly_whatever_their_order():
    is_missed = np.arange(100) < 10
    assert measure(is_missed, np.full(100, 50.0)) == pytest.approx(0.1)
    assert measure(is_missed[::-1], np.full(100, 50.0)) == pytest.approx(0.1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=10, max_size=60))
def test_a_pair_that_counts_twice_is_the_pair_written_twice(rows):
    missed, quality = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], float)
    weight = np.arange(len(rows)) % 3 + 0.0
    written = np.repeat(np.arange(len(rows)), weight.astype(int))
    if not len(written):
        return
    weighted = order_pairs(quality).rates(missed, weight)
    assert weighted == pytest.approx(measure(missed[written], quality[written]))
    assert len(weighted) == len(DISCARD_SHARES)


def test_pooled_sets_keep_their_fingers_apart():
    one = GenuinePairs(np.array([True, False]), np.array([0, 1]), {"a": np.array([1.0, 2.0])})
    pooled = pool_pairs([one, one, one])
    assert pooled.finger.tolist() == [0, 1, 2, 3, 4, 5]
    assert pooled.is_missed.sum() == 3
    assert pooled.quality["a"].tolist() == [1, 2] * 3


def test_the_threshold_is_the_lowest_that_keeps_the_rate():
    curve = trace_errors(np.array([5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert threshold_at(curve, false_match=0.25) == 4
    assert threshold_at(curve, false_match=0.0) == 5
    assert threshold_at(curve, false_match=1.0) == 1
    high = trace_errors(np.array([1.0]), np.array([7.0]))
    assert threshold_at(high, false_match=0.0) == np.inf
