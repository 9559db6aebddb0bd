"""The live preview of one finger."""

import cv2
import numpy as np
import pytest

from biometrics.finger import check, preview
from tests.biometrics.finger.ridge_drawing import DrawnFinger


@pytest.mark.parametrize("shape", [(0, 0), (0, 9), (1, 1), (7, 7), (8, 400)])
def test_next_to_no_image_is_no_finger(shape):
    found = preview(np.full(shape, 200, np.uint8), 500)
    assert not found.is_present
    assert found.area_mm2 == 0


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_platen_is_no_finger(level):
    found = preview(np.full((500, 500), level, np.uint8), 500)
    assert not found.is_present
    assert found.mean_level == level
    assert found.contrast_levels == 0


def test_noise_is_no_finger():
    noise = np.random.default_rng(0).integers(0, 256, (500, 500)).astype(np.uint8)
    assert not preview(noise, 500).is_present


def test_a_broken_contract_is_an_error():
    with pytest.raises(ValueError, match="uint8"):
        preview(np.zeros((10, 10), np.float32), 500)


@pytest.mark.parametrize("ppi", [300, 500, 1000])
def test_a_finger_is_seen_at_any_resolution(ppi):
    image = DrawnFinger(0).draw()
    size = (round(image.shape[1] * ppi / 500), round(image.shape[0] * ppi / 500))
    found = preview(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), ppi)
    area_mm2 = check(image, 500).components["area_mm2"]
    assert found.is_present
    assert found.area_mm2 == pytest.approx(area_mm2, rel=0.2)
    assert 120 < found.mean_level < 180
    assert found.contrast_levels > 30


def test_pressing_harder_is_more_and_darker():
    image = DrawnFinger(1).draw()
    touch = image.copy()
    touch[230:] = 240
    light, firm = preview(touch, 500), preview(cv2.erode(image, np.ones((3, 3), np.uint8)), 500)
    assert firm.area_mm2 > 1.3 * light.area_mm2
    assert firm.mean_level < light.mean_level
