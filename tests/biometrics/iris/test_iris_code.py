"""The same virtual eye again is alike, another one is not."""

import cv2
import numpy as np
import pytest

from biometrics.iris import compare_iris, encode_iris
from drivers.simulation.iris import EyeView, draw_eye, render_eye

STRAIGHT = EyeView()
AGAIN = EyeView(dilation=1.2, openness=0.9, gaze_px=(4.0, -6.0), defocus_px=0.8, distance_mm=195.0)


def code(name, view=STRAIGHT, *, is_right=True, turn_degrees=0.0):
    pixels = render_eye(draw_eye(name, is_right=is_right), view, np.random.default_rng(2))
    matrix = cv2.getRotationMatrix2D((319.5, 239.5), turn_degrees, 1.0)
    turned = cv2.warpAffine(pixels, matrix, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    return encode_iris(np.asarray(turned, np.uint8))


def test_no_eye_has_no_code():
    assert encode_iris(np.full((480, 640), 128, np.uint8)) is None


def test_the_same_picture_does_not_differ():
    found = compare_iris(code("ani"), code("ani"))
    assert (found.distance, found.turn_rad) == (0.0, 0.0)
    assert found.is_same_eye


@pytest.mark.parametrize("name", ["ani", "budi", "cici", "dedi"])
def test_the_same_eye_again_is_the_same(name):
    found = compare_iris(code(name), code(name, AGAIN, turn_degrees=8.0))
    assert found.is_same_eye
    assert abs(found.turn_rad) == pytest.approx(np.deg2rad(8.0), abs=0.05)


def test_eyes_of_others_and_the_other_eye_are_different():
    names = ["ani", "budi", "cici", "dedi"]
    codes = [code(name, is_right=side) for name in names for side in (True, False)]
    for index, one in enumerate(codes):
        for other in codes[index + 1 :]:
            found = compare_iris(one, other)
            assert not found.is_same_eye
            assert found.distance > 0.38


def test_comparing_is_symmetric_up_to_the_direction_of_the_turn():
    one, other = code("ani"), code("ani", AGAIN, turn_degrees=-5.0)
    forth, back = compare_iris(one, other), compare_iris(other, one)
    assert forth.distance == pytest.approx(back.distance)
    assert forth.turn_rad == pytest.approx(-back.turn_rad)
