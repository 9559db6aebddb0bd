"""Pictures of minutiae, comparisons and stages: what is where, and in which colour."""

import cv2
import numpy as np
import pytest

from biometrics.evaluation.canvas import BLUE, ORANGE, WHITE, draw_line, enlarge, write_text
from biometrics.evaluation.pictures import draw_comparison, draw_minutiae_alone, draw_template
from biometrics.evaluation.stage_pictures import draw_stage
from biometrics.finger import check, compare
from biometrics.finger.minutiae import empty_template
from biometrics.finger.template import FingerTemplate
from tests.biometrics.finger.ridge_drawing import DrawnFinger


def one_minutia(kind, angle_rad=0.0):
    return FingerTemplate(
        rows=np.array([30], np.float32),
        cols=np.array([40], np.float32),
        angle_rad=np.array([angle_rad], np.float32),
        kind=np.array([kind], np.uint8),
        quality=np.array([90], np.uint8),
        shape_px=(60, 100),
    )


def has_colour(picture, colour):
    return bool((np.abs(picture.astype(int) - colour).sum(axis=2) < 30).any())


def coloured_centre(picture):
    """Rows and columns of what is not gray, on average."""
    rows, cols = np.nonzero(np.ptp(picture.astype(int), axis=2) > 60)
    return rows.mean(), cols.mean()


@pytest.mark.parametrize(("kind", "colour", "other"), [(1, ORANGE, BLUE), (2, BLUE, ORANGE)])
def test_endings_and_bifurcations_differ_in_colour_and_shape(kind, colour, other):
    picture = draw_template(np.full((60, 100), 255, np.uint8), one_minutia(kind))
    assert picture.shape == (120, 200, 3)
    assert has_colour(picture, colour)
    assert not has_colour(picture, other)


@pytest.mark.parametrize(
    ("angle_rad", "down", "right"),
    [(0, 0, 1), (np.pi / 2, -1, 0), (np.pi, 0, -1), (3 * np.pi / 2, 1, 0)],
)
def test_the_tail_points_counterclockwise_from_the_columns(angle_rad, down, right):
    picture = draw_template(np.full((60, 100), 255, np.uint8), one_minutia(1, angle_rad))
    row, col = coloured_centre(picture)
    assert np.sign(round((row - 61) / 2)) == down
    assert np.sign(round((col - 81) / 2)) == right


def test_lines_and_text_stay_where_they_are_put():
    picture = enlarge(np.full((40, 60), 255, np.uint8), 2)
    draw_line(picture, (10, 10), (10, 50), BLUE, width=2)
    write_text(picture, (40, 20), "0", size_px=20)
    rows, cols = np.nonzero(picture.min(axis=2) < 200)
    assert (rows < 12).any()
    assert rows.max() < 62
    assert cols.max() < 54
    assert tuple(picture[0, 0]) == WHITE


def test_fading_makes_an_image_lighter():
    image = np.full((8, 8), 100, np.uint8)
    assert enlarge(image, 3, fade=0.5).mean() == pytest.approx(177.5, abs=1)
    assert enlarge(image, 3).shape == (24, 24, 3)


@pytest.fixture(scope="module")
def two_prints():
    finger = DrawnFinger(50)
    images = finger.draw(), finger.draw(rotation_rad=0.2, seed=1)
    return [(image, check(image, 500).template) for image in images]


def test_paired_minutiae_have_a_colour_and_a_line(two_prints):
    result = compare(two_prints[0][1], two_prints[1][1])
    picture = draw_comparison(*two_prints, result, names=("a.png", "b.png"), verdict="same finger")
    middle = picture[150:-60, picture.shape[1] // 2]
    crossings = np.count_nonzero(np.diff((np.ptp(middle.astype(int), axis=1) > 15).astype(int)) > 0)
    assert len(result.pairs) >= 15
    assert 5 <= crossings <= len(result.pairs)


def test_prints_without_pairs_stay_gray(two_prints):
    other = DrawnFinger(51).draw()
    lonely = (other, empty_template(other.shape))
    result = compare(two_prints[0][1], lonely[1])
    picture = draw_comparison(two_prints[0], lonely, result)
    assert np.ptp(picture.astype(int), axis=2).max() < 15
    assert picture.std() > 10


def test_a_template_alone_is_drawn_on_white():
    template = one_minutia(1)
    assert draw_minutiae_alone(template).shape == template.shape_px
    both = (draw_minutiae_alone(template), template)
    picture = draw_comparison(both, both, compare(template, template))
    assert picture.shape[1] >= 880


@pytest.fixture(scope="module")
def stages():
    results = {}
    image = DrawnFinger(52).draw()
    template = check(image, 500, trace=lambda name, array: results.update({name: array})).template
    return results, template


def test_every_stage_but_the_score_is_a_picture(stages):
    results, template = stages
    drawn = {name: draw_stage(name, results, template) for name in results}
    assert [name for name, picture in drawn.items() if picture is None] == ["quality"]
    for name, picture in drawn.items():
        if picture is not None:
            assert picture.std() > 5, name
            assert picture.dtype == np.uint8
            assert picture.shape[1] == 2 * results["image"].shape[1]


def test_the_mask_tints_what_is_no_print(stages):
    results, template = stages
    picture = draw_stage("mask", results, template)
    inside = cv2.resize(
        results["mask"].astype(np.uint8), picture.shape[1::-1], interpolation=cv2.INTER_NEAREST
    )
    spread = np.ptp(picture.astype(int), axis=2)
    assert np.median(spread[inside == 0]) > 25
    assert np.median(spread[inside == 1]) == 0


def test_directions_are_drawn_in_the_print_only(stages):
    results, template = stages
    picture = draw_stage("orientation", results, template)
    lines = np.ptp(picture.astype(int), axis=2) > 100
    near = cv2.dilate(results["mask"].astype(np.uint8), np.ones((3, 3), np.uint8))
    near = cv2.resize(near, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    assert lines.sum() > 1000
    assert not lines[near == 0].any()


def test_stages_without_a_print_can_be_drawn():
    results = {}
    noise = np.random.default_rng(0).integers(0, 255, (120, 140)).astype(np.uint8)
    found = check(noise, 500, trace=lambda name, array: results.update({name: array}))
    assert not found.mask.any()
    for name in results:
        assert draw_stage(name, results, found.template) is not None
