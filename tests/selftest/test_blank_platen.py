"""The detectors on sensors simulated here, and on degenerate frames."""

import numpy as np
import pytest

from drivers.simulation.faults import FaultSet
from drivers.simulation.platen import Platen
from selftest.scanner.evaluate import FAULTS, SINGLE_PX, SLAP_PX, faulty_stack, found_codes
from selftest.scanner.evaluate import healthy_stack as healthy
from selftest.scanner.geometry import block_px, odd_px, tiles_of
from selftest.scanner.lines import adjacent_difference_gl, bad_lines, banding_gl
from selftest.scanner.maps import SQUARE_PX, square_means
from selftest.scanner.pixels import has_cluster
from selftest.scanner.spectrum import radial_spectrum, strongest_ridges
from selftest.scanner.stack import BlankStack, DarkStack


def stack_of(serial, *faults, shape_px=(250, 250)):
    fault_set = FaultSet("fingerprint_scanner", faults)
    fault_set.count_transfer()
    platen = Platen(shape_px, serial, fault_set)
    return BlankStack(np.stack([platen.read(None, still_key="empty") for _ in range(8)]))


def test_five_hundred_healthy_sensors_raise_nothing():
    for seed in range(500):
        assert found_codes(stack_of(f"healthy {seed}")) == {}, seed


@pytest.mark.parametrize(("model", "shape_px"), [("single", SINGLE_PX), ("slap", SLAP_PX)])
@pytest.mark.parametrize(("fault", "code"), [item[1:] for item in FAULTS])
def test_every_fault_is_found_on_both_sizes(fault, code, model, shape_px):
    baseline_gl = float(healthy("baseline", shape_px).mean.mean())
    assert code in found_codes(faulty_stack(fault, model, "seed"), baseline_gl)


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("shape", [(125, 125), (250, 400)])
def test_a_flat_stack_has_no_defect_and_every_value_is_finite(level, shape):
    stack = BlankStack(np.full((8, *shape), level, np.uint8))
    assert stack.bad_pixels.sum() == stack.specks.count == 0
    assert stack.bad_rows.size == stack.bad_cols.size == 0
    assert stack.ridges.excess_db == stack.noise_gl == 0
    assert banding_gl(stack.mean, 0, 500.0) == banding_gl(stack.mean, 1, 500.0) == (0.0, 0.0)
    assert adjacent_difference_gl(stack.mean, 500.0) == 0


def test_a_stack_of_pure_noise_is_judged_without_an_error():
    noise = np.random.default_rng(1).integers(0, 256, (8, 250, 250), dtype=np.uint8)
    stack = BlankStack(noise)
    assert stack.noise_gl > 60
    assert np.isfinite(stack.ridges.excess_db)


def test_a_square_of_nine_is_a_cluster_and_a_line_is_not():
    bad = np.zeros((20, 20), bool)
    bad[5, 5:15] = True
    assert not has_cluster(bad)
    bad[5:8, 5:8] = True
    assert has_cluster(bad)


def test_single_dead_pixels_are_counted_exactly_and_named_stuck():
    stack = stack_of("counted", shape_px=(500, 500))
    frames = stack.frames.copy()
    places = [(40, 60), (200, 333), (450, 20)]
    for row, col in places:
        frames[:, row, col] = 0
    damaged = BlankStack(frames)
    assert [tuple(place) for place in np.argwhere(damaged.bad_pixels)] == places
    assert damaged.stuck_pixels.sum() == 3


@pytest.mark.parametrize(("axis", "period"), [(0, 2), (1, 2), (0, 7), (1, 30)])
def test_banding_is_measured_with_its_period(axis, period):
    rng = np.random.default_rng(period)
    mean = 240 + rng.normal(0, 0.4, (500, 400)).astype(np.float32)
    lines = np.arange(mean.shape[axis])
    wave = np.cos(2 * np.pi * lines / period).astype(np.float32)
    mean += wave[:, None] if axis == 0 else wave[None, :]
    swing_gl, found_period = banding_gl(mean, axis, 500.0)
    swing = 2.0 if period == 2 else np.sqrt(2)  # as lines of equal power would swing
    assert swing_gl == pytest.approx(swing, rel=0.15)
    assert found_period % period == 0
    assert banding_gl(mean, 1 - axis, 500.0)[0] < 0.3


def test_one_dark_column_is_a_bad_line_and_no_banding():
    mean = stack_of("column", shape_px=(300, 300)).mean.copy()
    mean[:, 77] -= 5
    assert list(bad_lines(mean, 1, 500.0)) == [77]
    assert bad_lines(mean, 0, 500.0).size == 0
    assert banding_gl(mean, 1, 500.0)[0] < 0.3


def test_ridges_are_found_with_their_period_in_the_tile_where_they_are():
    rows, cols = np.mgrid[:1000, :1000]
    mean = np.random.default_rng(3).normal(240, 0.4, (1000, 1000)).astype(np.float32)
    mean[:500, 500:] += np.cos(2 * np.pi * (cols + 0.4 * rows) / 9.0)[:500, 500:]
    spectrum = strongest_ridges(mean, 500.0)
    assert spectrum.excess_db > 10
    assert spectrum.period_px == pytest.approx(9.0 / np.hypot(1, 0.4), rel=0.05)
    assert (spectrum.tile[0].start, spectrum.tile[1].start) == (0, 500)
    assert strongest_ridges(mean[500:], 500.0).excess_db < 4


def test_lengths_follow_the_resolution():
    assert (block_px(500.0), block_px(512.0), block_px(1000.0)) == (125, 128, 250)
    assert (odd_px(9, 500.0), odd_px(9, 1000.0), odd_px(9, 100.0)) == (9, 17, 3)
    tiles = tiles_of((1500, 1600), 500.0)
    assert len(tiles) == 9
    assert sum((a.stop - a.start) * (b.stop - b.start) for a, b in tiles) == 1500 * 1600
    noise = np.random.default_rng(4).normal(0, 1, (400, 400)).astype(np.float32)
    fine = radial_spectrum(noise, (slice(None), slice(None)), 1000.0)
    assert fine.frequency_cpp.max() > 0.9


def test_a_sensor_of_twice_the_resolution_is_judged_by_the_same_lengths():
    fine = stack_of("fine", shape_px=(1000, 1000))
    assert found_codes(BlankStack(fine.frames, 1000.0)) == {}
    frames = fine.frames.copy()
    frames[:, 300:306, 400:406] -= 30  # 0.15 mm on each side, half the smallest speck
    assert "FPS-107" not in found_codes(BlankStack(frames, 1000.0))
    frames[:, 300:330, 400:430] -= 30
    assert "FPS-107" in found_codes(BlankStack(frames, 1000.0))


def test_a_map_never_shows_less_than_a_ridge_period():
    mean = np.zeros((40, 50), np.float32)
    assert square_means(mean).shape == (3, 4)
    with pytest.raises(ValueError, match="could show ridges"):
        square_means(mean, SQUARE_PX - 1)


def test_hot_pixels_are_told_from_daylight():
    frames = np.full((4, 200, 200), 30, np.uint8)
    frames[:, 20, 30] = 90
    dark = DarkStack(frames)
    assert [tuple(place) for place in np.argwhere(dark.hot_pixels)] == [(20, 30)]
