"""What speaks for a minutia raises its quality, what speaks against it lowers it."""

from dataclasses import fields, replace

import numpy as np
import pytest

from biometrics.finger.minutia_quality import (
    MinutiaEvidence,
    measure_answer,
    measure_company,
    measure_edge_distance,
    rate_minutiae,
)
from biometrics.parameters import MINUTIA_WEIGHTS

PERIOD_PX = 9.0
PLAIN = {
    "clarity": 0.5,
    "edge_periods": 2.0,
    "nearest_periods": 3.0,
    "crowd": 1.0,
    "facing_periods": 3.0,
    "answer": 0.9,
    "misdirection": 0.1,
    "branches": 0.0,
}


def evidence(**changes):
    return MinutiaEvidence(**{name: np.array([value]) for name, value in (PLAIN | changes).items()})


def test_every_weight_belongs_to_one_kind_of_evidence():
    assert list(MINUTIA_WEIGHTS) == [field.name for field in fields(MinutiaEvidence)]


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("clarity", 0.9, 0.2),
        ("edge_periods", 4.0, 0.5),
        ("nearest_periods", 4.0, 0.5),
        ("crowd", 0.0, 8.0),
        ("facing_periods", 3.0, 0.5),
        ("answer", 1.2, 0.3),
        ("misdirection", 0.0, 0.9),
        ("branches", 0.0, 1.0),
    ],
)
def test_better_evidence_raises_the_quality(name, better, worse):
    assert (
        rate_minutiae(evidence(**{name: better}))[0] > rate_minutiae(evidence(**{name: worse}))[0]
    )


def test_the_quality_stays_a_percentage():
    for sign in (-1, 1):
        extreme = {name: sign * 1e3 * np.sign(weight) for name, weight in MINUTIA_WEIGHTS.items()}
        with np.errstate(over="ignore"):
            assert 1 <= rate_minutiae(evidence(**extreme))[0] <= 100
    nothing = replace(evidence(), **{name: np.empty(0) for name in PLAIN})
    assert rate_minutiae(nothing).shape == (0,)


def test_company_is_measured_in_ridge_periods():
    rows, cols = np.array([50, 50, 50]), np.array([10, 28, 100])
    angles = np.array([0.0, np.pi, 0.0])
    nearest, crowd, facing = measure_company(rows, cols, angles, PERIOD_PX)
    assert nearest == pytest.approx([2.0, 2.0, 4.0])
    assert crowd == pytest.approx([1, 1, 0])
    assert facing == pytest.approx([2.0, 2.0, 3.0])


def test_a_lonely_minutia_has_no_company():
    nearest, crowd, facing = measure_company(
        np.array([5]), np.array([5]), np.array([0.0]), PERIOD_PX
    )
    assert (nearest[0], crowd[0], facing[0]) == (4.0, 0.0, 3.0)


def test_the_edge_counts_up_to_a_distance():
    assert measure_edge_distance(np.array([9, 900], np.float32), PERIOD_PX) == pytest.approx([1, 4])


def test_the_answer_is_relative_to_the_print():
    enhanced = np.zeros((60, 60), np.float32)
    enhanced[20:40, 20:40] = -3
    answer = measure_answer(enhanced, np.array([30, 0]), np.array([30, 0]), 2.0)
    assert answer == pytest.approx([1.5, 0.0])
