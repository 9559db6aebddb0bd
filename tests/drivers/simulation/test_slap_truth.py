"""Rendered slaps: what the truth says is where the ink is."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from drivers.simulation.finger import FingerName, draw_finger
from drivers.simulation.hand_shape import USUAL_HAND, draw_hand_shape
from drivers.simulation.lower_hand import LowerPart, leave_residue, press_lower_part, press_palm
from drivers.simulation.master import master_print
from drivers.simulation.placement import Placement, Skin, pad_quadrilateral, render_impression
from drivers.simulation.slap_truth import visible_quadrilateral

SHAPE = (700, 600)
TRAITS = draw_finger("truth", FingerName.RIGHT_INDEX, is_female=False, period_px=9.0)
PLACE = Placement(340.0, 300.0, 0.2, skin=Skin(0.2, 0.05))


def press(placement, seed=1):
    return render_impression(master_print(TRAITS), placement, np.random.default_rng(seed))


def truth(placement):
    return visible_quadrilateral(press(placement), placement, TRAITS, SHAPE)


def area(corners):
    return cv2.contourArea(corners[:, ::-1].astype(np.float32))


def test_a_whole_pad_is_seen_about_as_large_as_it_is():
    nominal = pad_quadrilateral(TRAITS, PLACE)
    common, _ = cv2.intersectConvexConvex(
        nominal[:, ::-1].astype(np.float32), truth(PLACE)[:, ::-1].astype(np.float32)
    )
    assert common / area(nominal) > 0.85
    assert area(truth(PLACE)) < 1.1 * area(nominal)


def test_corners_begin_at_the_fingers_own_top_left_and_run_clockwise():
    top_left, top_right, bottom_right, _ = truth(PLACE)
    across, down = top_right - top_left, bottom_right - top_right
    assert np.arctan2(down[1], down[0]) == pytest.approx(PLACE.rotation_rad, abs=1e-6)
    assert across @ down == pytest.approx(0, abs=1e-6)
    assert across[0] * down[1] - across[1] * down[0] < 0  # (row, col): clockwise on the screen


def test_a_finger_half_in_the_air_is_seen_half():
    assert area(truth(replace(PLACE, share=0.5))) < 0.7 * area(truth(PLACE))


def test_what_lies_beside_the_platen_is_not_seen():
    over = replace(PLACE, row_px=60.0)
    assert truth(over)[:2, 0].mean() > -20  # the middle of its upper end
    assert area(truth(over)) < 0.75 * area(truth(PLACE))


def test_a_finger_that_is_not_there_has_no_place():
    assert truth(replace(PLACE, row_px=-900.0)) is None


def test_lower_phalanges_lie_below_the_crease():
    darkness = np.zeros((1400, 600), np.uint8)
    press_lower_part(darkness, TRAITS, PLACE, LowerPart(2), np.random.default_rng(2))
    rows, _ = np.nonzero(darkness > 64)
    crease = PLACE.row_px + TRAITS.length_px / 2 * np.cos(PLACE.rotation_rad)
    assert rows.size > 20000
    assert rows.min() > crease - 80  # the finger leans: one end of the phalanx is higher


def test_no_phalanx_leaves_nothing():
    darkness = np.zeros(SHAPE, np.uint8)
    press_lower_part(darkness, TRAITS, PLACE, LowerPart(0), np.random.default_rng(2))
    assert not darkness.any()


def test_a_ring_leaves_a_gap_in_the_phalanx():
    with_ring, without = np.zeros((1400, 600), np.uint8), np.zeros((1400, 600), np.uint8)
    for darkness, has_ring in ((with_ring, True), (without, False)):
        part = LowerPart(2, 0.0, has_ring)
        press_lower_part(darkness, TRAITS, PLACE, part, np.random.default_rng(2))
    assert ((without > 64) & (with_ring == 0)).sum() > 2000


def test_the_palm_fills_the_lower_end():
    darkness = np.zeros(SHAPE, np.uint8)
    press_palm(darkness, 400.0, 0.0, np.random.default_rng(3))
    assert darkness[-100:].mean() > 5 * max(1.0, darkness[:300].mean())


def test_residue_is_fainter_than_a_print():
    latent = np.full(SHAPE, 160, np.uint8)
    seen = leave_residue(np.zeros(SHAPE, np.uint8), latent, 0.2, np.random.default_rng(4))
    assert 0 < seen.mean() < 40
    assert seen.max() <= 0.25 * 160


def test_hands_differ_and_women_have_smaller_ones():
    rng = np.random.default_rng(5)
    women, men = (
        [draw_hand_shape(rng, is_female=is_female).tips["little"].right_mm for _ in range(200)]
        for is_female in (True, False)
    )
    assert np.mean(women) < np.mean(men)
    assert np.std(men) > 1
    assert np.mean(men) == pytest.approx(USUAL_HAND.tips["little"].right_mm, abs=1)
