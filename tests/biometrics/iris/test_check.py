"""Eyes of virtual residents, and what is wrong with damaged ones."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.iris import check, preview
from biometrics.iris.check import COACH_CODES
from drivers.simulation.iris import EyeView, draw_eye, render_eye

MIDDLE = (239.5, 319.5)


def eye(name="ani", *, is_right=True, **view):
    traits = draw_eye(name, is_right=is_right)
    return render_eye(traits, EyeView(**view), np.random.default_rng(1))


def codes(found):
    return {reason.code for reason in found.reasons}


# ---- degenerate inputs


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((480, 640), np.uint8),
        np.full((480, 640), 255, np.uint8),
        np.random.default_rng(1).integers(0, 256, (480, 640)).astype(np.uint8),
        np.tile(np.linspace(0, 255, 640).astype(np.uint8), (480, 1)),
        np.full((240, 320), 128, np.uint8),
    ],
    ids=["black", "white", "noise", "ramp", "small"],
)
def test_no_eye_is_a_result_not_an_error(pixels):
    found = check(pixels)
    assert (found.quality_score, codes(found)) == (0, {"eye_not_found"})
    assert found.pupil is found.iris is found.usable is None
    assert preview(pixels).coach == "eye_not_found"


@pytest.mark.parametrize(
    "pixels", [np.zeros((480, 640, 3), np.uint8), np.zeros((480, 640)), np.zeros((9, 9), np.uint8)]
)
def test_what_is_no_grey_picture_is_refused(pixels):
    with pytest.raises(ValueError, match="an eye image"):
        check(pixels)


def test_a_side_that_is_none_is_refused():
    with pytest.raises(ValueError, match="side is"):
        check(np.zeros((480, 640), np.uint8), side="both")


def test_a_black_disc_is_no_eye():
    pixels = np.full((480, 640), 180, np.uint8)
    cv2.circle(pixels, (320, 240), 50, 10, cv2.FILLED)
    assert codes(check(pixels)) == {"eye_not_found"}


# ---- drawn circles and virtual eyes


@settings(max_examples=25, deadline=None)
@given(
    row=st.floats(190, 290),
    col=st.floats(220, 420),
    iris_px=st.floats(80, 150),
    ratio=st.floats(0.25, 0.6),
)
def test_the_circles_of_a_drawn_eye_are_found(row, col, iris_px, ratio):
    pixels = np.full((480, 640), 200, np.uint8)
    middle = round(col * 16), round(row * 16)
    for radius, grey in ((iris_px, 110), (ratio * iris_px, 20)):
        cv2.circle(pixels, middle, round(radius * 16), grey, cv2.FILLED, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(pixels, (0, 0), 1.0)
    noise = np.random.default_rng(1).normal(0, 2, soft.shape)
    found = check(np.clip(soft + noise, 0, 255).astype(np.uint8))
    for circle, radius in ((found.iris, iris_px), (found.pupil, ratio * iris_px)):
        assert np.hypot(circle.row - row, circle.col - col) < 2.0
        assert circle.radius_px == pytest.approx(radius, abs=2.0)


@pytest.mark.parametrize("is_right", [True, False])
def test_eyes_of_several_residents_are_good(is_right):
    for number in range(8):
        pixels = eye(f"resident {number}", is_right=is_right)
        found = check(pixels, side="right" if is_right else "left")
        assert found.reasons == (), number
        assert found.quality_score >= 80
        traits = draw_eye(f"resident {number}", is_right=is_right)
        assert found.iris.radius_px == pytest.approx(traits.iris_radius_px, abs=2.5)
        assert found.components["pupil_iris_ratio"] == pytest.approx(traits.pupil_ratio, abs=0.03)


def test_the_input_is_not_modified():
    pixels = eye()
    before = pixels.copy()
    check(pixels)
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize(
    ("view", "code"),
    [
        ({"openness": 0.0}, "eye_closed"),
        ({"openness": 0.55}, "eyelid_covers"),
        ({"distance_mm": 290.0}, "too_far"),
        ({"distance_mm": 135.0}, "too_close"),
        ({"defocus_px": 4.0}, "blurred"),
        ({"gaze_px": (0.0, 65.0)}, "look_straight"),
        ({"gaze_px": (0.0, -65.0)}, "look_straight"),
        ({"offset_px": (0.0, 195.0)}, "out_of_frame"),
    ],
)
def test_each_damage_has_its_own_reason(view, code):
    found = check(eye(**view))
    assert code in codes(found)
    shown = preview(eye(**view))
    assert shown.coach in COACH_CODES
    assert not shown.is_ready


def test_movement_is_blur():
    kernel = np.zeros((1, 21), np.float32)
    kernel[:] = 1 / kernel.size
    moved = np.asarray(cv2.filter2D(eye(), -1, kernel), np.uint8)
    assert "blurred" in codes(check(moved))
    assert check(moved).components["motion"] < 0.6 * check(eye()).components["motion"]


def test_lamps_mirrored_in_spectacles():
    many = eye()
    for col, row in ((250, 250), (262, 280), (280, 300), (370, 250), (385, 270), (360, 300)):
        cv2.circle(many, (col, row), 4, 255, cv2.FILLED)
    assert "glasses_reflection" in codes(check(many))
    large = eye()
    cv2.ellipse(large, (395, 270), (40, 22), 20, 0, 360, 255, cv2.FILLED)
    assert "glasses_reflection" in codes(check(large))


def test_left_and_right_are_told_by_the_tear_duct():
    hits = 0
    for number in range(10):
        for is_right in (True, False):
            found = check(eye(f"side {number}", is_right=is_right))
            hits += found.side_guess == ("right" if is_right else "left")
    assert hits >= 19


def test_swapped_eyes_are_told():
    assert "wrong_eye" in codes(check(eye(), side="left"))
    assert "wrong_eye" not in codes(check(eye(), side="right"))
    mirrored = np.ascontiguousarray(eye()[:, ::-1])
    assert "wrong_eye" in codes(check(mirrored, side="right"))


def test_the_score_falls_with_blur():
    scores = [check(eye(defocus_px=blur)).quality_score for blur in (0.0, 2.0, 4.0)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[2]


def test_usable_area_falls_with_the_lids():
    shares = [
        check(eye(openness=openness)).components["usable_iris_area"]
        for openness in (1.0, 0.8, 0.6, 0.5)
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.8
    assert shares[3] < 0.65


def test_the_preview_waits_until_the_eye_rests():
    first = preview(eye())
    assert first.coach == "hold_still"
    assert preview(eye(), previous=first).is_ready
    moved = np.roll(eye(), 20, axis=1)
    assert preview(moved, previous=first).coach == "hold_still"
