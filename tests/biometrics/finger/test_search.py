"""Searching a gallery gives what comparing one by one gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from biometrics.finger.compare import compare_described
from biometrics.finger.minutiae import empty_template
from biometrics.finger.neighbourhood import describe
from biometrics.finger.screening import is_hopeless, rate_screens
from biometrics.finger.search import prepare_gallery, search
from tests.biometrics.finger.test_compare import moved, random_template


def test_a_search_gives_the_scores_of_single_comparisons():
    finger = random_template(3, 60)
    others = [random_template(seed, 20 + seed) for seed in range(40)]
    templates = [
        *others,
        moved(finger, rotation_rad=0.3, shift_px=(10.0, -5.0)),
        empty_template((300, 300)),
    ]
    described = [describe(template) for template in templates]
    probe = describe(finger)
    scores = search(probe, prepare_gallery(described))
    single = [compare_described(probe, other).similarity_score for other in described]
    assert scores == pytest.approx(single, abs=1e-3)
    assert scores.argmax() == len(others)
    assert scores[-1] == 0


def test_more_templates_than_one_chunk_keep_their_places():
    described = [describe(random_template(seed, 12)) for seed in range(150)]
    scores = search(described[140], prepare_gallery(described))
    assert scores.shape == (150,)
    assert scores.argmax() == 140


def test_an_empty_gallery_and_an_empty_probe_find_nothing():
    probe = describe(random_template(1, 30))
    assert search(probe, prepare_gallery([])).shape == (0,)
    nobody = describe(empty_template((300, 300)))
    assert not search(nobody, prepare_gallery([probe, nobody])).any()


LIKENESS = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)),
    elements=st.floats(0, 1, width=32),
)


@given(LIKENESS)
def test_screening_is_the_same_both_ways_when_no_two_likenesses_are_equal(likeness):
    spread = likeness + np.arange(likeness.size, dtype=np.float32).reshape(likeness.shape) / 4096
    forth, back = rate_screens(spread), rate_screens(spread.transpose(0, 2, 1))
    assert forth == pytest.approx(back, abs=1e-6)
    assert ((forth >= 0) & (forth <= spread.max() + 1e-6)).all()


def test_likenesses_that_prefer_each_other_decide():
    assert is_hopeless(np.zeros((8, 8), np.float32))
    assert not is_hopeless(np.eye(8, dtype=np.float32))
    one_row = np.zeros((8, 8), np.float32)
    one_row[0] = np.linspace(0.5, 1, 8)
    assert is_hopeless(one_row)
