"""Which comparisons the protocol makes."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.evaluation.bootstrap import draw_fingers
from biometrics.evaluation.protocol import FIGURES, Comparisons, Summary, compare_all, summarize
from biometrics.evaluation.samples import Sample, list_samples
from biometrics.finger import extract
from tests.biometrics.finger.ridge_drawing import DrawnFinger


def without_progress(pairs, _length):
    return pairs


def touch(folder, *names):
    for name in names:
        (folder / name).write_bytes(b"")


def test_samples_are_files_named_finger_and_impression(tmp_path):
    touch(
        tmp_path,
        "102_1.png",
        "101_10.png",
        "101_2.PNG",
        "a_b_3.png",
        "notes.txt",
        "101.png",
        "_1.png",
    )
    found = list_samples(tmp_path, (".png",))
    assert [(sample.finger, sample.impression) for sample in found] == [
        ("101", 2), ("101", 10), ("102", 1), ("a_b", 3),
    ]  # fmt: skip


def test_a_folder_without_samples_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no file named <finger>_<impression>"):
        list_samples(tmp_path, (".png",))


def test_every_pair_is_compared_once_and_named_rightly():
    samples = [Sample(str(n), i, Path("x")) for n in range(3) for i in (2, 1, 3)]
    templates = [
        extract(DrawnFinger(30 + n, minutiae=16).draw(rotation_rad=0.1 * i, seed=i), 500)
        for n in range(3)
        for i in (2, 1, 3)
    ]
    found = compare_all(samples, templates, progress=without_progress)
    assert len(found.scores) == 36
    assert len({tuple(sorted(pair)) for pair in found.pairs.tolist()}) == 36
    assert found.is_genuine.sum() == 9
    assert found.is_first.sum() == 3
    assert not (found.is_first & found.is_genuine).any()
    figures = summarize(found)
    assert figures["eer_all"] == figures["eer_fvc"] == figures["zero_fmr"] == 0
    assert figures["auc"] == 1


def test_figures_are_in_percent():
    impostor = np.arange(1000.0)
    genuine = np.array([995.5, 2000.0, 2001.0, 2002.0])
    found = Comparisons(
        pairs=np.zeros((1004, 2), int),
        fingers=np.array([[0, 0]] * 4 + [[0, 1]] * 1000),
        scores=np.concatenate([genuine, impostor]),
        is_first=np.isin(np.arange(1004), [5, 6]),
    )
    figures = summarize(found)
    assert figures["fmr100"] == 0
    assert figures["fmr1000"] == 25
    assert figures["zero_fmr"] == 25
    assert figures["eer_fvc"] == 0


def made_comparisons(fingers=6, impressions=4, seed=0):
    """Scores of normal distributions; finger 0 is hard to recognise."""
    rng = np.random.default_rng(seed)
    index = [(f, i) for f in range(fingers) for i in range(impressions)]
    pairs = [(a, b) for a in range(len(index)) for b in range(a + 1, len(index))]
    finger = np.array([[index[a][0], index[b][0]] for a, b in pairs])
    genuine = finger[:, 0] == finger[:, 1]
    mean = np.where(genuine, np.where(finger[:, 0] == 0, 3.0, 9.0), 2.0)
    return Comparisons(
        pairs=np.array(pairs),
        fingers=finger,
        scores=rng.normal(mean, 1),
        is_first=np.array([index[a][1] == index[b][1] == 0 for a, b in pairs]),
    )


def test_counting_every_finger_once_is_the_plain_figure():
    found = made_comparisons()
    summary = Summary(found)
    once, thrice = (summary.figures(np.full(6, times)) for times in (1.0, 3.0))
    assert once == summarize(found)
    assert once == pytest.approx(thrice)
    assert tuple(once) == FIGURES


def test_a_finger_that_is_not_drawn_counts_for_nothing():
    found = made_comparisons()
    without_hard = Summary(found).figures(np.array([0.0, 1, 1, 1, 1, 1]))
    assert summarize(found)["eer_all"] > 5
    assert without_hard["eer_all"] == 0
    keep = (found.fingers != 0).all(axis=1)
    alone = Comparisons(
        found.pairs[keep], found.fingers[keep] - 1, found.scores[keep], found.is_first[keep]
    )
    assert without_hard == pytest.approx(summarize(alone))


def test_one_finger_drawn_alone_has_no_figures():
    figures = Summary(made_comparisons()).figures(np.array([6.0, 0, 0, 0, 0, 0]))
    assert all(np.isnan(value) for value in figures.values())


def test_the_band_holds_the_curve():
    found = made_comparisons(fingers=12)
    rates = np.array([0.01, 0.1, 0.5, 1.0])
    low, high = Summary(found).band(rates)
    curve = found.curve()
    plain = [curve.false_non_match[curve.false_match <= rate].min() for rate in rates]
    assert (low <= plain).all()
    assert (plain <= high).all()
    assert low[-1] == high[-1] == 0
    assert (low[:2] < high[:2]).all()


def test_fingers_are_drawn_the_same_each_time_and_apart_for_each_set():
    first = draw_fingers(10)
    assert (first.sum(axis=1) == 10).all()
    assert np.array_equal(first, draw_fingers(10))
    assert not np.array_equal(first, draw_fingers(10, stream=1))
