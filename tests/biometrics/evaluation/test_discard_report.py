"""Error versus discard with intervals, and its picture."""

import sys

import cv2
import numpy as np
import pytest

from biometrics.evaluation.bootstrap import interval_of
from biometrics.evaluation.chart import require_matplotlib
from biometrics.evaluation.discard import GenuinePairs
from biometrics.evaluation.discard_plot import plot_discard
from biometrics.evaluation.discard_report import OWN_SCORE, measure_discard


def made_pairs(fingers=30, each=20, seed=0):
    """Misses that one score foretells and another knows nothing of."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=fingers * each)
    return GenuinePairs(
        is_missed=latent + rng.normal(0, 0.5, len(latent)) < -1.5,
        finger=np.repeat(np.arange(fingers), each),
        quality={OWN_SCORE: latent, "other": rng.normal(size=len(latent))},
    )


def test_the_better_score_is_told_from_the_worse():
    found = measure_discard([made_pairs(), made_pairs(seed=1)], false_match=0.01).describe()
    assert found["pairs"] == 1200
    assert found["errors"] > 50
    own, other = found[OWN_SCORE], found["other"]
    assert own["interval"][0] < own["ratio"] < own["interval"][1] < 0.7
    assert other["ratio"] == pytest.approx(1, abs=0.15)
    assert other["own_minus_this"] == pytest.approx(own["ratio"] - other["ratio"])
    assert other["difference_interval"][1] < 0
    assert "own_minus_this" not in own


def test_few_errors_are_admitted_by_a_wide_interval():
    pairs = made_pairs()
    rare = GenuinePairs(
        np.flatnonzero(pairs.is_missed)[3] == np.arange(600), pairs.finger, pairs.quality
    )
    wide = interval_of(measure_discard([rare], false_match=0.01).replicates["other"])
    usual = interval_of(measure_discard([pairs], false_match=0.01).replicates["other"])
    assert usual is not None
    assert wide is not None
    assert wide[1] - wide[0] >= usual[1] - usual[0] or wide[0] == wide[1]


def test_without_errors_there_is_neither_ratio_nor_interval():
    pairs = made_pairs()
    none = GenuinePairs(np.zeros(600, bool), pairs.finger, pairs.quality)
    found = measure_discard([none], false_match=0.01).describe()
    assert found["errors"] == 0
    assert found["other"] == {
        "ratio": None, "interval": None, "own_minus_this": None, "difference_interval": None,
    }  # fmt: skip


def test_the_picture_has_a_panel_for_each_rate(tmp_path):
    curves = [measure_discard([made_pairs()], false_match=rate) for rate in (0.01, 0.001)]
    sizes = []
    for count in (1, 2):
        path = tmp_path / f"{count}.png"
        plot_discard(curves[:count], title="made pairs", path=path)
        image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        assert image.std() > 5
        sizes.append(image.shape[1])
    assert sizes[1] == pytest.approx(2 * sizes[0], abs=2)


def test_a_picture_of_no_errors_can_be_drawn(tmp_path):
    pairs = made_pairs()
    none = GenuinePairs(np.zeros(600, bool), pairs.finger, pairs.quality)
    plot_discard([measure_discard([none], false_match=0.01)], title="x", path=tmp_path / "n.png")
    assert (tmp_path / "n.png").stat().st_size > 1000


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.figure", raising=False)
    with pytest.raises(ImportError, match=r"pip install .*\[report\]"):
        require_matplotlib()
