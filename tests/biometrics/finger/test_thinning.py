"""Thinning, on arrays that can be read."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from biometrics.finger.thinning import thin


def grid(text):
    return np.array([[mark == "#" for mark in line] for line in text.split()])


def parts(image, connectivity):
    count, _ = cv2.connectedComponents(image.astype(np.uint8), connectivity=connectivity)
    return count - 1


def holes(image):
    return parts(~np.pad(image, 1), 4)


def blocks_of_four(image):
    return image[1:, 1:] & image[:-1, 1:] & image[1:, :-1] & image[:-1, :-1]


@pytest.mark.parametrize("shape", [(0, 0), (0, 7), (7, 0), (1, 1), (1, 200), (200, 1), (3, 64)])
def test_nothing_thins_to_nothing(shape):
    assert thin(np.zeros(shape, bool)).shape == shape
    assert not thin(np.zeros(shape, bool)).any()


def test_a_point_stays():
    assert thin(grid("... .#. ...")).sum() == 1
    assert thin(np.ones((1, 1), bool)).all()


@pytest.mark.parametrize("size", [2, 3, 7, 40, 63, 64, 65, 130])
def test_a_square_becomes_one_thin_piece(size):
    found = thin(np.ones((size, size), bool))
    assert parts(found, 8) == 1
    assert not blocks_of_four(found).any()


def test_lines_one_wide_stay_as_they_are():
    for line in (
        grid("....... .#####. ......."),
        grid("... .#. .#. .#. ..."),
        grid("#.... .#... ..#.. ...#. ....#"),
        grid("..... .#.#. ..#.. .#.#. ....."),
        grid("....... ...#... ...#... .#####. ...#... ...#... ......."),
    ):
        assert np.array_equal(thin(line), line)


def test_a_thick_bar_becomes_its_middle():
    bar = np.zeros((9, 40), bool)
    bar[2:7, 3:37] = True
    found = thin(bar)
    assert set(np.nonzero(found)[0]) == {4}
    assert found.sum() >= 28


def test_a_thick_cross_becomes_four_arms():
    cross = np.zeros((41, 41), bool)
    cross[18:23] = cross[:, 18:23] = True
    found = thin(cross)
    assert parts(found, 8) == 1
    for edge in (found[0:4, 20], found[-4:, 20], found[20, 0:4], found[20, -4:]):
        assert edge.any()
    assert found.sum() < 85


def test_a_thick_ring_keeps_its_hole():
    rows, cols = np.mgrid[-30:31, -30:31]
    radius = np.hypot(rows, cols)
    found = thin((radius > 15) & (radius < 24))
    assert holes(found) == 2
    assert parts(found, 8) == 1
    assert found.sum() < 140


@pytest.mark.parametrize("width", [60, 61, 62, 63, 64, 65, 66, 126, 127, 128])
def test_words_join_without_a_seam(width):
    bar = np.zeros((7, width), bool)
    bar[2:5] = True
    found = thin(bar)
    assert parts(found, 8) == 1
    assert set(np.nonzero(found)[0]) == {3}


@settings(max_examples=120, deadline=None)
@given(
    arrays(bool, st.tuples(st.integers(1, 24), st.integers(1, 80))),
    st.integers(0, 3),
)
def test_thinning_keeps_parts_and_holes_and_is_stable(image, growth):
    ridges = cv2.dilate(image.astype(np.uint8), np.ones((growth + 1, growth + 1))).astype(bool)
    found = thin(ridges)
    assert not (found & ~ridges).any()
    assert parts(found, 8) == parts(ridges, 8)
    assert holes(found) == holes(ridges)
    assert np.array_equal(thin(found), found)


def test_the_input_is_not_changed():
    image = np.ones((30, 30), bool)
    thin(image)
    assert image.all()
