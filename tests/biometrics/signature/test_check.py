"""Signatures of virtual residents, and what is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from biometrics.signature import SignatureCheck, check, render
from drivers.frames import PenSample
from drivers.simulation.signature import draw_signature_traits, write_signature

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


def strokes_of(samples: tuple[PenSample, ...]) -> list[NDArray[np.float64]]:
    strokes: list[list[tuple[float, ...]]] = [[]]
    for one in samples:
        if one.is_touching:
            strokes[-1].append((one.x_mm, one.y_mm, one.pressure, one.time_s))
        elif strokes[-1]:
            strokes.append([])
    return [np.array(stroke) for stroke in strokes if stroke]


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


def test_a_pressure_at_its_end_nearly_all_along_is_stuck() -> None:
    pinned = scribble()
    pinned[10:, 2] = 1.0
    assert codes(judge(pinned)) == {"pressure_stuck"}
    pinned[:, 2] = 0.0
    assert codes(judge(pinned)) == {"pressure_stuck"}


def test_time_that_runs_backwards_is_a_gap() -> None:
    back = scribble()
    back[::10, 3] -= 0.2
    assert "sample_gaps" in codes(judge(back))


def test_numbers_that_are_not_finite_are_refused() -> None:
    broken = scribble()
    broken[5, 1] = np.nan
    with pytest.raises(ValueError, match="finite"):
        judge(broken)


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


def test_an_empty_picture_is_white_and_a_dot_is_drawn() -> None:
    assert render([], **AREA, width_px=300).min() == 255
    assert render([np.zeros((0, 4))], **AREA, width_px=300).min() == 255
    dot = render([np.array([[54.0, 32.5, 1.0, 0.0]])], **AREA, width_px=540)
    assert dot[160:166, 267:273].min() < 150


def test_a_pressed_line_is_wider() -> None:
    light, heavy = scribble(), scribble()
    light[:, 2], heavy[:, 2] = 0.1, 1.0
    ink = [(255 - render([line], **AREA, width_px=540)).sum() for line in (light, heavy)]
    assert ink[1] > 1.5 * ink[0]


def test_edges_of_the_line_are_soft() -> None:
    picture = render([scribble()], **AREA, width_px=540)
    grey = (picture > 40) & (picture < 215)
    assert grey.sum() > 300


def test_the_picture_of_nothing_possible_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        render([], **AREA, width_px=0)
    with pytest.raises(ValueError, match="a stroke is"):
        render([np.zeros((2, 3))], **AREA, width_px=10)


def test_virtual_residents_sign_well() -> None:
    for number in range(12):
        traits = draw_signature_traits(f"signer {number}")
        strokes = strokes_of(write_signature(traits, attempt=1))
        found = check(strokes, width_mm=96.0, height_mm=60.0, sample_rate_hz=200.0)
        assert found.reasons == (), number
        assert found.quality_score >= 60


def test_the_pad_s_defects_are_told_from_those_of_the_signature() -> None:
    traits = draw_signature_traits("pad defects")
    strokes = strokes_of(write_signature(traits, attempt=1))
    slow = [stroke[::3] for stroke in strokes]
    full = [np.column_stack([stroke[:, :2], np.ones(len(stroke)), stroke[:, 3]]) for stroke in slow]
    area = {"width_mm": 96.0, "height_mm": 60.0, "sample_rate_hz": 200.0}
    assert codes(check(slow, **area)) == {"sample_gaps"}
    assert check(slow, **area).components["sample_rate_hz"] == pytest.approx(66.7, abs=1)
    assert "pressure_stuck" in codes(check(full, **area))
    assert "pressure_stuck" not in codes(check(full, **area, has_pressure=False))


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float64,
        st.tuples(st.integers(0, 12), st.just(4)),
        elements=st.floats(-1e3, 1e3),
    )
)
def test_any_finite_stroke_is_judged_and_drawn(stroke: NDArray[np.float64]) -> None:
    found = judge(stroke)
    assert 0 <= found.quality_score <= 100
    assert all(np.isfinite(list(found.components.values())))
    assert render([stroke], **AREA, width_px=60).shape == (36, 60)
