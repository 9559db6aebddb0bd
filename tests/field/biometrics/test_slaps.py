"""Slaps of an ink card (NIST, public domain) and single prints of a live scanner."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from biometrics.finger.position import RIGHT_SLAP, FingerPosition
from biometrics.finger.slap import check_slap
from tests.biometrics.finger.slap_drawing import overlap

SLAPS = Path(__file__).parents[4] / "shared" / "data" / "fingerprints" / "nist_slaps"

pytestmark = pytest.mark.skipif(
    not SLAPS.is_dir(), reason="ink slaps not present beside the repository"
)

# Read by eye from the card: tip row, bottom row, left and right column of each print, upright.
RIGHT_HAND_BY_EYE = {
    FingerPosition.RIGHT_INDEX: (485, 950, 112, 420),
    FingerPosition.RIGHT_MIDDLE: (10, 515, 408, 700),
    FingerPosition.RIGHT_RING: (5, 450, 795, 1070),
    FingerPosition.RIGHT_LITTLE: (390, 760, 1215, 1500),
}


def read(name):
    data = np.frombuffer((SLAPS / name).read_bytes(), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def test_four_fingers_of_an_ink_card_among_print_lines_and_writing():
    found = check_slap(read("fgp13_idc4.png"), 500, expected=RIGHT_SLAP)
    assert [finger.position for finger in found.fingers] == list(RIGHT_SLAP)
    assert found.hand == "right"
    assert found.hand_confidence > 0.9
    for finger in found.fingers:
        top, bottom, left, right = RIGHT_HAND_BY_EYE[finger.position]
        box = np.array([(top, left), (top, right), (bottom, right), (bottom, left)], float)
        assert overlap(finger.quadrilateral, box) > 0.65  # boxes by eye are not turned
        assert len(finger.check.template) >= 15


def test_the_mirrored_card_is_the_left_hand():
    mirrored = np.ascontiguousarray(read("fgp13_idc4.png")[:, ::-1])
    found = check_slap(mirrored, 500, expected=RIGHT_SLAP)
    assert found.hand == "left"
    assert "wrong_hand" in {reason.code for reason in found.reasons}


def test_the_fingers_of_the_card_are_four_different_ones():
    found = check_slap(read("fgp13_idc4.png"), 500, expected=RIGHT_SLAP)
    assert "same_finger" not in {reason.code for reason in found.reasons}


def test_the_thumb_of_the_card_is_one_finger():
    found = check_slap(read("fgp11_idc3.png"), 500, expected=(FingerPosition.RIGHT_THUMB,))
    assert [finger.position for finger in found.fingers] == [FingerPosition.RIGHT_THUMB]
    assert found.fingers[0].check.quality_score > 0
