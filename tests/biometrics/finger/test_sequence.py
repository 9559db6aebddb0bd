import numpy as np
import pytest

from biometrics.finger.extract import extract
from biometrics.finger.position import LEFT_SLAP, RIGHT_SLAP, FingerPosition
from biometrics.finger.sequence import (
    SAME_FINGER_RATE,
    SameFinger,
    choose_same,
    find_same_fingers,
)
from biometrics.finger.slap import check_slap
from drivers.simulation.finger import FingerName, draw_finger
from drivers.simulation.master import master_print
from drivers.simulation.placement import Placement, render_impression
from drivers.simulation.slap import compose

SMALL = (560, 460)
THUMB, INDEX, MIDDLE = (
    FingerPosition.RIGHT_THUMB,
    FingerPosition.RIGHT_INDEX,
    FingerPosition.RIGHT_MIDDLE,
)


def lay(shape, *pressings):
    """A platen with impressions: (name of the virtual person, middle row, middle column)."""
    impressions = []
    for number, (person, row, col) in enumerate(pressings):
        traits = draw_finger(person, FingerName.RIGHT_INDEX, is_female=False, period_px=9.0)
        place = Placement(row, col, 0.02 * number, shows_middle_phalanx=False)
        rng = np.random.default_rng(number)
        impressions.append(render_impression(master_print(traits), place, rng))
    darkness = compose(tuple(impressions), shape).darkness.astype(np.float32)
    return np.clip(240 - 0.9 * darkness, 0, 255).astype(np.uint8)


def template(person, impression):
    shift = 4.0 * impression
    return extract(lay(SMALL, (person, 280 + shift, 230 - shift)), 500)


@pytest.fixture(scope="module")
def prints():
    return {(who, number): template(who, number) for who in ("ani", "budi") for number in (0, 1)}


def test_nothing_is_unique():
    assert find_same_fingers({}, {}) == ()


def test_empty_templates_are_not_alike():
    empty = extract(np.full(SMALL, 240, np.uint8), 500)
    assert find_same_fingers({THUMB: empty, INDEX: empty}, {MIDDLE: empty}) == ()


def test_different_fingers_are_different(prints):
    assert find_same_fingers({INDEX: prints["ani", 0]}, {MIDDLE: prints["budi", 0]}) == ()


def test_a_finger_given_twice_in_one_capture_is_named(prints):
    same = find_same_fingers({INDEX: prints["ani", 0], MIDDLE: prints["ani", 1]}, {})
    assert [(pair.first, pair.second) for pair in same] == [(INDEX, MIDDLE)]
    assert same[0].false_match_rate <= SAME_FINGER_RATE


def test_a_finger_accepted_before_is_named(prints):
    accepted = {MIDDLE: prints["budi", 0], THUMB: prints["ani", 1]}
    same = find_same_fingers({INDEX: prints["ani", 0]}, accepted)
    assert [(pair.first, pair.second) for pair in same] == [(INDEX, THUMB)]


def test_the_finger_of_the_same_position_is_replaced_not_repeated(prints):
    assert find_same_fingers({INDEX: prints["ani", 0]}, {INDEX: prints["ani", 1]}) == ()


def test_a_slap_with_one_finger_twice_says_so():
    people = ("ani", "budi", "ani", "cici")
    pressings = [(who, 300.0, 260.0 + 360 * at) for at, who in enumerate(people)]
    pixels = lay((620, 1600), *pressings)
    found = check_slap(pixels, 500, expected=RIGHT_SLAP)
    assert len(found.fingers) == 4
    assert "same_finger" in {reason.code for reason in found.reasons}


def test_a_slap_with_a_finger_accepted_before_says_so(prints):
    pressings = [(who, 300.0, 260.0 + 360 * at) for at, who in enumerate(("budi", "cici", "dedi"))]
    expected = LEFT_SLAP[:3]
    pixels = lay((620, 1300), *pressings)
    alone = check_slap(pixels, 500, expected=expected)
    assert "same_finger" not in {reason.code for reason in alone.reasons}
    again = check_slap(pixels, 500, expected=expected, others={INDEX: prints["budi", 0]})
    assert "same_finger" in {reason.code for reason in again.reasons}


ALIKE, RATHER_ALIKE = 1e-5, 8e-4  # scores 50 and 30.97


def pair(first, second, rate):
    return SameFinger(first, second, -10 * float(np.log10(rate)), rate)  # 1e-5 scores 50


def test_one_pair_that_is_fairly_alike_is_no_warning():
    assert choose_same([pair(INDEX, LEFT_SLAP[0], RATHER_ALIKE)]) == ()


def test_the_most_alike_pair_comes_first():
    clear, clearer = pair(INDEX, MIDDLE, ALIKE), pair(THUMB, MIDDLE, ALIKE / 2)
    assert choose_same([clear, pair(INDEX, THUMB, 0.5), clearer]) == (clearer, clear)


def test_two_pairs_of_a_hand_given_for_the_other_are_one():
    pairs = [
        pair(INDEX, FingerPosition.LEFT_LITTLE, RATHER_ALIKE),
        pair(MIDDLE, FingerPosition.LEFT_RING, 9e-4),
    ]
    assert choose_same(pairs) == tuple(pairs)


def test_two_pairs_that_make_no_hand_are_chance():
    pairs = [
        pair(INDEX, FingerPosition.LEFT_RING, RATHER_ALIKE),
        pair(MIDDLE, FingerPosition.LEFT_LITTLE, RATHER_ALIKE),
        pair(INDEX, MIDDLE, RATHER_ALIKE),
    ]
    assert choose_same(pairs) == ()
