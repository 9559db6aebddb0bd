from itertools import pairwise

import numpy as np
import pytest

from drivers.devices import CaptureTarget
from drivers.simulation.slap_case import Chances, Wrong, draw_case

CASES = [draw_case(seed, people=5) for seed in range(400)]


def test_the_same_number_is_the_same_case():
    for seed in (0, 17, 123456):
        assert draw_case(seed, people=5) == draw_case(seed, people=5)


def test_numbers_for_reports_have_other_people():
    early = {case.person.seed for case in CASES}
    late = {draw_case(100_000 + seed, people=5).person.seed for seed in range(50)}
    assert not early & late


def test_everything_that_may_go_wrong_does():
    assert {wrong for case in CASES for wrong in case.wrong} == set(Wrong)
    assert {case.asked for case in CASES} == {
        CaptureTarget.RIGHT_SLAP,
        CaptureTarget.LEFT_SLAP,
        CaptureTarget.THUMBS,
    }


def test_nothing_goes_wrong_without_a_chance():
    never = Chances(**dict.fromkeys((wrong.value for wrong in Wrong), 0.0))
    for seed in range(60):
        case = draw_case(seed, people=5, chances=never)
        assert not case.wrong
        assert case.shown is case.asked
        assert case.fingers == case.expected


@pytest.mark.parametrize("case", CASES[:120], ids=lambda case: str(case.seed))
def test_a_case_agrees_with_itself(case):
    assert 2 <= len(case.fingers) <= 4
    assert len({name.is_right for name in case.fingers}) == (
        2 if case.asked is CaptureTarget.THUMBS else 1
    )
    assert (case.shown is not case.asked) == (Wrong.OTHER_HAND in case.wrong)
    full = 2 if case.asked is CaptureTarget.THUMBS else 4
    assert (len(case.fingers) < full) == (Wrong.MISSING in case.wrong)
    assert {Wrong.DRY, Wrong.WET} - case.wrong


def test_digits_follow_each_other_from_left_to_right():
    order = ["index", "middle", "ring", "little"]
    for case in CASES:
        if case.shown is not CaptureTarget.THUMBS:
            places = [order.index(name.digit) for name in case.fingers]
            side = 1 if case.fingers[0].is_right else -1
            assert all(side * (b - a) > 0 for a, b in pairwise(places))


def test_chances_are_met_about():
    hands = [case for case in CASES if case.asked is not CaptureTarget.THUMBS]
    touching = np.mean([Wrong.TOUCHING in case.wrong for case in hands])
    assert touching == pytest.approx(Chances().touching, abs=0.07)
