"""Minutiae of skeletons drawn by hand."""

import cv2
import numpy as np
import pytest

from biometrics.finger.minutiae import RidgeField, empty_template, find_minutiae
from biometrics.finger.template import MinutiaKind
from biometrics.finger.thinning import thin
from tests.biometrics.finger.ridge_drawing import angle_difference

SHAPE = (160, 160)
EVERYWHERE = np.ones((20, 20), bool)


def find(lines, *, orientation_rad=0.0, mask=EVERYWHERE, strength=1.0):
    """Draw lines given as ((row, col), (row, col)) and find their minutiae."""
    image = np.zeros(SHAPE, np.uint8)
    for (row, col), (to_row, to_col) in lines:
        cv2.line(image, (col, row), (to_col, to_row), 1, 1)
    field = RidgeField(
        orientation_rad=np.full((20, 20), orientation_rad, np.float32),
        clarity=np.full((20, 20), 0.7, np.float32),
        strength=np.full((20, 20), strength, np.float32),
        enhanced=np.where(image > 0, np.float32(-1), np.float32(1)),
        period_px=9.0,
    )
    template, evidence = find_minutiae(thin(image.astype(bool)), mask, field, shape_px=SHAPE)
    assert len(evidence.clarity) == len(template)
    return template


def test_no_ridges_have_no_minutiae():
    assert len(find([])) == 0
    assert len(empty_template(SHAPE)) == 0


def test_an_unbroken_ridge_has_no_minutiae():
    assert len(find([((80, 0), (80, 159))])) == 0


def test_an_ending_points_back_along_its_ridge():
    found = find([((80, 60), (80, 159))])
    assert len(found) == 1
    assert (found.rows[0], found.cols[0]) == (80, 60)
    assert found.kind[0] == MinutiaKind.RIDGE_ENDING
    assert angle_difference(found.angle_rad[0], 0.0) < 0.05
    assert 1 <= found.quality[0] <= 100


@pytest.mark.parametrize("degrees", [20, 70, 110, 160, 200, 250, 290, 340])
def test_an_ending_points_back_in_every_direction(degrees):
    angle = np.radians(degrees)
    far = (round(80 - 300 * np.sin(angle)), round(80 + 300 * np.cos(angle)))
    found = find([((80, 80), far)], orientation_rad=angle % np.pi)
    assert len(found) == 1
    assert angle_difference(found.angle_rad[0], angle) < 0.1


def test_a_bifurcation_points_into_the_valley_between_its_branches():
    found = find([((80, 0), (80, 80)), ((80, 80), (60, 159)), ((80, 80), (100, 159))])
    assert len(found) == 1
    assert found.kind[0] == MinutiaKind.RIDGE_BIFURCATION
    assert np.hypot(found.rows[0] - 80, found.cols[0] - 80) < 4
    assert angle_difference(found.angle_rad[0], 0.0) < 0.15


def test_a_broken_ridge_is_no_pair_of_endings():
    assert len(find([((80, 0), (80, 70)), ((80, 74), (80, 159))])) == 0
    near, far = (find([((80, 0), (80, left)), ((80, 160 - left), (80, 159))]) for left in (74, 60))
    assert len(near) == len(far) == 2
    assert near.quality.max() < far.quality.min()


def test_a_spur_is_no_bifurcation():
    assert len(find([((80, 0), (80, 159)), ((80, 80), (75, 84))])) == 0


def test_an_island_is_no_ridge():
    assert len(find([((80, 80), (80, 87))])) == 0


def test_the_ends_of_ridges_at_the_edge_of_the_print_are_no_minutiae():
    mask = EVERYWHERE.copy()
    mask[:, 10:] = False
    assert len(find([((80, 0), (80, 79))], mask=mask)) == 0
    assert len(find([((80, 0), (80, 50))], mask=mask)) == 1


def test_ridges_that_hardly_answer_the_filter_have_no_minutiae():
    assert len(find([((80, 60), (80, 159))], strength=0.1)) == 0


def test_a_swarm_of_minutiae_is_a_scar():
    swarm = [((row, 60 + 8 * (row // 5 % 2)), (row, 159)) for row in range(55, 110, 5)]
    apart = [((60, 60), (60, 159)), ((110, 60), (110, 159))]
    assert len(find(swarm)) < len(swarm)
    assert len(find(apart)) == 2
    assert find(swarm).quality.max() < find(apart).quality.min()
