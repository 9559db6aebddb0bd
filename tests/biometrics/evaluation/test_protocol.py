"""Which comparisons the protocol makes."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.evaluation.protocol import Comparisons, compare_all, summarize
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
        scores=np.concatenate([genuine, impostor]),
        is_genuine=np.arange(1004) < 4,
        is_first=np.isin(np.arange(1004), [5, 6]),
    )
    figures = summarize(found)
    assert figures["fmr100"] == 0
    assert figures["fmr1000"] == 25
    assert figures["zero_fmr"] == 25
    assert figures["eer_fvc"] == 0
