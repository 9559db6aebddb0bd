"""The portrait of MOSIP's public test person: a real face in poor light before a wall."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from biometrics.face import Background, FaceModels, check, preview

ROOT = Path(__file__).parents[3]
PROFILE = ROOT.parent / "shared" / "data" / "sbi" / "profile-default"
MODELS = ROOT / "models"
FILES = {
    "detector": "face_detection_short_range.tflite",
    "landmarks": "face_landmarks_detector.tflite",
    "segmentation": "selfie_segmentation.tflite",
}
IMAGE_AT = 73  # bytes of headers before the JPEG 2000 image of these records

pytestmark = [
    pytest.mark.skipif(
        not PROFILE.is_dir(), reason="shared SBI samples not present beside the repository"
    ),
    pytest.mark.skipif(
        not all((MODELS / name).is_file() for name in FILES.values()),
        reason="face models not fetched; `make setup` does",
    ),
]


@pytest.fixture(scope="module")
def models():
    return FaceModels.load(**{key: (MODELS / name).read_bytes() for key, name in FILES.items()})


def read(name):
    data = (PROFILE / "Registration" / f"{name}.iso").read_bytes()
    with Image.open(io.BytesIO(data[IMAGE_AT:])) as picture:
        return np.array(picture.convert("RGB"))[:, :, ::-1].copy()


def test_a_real_face_is_found_and_measured(models):
    found = check(read("Face"), models=models, background=Background.BLUE)
    measured = found.components
    assert measured["eye_distance_px"] == pytest.approx(57, abs=4)
    assert measured["roll_rad"] == pytest.approx(-0.09, abs=0.04)
    assert abs(measured["yaw_rad"]) < 0.1
    assert abs(measured["pitch_rad"]) < 0.15
    assert measured["eyes_open"] > 0.18
    assert measured["mouth_open"] < 0.1


def test_what_is_wrong_with_it_is_said_and_nothing_else(models):
    found = check(read("Face"), models=models, background=Background.BLUE)
    codes = {reason.code for reason in found.reasons}
    assert codes == {"too_far", "background_wrong_colour", "background_uneven"}


def test_the_mirrored_face_looks_the_other_way(models):
    mirrored = np.ascontiguousarray(read("Face")[:, ::-1])
    straight = check(read("Face"), models=models, background=None).components
    other = check(mirrored, models=models, background=None).components
    assert other["yaw_rad"] == pytest.approx(-straight["yaw_rad"], abs=0.03)
    assert other["pitch_rad"] == pytest.approx(straight["pitch_rad"], abs=0.03)


def test_a_blurred_real_face_is_called_so(models):
    soft = np.asarray(cv2.GaussianBlur(read("Face"), (0, 0), 4.0), np.uint8)
    sharp = check(read("Face"), models=models, background=None)
    found = check(soft, models=models, background=None)
    assert found.components["sharpness"] < sharp.components["sharpness"] / 3
    assert "blurred" in {reason.code for reason in found.reasons}


def test_the_cascade_finds_it_too():
    found = check(read("Face"), models=None, background=None)
    assert found.quality_score > 0
    assert preview(read("Face"), models=None).count == 1


def test_an_exception_photo_shows_one_face(models):
    found = check(read("Exception_Photo"), models=models, background=None)
    assert found.landmarks is not None
