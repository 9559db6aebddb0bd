"""Which fingers constants are chosen on."""

import pytest

from biometrics.evaluation.calibrate import is_odd_finger


def test_odd_fingers_are_told_by_their_last_number():
    assert is_odd_finger("101")
    assert is_odd_finger("012_10_3")
    assert not is_odd_finger("012_3_10")
    with pytest.raises(ValueError, match="has no number"):
        is_odd_finger("thumb")
