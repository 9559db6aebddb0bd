"""Portraits of virtual residents: a good one passes, each damage has its own reason."""

import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.face import Background, FaceCheck, FaceModels, check, preview
from drivers.catalog import build_device
from drivers.devices import FaceCamera
from drivers.simulation.behaviour import Behaviour
from drivers.simulation.scene import Scene

MODELS = Path(__file__).parents[3] / "models"
FILES = {
    "detector": "face_detection_short_range.tflite",
    "landmarks": "face_landmarks_detector.tflite",
    "segmentation": "selfie_segmentation.tflite",
}


@pytest.fixture(scope="module")
def models() -> FaceModels:
    if not all((MODELS / name).is_file() for name in FILES.values()):
        pytest.skip("face models not fetched; `make setup` does")
    return FaceModels.load(**{key: (MODELS / name).read_bytes() for key, name in FILES.items()})


def portrait(name: str, **behaviour: object) -> NDArray[np.uint8]:
    Scene.forget(name)
    camera = build_device("camera", "sim_camera", {"scene": name})
    assert isinstance(camera, FaceCamera)
    scene = Scene.shared(name)
    scene.set_behaviour(Behaviour(**behaviour))
    scene.set_birth_date(datetime.date(1990, 5, 5))
    with camera:
        camera.begin_transaction(name)
        for _ in range(25):
            frame = camera.read_frame(timeout_s=2.0)
    return frame.pixels


def judge(pixels: NDArray[np.uint8], models: FaceModels | None) -> FaceCheck:
    return check(pixels, models=models, background=Background.BLUE)


def codes(found: FaceCheck) -> set[str]:
    return {reason.code for reason in found.reasons}


@pytest.fixture(scope="module")
def good() -> NDArray[np.uint8]:
    return portrait("face-good")


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_empty_picture_has_no_face(models: FaceModels, grey: int) -> None:
    found = judge(np.full((800, 600, 3), grey, np.uint8), models)
    assert (found.quality_score, codes(found)) == (0, {"face_not_found"})


def test_what_is_no_colour_picture_is_refused(models: FaceModels) -> None:
    with pytest.raises(ValueError, match="a portrait is"):
        judge(np.zeros((800, 600), np.uint8), models)


def test_a_good_portrait_passes(models: FaceModels, good: NDArray[np.uint8]) -> None:
    found = judge(good, models)
    assert found.reasons == ()
    assert found.quality_score >= 70
    assert found.components["eye_distance_px"] >= 120


def test_several_residents_pass_whatever_they_wear(models: FaceModels) -> None:
    for number in range(8):
        found = judge(portrait(f"face-{number}"), models)
        assert found.reasons == (), number


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ({"closed_eyes": True}, "eyes_closed"),
        ({"head_roll_rad": 0.25}, "tilted"),
        ({"brightness": 0.3}, "too_dark"),
        ({"brightness": 2.2}, "too_bright"),
        ({"wrong_background": True}, "background_wrong_colour"),
        ({"people": 2}, "more_than_one_face"),
        ({"people": 0}, "face_not_found"),
    ],
)
def test_each_damage_has_its_own_reason(
    models: FaceModels, behaviour: dict[str, object], code: str
) -> None:
    found = judge(portrait(f"face-{code}", **behaviour), models)
    assert code in codes(found)
    assert found.quality_score < 60


def test_a_dark_picture_is_not_called_blurred(models: FaceModels) -> None:
    assert "blurred" not in codes(judge(portrait("face-dark", brightness=0.3), models))


def test_a_blurred_picture_is_called_so(models: FaceModels, good: NDArray[np.uint8]) -> None:
    soft = np.asarray(cv2.GaussianBlur(good, (0, 0), 9.0), np.uint8)
    assert codes(judge(soft, models)) == {"blurred"}


def test_too_far_and_off_centre(models: FaceModels, good: NDArray[np.uint8]) -> None:
    small = np.full_like(good, good[5, 5])
    quarter = cv2.resize(good, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    small[400 : 400 + quarter.shape[0], : quarter.shape[1]] = quarter
    assert {"too_far", "off_centre"} <= codes(judge(small, models))


def test_without_models_the_cascade_still_finds_the_face(good: NDArray[np.uint8]) -> None:
    found = judge(good, None)
    assert found.quality_score > 0
    assert found.landmarks is None


def test_the_preview_waits_until_the_head_rests(
    models: FaceModels, good: NDArray[np.uint8]
) -> None:
    first = preview(good, models=models)
    assert first.coach == "hold_still"
    assert preview(good, models=models, previous=first).is_ready
    moved = np.roll(good, 150, axis=1)
    assert not preview(moved, models=models, previous=first).is_ready
