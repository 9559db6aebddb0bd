"""Irises of MOSIP's public test person: found, and told apart."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from biometrics.iris import check, compare_iris, encode_iris

PROFILE = Path(__file__).parents[4] / "shared" / "data" / "sbi" / "profile-default"
IMAGE_AT = 73  # bytes of headers before the JPEG 2000 image of these records

pytestmark = pytest.mark.skipif(
    not PROFILE.is_dir(), reason="shared SBI samples not present beside the repository"
)

# Middle and radius of pupil and iris, read by eye to about 3 px: (row, col, radius).
BY_EYE = {
    "Registration/Left_Iris": ((151, 200, 44), (151, 207, 132)),
    "Registration/Right_Iris": ((157, 216, 42), (157, 210, 133)),
    "Auth/Left_Iris": ((144, 199, 48), (145, 195, 122)),
    "Auth/Right_Iris": ((146, 189, 51), (148, 200, 125)),
}


def read(name):
    data = (PROFILE / f"{name}.iso").read_bytes()
    with Image.open(io.BytesIO(data[IMAGE_AT:])) as picture:
        return np.array(picture.convert("L"))


@pytest.mark.parametrize("name", BY_EYE)
def test_pupil_and_limbus_of_real_eyes(name):
    found = check(read(name))
    for circle, (row, col, radius) in zip((found.pupil, found.iris), BY_EYE[name], strict=True):
        assert np.hypot(circle.row - row, circle.col - col) < 5
        assert circle.radius_px == pytest.approx(radius, abs=5)
    assert found.quality_score >= 60
    assert found.components["usable_iris_area"] > 0.9


def test_the_two_recordings_show_the_same_two_eyes_with_sides_swapped():
    codes = {name: encode_iris(read(name)) for name in BY_EYE}
    registered = codes["Registration/Left_Iris"], codes["Registration/Right_Iris"]
    shown = codes["Auth/Right_Iris"], codes["Auth/Left_Iris"]  # the set itself swaps them
    assert all(compare_iris(*pair).is_same_eye for pair in zip(registered, shown, strict=True))
    assert not compare_iris(registered[0], shown[1]).is_same_eye
    assert not compare_iris(registered[1], shown[0]).is_same_eye
    assert not compare_iris(*registered).is_same_eye
