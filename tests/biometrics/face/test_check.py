"""Portraits of virtual residents: a good one passes, each damage has its own reason."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.face import Background, FaceCheck, FaceModels, check, preview
from biometrics.face.preview import COACH_CODES
from drivers.simulation.face import Backdrop, PortraitView, render_portrait
from drivers.simulation.face_traits import draw_face_traits

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


def portrait(name: str, **view: object) -> NDArray[np.uint8]:
    traits = draw_face_traits(name, is_female=len(name) % 2 == 0)
    return render_portrait(traits, PortraitView(**view))


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
    for number in range(10):
        found = judge(portrait(f"face-{number}"), models)
        assert found.reasons == (), number


@pytest.mark.parametrize(
    ("view", "code"),
    [
        ({"eyes_open": 0.0}, "eyes_closed"),
        ({"roll_rad": 0.25}, "tilted"),
        ({"roll_rad": -0.25}, "tilted"),
        ({"brightness": 0.3}, "too_dark"),
        ({"brightness": 2.2}, "too_bright"),
        ({"backdrop": Backdrop.RED}, "background_wrong_colour"),
        ({"backdrop": Backdrop.ORANGE}, "background_wrong_colour"),
        ({"backdrop": Backdrop.GREY}, "background_wrong_colour"),
        ({"scale": 0.6}, "too_far"),
        ({"offset_px": (0.0, 170.0)}, "off_centre"),
        ({"blur_px": 9.0}, "blurred"),
        ({"people": 2}, "more_than_one_face"),
        ({"people": 0}, "face_not_found"),
    ],
)
def test_each_damage_has_its_own_reason(
    models: FaceModels, view: dict[str, object], code: str
) -> None:
    found = judge(portrait(f"face-{code}", **view), models)
    assert code in codes(found)
    assert found.quality_score < 60


def test_a_dark_picture_is_not_called_blurred(models: FaceModels) -> None:
    assert "blurred" not in codes(judge(portrait("face-dark", brightness=0.3), models))


def test_a_blurred_picture_is_called_so(models: FaceModels, good: NDArray[np.uint8]) -> None:
    soft = np.asarray(cv2.GaussianBlur(good, (0, 0), 9.0), np.uint8)
    assert codes(judge(soft, models)) == {"blurred"}


@pytest.mark.parametrize("backdrop", ["red", "blue", "orange"])
def test_each_backdrop_is_right_for_its_own_colour_only(models: FaceModels, backdrop: str) -> None:
    pixels = portrait("face-backdrop", backdrop=Backdrop(backdrop))
    for expected in Background:
        found = check(pixels, models=models, background=expected)
        wrong = "background_wrong_colour" in codes(found)
        assert wrong == (expected.value != backdrop), expected
    assert check(pixels, models=models, background=None).reasons == ()


def test_a_backdrop_with_a_shadow_is_uneven(models: FaceModels, good: NDArray[np.uint8]) -> None:
    shaded = good.astype(np.float32)
    shaded[:, :280] *= 0.35
    found = judge(shaded.astype(np.uint8), models)
    assert "background_uneven" in codes(found)


def test_head_wear_is_never_a_reason(models: FaceModels) -> None:
    worn = set()
    for number in range(24):
        traits = draw_face_traits(f"worn {number}", is_female=number % 2 == 0)
        worn.add(traits.outfit.headwear)
        if number < 12:
            found = judge(render_portrait(traits, PortraitView()), models)
            assert found.reasons == (), traits.outfit.headwear
    assert len(worn) >= 3


def test_the_mirrored_portrait_looks_the_other_way(
    models: FaceModels, good: NDArray[np.uint8]
) -> None:
    turned = portrait("face-good", roll_rad=0.1)
    mirrored = np.ascontiguousarray(turned[:, ::-1])
    one, other = judge(turned, models).components, judge(mirrored, models).components
    assert one["roll_rad"] == pytest.approx(0.1, abs=0.03)
    assert other["roll_rad"] == pytest.approx(-0.1, abs=0.03)


def test_without_models_the_cascade_still_finds_the_face(good: NDArray[np.uint8]) -> None:
    found = judge(good, None)
    assert found.quality_score > 0
    assert found.landmarks is None
    assert "eyes_open" not in found.components


def test_without_models_size_and_place_are_judged_by_the_box() -> None:
    assert "too_far" in codes(judge(portrait("face-small", scale=0.4), None))
    aside = portrait("face-aside", scale=0.8, offset_px=(0.0, 250.0))
    assert "off_centre" in codes(judge(aside, None))


def test_the_preview_waits_until_the_head_rests(
    models: FaceModels, good: NDArray[np.uint8]
) -> None:
    first = preview(good, models=models)
    assert first.coach == "hold_still"
    assert preview(good, models=models, previous=first).is_ready
    moved = np.roll(good, 150, axis=1)
    assert not preview(moved, models=models, previous=first).is_ready


@pytest.mark.parametrize(
    ("view", "code"),
    [
        ({"people": 0}, "face_not_found"),
        ({"people": 2}, "more_than_one_face"),
        ({"scale": 0.5}, "come_closer"),
        ({"offset_px": (0.0, 200.0)}, "move_left"),
        ({"offset_px": (0.0, -200.0)}, "move_right"),
        ({"brightness": 0.3}, "too_dark"),
        ({"brightness": 2.4}, "too_bright"),
    ],
)
def test_the_preview_says_what_to_do(
    models: FaceModels, view: dict[str, object], code: str
) -> None:
    shown = preview(portrait("face-preview", **view), models=models)
    assert shown.coach == code
    assert shown.coach in COACH_CODES
    assert not shown.is_ready
