"""Fits and ranks whose answers are known."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.evaluation.quality_fit import fit_quality, fit_weights
from biometrics.evaluation.ranks import rank_correlation
from biometrics.parameters import QUALITY_POINTS
from tests.biometrics.finger.ridge_drawing import DrawnFinger


def test_a_fit_finds_the_weights_that_made_the_target():
    values = np.random.default_rng(0).normal(5, (1, 10, 0.1), (4000, 3))
    offset, weights = fit_weights(values, 7 + values @ [2.0, -0.3, 40.0], np.ones(4000))
    assert offset == pytest.approx(7, abs=0.5)
    assert weights == pytest.approx([2, -0.3, 40], rel=0.01)


def test_a_component_that_never_varies_gets_no_weight():
    values = np.column_stack([np.arange(50.0), np.full(50, 3.0)])
    offset, weights = fit_weights(values, np.arange(50.0), np.ones(50))
    assert weights[1] == 0
    assert np.isfinite(offset)


def test_rows_without_importance_do_not_count():
    values = np.arange(2000.0)[:, None] % 100
    target = np.where(np.arange(2000) < 1000, 3 * values[:, 0], -values[:, 0])
    offset, weights = fit_weights(values, target, np.where(np.arange(2000) < 1000, 2.0, 0.0))
    assert weights == pytest.approx([3], rel=0.01)
    assert offset == pytest.approx(0, abs=1)


def test_ranks_share_ties():
    assert rank_correlation(np.array([1.0, 1, 2, 3]), np.array([5.0, 5, 6, 9])) == pytest.approx(1)


def test_what_never_varies_correlates_with_nothing():
    assert rank_correlation(np.ones(4), np.arange(4.0)) == 0


@given(st.lists(st.integers(-50, 50).map(float), min_size=3, max_size=30, unique=True))
def test_any_rising_change_keeps_the_ranks(values):
    array = np.array(values)
    assert rank_correlation(array, array**3 + array) == pytest.approx(1)
    assert rank_correlation(array, -array) == pytest.approx(-1)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Eight fingers, two impressions each; the other algorithm counts the noise."""
    folder = tmp_path_factory.mktemp("sets")
    (folder / "drawn").mkdir()
    lines = ["set,image,nfiq2"]
    for finger in range(1, 9):
        for impression in (1, 2):
            noise = 6 * finger + 3 * impression
            image = DrawnFinger(80 + finger).draw(noise_levels=noise, seed=impression)
            name = f"{finger}_{impression}"
            data = cv2.imencode(".png", image)[1].tobytes()
            (folder / "drawn" / f"{name}.png").write_bytes(data)
            lines.append(f"drawn,{name},{100 - noise}")
    path = folder / "scores.csv"
    path.write_text("\n".join(lines))
    return path


def test_a_fit_ranks_fingers_that_it_never_saw(table):
    found = fit_quality(table.parent, table, 500)
    assert set(found["points"]) == set(QUALITY_POINTS) == set(found["ranges"])
    assert found["held_out_correlation"] > 0.9
    assert found["current_correlation"] > 0.9
    assert found["unseen_sets_correlation"] is None


def test_a_set_that_no_fit_saw_is_ranked_as_well(table, tmp_path):
    lines = table.read_text().splitlines()
    for number, name in enumerate(("low", "high")):
        (tmp_path / name).mkdir()
        for path in (table.parent / "drawn").iterdir():
            if (int(path.stem.split("_")[0]) > 4) == bool(number):
                (tmp_path / name / path.name).write_bytes(path.read_bytes())
                old = next(line for line in lines if f",{path.stem}," in line)
                lines[lines.index(old)] = old.replace("drawn", name)
    scores = tmp_path / "scores.csv"
    scores.write_text("\n".join(lines))
    assert fit_quality(tmp_path, scores, 500)["unseen_sets_correlation"] > 0.8


def test_a_blank_impression_is_fitted_as_the_poorest(table, tmp_path):
    (tmp_path / "drawn").mkdir()
    for path in (table.parent / "drawn").iterdir():
        (tmp_path / "drawn" / path.name).write_bytes(path.read_bytes())
    blank = cv2.imencode(".png", np.full((380, 320), 255, np.uint8))[1].tobytes()
    (tmp_path / "drawn" / "8_2.png").write_bytes(blank)
    scores = tmp_path / "scores.csv"
    scores.write_text(table.read_text())
    assert fit_quality(tmp_path, scores, 500)["held_out_correlation"] > 0.8


@pytest.mark.parametrize("text", ["", "set,image,nfiq2\n", "image,score\n1_1,50\n"])
def test_a_table_without_the_columns_is_an_error(tmp_path, text):
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match="columns set, image and nfiq2"):
        fit_quality(tmp_path, path, 500)
