"""Components and score: that each component sees what its name says, and that scores keep order."""

import cv2
import numpy as np
import pytest

from biometrics.finger import check
from biometrics.finger.quality import rate_components, score_components
from biometrics.parameters import (
    POOR_QUALITY,
    QUALITY_GATES,
    QUALITY_POINTS,
    QUALITY_RANGES,
    RESOLUTION_PPI,
)
from drivers.simulation.finger import FingerName, draw_finger
from drivers.simulation.master import grow_master
from drivers.simulation.placement import Placement, Skin, render_impression
from drivers.simulation.slap import compose
from tests.biometrics.finger.ridge_drawing import PERIOD_PX, DrawnFinger

SHAPE = (380, 320)
BACKGROUND = 240


def components_of(image):
    return check(image, 500).components


def codes(result):
    return [reason.code for reason in result.reasons]


@pytest.fixture(scope="module")
def print_():
    return DrawnFinger(21).draw()


@pytest.fixture(scope="module")
def good(print_):
    return components_of(print_)


def test_every_component_of_the_score_is_in_the_result(good):
    assert set(QUALITY_POINTS) | set(QUALITY_GATES) <= set(good)
    assert set(QUALITY_POINTS) == set(QUALITY_RANGES)
    assert all(np.isfinite(value) for value in good.values())
    assert all(isinstance(value, float) for value in good.values())


def test_the_words_of_the_standard_are_there(good):
    for word in ("orientation_certainty", "local_clarity", "ridge_valley_uniformity"):
        assert 0 < good[word] <= 1
    assert good["area_mm2"] > good["clear_area_mm2"] > 100
    assert good["off_centre_mm"] < 1


def test_the_frequency_is_that_of_the_drawing(good):
    drawn_per_mm = RESOLUTION_PPI / 25.4 / PERIOD_PX
    assert good["ridge_frequency_per_mm"] == pytest.approx(drawn_per_mm, rel=0.06)


def add_blotches(image, levels=45):
    rng = np.random.default_rng(0)
    cloud = cv2.GaussianBlur(rng.normal(size=SHAPE), (0, 0), 7)
    blotched = image.astype(float) + levels * cloud / cloud.std() * (image < BACKGROUND - 20)
    return np.clip(blotched, 0, 255).astype(np.uint8)


