from dataclasses import replace

import cv2
import numpy as np
import pytest

from biometrics.finger.position import LEFT_SLAP, RIGHT_SLAP
from biometrics.finger.slap_preview import COACH_CODES, preview_slap
from tests.biometrics.finger.slap_drawing import (
    DrawnFinger,
    corners,
    draw_slap,
    overlap,
    right_hand,
)

SHAPE = (1500, 1650)


def coach(fingers, *, shape=SHAPE, expected=RIGHT_SLAP, noise=1.0):
    preview = preview_slap(draw_slap(fingers, shape=shape, noise=noise), 500, expected=expected)
    assert preview.coach in COACH_CODES
    return preview.coach


def test_an_empty_platen_asks_for_fingers():
    preview = preview_slap(np.full(SHAPE, 240, np.uint8), 500, expected=RIGHT_SLAP)
    assert (preview.coach, preview.count, preview.is_present) == ("place_fingers", 0, False)
    assert preview.quadrilaterals.shape == (0, 4, 2)


def test_a_good_slap_is_good_and_its_places_are_fractions():
    fingers = right_hand()
    preview = preview_slap(draw_slap(fingers), 500, expected=RIGHT_SLAP)
    assert (preview.coach, preview.count, preview.hand) == ("good", 4, "right")
    for drawn, found in zip(fingers, preview.quadrilaterals, strict=True):
        assert overlap(corners(drawn), found * SHAPE) > 0.8
    assert len(preview.darkness) == len(preview.contrast) == 4
    assert min(preview.darkness) > 30


def test_number_and_hand():
    assert coach(right_hand()[:3]) == "too_few_fingers"
    assert coach(right_hand(), expected=LEFT_SLAP) == "wrong_hand"
    fifth = DrawnFinger(1100.0, 1650.0, 0.0, 280.0, 400.0)
    assert coach([*right_hand(), fifth], shape=(1500, 1900)) == "too_many_fingers"


@pytest.mark.parametrize(
    ("rows", "cols", "code"),
    [(-300, 0, "move_down"), (0, -200, "move_right"), (0, 200, "move_left")],
)
def test_the_way_back_into_the_frame(rows, cols, code):
    moved = [
        replace(finger, row=finger.row + rows, col=finger.col + cols) for finger in right_hand()
    ]
    assert coach(moved) == code


def test_a_turned_hand_is_asked_to_rotate():
    shape = (2200, 2200)
    assert coach(right_hand(rotation_rad=0.65, shape=shape), shape=shape) == "rotate"


def test_pale_prints_need_pressure_and_black_ones_less():
    pale = [replace(finger, amplitude=0.2) for finger in right_hand()]
    assert coach(pale) == "press_harder"
    wet = cv2.erode(draw_slap(right_hand()), np.ones((5, 5), np.uint8))
    assert preview_slap(wet, 500, expected=RIGHT_SLAP).coach == "press_softer"


def test_movement_is_told_by_the_frame_before():
    still = right_hand()
    moved = [replace(finger, col=finger.col + 40) for finger in still]
    first = preview_slap(draw_slap(still, seed=1), 500, expected=RIGHT_SLAP)
    assert first.change is None
    same = preview_slap(draw_slap(still, seed=2), 500, expected=RIGHT_SLAP, previous=first)
    assert same.coach == "good"
    other = preview_slap(draw_slap(moved, seed=3), 500, expected=RIGHT_SLAP, previous=first)
    assert other.coach == "hold_still"
    assert other.change > 5 * same.change


def test_a_frame_of_another_size_before_is_no_movement():
    small = preview_slap(np.full((300, 300), 240, np.uint8), 500, expected=RIGHT_SLAP)
    preview = preview_slap(draw_slap(right_hand()), 500, expected=RIGHT_SLAP, previous=small)
    assert preview.change is None
