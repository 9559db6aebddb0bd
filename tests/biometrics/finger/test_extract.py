"""From image to template: minutiae that are known, and images that move."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from biometrics.finger import extract
from biometrics.finger.extract import take_apart
from biometrics.finger.template import MinutiaKind
from tests.biometrics.finger.ridge_drawing import DrawnFinger, angle_difference

LIKELY = 60  # quality of a minutia that is more likely real than not, with some margin
NEAR_PX = 8.0  # just under one ridge period


def distances(template, places):
    return np.hypot(template.rows[:, None] - places[:, 0], template.cols[:, None] - places[:, 1])


def keep_likely(template):
    likely = template.quality >= LIKELY
    names = ("rows", "cols", "angle_rad", "kind", "quality")
    return replace(template, **{name: getattr(template, name)[likely] for name in names})


@pytest.mark.parametrize("seed", range(6))
def test_every_minutia_is_found_and_few_are_made_up(seed):
    finger = DrawnFinger(seed)
    template = extract(finger.draw(), 500)
    found = distances(template, finger.true_places())
    assert (found.min(axis=0) < NEAR_PX).mean() >= 0.95
    made_up = found.min(axis=1) > NEAR_PX
    assert (made_up & (template.quality >= LIKELY)).sum() <= 2
    assert np.median(template.quality[~made_up]) > 80


@pytest.mark.parametrize("rotation_deg", [-150, -90, -45, -20, 7, 30, 60, 135, 180])
def test_minutiae_turn_with_the_finger(rotation_deg):
    finger, rotation_rad = DrawnFinger(3, shape=(360, 360)), np.radians(rotation_deg)
    upright = extract(finger.draw(), 500)
    turned = extract(finger.draw(rotation_rad=rotation_rad, seed=1), 500)
    upright = keep_likely(upright)
    down, right = upright.rows - finger.centre[0], upright.cols - finger.centre[1]
    cos, sin = np.cos(rotation_rad), np.sin(rotation_rad)
    expected = np.stack([down * cos - right * sin, right * cos + down * sin], 1) + finger.centre
    apart = distances(turned, expected)
    partner = apart.argmin(axis=0)
    is_again = apart.min(axis=0) < NEAR_PX
    assert is_again.mean() > 0.9
    error = angle_difference(turned.angle_rad[partner], upright.angle_rad + rotation_rad)
    assert np.median(error[is_again]) < np.radians(4)
    assert (error[is_again] < np.radians(20)).mean() > 0.9


def test_a_shift_by_whole_blocks_shifts_the_template_and_nothing_else():
    finger = DrawnFinger(4)
    image = finger.draw(noise_levels=0)
    shifted = np.full_like(image, 240)
    shifted[16:, 8:] = image[:-16, :-8]
    here, there = extract(image, 500), extract(shifted, 500)
    inner = (here.rows < image.shape[0] - 32) & (here.cols < image.shape[1] - 24)
    moved = np.stack([here.rows[inner] + 16, here.cols[inner] + 8], axis=1)
    assert (distances(there, moved).min(axis=0) < 1.5).mean() > 0.95


@pytest.mark.parametrize("ppi", [300, 400, 512, 700, 1000])
def test_the_resolution_does_not_change_where_minutiae_are(ppi):
    finger = DrawnFinger(5)
    image = finger.draw()
    scale = ppi / 500
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    template = extract(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), ppi)
    found = distances(template, finger.true_places())
    assert (found.min(axis=0) < NEAR_PX).mean() > 0.9
    assert abs(template.shape_px[0] - image.shape[0]) <= 1


def test_the_template_is_well_formed_and_the_same_again():
    image = DrawnFinger(6).draw()
    first, second = extract(image, 500), extract(image.copy(), 500)
    for name in ("rows", "cols", "angle_rad", "kind", "quality"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
        assert len(getattr(first, name)) == len(first)
    assert first.rows.dtype == first.cols.dtype == first.angle_rad.dtype == np.float32
    assert set(first.kind.tolist()) <= {MinutiaKind.RIDGE_ENDING, MinutiaKind.RIDGE_BIFURCATION}
    assert first.angle_rad.min() >= 0
    assert first.angle_rad.max() < 2 * np.pi
    assert first.quality.min() >= 1
    assert first.quality.max() <= 100
    assert first.shape_px == image.shape
    assert (first.rows < image.shape[0]).all()
    assert (first.cols < image.shape[1]).all()


def test_each_minutia_is_an_ending_on_one_side_of_the_ridge():
    finger = DrawnFinger(7)
    template = extract(finger.draw(), 500)
    partner = distances(template, finger.true_places()).argmin(axis=0)
    assert (template.kind[partner] == MinutiaKind.RIDGE_ENDING).any()
    assert (template.kind[partner] == MinutiaKind.RIDGE_BIFURCATION).any()


def test_the_golden_finger():
    """Numbers of one drawing, so that a change of any stage shows."""
    found = take_apart(DrawnFinger(11).draw(), 500)
    assert len(found.template) == GOLDEN["minutiae"]
    assert int(found.mask.sum()) == GOLDEN["mask_blocks"]
    assert int(found.ridges.sum()) == pytest.approx(GOLDEN["ridge_pixels"], rel=1e-3)
    assert float(found.template.rows.sum()) == pytest.approx(GOLDEN["rows"], abs=2)
    assert float(np.median(found.period_px[found.mask])) == pytest.approx(
        GOLDEN["period"], abs=0.02
    )


GOLDEN = {
    "minutiae": 24,
    "mask_blocks": 1333,
    "ridge_pixels": 42627,
    "rows": 4588.0,
    "period": 9.276,
}
