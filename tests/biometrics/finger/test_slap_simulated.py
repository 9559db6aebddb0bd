"""Difficult slaps of virtual hands, whose true places are known: a small share of the evaluation.

The whole one is `python -m drivers slaps DIR --first 100000 --count 2000`, then
`python -m biometrics evaluate-slaps DIR`.
"""

import pytest

from biometrics.evaluation.slap_evaluation import evaluate_slaps
from biometrics.finger.slap import lay_out_slap
from drivers.simulation.slap_case import Chances, Wrong, draw_case
from drivers.simulation.slap_render import render_case
from drivers.simulation.slap_set import write_slaps
from tests.biometrics.finger.slap_drawing import overlap

SLAPS = 24
PEOPLE = 3  # growing the skin of a finger takes a quarter of a second
NEVER = dict.fromkeys((wrong.value for wrong in Wrong), 0.0)


@pytest.fixture(scope="module")
def masters(tmp_path_factory):
    return tmp_path_factory.mktemp("masters")


@pytest.mark.slow
def test_difficult_slaps_are_taken_apart(tmp_path, masters):
    for _ in write_slaps(tmp_path, range(SLAPS), people=PEOPLE, master_folder=masters):
        pass
    figures, sheet = evaluate_slaps(tmp_path)
    assert figures["slaps"] == SLAPS
    assert figures["count_right"]["share"] >= 0.95
    assert figures["hand_right"]["share"] >= 0.93
    assert figures["hand_right_when_sure"]["share"] >= 0.97
    assert figures["overlap_good"]["share"] >= 0.9
    assert figures["fingers_named_right"]["share"] >= 0.96
    assert sheet is None or sheet.shape[2] == 3


def test_easy_slaps_have_no_mistake(masters):
    chances = Chances(**NEVER)
    for seed in range(6):
        case = draw_case(seed, people=1, chances=chances)
        slap = render_case(case, masters)
        expected = tuple(_position(name) for name in case.expected)
        found = lay_out_slap(slap.pixels, 500, expected=expected)
        assert found.positions == expected
        assert not {"wrong_hand", "too_few_fingers", "too_many_fingers"} & {
            reason.code for reason in found.reasons
        }
        for region, (_, corners) in zip(found.segmentation.fingers, slap.fingers, strict=True):
            assert overlap(region.quadrilateral, corners) > 0.75


def test_the_other_hand_is_refused(masters):
    chances = Chances(**{**NEVER, "other_hand": 1.0})
    refused = 0
    cases = [draw_case(seed, people=1, chances=chances) for seed in range(12)]
    hands = [case for case in cases if Wrong.OTHER_HAND in case.wrong][:5]
    for case in hands:
        expected = tuple(_position(name) for name in case.expected)
        found = lay_out_slap(render_case(case, masters).pixels, 500, expected=expected)
        refused += "wrong_hand" in {reason.code for reason in found.reasons}
    assert len(hands) == 5
    assert refused >= 4


def _position(name):
    from biometrics.finger.position import FingerPosition

    return FingerPosition[name.value.upper()]
