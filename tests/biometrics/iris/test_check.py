"""Eyes of virtual residents, and what is wrong with damaged ones."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.iris import check, preview
from drivers.catalog import build_device
from drivers.devices import IrisCamera
from drivers.frames import EyePair
from drivers.simulation.behaviour import Behaviour
from drivers.simulation.scene import Scene


def capture_eyes(name: str, behaviour: Behaviour) -> EyePair:
    Scene.forget(name)
    camera = build_device("iris", "sim_iris", {"scene": name})
    assert isinstance(camera, IrisCamera)
    Scene.shared(name).set_behaviour(behaviour)
    with camera:
        camera.begin_transaction(name)
        pair = camera.read_eyes(timeout_s=2.0)
        for _ in range(30):
            pair = camera.read_eyes(timeout_s=2.0)
    return pair


@pytest.fixture(scope="module")
def eye() -> NDArray[np.uint8]:
    pair = capture_eyes("iris-check", Behaviour())
    assert pair.right is not None
    return pair.right.pixels


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((480, 640), np.uint8),
        np.full((480, 640), 255, np.uint8),
        np.random.default_rng(1).integers(0, 256, (480, 640)).astype(np.uint8),
    ],
)
def test_no_eye_is_a_result_not_an_error(pixels: NDArray[np.uint8]) -> None:
    found = check(pixels)
    assert found.quality_score == 0
    assert found.reasons[0].code in {"eye_not_found", "eye_closed"}


@pytest.mark.parametrize(
    "pixels", [np.zeros((480, 640, 3), np.uint8), np.zeros((480, 640)), np.zeros((9, 9), np.uint8)]
)
def test_what_is_no_grey_picture_is_refused(pixels: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="an eye image"):
        check(pixels)


def test_a_good_eye_has_a_high_score_and_no_reason(eye: NDArray[np.uint8]) -> None:
    found = check(eye)
    assert found.reasons == ()
    assert found.quality_score >= 80


def test_both_eyes_of_several_residents_pass() -> None:
    for number in range(4):
        pair = capture_eyes(f"iris-check-{number}", Behaviour())
        for frame in (pair.right, pair.left):
            assert frame is not None
            assert check(frame.pixels).quality_score >= 60


def test_blur_is_named_and_lowers_the_score(eye: NDArray[np.uint8]) -> None:
    soft = check(np.asarray(cv2.GaussianBlur(eye, (0, 0), 4.0), np.uint8))
    assert "blurred" in {reason.code for reason in soft.reasons}
    assert soft.quality_score < check(eye).quality_score


def test_a_small_eye_is_too_far(eye: NDArray[np.uint8]) -> None:
    small = np.full_like(eye, int(np.median(eye)))
    small[120:360, 160:480] = cv2.resize(eye, (320, 240), interpolation=cv2.INTER_AREA)
    assert "too_far" in {reason.code for reason in check(small).reasons}


def test_closed_eyes_are_not_passed() -> None:
    pair = capture_eyes("iris-closed", Behaviour(closed_eyes=True))
    for frame in (pair.right, pair.left):
        if frame is not None:
            assert check(frame.pixels).quality_score == 0


def test_the_preview_waits_until_the_eye_rests(eye: NDArray[np.uint8]) -> None:
    first = preview(eye)
    assert first.coach == "hold_still"
    assert preview(eye, previous=first).is_ready
    moved = np.roll(eye, 20, axis=1)
    assert preview(moved, previous=first).coach == "hold_still"
