"""The simulated scanner with its light off, and with test cards on its platen."""

import numpy as np
import pytest

from drivers.catalog import build_device
from drivers.errors import DeviceNotFoundError
from drivers.simulation.platen import DARK_GL
from drivers.simulation.scene import Scene
from drivers.simulation.target import Optics, Target, TargetKind, render_target

SCENE = "light-of-the-scanner"


@pytest.fixture
def make_scanner():
    def make(*faults):
        Scene.forget(SCENE)
        options = {"scene": SCENE, "model": "single", "frame_rate": 100, "faults": list(faults)}
        return build_device("scanner", "sim_scanner", options)

    return make


def dark(scanner):
    with scanner:
        return scanner.read_dark_frame(timeout_s=5).pixels


def test_a_closed_scanner_gives_no_dark_frame(make_scanner):
    with pytest.raises(DeviceNotFoundError):
        make_scanner().read_dark_frame(timeout_s=5)


def test_the_dark_frame_is_the_offset_with_noise_and_dirt_does_not_show(make_scanner):
    for faults in ((), ("dust=3", "scratch", "residue=14", "banding=5", "dead_column")):
        pixels = dark(make_scanner(*faults))
        assert pixels.mean() == pytest.approx(DARK_GL, abs=0.2)
        assert 0.5 < pixels.std() < 1.2


@pytest.mark.parametrize("fault", ["ambient=40", "hot_pixels=60", "dark_drift=5", "dead_pixels=40"])
def test_what_shows_in_the_dark(make_scanner, fault):
    healthy, faulty = dark(make_scanner()), dark(make_scanner(fault))
    assert np.abs(faulty.astype(int) - healthy.astype(int)).max() >= 5
    with make_scanner(fault) as scanner:  # and the light is on again
        scanner.read_dark_frame(timeout_s=5)
        assert scanner.read_frame(timeout_s=5).pixels.mean() > 200


def test_a_card_is_seen_where_no_finger_is_asked_for(make_scanner):
    with make_scanner() as scanner:
        levels = {}
        for kind in (TargetKind.WHITE, TargetKind.BLACK):
            scanner.unit.scene.card = Target(kind)
            levels[kind] = scanner.read_frame(timeout_s=5).pixels.mean()
        scanner.unit.scene.card = None
        empty = scanner.read_frame(timeout_s=5).pixels.mean()
    assert levels[TargetKind.BLACK] < 20 < levels[TargetKind.WHITE] < empty


def test_a_turned_card_shows_its_bars_along_the_other_direction():
    straight = render_target(Target(TargetKind.BARS), (200, 300), Optics(500.0))
    turned = render_target(Target(TargetKind.BARS, turned=True), (300, 200), Optics(500.0))
    assert np.allclose(straight, turned.T, atol=1e-6)
    assert np.ptp(straight, axis=0).max() < 1e-6 < np.ptp(straight, axis=1).min()


def test_defocus_takes_contrast_of_fine_bars_first():
    sharp = render_target(Target(TargetKind.CONTRAST), (500, 500), Optics(500.0))
    soft = render_target(Target(TargetKind.CONTRAST), (500, 500), Optics(500.0, defocus_px=1.0))
    coarse, fine = np.s_[20:150, 10:110], np.s_[350:480, 135:240]
    assert soft[coarse].std() > 0.85 * sharp[coarse].std()
    assert soft[fine].std() < 0.1 * sharp[fine].std()
