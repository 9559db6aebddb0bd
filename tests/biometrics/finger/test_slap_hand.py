import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.finger.hand import HandView, assign_positions, decide_hand
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


def test_loops_tell_the_hand_where_the_tips_do_not():
    tips = np.array([[8.0, -20.0], [0.0, 0.0], [8.0, 20.0]])
    assert decide_hand(tips).confidence < 0.9
    towards_the_right, nothing = np.full(3, -0.4), np.zeros(3)
    decided = decide_hand(HandView(tips, None, towards_the_right))
    mirror = decide_hand(HandView(mirrored(tips), None, -towards_the_right))
    assert (decided.hand, mirror.hand) == ("right", "left")
    assert decided.confidence == pytest.approx(mirror.confidence)
    assert decided.confidence > decide_hand(HandView(tips, None, nothing)).confidence


def test_the_narrow_finger_is_the_little_one():
    tips = np.array([[0.0, -10.0], [3.0, 10.0], [12.0, 28.0]])
    narrow_last = HandView(tips, np.array([15.5, 15.0, 12.0]))
    assert assign_positions(narrow_last, RIGHT_SLAP) == RIGHT_SLAP[1:]


def test_what_was_asked_for_is_what_its_hand_shows():
    middle_to_little = RIGHT_HAND[1:]
    asked = decide_hand(middle_to_little, RIGHT_SLAP[1:])
    assert asked.hand == "right"
    assert asked.confidence >= decide_hand(middle_to_little).confidence


def test_no_view_is_certain():
    tips = RIGHT_HAND * [3, 1]
    sure = decide_hand(HandView(tips, np.array([15.0, 15.3, 14.7, 12.6]), np.full(4, -0.5)))
    assert sure.confidence < 1


def test_tips_of_no_hand_are_believed_less():
    scattered = RIGHT_HAND + np.array([[40.0, 0], [-30.0, 0], [25.0, 0], [0.0, 0]])
    assert decide_hand(scattered).confidence < decide_hand(RIGHT_HAND).confidence
