"""Quality scores and reasons: what is no print first, then prints made worse step by step."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from biometrics.finger import check
from tests.biometrics.finger.ridge_drawing import DrawnFinger, draw_wave

SHAPE = (380, 320)


def codes(result):
    return [reason.code for reason in result.reasons]


def noise(sigma_px=0.0, levels=60.0, seed=0):
    field = np.random.default_rng(seed).normal(size=SHAPE)
    if sigma_px:
        field = cv2.GaussianBlur(field, (0, 0), sigma_px)
        field /= field.std()
    return np.clip(128 + levels * field, 0, 255).astype(np.uint8)


def writing():
    page = np.full(SHAPE, 255, np.uint8)
    for line in range(12):
        cv2.putText(page, "no finger here 0123", (4, 30 + 30 * line), 0, 0.9, 0, 2)
    return page


def gradient():
    return np.tile(np.linspace(0, 255, SHAPE[1]).astype(np.uint8), (SHAPE[0], 1))


NO_PRINTS = {
    "black": np.zeros(SHAPE, np.uint8),
    "gray": np.full(SHAPE, 128, np.uint8),
    "white": np.full(SHAPE, 255, np.uint8),
    "white noise": noise(),
    "faint noise": noise(levels=5),
    "clouds of 1 px": noise(1),
    "clouds of 2 px": noise(2),
    "clouds of 3 px": noise(3),
    "clouds of 6 px": noise(6),
    "gradient": gradient(),
    "parallel lines": draw_wave(SHAPE, orientation_rad=0.7),
    "wide stripes": np.tile((np.arange(SHAPE[1]) // 15 % 2 * 255).astype(np.uint8), (SHAPE[0], 1)),
    "checkerboard": (np.indices(SHAPE).sum(axis=0) // 8 % 2 * 255).astype(np.uint8),
    "writing": writing(),
}


@pytest.mark.parametrize("name", NO_PRINTS)
def test_what_is_no_print_scores_next_to_nothing_and_says_why(name):
    result = check(NO_PRINTS[name], 500)
    assert result.quality_score <= 10
    assert result.reasons


@pytest.mark.parametrize("name", ["black", "gray", "white", "white noise", "gradient"])
def test_an_empty_platen_is_no_finger(name):
    result = check(NO_PRINTS[name], 500)
    assert result.quality_score == 0
    assert codes(result) == ["no_finger"]
    assert len(result.template) == 0
    assert not result.mask.any()
    assert result.mask.shape == SHAPE


@pytest.mark.parametrize("shape", [(0, 0), (0, 50), (1, 1), (47, 500), (500, 20)])
def test_a_tiny_image_is_too_small_an_area(shape):
    result = check(np.full(shape, 100, np.uint8), 500)
    assert result.quality_score == 0
    assert codes(result) == ["small_area"]


def test_a_huge_image_is_refused_as_a_result():
    result = check(np.full((2500, 2500), 200, np.uint8), 500)
    assert result.quality_score == 0
    assert codes(result) == ["too_large"]
    assert result.reasons[0].value > result.reasons[0].limit


@pytest.mark.parametrize(
    ("pixels", "ppi"),
    [
        (np.zeros((100, 100, 3), np.uint8), 500),
        (np.zeros((100, 100)), 500),
        (np.zeros((100, 100), np.uint8), 100),
    ],
)
def test_a_broken_contract_is_an_error(pixels, ppi):
    with pytest.raises(ValueError, match=r"uint8|resolution"):
        check(pixels, ppi)


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.uint8, st.tuples(st.integers(40, 130), st.integers(40, 130))),
    st.sampled_from([250, 500, 508, 1000]),
)
def test_no_image_raises(pixels, ppi):
    assert 0 <= check(pixels, ppi).quality_score <= 100


def test_a_good_finger_is_good_and_needs_no_words():
    result = check(DrawnFinger(0).draw(), 500)
    assert result.quality_score >= 60
    assert result.reasons == ()
    assert len(result.template) >= 20
    assert result.mask.shape == SHAPE


def test_the_score_orders_what_an_operator_orders():
    full = DrawnFinger(1).draw()
    half = full.copy()
    half[:, SHAPE[1] // 2 :] = 240
    scores = [
        check(image, 500).quality_score
        for image in (
            noise(),
            np.clip(240 + (full.astype(int) - 240) * 0.04, 0, 255).astype(np.uint8),
            cv2.GaussianBlur(full, (0, 0), 3.5),
            half,
            full,
        )
    ]
    assert scores == sorted(scores)
    assert scores[0] < scores[3] < scores[4]


@pytest.mark.parametrize("step", [1, 2, 3])
def test_more_blur_and_more_noise_never_score_higher(step):
    finger = DrawnFinger(2)
    sharp, blurred = (
        check(cv2.GaussianBlur(finger.draw(), (0, 0), sigma), 500).quality_score
        for sigma in (step, step + 1)
    )
    assert blurred <= sharp
    clean, noisy = (
        check(finger.draw(noise_levels=30 * levels), 500).quality_score
        for levels in (step, step + 1)
    )
    assert noisy <= clean


def smear(image, length_px, angle_rad):
    kernel = np.zeros((length_px, length_px), np.float32)
    middle = length_px // 2
    for away in np.linspace(-middle, middle, 4 * length_px):
        row = round(middle - away * np.sin(angle_rad))
        kernel[row, round(middle + away * np.cos(angle_rad))] += 1
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def test_reasons_name_what_was_done_to_the_print():
    finger = DrawnFinger(3)
    image = finger.draw(noise_levels=3)
    corner = np.full(SHAPE, 240, np.uint8)
    corner[200:, 170:] = image[100:280, 80:230]
    faint = np.clip(200 + (image.astype(int) - 240) * 0.06, 0, 255).astype(np.uint8)
    assert "blur" in codes(check(cv2.GaussianBlur(image, (0, 0), 2.5), 500))
    assert "small_area" in codes(check(corner, 500))
    assert "off_centre" in codes(check(corner, 500))
    assert codes(check(faint, 500))[0] in {"low_contrast", "no_finger"}


def test_a_smeared_print_has_moved():
    image = DrawnFinger(8, minutiae=30).draw(noise_levels=3)
    still, moved = check(image, 500), check(smear(image, 11, 0.3), 500)
    assert moved.components["motion"] > 2 * still.components["motion"]
    assert moved.quality_score < still.quality_score


def test_wet_and_dry_prints_differ_in_their_dark_share():
    image = DrawnFinger(5).draw(noise_levels=0)
    wet = cv2.erode(image, np.ones((3, 3), np.uint8))
    dry = cv2.dilate(image, np.ones((3, 3), np.uint8))
    shares = [check(version, 500).components["dark_share"] for version in (dry, image, wet)]
    assert shares == sorted(shares)


def test_every_reason_holds_its_number_against_a_limit():
    result = check(cv2.GaussianBlur(DrawnFinger(6).draw(), (0, 0), 3), 500)
    assert result.reasons
    for reason in result.reasons:
        assert np.isfinite(reason.value)
        assert reason.value != reason.limit


def test_the_trace_sees_every_stage_in_order():
    seen = {}
    result = check(DrawnFinger(7).draw(), 500, trace=lambda name, array: seen.update({name: array}))
    assert list(seen) == [
        *("image", "normalized", "contrast", "coherence", "mask", "orientation", "period"),
        *("first_pass", "refined_orientation", "enhanced", "ridges", "skeleton", "minutiae"),
        "quality",
    ]
    assert seen["quality"][0] == result.quality_score
    assert seen["minutiae"].shape == (3, len(result.template))


def test_checking_is_repeatable_and_leaves_the_image_alone():
    image = DrawnFinger(9).draw()
    before = image.copy()
    first, second = check(image, 500), check(image, 500)
    assert np.array_equal(image, before)
    assert first.quality_score == second.quality_score
    assert first.components == second.components
    assert np.array_equal(first.mask, second.mask)
