"""Minutiae as lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.evaluation.xyt import read_xyt, write_xyt
from biometrics.finger.template import FingerTemplate

minutia = st.tuples(
    st.integers(0, 299), st.integers(0, 399), st.integers(0, 359), st.integers(1, 100)
)


def template(minutiae):
    rows, cols, degrees, quality = np.array(minutiae, dtype=int).reshape(-1, 4).T
    return FingerTemplate(
        rows=rows.astype(np.float32),
        cols=cols.astype(np.float32),
        angle_rad=np.radians(degrees).astype(np.float32),
        kind=np.ones(len(rows), np.uint8),
        quality=quality.astype(np.uint8),
        shape_px=(300, 400),
    )


def test_no_minutiae_are_no_lines():
    assert write_xyt(template([])) == ""
    assert len(read_xyt("")) == 0


def test_the_origin_is_at_the_bottom_left():
    assert write_xyt(template([(10, 20, 90, 55), (299, 0, 0, 1)])) == "20 290 90 55\n0 1 0 1\n"


def test_an_angle_of_almost_a_turn_is_no_degree():
    almost = template([(10, 20, 0, 55)])
    almost.angle_rad[0] = np.float32(2 * np.pi - 1e-4)
    assert write_xyt(almost).split()[2] == "0"


@given(st.lists(minutia, max_size=30))
def test_lines_come_back_as_the_same_lines(minutiae):
    text = write_xyt(template(minutiae))
    again = read_xyt(text)
    assert len(again) == len(minutiae)
    degrees = [line.split()[2] for line in text.splitlines()]
    assert np.degrees(again.angle_rad).round().astype(int).tolist() == list(map(int, degrees))
    heights = [int(line.split()[1]) for line in text.splitlines()]
    if heights:
        assert (again.rows + heights == max(heights)).all()


def test_the_quality_may_be_absent():
    assert read_xyt("1 2 3\n").quality.tolist() == [100]


@pytest.mark.parametrize(
    "text", ["1 2\n", "1 2 3 4 5\n", "a b c d\n", "1 2.5 3 4\n", "1 2 3 4\n\n"]
)
def test_other_lines_are_refused_by_number(text):
    with pytest.raises(ValueError, match=r"line [12] of the minutiae"):
        read_xyt(text)
