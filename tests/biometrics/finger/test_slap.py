from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.finger.position import LEFT_SLAP, RIGHT_SLAP, THUMBS, FingerPosition
from biometrics.finger.slap import check_slap
from biometrics.finger.slap_fingers import segment_slap
from tests.biometrics.finger.slap_drawing import (
    PLATEN_GREY,
    DrawnFinger,
    corners,
    draw_slap,
    overlap,
    right_hand,
)


def codes(check):
    return [reason.code for reason in check.reasons]


# ---- degenerate inputs


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((1500, 1600), 240, np.uint8),
        np.zeros((1500, 1600), np.uint8),
        np.full((1, 1), 240, np.uint8),
        np.full((3, 900), 240, np.uint8),
        np.tile(np.arange(256, dtype=np.uint8), (600, 4)),
        np.random.default_rng(1).normal(238, 3, (1500, 1600)).clip(0, 255).astype(np.uint8),
    ],
    ids=["white", "black", "one pixel", "three rows", "ramp", "noise"],
)
def test_an_empty_platen_has_no_finger(pixels):
    check = check_slap(pixels, 500, expected=RIGHT_SLAP)
    assert check.fingers == ()
    assert codes(check) == ["no_finger"]
    assert (check.hand, check.rotation_rad) == ("unknown", 0.0)


def test_a_chessboard_is_no_exception():
    board = np.kron(np.indices((20, 20)).sum(axis=0) % 2, np.ones((60, 60))).astype(np.uint8) * 200
    check_slap(board, 500, expected=RIGHT_SLAP)


@pytest.mark.parametrize(
    "expected",
    [
        (),
        (FingerPosition.UNKNOWN,),
        (FingerPosition.RIGHT_INDEX, FingerPosition.RIGHT_INDEX),
        (*RIGHT_SLAP, FingerPosition.RIGHT_THUMB),
    ],
)
def test_an_impossible_request_is_refused(expected):
    with pytest.raises(ValueError, match="expected names"):
        check_slap(np.full((500, 500), 240, np.uint8), 500, expected=expected)


@pytest.mark.parametrize(
    ("pixels", "resolution_ppi"),
    [
        (np.zeros((10, 10, 3), np.uint8), 500.0),
        (np.zeros((10, 10), np.float64), 500.0),
        (np.zeros((10, 10), np.uint8), 0.0),
        (np.zeros((10, 10), np.uint8), float("nan")),
    ],
)
def test_what_is_no_grey_image_of_known_resolution_is_refused(pixels, resolution_ppi):
    with pytest.raises(ValueError, match=r"dimensions|resolution"):
        check_slap(pixels, resolution_ppi, expected=RIGHT_SLAP)


def test_the_input_is_not_modified():
    pixels = draw_slap(right_hand())
    before = pixels.copy()
    check_slap(pixels, 500, expected=RIGHT_SLAP)
    np.testing.assert_array_equal(pixels, before)


# ---- drawn slaps


def test_four_fingers_in_order_with_their_places():
    fingers = right_hand()
    check = check_slap(draw_slap(fingers), 500, expected=RIGHT_SLAP)
    assert [finger.position for finger in check.fingers] == list(RIGHT_SLAP)
    assert (check.hand, codes(check)) == ("right", [])
    assert check.hand_confidence > 0.95
    for drawn, found in zip(fingers, check.fingers, strict=True):
        assert overlap(corners(drawn), found.quadrilateral) > 0.8
        assert abs(found.pixels.shape[0] - drawn.length_px) < 70
        assert abs(found.pixels.shape[1] - drawn.width_px) < 70


def test_the_other_hand_is_told():
    mirrored = np.ascontiguousarray(draw_slap(right_hand())[:, ::-1])
    check = check_slap(mirrored, 500, expected=RIGHT_SLAP)
    assert check.hand == "left"
    assert codes(check) == ["wrong_hand"]
    assert codes(check_slap(mirrored, 500, expected=LEFT_SLAP)) == []


def test_a_missing_finger_is_counted_and_the_rest_named():
    fingers = right_hand()
    check = check_slap(draw_slap(fingers[:2] + fingers[3:]), 500, expected=RIGHT_SLAP)
    assert codes(check) == ["too_few_fingers"]
    assert [finger.position for finger in check.fingers] == [
        FingerPosition.RIGHT_INDEX,
        FingerPosition.RIGHT_MIDDLE,
        FingerPosition.RIGHT_LITTLE,
    ]


def test_three_fingers_of_a_hand_without_a_ring_finger_are_as_expected():
    fingers = right_hand()
    expected = RIGHT_SLAP[:2] + RIGHT_SLAP[3:]
    check = check_slap(draw_slap(fingers[:2] + fingers[3:]), 500, expected=expected)
    assert codes(check) == []
    assert tuple(finger.position for finger in check.fingers) == expected


def test_a_fifth_finger_is_too_many_and_unnamed():
    beside = DrawnFinger(1100.0, 1650.0, 0.0, 280.0, 400.0)
    wide = draw_slap([*right_hand(), beside], shape=(1500, 1900))
    check = check_slap(wide, 500, expected=RIGHT_SLAP)
    assert codes(check)[0] == "too_many_fingers"
    assert [finger.position for finger in check.fingers].count(FingerPosition.UNKNOWN) == 1


