"""Measuring on the depot's cards: the figures of the reference tables, and what is no card."""

import numpy as np
import pytest

from drivers.simulation.faults import FaultSet
from drivers.simulation.platen import Platen
from drivers.simulation.target import (
    CONTRAST_PER_MM,
    STEP_SHARES,
    Optics,
    Target,
    TargetKind,
    render_target,
)
from selftest.scanner.targets import card
from selftest.scanner.targets.bars import measure_bars, rising_edges
from selftest.scanner.targets.contrast import (
    FREQUENCIES_PER_MM,
    least_contrast,
    measure_contrast,
)
from selftest.scanner.targets.steps import measure_linearity_gl

SINGLE_PX, SLAP_PX = (500, 500), (1500, 1600)


def shot(kind, *faults, turned=False, rotation_rad=0.0, shape_px=SINGLE_PX, frames=4):
    fault_set = FaultSet("fingerprint_scanner", faults)
    fault_set.count_transfer()
    platen = Platen(shape_px, "cards", fault_set)
    target = Target(kind, turned, rotation_rad)
    seen = render_target(target, shape_px, Optics.of(fault_set, 500.0))
    taken = [platen.read_target(seen, still_key=1).astype(np.float32) for _ in range(frames)]
    mean = np.mean(taken, axis=0, dtype=np.float32)
    return mean.T if turned else mean


def test_card_and_measure_know_the_same_fields():
    assert tuple(FREQUENCIES_PER_MM) == CONTRAST_PER_MM
    assert STEP_SHARES == card.STEP_SHARES


@pytest.mark.parametrize("rotation_rad", [0.0, 0.02])
@pytest.mark.parametrize("ppi", [490, 500, 505, 512])
def test_the_resolution_is_found_to_a_tenth_at_noise_2(ppi, rotation_rad):
    faults = (f"wrong_resolution={ppi}", "noise=2")
    seen = shot(TargetKind.BARS, *faults, rotation_rad=rotation_rad, frames=1)
    measure = measure_bars(seen, 500.0)
    assert measure.resolution_ppi == pytest.approx(ppi, abs=0.1)
    assert measure.rotation_rad == pytest.approx(-rotation_rad, abs=1e-3)
    assert measure.long_error_percent < 1
    assert measure.short_error_mm < 0.0178


@pytest.mark.parametrize("turned", [False, True])
def test_a_stretched_picture_shows_in_one_direction_only(turned):
    measure = measure_bars(shot(TargetKind.BARS, "stretch=0.025", turned=turned), 500.0)
    assert (measure.long_error_percent > 1.8) is (not turned)


def test_a_slap_platen_is_measured_alike():
    measure = measure_bars(shot(TargetKind.BARS, shape_px=SLAP_PX, frames=1), 500.0)
    assert measure.resolution_ppi == pytest.approx(500, abs=0.02)
    contrast = measure_contrast(shot(TargetKind.CONTRAST, shape_px=SLAP_PX), 500.0)
    assert (contrast > least_contrast(FREQUENCIES_PER_MM)).all()


@pytest.mark.parametrize("rotation_rad", [0.0, 0.01])
@pytest.mark.parametrize(("sigma_px", "first_failing"), [(0.3, None), (0.6, 6), (1.0, 3)])
def test_blur_fails_the_curve_from_the_frequencies_that_the_tables_say(
    sigma_px, first_failing, rotation_rad
):
    seen = shot(TargetKind.CONTRAST, f"defocus={sigma_px}", rotation_rad=rotation_rad)
    contrast = measure_contrast(seen, 500.0)
    failing = FREQUENCIES_PER_MM[contrast < least_contrast(FREQUENCIES_PER_MM)]
    expected = [] if first_failing is None else list(range(first_failing, 11))
    assert list(failing) == expected
    assert contrast.max() < 1.05


def test_the_least_curve_is_the_published_one():
    listed = [0.948, 0.869, 0.791, 0.713, 0.636, 0.559, 0.483, 0.408, 0.333, 0.259]
    assert least_contrast(FREQUENCIES_PER_MM) == pytest.approx(listed, abs=6e-4)


def test_a_bent_grey_scale_is_measured():
    assert measure_linearity_gl(shot(TargetKind.STEPS), 500.0) < 1.5
    assert measure_linearity_gl(shot(TargetKind.STEPS, "gamma=1.4"), 500.0) > 7.65


@pytest.mark.parametrize("measure", [measure_bars, measure_contrast, measure_linearity_gl])
@pytest.mark.parametrize("seen", ["flat", "black", "noise", "small", "white", "black card"])
def test_what_is_no_card_is_refused(measure, seen):
    pictures = {
        "flat": np.full(SINGLE_PX, 240, np.float32),
        "black": np.zeros(SINGLE_PX, np.float32),
        "noise": np.random.default_rng(1).uniform(0, 255, SINGLE_PX).astype(np.float32),
        "small": np.full((30, 30), 240, np.float32),
        "white": shot(TargetKind.WHITE),
        "black card": shot(TargetKind.BLACK),
    }
    with pytest.raises(card.UnknownCardError):
        measure(pictures[seen], 500.0)


@pytest.mark.parametrize(
    ("measure", "kind"),
    [
        (measure_bars, TargetKind.STEPS),
        (measure_contrast, TargetKind.BARS),
        (measure_contrast, TargetKind.STEPS),
        (measure_linearity_gl, TargetKind.CONTRAST),
        (measure_linearity_gl, TargetKind.BARS),
    ],
)
def test_another_card_is_refused(measure, kind):
    with pytest.raises(card.UnknownCardError):
        measure(shot(kind), 500.0)


def test_edges_lie_between_samples():
    assert rising_edges(np.array([0.0, 10, 20, 10, 0, 40]), 5.0) == pytest.approx([0.5, 4.125])
    assert rising_edges(np.full(9, 3.0), 5.0).size == 0
