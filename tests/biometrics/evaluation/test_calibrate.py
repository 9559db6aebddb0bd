"""Which fingers constants are chosen on, and the fit of what tells real minutiae."""

import pytest

from biometrics.evaluation.calibrate import is_odd_finger
from biometrics.evaluation.calibrate_minutiae import calibrate_minutiae
from biometrics.evaluation.canvas import encode_png
from biometrics.parameters import MINUTIA_WEIGHTS
from tests.biometrics.finger.ridge_drawing import DrawnFinger


def test_odd_fingers_are_told_by_their_last_number():
    assert is_odd_finger("101")
    assert is_odd_finger("012_10_3")
    assert not is_odd_finger("012_3_10")
    with pytest.raises(ValueError, match="has no number"):
        is_odd_finger("thumb")


def test_what_is_found_again_is_told_from_what_is_not(tmp_path):
    for finger in (1, 2):
        drawn = DrawnFinger(finger)
        for impression in (1, 2, 3):
            image = drawn.draw(noise_levels=45, seed=impression)
            (tmp_path / f"{finger}_{impression}.png").write_bytes(encode_png(image))
    fit = calibrate_minutiae([tmp_path], 500.0)
    assert list(fit["weights"]) == list(MINUTIA_WEIGHTS)
    assert fit["minutiae"] > 100
    assert fit["auc_odd"] > 0.6
    assert fit["auc_even"] > 0.6


def test_single_impressions_tell_nothing(tmp_path):
    (tmp_path / "1_1.png").write_bytes(encode_png(DrawnFinger(1).draw()))
    assert calibrate_minutiae([tmp_path], 500.0) == {"minutiae": 0}