def test_touching_fingers_are_parted_and_told():
    apart = right_hand()
    close = [replace(finger, col=finger.col - 75 * index) for index, finger in enumerate(apart)]
    check = check_slap(draw_slap(close), 500, expected=RIGHT_SLAP)
    assert [finger.position for finger in check.fingers] == list(RIGHT_SLAP)
    assert "fingers_touching" in codes(check)
    for drawn, found in zip(close, check.fingers, strict=True):
        assert overlap(corners(drawn), found.quadrilateral) > 0.7


def test_a_hand_turned_too_far_is_told():
    shape = (2200, 2200)
    check = check_slap(
        draw_slap(right_hand(rotation_rad=0.62, shape=shape), shape=shape), 500, expected=RIGHT_SLAP
    )
    assert codes(check) == ["too_rotated"]
    assert check.rotation_rad == pytest.approx(0.62, abs=0.06)


def test_a_fingertip_cut_off_at_the_edge_is_told():
    fingers = [replace(finger, row=finger.row - 300) for finger in right_hand()]
    check = check_slap(draw_slap(fingers), 500, expected=RIGHT_SLAP)
    assert "out_of_frame" in codes(check)


def test_the_lower_phalanx_is_neither_counted_nor_cut_out():
    fingers = right_hand()
    lower = [
        DrawnFinger(finger.row + 480, finger.col, 0.0, finger.width_px * 0.9, 300.0)
        for finger in fingers
    ]
    check = check_slap(draw_slap(fingers + lower), 500, expected=RIGHT_SLAP)
    assert codes(check) == []
    for drawn, found in zip(fingers, check.fingers, strict=True):
        assert overlap(corners(drawn), found.quadrilateral) > 0.75


def test_thumbs_are_told_by_their_places():
    thumbs = [
        DrawnFinger(600.0, 480.0, 0.1, 380.0, 520.0),
        DrawnFinger(600.0, 1100.0, -0.1, 380.0, 520.0),
    ]
    check = check_slap(draw_slap(thumbs), 500, expected=THUMBS)
    assert [finger.position for finger in check.fingers] == list(THUMBS)
    assert (check.hand, codes(check)) == ("both", [])


def test_one_finger_on_a_small_platen():
    pixels = draw_slap([DrawnFinger(250.0, 200.0, 0.05, 290.0, 420.0)], shape=(500, 400))
    check = check_slap(pixels, 500, expected=(FingerPosition.LEFT_RING,))
    assert [finger.position for finger in check.fingers] == [FingerPosition.LEFT_RING]
    assert codes(check) == []


def test_a_second_finger_where_one_was_asked_for():
    check = check_slap(draw_slap(right_hand()[:2]), 500, expected=(FingerPosition.RIGHT_INDEX,))
    assert codes(check) == ["too_many_fingers"]


def test_a_faint_finger_beside_strong_ones_is_found():
    fingers = right_hand()
    fingers[3] = replace(fingers[3], amplitude=0.45)
    assert len(segment_slap(draw_slap(fingers), 500, expected_count=4).fingers) == 4


def test_cut_outs_are_upright_and_without_neighbours():
    fingers = right_hand(rotation_rad=0.45)
    check = check_slap(draw_slap(fingers), 500, expected=RIGHT_SLAP)
    for found in check.fingers:
        edges = (found.pixels[:, 0], found.pixels[:, -1], found.pixels[0])
        assert all(np.median(edge) > PLATEN_GREY - 25 for edge in edges)
        assert found.pixels[found.pixels.shape[0] // 2].min() < 130


@pytest.mark.parametrize("resolution_ppi", [400.0, 1000.0])
def test_other_resolutions_give_the_same_places(resolution_ppi):
    fingers, scale = right_hand(), resolution_ppi / 500
    pixels = cv2.resize(draw_slap(fingers), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    check = check_slap(np.asarray(pixels, np.uint8), resolution_ppi, expected=RIGHT_SLAP)
    assert len(check.fingers) == 4
    for drawn, found in zip(fingers, check.fingers, strict=True):
        assert overlap(corners(drawn) * scale, found.quadrilateral) > 0.75


@settings(max_examples=15, deadline=None)
@given(st.floats(-0.52, 0.52), st.integers(0, 1000))
def test_a_rotated_slap_has_rotated_quadrilaterals(rotation_rad, seed):
    shape = (1800, 1900)
    fingers = right_hand(rotation_rad=rotation_rad, shape=shape)
    found = segment_slap(draw_slap(fingers, shape=shape, seed=seed), 500, expected_count=4)
    assert len(found.fingers) == 4
    assert found.rotation_rad == pytest.approx(rotation_rad, abs=0.06)
    for drawn, region in zip(fingers, found.fingers, strict=True):
        assert overlap(corners(drawn), region.quadrilateral) > 0.75


@settings(max_examples=10, deadline=None)
@given(st.floats(-0.4, 0.4))
def test_the_mirrored_slap_is_the_other_hand(rotation_rad):
    pixels = draw_slap(
        right_hand(rotation_rad=rotation_rad, shape=(1800, 1900)), shape=(1800, 1900)
    )
    mirrored = np.ascontiguousarray(pixels[:, ::-1])
    check = check_slap(mirrored, 500, expected=LEFT_SLAP)
    assert check.hand == "left"
    assert check.rotation_rad == pytest.approx(-rotation_rad, abs=0.06)
