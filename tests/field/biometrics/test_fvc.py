"""Accuracy and quality on public sets of prints (FVC set B, a U.are.U scanner)."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from biometrics.evaluation.protocol import compare_all, summarize
from biometrics.evaluation.samples import IMAGE_SUFFIXES, list_samples, read_image
from biometrics.finger import check

PRINTS = Path(__file__).parents[4] / "shared" / "data" / "fingerprints"
DAMAGED_SHARE = 0.02  # of the prints may find less than five minutiae

pytestmark = pytest.mark.skipif(
    not PRINTS.is_dir(), reason="public print sets not present beside the repository"
)


def is_even(finger):
    """Constants were chosen on odd fingers: the even ones say what they are worth."""
    return int(finger.rpartition("_")[2]) % 2 == 0


def rank(values):
    _, inverse = np.unique(values, return_inverse=True)
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return (np.bincount(inverse, order) / np.bincount(inverse))[inverse]


def evaluate(name, chosen=lambda finger: True):
    samples = [s for s in list_samples(PRINTS / name, IMAGE_SUFFIXES) if chosen(s.finger)]
    templates = [check(read_image(sample.path), 500).template for sample in samples]
    assert np.mean([len(template) < 5 for template in templates]) <= DAMAGED_SHARE
    return summarize(compare_all(samples, templates, progress=lambda pairs, _: pairs))


def test_fvc2002_db1():
    figures = evaluate("fvc2002_db1b")
    assert figures["eer_all"] <= 2.0
    assert figures["fmr1000"] <= 3.0
    assert figures["auc"] > 0.99


@pytest.mark.parametrize(
    ("name", "limit"), [("fvc2002_db3b", 4.0), ("fvc2004_db1b", 7.0), ("fvc2004_db3b", 4.0)]
)
def test_harder_sets(name, limit):
    assert evaluate(name)["eer_all"] <= limit


def test_a_desktop_scanner_on_fingers_that_no_constant_saw():
    fingers = sorted({s.finger for s in list_samples(PRINTS / "neurotech_uareu", IMAGE_SUFFIXES)})
    chosen = set([finger for finger in fingers if is_even(finger)][:10])
    assert evaluate("neurotech_uareu", chosen.__contains__)["eer_all"] <= 3.0


def test_the_quality_score_ranks_like_nfiq_2_on_fingers_that_no_weight_saw():
    ours, theirs = defaultdict(list), defaultdict(list)
    with (PRINTS / "nfiq2_scores.csv").open(encoding="ascii") as lines:
        rows = [row for row in csv.DictReader(lines) if is_even(row["image"].rpartition("_")[0])]
    for row in rows[::2]:
        pixels = read_image(PRINTS / row["set"] / f"{row['image']}.png")
        ours[row["set"]].append(check(pixels, 500).quality_score)
        theirs[row["set"]].append(float(row["nfiq2"]))
    pooled = [
        np.concatenate([rank(np.concatenate(list(side.values())))]) for side in (ours, theirs)
    ]
    assert np.corrcoef(*pooled)[0, 1] >= 0.8