def cover_half(image):
    half = image.copy()
    half[:, SHAPE[1] // 2 :] = BACKGROUND
    return half


def cover_with_noise(image):
    noise = np.random.default_rng(0).normal(0, 60, SHAPE)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "spoil", "falls"),
    [
        ("local_clarity", cover_with_noise, True),
        ("orientation_certainty", cover_with_noise, True),
        ("clear_area_mm2", cover_with_noise, True),
        ("clear_minutiae", cover_half, True),
        ("graininess", cover_with_noise, False),
        ("blotchiness", add_blotches, False),
        ("sharpness", lambda image: cv2.GaussianBlur(image, (0, 0), 3), True),
        ("contrast_levels", lambda image: (image // 4 + 170).astype(np.uint8), True),
    ],
)
def test_a_component_sees_what_its_name_says(print_, good, name, spoil, falls):
    spoiled = components_of(spoil(print_))[name]
    assert spoiled < 0.8 * good[name] if falls else spoiled > 1.25 * good[name]


def test_ratings_go_from_the_poor_end_to_the_good_end(good):
    poor_end = {**good, **{name: poor for name, (poor, _) in QUALITY_RANGES.items()}}
    good_end = {**good, **{name: best for name, (_, best) in QUALITY_RANGES.items()}}
    assert set(rate_components(poor_end).values()) == {0}
    assert set(rate_components(good_end).values()) == {1}
    assert score_components(poor_end) <= 3
    assert score_components(good_end) == 100


@pytest.mark.parametrize("name", QUALITY_POINTS)
def test_every_component_counts_and_in_the_right_direction(good, name):
    middle = {**good, **{n: float(np.mean(ends)) for n, ends in QUALITY_RANGES.items()}}
    poor, best = QUALITY_RANGES[name]
    low, high = (score_components({**middle, name: value}) for value in (poor, best))
    assert low < score_components(middle) < high


@pytest.mark.parametrize("name", QUALITY_GATES)
def test_every_gate_closes(good, name):
    assert score_components({**good, name: QUALITY_GATES[name][0]}) == 0


def make_worse(image):
    """From the best to no print at all, as an operator would order them."""
    return {
        "whole": image,
        "half": cover_half(image),
        "blurred": cv2.GaussianBlur(image, (0, 0), 3.5),
        "noise": np.random.default_rng(1).integers(0, 256, SHAPE).astype(np.uint8),
        "blank": np.full(SHAPE, 255, np.uint8),
    }


@pytest.mark.parametrize("seed", range(5))
def test_worse_images_score_in_their_order(seed):
    worse = make_worse(DrawnFinger(200 + seed, minutiae=28).draw(seed=seed))
    scores = {name: check(image, 500).quality_score for name, image in worse.items()}
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    assert scores["whole"] > scores["half"] > scores["blurred"]
    assert scores["noise"] == scores["blank"] == 0


@pytest.mark.parametrize("background", [255, BACKGROUND, 215])
def test_an_inverted_print_is_named_and_worth_nothing(background):
    image = DrawnFinger(31).draw()
    image[image > BACKGROUND - 10] = background
    result = check(255 - image, 500)
    assert codes(result) == ["inverted"]
    assert result.quality_score == 0
    assert "inverted" not in codes(check(image, 500))


def test_half_an_image_gone_black_is_not_inverted():
    image = DrawnFinger(32).draw()
    image[:, SHAPE[1] // 2 :] = 0
    assert "inverted" not in codes(check(image, 500))


def test_a_print_that_fills_its_image_has_no_surroundings_to_judge_by():
    image = DrawnFinger(33, shape=(520, 460)).draw()[130:390, 115:345]
    result = check(image, 500)
    assert result.components["light_surroundings"] == 1
    assert "inverted" not in codes(result)


def test_an_older_print_beside_the_finger_is_residue():
    image = DrawnFinger(34).draw(noise_levels=30)
    wide = np.full((380, 640), BACKGROUND, np.uint8)
    wide[:, :320] = image
    ghost = DrawnFinger(35).draw(noise_levels=0).astype(float)
    wide[:, 320:] = (BACKGROUND + 0.12 * (ghost - BACKGROUND)).astype(np.uint8)
    result = check(wide, 500)
    assert result.components["residue_mm2"] > 25
    assert "residue" in codes(result)


def test_uneven_contact_is_named():
    image = DrawnFinger(36).draw(noise_levels=25)
    assert "uneven_contact" in codes(check(add_blotches(image, levels=80), 500))


@pytest.mark.parametrize("noise_levels", [20, 40, 60, 80])
@pytest.mark.parametrize("seed", range(4))
def test_a_poor_print_never_goes_without_a_reason(noise_levels, seed):
    part = (lambda down, right: right < 20) if seed % 2 else None
    result = check(DrawnFinger(300 + seed).draw(noise_levels=noise_levels, part=part), 500)
    assert result.reasons or result.quality_score >= POOR_QUALITY


@pytest.fixture(scope="module")
def skin_of():
    """One grown finger, laid on the platen with skin in any state."""
    master = grow_master(draw_finger("1", FingerName.RIGHT_INDEX, is_female=False, period_px=8.8))

    def lay(**skin):
        rng = np.random.default_rng(7)
        placement = Placement(250, 225, shows_middle_phalanx=False, skin=Skin(**skin))
        darkness = compose((render_impression(master, placement, rng),), (500, 450)).darkness
        light = 240 - 0.94 * darkness.astype(np.float32) + rng.normal(0, 0.8, (500, 450))
        return check(light.clip(0, 255).astype(np.uint8), 500)

    return lay


def test_the_state_of_the_skin_is_named_first(skin_of):
    normal, dry, wet = skin_of(), skin_of(moisture=-0.8), skin_of(moisture=0.8)
    assert normal.reasons == ()
    assert codes(dry)[0] == "too_dry"
    assert codes(wet)[0] == "too_wet"
    assert normal.quality_score > 60 > max(dry.quality_score, wet.quality_score)


def test_a_finger_dripping_wet_is_wet_not_foreign(skin_of):
    found = skin_of(moisture=0.9, pressure=0.8)
    assert found.components["filled_mm2"] > 100
    assert codes(found)[0] == "too_wet"
    assert len(set(codes(found))) == len(found.reasons)


@pytest.mark.parametrize("pressure", [-0.5, 0.5])
def test_usual_pressures_need_no_words(skin_of, pressure):
    assert skin_of(pressure=pressure).reasons == ()
