"""A turned average face has the angles by which it was turned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.face.pose import _NUMBERS, _SHAPE, measure_pose


def turned(yaw_rad, pitch_rad, *, scale=100.0, shift=(0.0, 0.0, 0.0)):
    """Landmarks (row, col, depth) of the average face after a turn to the right and upwards."""
    cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
    yaw = np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])  # right, down, away
    cos, sin = np.cos(pitch_rad), np.sin(pitch_rad)
    pitch = np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]])
    places = _SHAPE @ (yaw @ pitch).T * scale + shift
    landmarks = np.zeros((478, 3))
    landmarks[_NUMBERS] = places[:, [1, 0, 2]]
    return landmarks


def test_the_average_face_is_symmetric_and_about_its_middle():
    assert np.abs(_SHAPE.mean(axis=0)).max() < 1e-9
    assert _SHAPE[:, 0].sum() == pytest.approx(0)
    assert len(set(_NUMBERS)) == len(_NUMBERS) == len(_SHAPE)


def test_straight_is_zero():
    assert measure_pose(turned(0.0, 0.0)) == pytest.approx({"yaw_rad": 0.0, "pitch_rad": 0.0})


@given(
    yaw_rad=st.floats(-0.6, 0.6),
    pitch_rad=st.floats(-0.5, 0.5),
    scale=st.floats(20, 900),
    shift=st.tuples(*[st.floats(-500, 500)] * 3),
)
def test_a_turn_is_measured_whatever_size_and_place(yaw_rad, pitch_rad, scale, shift):
    found = measure_pose(turned(yaw_rad, pitch_rad, scale=scale, shift=shift))
    assert found["yaw_rad"] == pytest.approx(yaw_rad, abs=1e-6)
    assert found["pitch_rad"] == pytest.approx(pitch_rad, abs=1e-6)


def test_noise_of_landmarks_moves_the_pose_little():
    noisy = turned(0.1, -0.1) + np.random.default_rng(1).normal(0, 2.0, (478, 3))
    found = measure_pose(noisy)
    assert found["yaw_rad"] == pytest.approx(0.1, abs=0.03)
    assert found["pitch_rad"] == pytest.approx(-0.1, abs=0.03)
