"""Comparisons: nothing, the same, the same moved, and different fingers."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.finger import (
    VERIFICATION_SCORE,
    FingerTemplate,
    compare,
    compare_described,
    describe,
    extract,
    false_match_rate,
)
from biometrics.finger.minutiae import empty_template
from tests.biometrics.finger.ridge_drawing import DrawnFinger, angle_difference

SHAPE = (400, 400)


def template(rows, cols, angle_rad):
    count = len(rows)
    return FingerTemplate(
        rows=np.asarray(rows, np.float32),
        cols=np.asarray(cols, np.float32),
        angle_rad=np.mod(np.asarray(angle_rad, np.float32), np.float32(2 * np.pi)),
        kind=np.ones(count, np.uint8),
        quality=np.full(count, 60, np.uint8),
        shape_px=SHAPE,
    )


def random_template(seed, count=40):
    """Minutiae scattered over a finger; their directions follow a flow, as real ones do."""
    rng = np.random.default_rng(seed)
    rows, cols = rng.uniform(60, 340, count), rng.uniform(100, 300, count)
    flow = np.arctan2(rows + 200, cols - 200) + np.pi / 2 + rng.normal(0, 0.15, count)
    return template(rows, cols, flow + np.pi * rng.integers(0, 2, count))


def moved(
    given_template, *, rotation_rad=0.0, shift_px=(0.0, 0.0), keep=None, jitter_px=0.0, seed=0
):
    """Turn a template about the middle counterclockwise, shift it, keep a part of it."""
    rng = np.random.default_rng(seed)
    down, right = given_template.rows - 200, given_template.cols - 200
    cos, sin = np.cos(rotation_rad), np.sin(rotation_rad)
    rows = down * cos - right * sin + 200 + shift_px[0] + rng.normal(0, jitter_px, len(down))
    cols = right * cos + down * sin + 200 + shift_px[1] + rng.normal(0, jitter_px, len(down))
    kept = np.arange(len(rows)) if keep is None else keep
    order = rng.permutation(kept)
    return template(rows[order], cols[order], (given_template.angle_rad + rotation_rad)[order])


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_too_few_minutiae_match_nothing(count):
    few, many = random_template(1, count), random_template(2)
    for left, right in ((few, many), (many, few), (few, few), (empty_template(SHAPE), few)):
        result = compare(left, right)
        assert result.similarity_score == 0
        assert result.pairs.shape == (0, 2)


@pytest.mark.parametrize("count", [5, 12, 40, 200])
def test_a_template_pairs_with_itself(count):
    own = random_template(3, count)
    result = compare(own, own)
    assert len(result.pairs) >= 0.97 * count
    assert (result.pairs[:, 0] == result.pairs[:, 1]).all()
    assert abs(result.rotation_rad) < 1e-3
    assert np.hypot(*result.shift_px) < 0.5


def test_the_same_finger_scores_high_and_others_low():
    same = compare(random_template(4), random_template(4)).similarity_score
    others = [
        compare(random_template(4), random_template(seed)).similarity_score
        for seed in range(100, 160)
    ]
    assert same > 5 * VERIFICATION_SCORE
    assert max(others) < same / 4
    assert np.median(others) < VERIFICATION_SCORE


@settings(max_examples=50, deadline=None)
@given(
    rotation_deg=st.floats(-45, 45),
    down_px=st.floats(-80, 80),
    right_px=st.floats(-80, 80),
    seed=st.integers(0, 1000),
)
def test_moving_the_finger_changes_little_and_the_motion_is_found(
    rotation_deg, down_px, right_px, seed
):
    own, rotation_rad = random_template(seed), np.radians(rotation_deg)
    other = moved(
        own, rotation_rad=rotation_rad, shift_px=(down_px, right_px), jitter_px=1, seed=seed
    )
    result = compare(own, other)
    assert result.similarity_score > 3 * VERIFICATION_SCORE
    assert angle_difference(result.rotation_rad, rotation_rad) < np.radians(2)
    probe, reference = result.pairs.T
    cos, sin = np.cos(result.rotation_rad), np.sin(result.rotation_rad)
    rows = own.rows * cos - own.cols * sin + result.shift_px[0]
    cols = own.cols * cos + own.rows * sin + result.shift_px[1]
    apart = np.hypot(rows[probe] - other.rows[reference], cols[probe] - other.cols[reference])
    assert np.median(apart) < 4


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 60), st.integers(3, 60), st.booleans())
def test_the_order_does_not_matter(seed, count, other_count, is_same):
    left = random_template(seed, count)
    right = (
        moved(left, rotation_rad=0.3, jitter_px=2)
        if is_same
        else random_template(seed + 1, other_count)
    )
    forth, back = compare(left, right), compare(right, left)
    assert forth.similarity_score == back.similarity_score
    assert sorted(map(tuple, forth.pairs.tolist())) == sorted(
        (j, i) for i, j in back.pairs.tolist()
    )
    assert forth.rotation_rad == pytest.approx(-back.rotation_rad, abs=1e-6)


def test_going_there_and_back_is_no_motion():
    own = random_template(5)
    other = moved(own, rotation_rad=0.4, shift_px=(30, -20))
    forth, back = compare(own, other), compare(other, own)
    turn = np.exp(1j * forth.rotation_rad), np.exp(1j * back.rotation_rad)
    shift = [complex(r.shift_px[1], -r.shift_px[0]) for r in (forth, back)]
    assert abs(shift[0] * turn[1] + shift[1]) < 1e-3


def test_half_of_a_finger_is_still_that_finger():
    own = random_template(6, 50)
    part = moved(own, rotation_rad=0.2, keep=np.flatnonzero(own.rows < 190), jitter_px=1)
    assert compare(own, part).similarity_score > VERIFICATION_SCORE
    assert compare(random_template(7, 50), part).similarity_score < VERIFICATION_SCORE


def test_skin_that_stretches_is_still_that_finger():
    own = random_template(8, 45)
    stretched = template(
        own.rows * 1.05 - 5, own.cols + 8 * np.sin(own.rows / 60), own.angle_rad + 0.05
    )
    assert compare(own, stretched).similarity_score > 3 * VERIFICATION_SCORE


def test_a_mirrored_finger_is_another_finger():
    own = random_template(9)
    mirrored = template(own.rows, 400 - own.cols, np.pi - own.angle_rad)
    assert compare(own, mirrored).similarity_score < VERIFICATION_SCORE


def test_minutiae_in_one_place_do_no_harm():
    pile = template(np.full(30, 200.0), np.full(30, 200.0), np.zeros(30))
    for other in (pile, random_template(10)):
        assert np.isfinite(compare(pile, other).similarity_score)


def test_describing_first_gives_the_same():
    left, right = random_template(11), random_template(12)
    direct = compare(left, right).similarity_score
    assert compare_described(describe(left), describe(right)).similarity_score == direct


def test_images_of_one_finger_match_and_of_two_do_not():
    first, other = DrawnFinger(20), DrawnFinger(21)
    own = extract(first.draw(), 500)
    again = extract(first.draw(rotation_rad=0.5, shift_px=(12, -9), seed=1), 500)
    result = compare(own, again)
    assert result.similarity_score > 3 * VERIFICATION_SCORE
    assert angle_difference(result.rotation_rad, 0.5) < np.radians(3)
    assert compare(own, extract(other.draw(), 500)).similarity_score < VERIFICATION_SCORE


def test_the_false_match_rate_falls_with_the_score():
    rates = [false_match_rate(score) for score in np.linspace(0, 60, 200)]
    assert rates[0] == 1
    assert all(left >= right for left, right in pairwise(rates))
    assert rates[-1] > 0
    assert false_match_rate(VERIFICATION_SCORE) == pytest.approx(1e-3, rel=0.05)
