"""Where the print is."""

import numpy as np
import pytest

from biometrics.finger.extract import take_apart
from biometrics.finger.segmentation import fill_holes, keep_large_parts, segment
from tests.biometrics.finger.ridge_drawing import DrawnFinger, draw_wave


def grid(text):
    return np.array([[mark == "#" for mark in line] for line in text.split()])


def test_holes_are_filled_and_bays_are_not():
    assert np.array_equal(
        fill_holes(grid("##### #...# #.#.# ##### .#..# .#.##")),
        grid("##### ##### ##### ##### .#..# .#.##"),
    )


def test_small_parts_fall_away():
    mask = np.zeros((20, 20), bool)
    mask[2:12, 2:12] = True
    mask[15:17, 15:17] = True
    kept = keep_large_parts(mask)
    assert kept[2:12, 2:12].all()
    assert kept.sum() == 100


def test_nothing_stays_nothing():
    nothing = np.zeros((20, 20), bool)
    assert not keep_large_parts(nothing).any()
    assert not fill_holes(nothing).any()
    assert not segment(np.zeros((20, 20), np.float32), np.ones((20, 20), np.float32)).any()


def test_all_stays_all():
    everything = np.ones((20, 20), bool)
    assert keep_large_parts(everything).all()
    assert fill_holes(everything).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_mask_of_a_finger_is_the_finger(seed):
    finger = DrawnFinger(seed)
    found = take_apart(finger.draw(), 500).mask
    rows, cols = np.mgrid[: found.shape[0], : found.shape[1]] * 8 + 3.5
    down, right = rows - finger.centre[0], cols - finger.centre[1]
    truth = np.hypot(down / (finger.centre[0] - 20), right / (finger.centre[1] - 20)) < 1
    assert (found & truth).sum() / (found | truth).sum() > 0.86


def test_the_edge_of_a_platen_is_no_print():
    image = np.full((400, 400), 230, np.uint8)
    image[:, 6:10] = 20
    image[380:384] = 20
    assert take_apart(image, 500) is None


def test_ridges_up_to_the_border_are_print_up_to_the_border():
    assert take_apart(draw_wave((240, 240)), 500).mask.all()
