"""The detectors on sensors simulated here, and on degenerate frames."""

import numpy as np
import pytest

from drivers.simulation.faults import FaultSet
from drivers.simulation.platen import Platen
from selftest.blank_platen import (
    BlankStack,
    adjacent_difference_gl,
    bad_lines,
    block_means_gl,
    has_cluster,
    lowest_share_within,
    ridge_excess_db,
)
from selftest.check import Value
from selftest.limits import judge
from selftest.report import Outcome


def stack_of(serial, side_px=500):
    platen = Platen((side_px, side_px), serial, FaultSet("fingerprint_scanner"))
    return BlankStack(np.stack([platen.read(None, still_key="empty") for _ in range(8)]))


def values_of(stack):
    clean, bad = stack.without_specks, stack.bad_pixels
    count = sum(len(bad_lines(stack.mean, axis)) for axis in (0, 1))
    return {
        "FPS-102": Value("block_spread", float(np.ptp(block_means_gl(stack.mean)))),
        "FPS-103": Value("adjacent_p99", adjacent_difference_gl(stack.mean)),
        "FPS-104": Value("share_within", 100 * lowest_share_within(clean)),
        "FPS-105": Value("bad_pixels", int(bad.sum())),
        "FPS-106": Value("bad_lines", count),
        "FPS-107": Value("blobs", stack.blobs),
        "FPS-108": Value("ridge_excess", ridge_excess_db(clean)),
        "FPS-109": Value("temporal_noise", float(np.sqrt(np.mean(stack.temporal_gl**2)))),
        "FPS-110": Value("white_mean", float(stack.mean.mean())),
    }


def test_a_hundred_healthy_sensors_raise_nothing():
    for seed in range(100):
        for code, value in values_of(stack_of(f"healthy {seed}", 250)).items():
            assert judge(code, (value,)).outcome is Outcome.PASS, (seed, code, value)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_stack_has_no_defect_and_every_value_is_finite(level):
    values = values_of(BlankStack(np.full((8, 250, 250), level, np.uint8)))
    assert all(np.isfinite(value.value) for value in values.values())
    assert values["FPS-105"].value == values["FPS-106"].value == values["FPS-107"].value == 0


def test_a_square_of_nine_is_a_cluster_and_a_line_is_not():
    bad = np.zeros((20, 20), bool)
    bad[5, 5:15] = True
    assert not has_cluster(bad)
    bad[5:8, 5:8] = True
    assert has_cluster(bad)


def test_single_dead_pixels_are_counted_exactly():
    stack = stack_of("counted")
    frames = stack.frames.copy()
    places = [(40, 60), (200, 333), (450, 20)]
    for row, col in places:
        frames[:, row, col] = 0
    found = np.argwhere(BlankStack(frames).bad_pixels)
    assert [tuple(place) for place in found] == places
