"""Signatures of virtual residents, and what is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from biometrics.signature import SignatureCheck, check, render
from drivers.catalog import build_device
from drivers.devices import SignaturePad, read_signature
from drivers.simulation.scene import Scene

AREA = {"width_mm": 108.0, "height_mm": 65.0}
RATE = 200.0


def judge(*strokes: NDArray[np.float64]) -> SignatureCheck:
    return check(strokes, **AREA, sample_rate_hz=RATE)


def codes(found: SignatureCheck) -> set[str]:
    return {reason.code for reason in found.reasons}


def scribble(
    *, size_mm: float = 40.0, loops: int = 6, at: tuple[float, float] = (20.0, 20.0)
) -> NDArray[np.float64]:
    share = np.linspace(0, 1, 300)
    x = at[0] + size_mm * share
    y = at[1] + size_mm / 5 * (1 + np.sin(2 * np.pi * loops * share))
    pressure = 0.4 + 0.2 * np.sin(9 * share)
    return np.stack([x, y, pressure, share * 299 / RATE], axis=1)


def test_no_ink_is_blank() -> None:
    for strokes in ((), (np.zeros((0, 4)),)):
        found = judge(*strokes)
        assert (found.quality_score, codes(found)) == (0, {"blank"})


def test_a_dot_and_a_line_are_no_signature() -> None:
    dot = scribble(size_mm=1.0)
    line = scribble()
    line[:, 1] = 20.0
    assert (judge(dot).quality_score, codes(judge(dot))) == (0, {"dot_only"})
    assert (judge(line).quality_score, codes(judge(line))) == (0, {"straight_line"})


def test_a_scribble_is_good() -> None:
    found = judge(scribble())
    assert found.reasons == ()
    assert found.quality_score >= 80


def test_each_damage_has_its_reason() -> None:
    off_the_pad = scribble(at=(-20.0, 20.0)).clip(0.0)
    lost = np.delete(scribble(), np.arange(50, 250, 7), axis=0)
    lost = lost[::4]
    stuck = scribble()
    stuck[:, 2] = 1.0
    quick = scribble()
    quick[:, 3] *= 0.1
    assert "clipped_at_edge" in codes(judge(off_the_pad))
    assert "sample_gaps" in codes(judge(lost))
    assert "pressure_stuck" in codes(judge(stuck))
    assert "too_short" in codes(judge(quick))
    assert "too_small" in codes(judge(scribble(size_mm=12.0, loops=3)))


def test_what_are_no_strokes_is_refused() -> None:
    with pytest.raises(ValueError, match="a stroke is"):
        judge(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="positive"):
        check([], width_mm=0.0, height_mm=1.0, sample_rate_hz=1.0)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 30), st.floats(0, 20))
def test_where_on_the_pad_it_stands_does_not_matter(right_mm: float, down_mm: float) -> None:
    moved = scribble(at=(20.0 + right_mm, 20.0 + down_mm))
    assert judge(moved).quality_score == judge(scribble()).quality_score


def test_the_picture_has_dark_ink_on_white_where_the_pen_was() -> None:
    picture = render([scribble()], **AREA, width_px=540)
    assert picture.shape == (325, 540)
    assert picture[0, 0] == 255
    assert picture.min() < 60
    assert picture[90:190, 90:310].min() < 60


def test_a_virtual_resident_signs_well() -> None:
    Scene.forget("signs")
    pad = build_device("pad", "sim_pad", {"scene": "signs"})
    assert isinstance(pad, SignaturePad)
    with pad:
        pad.begin_transaction("signs-1")
        geometry = pad.geometry()
        pad.start_inking()
        strokes = read_signature(pad, timeout_s=10.0, pause_s=1.0)
        pad.stop_inking()
    arrays = [
        np.array([(s.x_mm, s.y_mm, s.pressure, s.time_s) for s in stroke.samples])
        for stroke in strokes
    ]
    found = check(
        arrays,
        width_mm=geometry.width_mm,
        height_mm=geometry.height_mm,
        sample_rate_hz=geometry.sample_rate_hz,
    )
    assert found.reasons == ()
    assert found.quality_score >= 60
