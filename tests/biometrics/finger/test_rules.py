import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.finger.position import (
    LEFT_SLAP,
    RIGHT_SLAP,
    TEN_FINGERS,
    THUMBS,
    FingerPosition,
)
from biometrics.finger.rules import (
    BSI_TABLE,
    MAX_ATTEMPTS,
    AttemptScores,
    Digit,
    NextStep,
    Purpose,
    choose_best,
    digit_of,
    judge_attempt,
    next_step,
)

INDEX, MIDDLE, RING, LITTLE = RIGHT_SLAP


def attempt(*scores, expected=RIGHT_SLAP):
    found = {
        finger: score for finger, score in zip(expected, scores, strict=True) if score is not None
    }
    return AttemptScores(expected, found)


def test_no_attempt_has_no_best():
    with pytest.raises(ValueError, match="no attempt"):
        choose_best([], purpose=Purpose.ENROLMENT)


def test_unknown_finger_has_no_threshold():
    with pytest.raises(ValueError, match="unknown finger"):
        BSI_TABLE.least_score(Purpose.ENROLMENT, FingerPosition.UNKNOWN)


@pytest.mark.parametrize("score", [-1, 101, 255])
def test_score_outside_the_scale_is_refused(score):
    with pytest.raises(ValueError, match=str(score)):
        judge_attempt(attempt(score, 50, 50, 50), purpose=Purpose.ENROLMENT)


def test_attempts_for_different_fingers_are_not_compared():
    with pytest.raises(ValueError, match="different fingers"):
        choose_best(
            [attempt(1, 2, 3, 4), attempt(1, 2, 3, 4, expected=LEFT_SLAP)],
            purpose=Purpose.ENROLMENT,
        )


def test_every_finger_has_its_digit():
    assert [digit_of(finger) for finger in TEN_FINGERS] == [*Digit, *Digit]


@pytest.mark.parametrize(
    ("purpose", "least"),
    [
        (Purpose.ENROLMENT, [30, 30, 20, 10, 10]),
        (Purpose.VERIFICATION, [20, 20, 20, 10, 10]),
        (Purpose.ROLLED, [20, 15, 15, 10, 5]),
    ],
)
def test_thresholds_are_those_of_the_guideline(purpose, least):
    assert [BSI_TABLE.least_score(purpose, finger) for finger in TEN_FINGERS] == least * 2


def test_a_score_at_its_threshold_is_good_and_one_below_is_not():
    assert judge_attempt(attempt(30, 20, 10, 10), purpose=Purpose.ENROLMENT).is_good
    verdict = judge_attempt(attempt(29, 20, 10, 9), purpose=Purpose.ENROLMENT)
    assert verdict.failed == (INDEX, LITTLE)
    assert verdict.table_version == BSI_TABLE.version


def test_fingers_are_judged_alone_and_never_by_their_mean():
    assert judge_attempt(attempt(90, 60, 9, 1), purpose=Purpose.ENROLMENT).failed == (RING, LITTLE)


def test_a_finger_that_was_not_found_fails():
    assert judge_attempt(attempt(90, 90, None, 90), purpose=Purpose.ENROLMENT).failed == (RING,)


def test_another_table_may_be_handed_in():
    strict = dataclasses.replace(
        BSI_TABLE, version="strict", least={Purpose.ENROLMENT: dict.fromkeys(Digit, 80)}
    )
    verdict = judge_attempt(attempt(79, 80, 80, 80), purpose=Purpose.ENROLMENT, table=strict)
    assert verdict.failed == (INDEX,)
    assert verdict.table_version == "strict"


def test_index_decides_before_middle_ring_and_little():
    attempts = [attempt(10, 90, 90, 90), attempt(11, 1, 1, 1), attempt(11, 1, 2, 0)]
    assert choose_best(attempts, purpose=Purpose.ENROLMENT) == 2


def test_right_thumb_decides_before_left():
    attempts = [attempt(90, 10, expected=THUMBS), attempt(1, 11, expected=THUMBS)]
    assert choose_best(attempts, purpose=Purpose.ENROLMENT) == 1


def test_an_attempt_that_reaches_all_thresholds_comes_first():
    attempts = [attempt(99, 99, 99, 9), attempt(30, 20, 10, 10)]
    assert choose_best(attempts, purpose=Purpose.ENROLMENT) == 1


def test_of_equals_the_earliest_is_kept():
    assert choose_best([attempt(5, 5, 5, 5)] * 3, purpose=Purpose.ENROLMENT) == 0


def test_missing_is_below_zero():
    attempts = [attempt(None, 90, 90, 90), attempt(0, None, None, None)]
    assert choose_best(attempts, purpose=Purpose.ENROLMENT) == 1


scores = st.none() | st.integers(0, 100)
attempts_of_a_slap = st.lists(
    st.builds(attempt, scores, scores, scores, scores), min_size=1, max_size=6
)


@given(attempts_of_a_slap)
def test_the_best_is_never_worse_than_another_in_the_first_finger_that_differs(attempts):
    best = attempts[choose_best(attempts, purpose=Purpose.ENROLMENT)]
    best_good = judge_attempt(best, purpose=Purpose.ENROLMENT).is_good
    for other in attempts:
        other_good = judge_attempt(other, purpose=Purpose.ENROLMENT).is_good
        assert best_good >= other_good
        if best_good == other_good:
            key = [best.scores.get(finger, -1) for finger in RIGHT_SLAP]
            assert key >= [other.scores.get(finger, -1) for finger in RIGHT_SLAP]


@given(attempts_of_a_slap)
def test_the_choice_follows_from_what_was_stored(attempts):
    log = json.dumps(
        [
            {
                "expected": [finger.name for finger in one.expected],
                "scores": {finger.name: score for finger, score in one.scores.items()},
            }
            for one in attempts
        ]
    )
    replayed = [
        AttemptScores(
            tuple(FingerPosition[name] for name in one["expected"]),
            {FingerPosition[name]: score for name, score in one["scores"].items()},
        )
        for one in json.loads(log)
    ]
    for purpose in Purpose:
        assert choose_best(replayed, purpose=purpose) == choose_best(attempts, purpose=purpose)
        assert next_step(replayed, purpose=purpose) == next_step(attempts, purpose=purpose)


@given(attempts_of_a_slap)
def test_what_follows_depends_on_number_and_success(attempts):
    step = next_step(attempts, purpose=Purpose.ENROLMENT)
    if any(judge_attempt(one, purpose=Purpose.ENROLMENT).is_good for one in attempts):
        assert step is NextStep.ACCEPT
    elif len(attempts) < MAX_ATTEMPTS:
        assert step is NextStep.CAPTURE_AGAIN
    else:
        assert step is NextStep.DECIDE


def test_before_the_first_attempt_a_capture_follows():
    assert next_step([], purpose=Purpose.ENROLMENT) is NextStep.CAPTURE_AGAIN
