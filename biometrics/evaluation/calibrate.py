"""Measure anew what `biometrics.parameters` holds about scores: the tables behind the numbers.

Fingers with odd numbers are measured, those with even numbers say what the result is worth.
"""

import csv
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.progress import show_progress
from biometrics.evaluation.samples import IMAGE_SUFFIXES, Sample, list_samples, read_image
from biometrics.finger.check import check
from biometrics.finger.compare import compare_described
from biometrics.finger.neighbourhood import DescribedTemplate, describe
from biometrics.parameters import FALSE_MATCH_RATES, QUALITY_CEILINGS, QUALITY_WEIGHTS

_RIDGE = 1.0  # of the least squares, in units of one image
Values = NDArray[np.float64]


def is_odd_finger(finger: str) -> bool:
    """Tell whether a finger is one of those that constants are chosen on.

    Parameters
    ----------
    finger : str
        Name whose last part, after an underscore, is a number.

    Returns
    -------
    answer : bool

    Raises
    ------
    ValueError
        If the last part is no number.
    """
    number = finger.rpartition("_")[2]
    if not number.isdecimal():
        raise ValueError(f"finger {finger!r} has no number; name images <finger>_<impression>.png")
    return int(number) % 2 == 1


def measure_false_matches(folders: Sequence[Path], resolution_ppi: float) -> dict[str, Any]:
    """Measure which score different odd fingers of the same folder reach how often.

    Parameters
    ----------
    folders : sequence of Path
        Sets of images named <finger>_<impression>.
    resolution_ppi : float

    Returns
    -------
    table : dict
        "comparisons", and "scores" for each of `FALSE_MATCH_RATES`.

    Raises
    ------
    OSError, ValueError
        If a folder cannot be read or holds no such image.
    """
    impostor = np.concatenate([_impostor_scores(folder, resolution_ppi) for folder in folders])
    descending = np.sort(impostor)[::-1]
    positions = [min(int(rate * len(impostor)), len(impostor) - 1) for rate in FALSE_MATCH_RATES]
    return {
        "comparisons": len(impostor),
        "scores": [round(float(descending[position]), 1) for position in positions],
    }


def _impostor_scores(folder: Path, resolution_ppi: float) -> Values:
    samples = [s for s in list_samples(folder, IMAGE_SUFFIXES) if is_odd_finger(s.finger)]
    described = _describe_all(samples, resolution_ppi, label=folder.name)
    return np.array(
        [
            compare_described(described[left], described[right]).similarity_score
            for left, right in combinations(range(len(samples)), 2)
            if samples[left].finger != samples[right].finger
        ]
    )


def _describe_all(
    samples: Sequence[Sample], resolution_ppi: float, *, label: str
) -> list[DescribedTemplate]:
    progress = show_progress(label)
    return [
        describe(check(read_image(sample.path), resolution_ppi).template)
        for sample in progress(samples, len(samples))
    ]


def fit_quality(folder: Path, scores_path: Path, resolution_ppi: float) -> dict[str, Any]:
    """Fit the weights of the quality score to the scores of another algorithm.

    Parameters
    ----------
    folder : Path
        Holds a folder for each set that the table names.
    scores_path : Path
        CSV with the columns set, image and nfiq2.
    resolution_ppi : float

    Returns
    -------
    fit : dict
        "offset", "weights", and the rank correlation on the even fingers, of the fit
        ("held_out_correlation") and of the scores as they are now ("current_correlation").

    Raises
    ------
    OSError, ValueError
        If a file cannot be read.
    """
    with scores_path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    values, target, current = _measure_rows(folder, rows, resolution_ppi)
    is_odd = np.array([is_odd_finger(row["image"].rpartition("_")[0]) for row in rows])
    offset, weights = fit_weights(values[is_odd], target[is_odd])
    fitted = offset + values @ weights
    return {
        "offset": offset,
        "weights": dict(zip(QUALITY_WEIGHTS, weights.tolist(), strict=True)),
        "held_out_correlation": rank_correlation(fitted[~is_odd], target[~is_odd]),
        "current_correlation": rank_correlation(current[~is_odd], target[~is_odd]),
    }


def _measure_rows(
    folder: Path, rows: Sequence[dict[str, str]], resolution_ppi: float
) -> tuple[Values, Values, Values]:
    """Return the components (rows, weights), the other algorithm's scores, and our scores."""
    components, current = [], []
    for row in _with_progress(rows):
        result = check(read_image(folder / row["set"] / f"{row['image']}.png"), resolution_ppi)
        current.append(result.quality_score)
        components.append(
            [
                min(result.components.get(name, 0.0), QUALITY_CEILINGS.get(name, np.inf))
                for name in QUALITY_WEIGHTS
            ]
        )
    target = np.array([float(row["nfiq2"]) for row in rows])
    return np.array(components), target, np.array(current, dtype=np.float64)


def _with_progress(rows: Sequence[dict[str, str]]) -> Iterable[dict[str, str]]:
    progress = show_progress("quality")
    return progress(rows, len(rows))


def fit_weights(values: Values, target: Values) -> tuple[float, Values]:
    """Fit a weighted sum by least squares with a small penalty on standardised weights.

    Parameters
    ----------
    values : (n, k) ndarray of float64
    target : (n,) ndarray of float64

    Returns
    -------
    offset : float
    weights : (k,) ndarray of float64
    """
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    standard = (values - mean) / np.where(deviation > 0, deviation, 1)
    normal = standard.T @ standard + _RIDGE * np.eye(values.shape[1])
    weights = np.linalg.solve(normal, standard.T @ (target - target.mean()))
    weights /= np.where(deviation > 0, deviation, 1)
    return float(target.mean() - mean @ weights), np.asarray(weights, dtype=np.float64)


def rank_correlation(left: Values, right: Values) -> float:
    """Compute Spearman's rank correlation.

    Parameters
    ----------
    left, right : (n,) ndarray of float64

    Returns
    -------
    correlation : float
        -1..1.
    """
    return float(np.corrcoef(_rank(left), _rank(right))[0, 1])


def _rank(values: Values) -> Values:
    """Rank values; equal ones share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum() - 1
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)
