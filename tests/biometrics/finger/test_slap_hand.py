import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.finger.hand import assign_positions, decide_hand
from biometrics.finger.position import LEFT_SLAP, RIGHT_SLAP, THUMBS, FingerPosition

# Measured on the public ink slap of NIST libbiomeval, turned upright (mm: below, right).
RIGHT_HAND = np.array([[7.0, -31.0], [0.0, -10.0], [4.0, 10.5], [20.0, 30.0]])


def mirrored(tips):
    return (tips * [1, -1])[::-1]


@pytest.mark.parametrize("count", [0, 1, 5, 9])
def test_no_hand_without_two_to_four_tips(count):
    decision = decide_hand(np.zeros((count, 2)))
    assert (decision.hand, decision.confidence) == ("unknown", 0.0)


def test_tips_all_in_one_place_decide_nothing():
    assert decide_hand(np.zeros((4, 2))).confidence == pytest.approx(0.5)


def test_a_symmetric_row_decides_nothing():
    tips = np.array([[9.0, -30.0], [0.0, -10.0], [0.0, 10.0], [9.0, 30.0]])
    assert decide_hand(tips).confidence == pytest.approx(0.5)


def test_right_and_left():
    assert decide_hand(RIGHT_HAND).hand == "right"
    assert decide_hand(RIGHT_HAND).confidence > 0.95
    assert decide_hand(mirrored(RIGHT_HAND)).hand == "left"


@given(
    rows=st.floats(-50, 50),
    cols=st.floats(-50, 50),
    spread=st.floats(0.75, 1.2),
    turn_rad=st.floats(-0.09, 0.09),
)
def test_place_spread_and_a_small_turn_do_not_change_the_hand(rows, cols, spread, turn_rad):
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    tips = RIGHT_HAND * [1, spread] @ np.array([[cos, sin], [-sin, cos]]) + [rows, cols]
    assert decide_hand(tips).hand == "right"
    assert decide_hand(mirrored(tips)).hand == "left"


@given(st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_the_mirror_swaps_the_hand_and_keeps_the_confidence(count, seed):
    tips = np.random.default_rng(seed).normal(0, 20, (count, 2))
    tips = tips[np.argsort(tips[:, 1])]
    one, other = decide_hand(tips), decide_hand(mirrored(tips))
    assert one.confidence == pytest.approx(other.confidence)
    if one.confidence > 0.5001:
        assert {one.hand, other.hand} == {"right", "left"}


def test_as_many_as_expected_are_named_in_order():
    assert assign_positions(RIGHT_HAND, RIGHT_SLAP) == RIGHT_SLAP
    assert assign_positions(RIGHT_HAND[:2], THUMBS) == THUMBS
    assert assign_positions(np.empty((0, 2)), RIGHT_SLAP) == ()


@pytest.mark.parametrize("missing", range(4))
def test_a_missing_finger_is_recognised_by_the_gap(missing):
    tips = np.delete(RIGHT_HAND, missing, axis=0)
    expected = RIGHT_SLAP[:missing] + RIGHT_SLAP[missing + 1 :]
    assert assign_positions(tips, RIGHT_SLAP) == expected
    assert assign_positions(mirrored(tips), LEFT_SLAP)[::-1] == tuple(
        FingerPosition(finger + 5) for finger in expected
    )


def test_the_surplus_is_unknown():
    tips = np.vstack([RIGHT_HAND, [[60.0, 55.0]]])
    assert assign_positions(tips, RIGHT_SLAP) == (*RIGHT_SLAP, FingerPosition.UNKNOWN)
