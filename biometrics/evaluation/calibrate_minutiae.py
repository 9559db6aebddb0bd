"""Fit anew how likely a minutia is found again in other impressions of its finger.

Minutiae of fingers with odd numbers are fitted, those of even numbers say what the fit is worth.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.calibrate import is_odd_finger
from biometrics.evaluation.progress import show_progress
from biometrics.evaluation.samples import IMAGE_SUFFIXES, Sample, list_samples, read_image
from biometrics.finger.compare import compare_described
from biometrics.finger.extract import take_apart
from biometrics.finger.minutia_quality import MinutiaEvidence
from biometrics.finger.neighbourhood import DescribedTemplate, describe
from biometrics.finger.results import ComparisonResult
from biometrics.parameters import MINUTIA_WEIGHTS

CERTAIN_SCORE = 25.0  # from here on two impressions surely lie right over each other
_RIDGE = 1.0  # of the regression, in standard deviations
_ROUNDS = 25  # of Newton's method; 8 are enough
_TINY = 1e-9

Values = NDArray[np.float64]
Places = NDArray[np.complexfloating[Any, Any]]


def calibrate_minutiae(folders: Sequence[Path], resolution_ppi: float) -> dict[str, Any]:
    """Fit `MINUTIA_WEIGHTS` to what is found again in other impressions.

    Parameters
    ----------
    folders : sequence of Path
        Sets of images named <finger>_<impression>.
    resolution_ppi : float

    Returns
    -------
    fit : dict
        "minutiae": how many could have been found again; "offset", "weights"; "auc_odd" and
        "auc_even": how often a minutia that was found again is rated above one that was not. Only
        "minutiae", 0, where no finger has two impressions that match.

    Raises
    ------
    OSError, ValueError
        If a folder cannot be read or holds no such image.
    """
    odd: list[Values] = []
    even: list[Values] = []
    for folder in folders:
        samples = list_samples(folder, IMAGE_SUFFIXES)
        fingers = [list(group) for _, group in groupby(samples, key=lambda sample: sample.finger)]
        for finger in show_progress(folder.name)(fingers, len(fingers)):
            rows = odd if is_odd_finger(finger[0].finger) else even
            rows.extend(_judge_finger(finger, resolution_ppi))
    if not odd or not even:
        return {"minutiae": 0}
    found, judged = np.array(odd), np.array(even)
    weights = _fit_logistic(found[:, :-1], found[:, -1])
    return {
        "minutiae": len(found) + len(judged),
        "offset": round(float(weights[-1]), 3),
        "weights": dict(zip(MINUTIA_WEIGHTS, weights[:-1].round(3).tolist(), strict=True)),
        "auc_odd": round(_area(found, weights), 4),
        "auc_even": round(_area(judged, weights), 4),
    }


def _judge_finger(samples: Sequence[Sample], resolution_ppi: float) -> Iterator[Values]:
    """Give for every minutia its evidence and the share of impressions that show it again."""
    prints = [take_apart(read_image(sample.path), resolution_ppi) for sample in samples]
    found = [taken for taken in prints if taken is not None]
    described = [describe(taken.template) for taken in found]
    votes = [np.zeros((len(template), 2)) for template in described]
    for left, right in combinations(range(len(found)), 2):
        result = compare_described(described[left], described[right])
        if result.similarity_score >= CERTAIN_SCORE:
            _vote(votes, described, (left, right), result)
    for taken, vote in zip(found, votes, strict=True):
        seen = vote[:, 1] > 0
        table = _as_table(taken.evidence)[seen]
        yield from np.column_stack([table, vote[seen, 0] / vote[seen, 1]])


def _as_table(evidence: MinutiaEvidence) -> Values:
    return np.column_stack([getattr(evidence, name) for name in MINUTIA_WEIGHTS])


def _vote(
    votes: Sequence[Values],
    described: Sequence[DescribedTemplate],
    pair: tuple[int, int],
    result: ComparisonResult,
) -> None:
    """Count for both templates which minutiae could have been found in the other, and were."""
    turn = np.exp(1j * result.rotation_rad)
    shift = complex(result.shift_px[1], -result.shift_px[0])
    motions = ((turn, shift), (turn.conjugate(), -shift * turn.conjugate()))
    for side, (rotation, offset) in enumerate(motions):
        own, other = described[pair[side]], described[pair[1 - side]]
        inside = _is_inside(own.places * rotation + offset, other.places)
        paired = np.zeros(len(own), bool)
        paired[result.pairs[:, side]] = True
        votes[pair[side]][inside, 1] += 1
        votes[pair[side]][inside & paired, 0] += 1


def _is_inside(places: Places, others: Places) -> NDArray[np.bool_]:
    """Tell which places lie inside the hull of others."""
    hull = cv2.convexHull(np.column_stack([others.real, others.imag]).astype(np.float32))
    points = np.column_stack([places.real, places.imag])
    return np.array([cv2.pointPolygonTest(hull, tuple(point), False) >= 0 for point in points])


def _fit_logistic(evidence: Values, share: Values) -> Values:
    """Fit by Newton's method; every minutia weighs the same, however often it was looked for."""
    mean, deviation = evidence.mean(axis=0), evidence.std(axis=0) + _TINY
    table = np.column_stack([(evidence - mean) / deviation, np.ones(len(evidence))])
    penalty = np.append(np.full(evidence.shape[1], _RIDGE), 0)
    weights = np.zeros(table.shape[1])
    for _ in range(_ROUNDS):
        belief = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (share - belief) - penalty * weights
        curvature = (table.T * (belief * (1 - belief))) @ table + np.diag(penalty)
        weights += np.linalg.solve(curvature, slope)
    plain = weights[:-1] / deviation
    return np.append(plain, weights[-1] - plain @ mean)


def _area(table: Values, weights: Values) -> float:
    """Measure how often what was found again is rated above what was not."""
    rating = table[:, :-1] @ weights[:-1]
    share = table[np.argsort(rating, kind="stable"), -1]
    missed = 1 - share
    below = np.cumsum(missed) - missed / 2
    return float((share * below).sum() / (share.sum() * missed.sum()))
