"""Fit the points of the quality score to another algorithm's scores and to our own comparison.

The target of the fit is another algorithm's score plus a share of the utility of the impression:
how well it matched the other impressions of its finger, relative to its set. The first makes the
scale one that others know; the second makes the score say what our comparison will miss. Fingers
with odd numbers are fitted, those with even numbers say what the result is worth.
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.calibrate import is_odd_finger
from biometrics.evaluation.progress import show_progress
from biometrics.evaluation.ranks import rank_correlation
from biometrics.evaluation.samples import read_image
from biometrics.finger.check import check
from biometrics.finger.compare import compare_described
from biometrics.finger.neighbourhood import DescribedTemplate, describe
from biometrics.finger.quality import rate_components
from biometrics.parameters import (
    QUALITY_POINTS,
    QUALITY_UTILITY_SHARE,
    SCORE_SCALE,
)

Values = NDArray[np.float64]

_RIDGE = 3.0  # of the least squares on standardised ratings, in units of one impression
_FULL_SCORE = 4 * SCORE_SCALE  # scores beyond say nothing more about an impression
_LOG_SCORE = SCORE_SCALE / 4  # where the logarithm of a score takes over from the score itself
_RANGE_PERCENT = (2, 98)


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """One impression of the table."""

    set_name: str
    finger: str
    other_score: float
    components: dict[str, float]
    quality_score: int
    described: DescribedTemplate


def fit_quality(folder: Path, scores_path: Path, resolution_ppi: float) -> dict[str, Any]:
    """Fit the points of the quality score.

    Parameters
    ----------
    folder : Path
        Holds a folder for each set that the table names.
    scores_path : Path
        CSV with the columns set, image and nfiq2; all impressions of a finger.
    resolution_ppi : float

    Returns
    -------
    fit : dict
        "offset" and "points" for `QUALITY_OFFSET` and `QUALITY_POINTS`; "ranges", what
        `QUALITY_RANGES` would be by percentiles; and Spearman's rank correlation on the even
        fingers, of the fit ("held_out_correlation") and of the scores as they are now
        ("current_correlation"). "unseen_sets_correlation" is that of fits that leave a whole set
        out, on that set: what the score is worth on a sensor that it never saw; None for one set.

    Raises
    ------
    OSError, ValueError
        If a file cannot be read.
    """
    measured = _measure_rows(folder, _read_rows(scores_path), resolution_ppi)
    is_odd = np.array([is_odd_finger(one.finger) for one in measured])
    ratings = np.array([list(_rate(one.components).values()) for one in measured])
    other = np.array([one.other_score for one in measured])
    current = np.array([float(one.quality_score) for one in measured])
    utility = _measure_utility(measured)
    offset, points = _fit_points(measured, ratings, utility, is_odd)
    return {
        "offset": offset,
        "points": dict(zip(QUALITY_POINTS, points.tolist(), strict=True)),
        "ranges": _suggest_ranges([one for one, odd in zip(measured, is_odd, strict=True) if odd]),
        "held_out_correlation": rank_correlation(
            (offset + ratings @ points)[~is_odd], other[~is_odd]
        ),
        "current_correlation": rank_correlation(current[~is_odd], other[~is_odd]),
        "unseen_sets_correlation": _judge_unseen_sets(measured, ratings, utility),
    }


def _read_rows(scores_path: Path) -> list[dict[str, str]]:
    with scores_path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not rows or not {"set", "image", "nfiq2"} <= set(rows[0]):
        raise ValueError(f"{scores_path} has no rows with the columns set, image and nfiq2")
    return rows


def _measure_rows(
    folder: Path, rows: Sequence[dict[str, str]], resolution_ppi: float
) -> list[_Measured]:
    measured = []
    for row in show_progress("quality")(rows, len(rows)):
        result = check(read_image(folder / row["set"] / f"{row['image']}.png"), resolution_ppi)
        measured.append(
            _Measured(
                set_name=row["set"],
                finger=row["image"].rpartition("_")[0],
                other_score=float(row["nfiq2"]),
                components=result.components,
                quality_score=result.quality_score,
                described=describe(result.template),
            )
        )
    return measured


def _rate(components: dict[str, float]) -> dict[str, float]:
    return rate_components(components) if components else dict.fromkeys(QUALITY_POINTS, 0.0)


def _fit_points(
    measured: Sequence[_Measured], ratings: Values, utility: Values, is_known: NDArray[np.bool_]
) -> tuple[float, Values]:
    """Return offset and points that give the known scores the other's mean and deviation."""
    sets = np.array([one.set_name for one in measured])
    other = np.array([one.other_score for one in measured])
    target = (other - other[is_known].mean()) / _spread(other[is_known])
    target += QUALITY_UTILITY_SHARE * _standardize_in_sets(utility, sets, is_known)
    importance = np.array([1 / np.sqrt((sets == name).sum()) for name in sets])
    importance /= importance.mean()
    _, weights = fit_weights(ratings[is_known], target[is_known], importance[is_known])
    fitted = ratings[is_known] @ weights
    points = weights * (other[is_known].std() / _spread(fitted))
    return float(other[is_known].mean() - (ratings[is_known] @ points).mean()), points


def _judge_unseen_sets(
    measured: Sequence[_Measured], ratings: Values, utility: Values
) -> float | None:
    sets = np.array([one.set_name for one in measured])
    names = np.unique(sets)
    if len(names) < 2:
        return None
    scores = np.zeros(len(measured))
    for name in names:
        offset, points = _fit_points(measured, ratings, utility, sets != name)
        scores[sets == name] = offset + ratings[sets == name] @ points
    return rank_correlation(scores, np.array([one.other_score for one in measured]))


def _measure_utility(measured: Sequence[_Measured]) -> Values:
    """Average how well each impression matches the others of its finger."""
    fingers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, one in enumerate(measured):
        fingers[one.set_name, one.finger].append(index)
    total, count = np.zeros(len(measured)), np.zeros(len(measured))
    for members in fingers.values():
        for left, right in combinations(members, 2):
            result = compare_described(measured[left].described, measured[right].described)
            total[[left, right]] += np.log1p(min(result.similarity_score, _FULL_SCORE) / _LOG_SCORE)
            count[[left, right]] += 1
    return total / np.maximum(count, 1)


def _standardize_in_sets(values: Values, sets: NDArray[Any], is_known: NDArray[np.bool_]) -> Values:
    """Take away what the known impressions of a set have in common, which is its sensor's."""
    standard = np.zeros_like(values)
    for name in np.unique(sets):
        own, known = sets == name, (sets == name) & is_known
        if known.any():
            standard[own] = (values[own] - values[known].mean()) / _spread(values[known])
    return standard


def _spread(values: Values) -> float:
    return float(values.std()) or 1.0


def _suggest_ranges(measured: Sequence[_Measured]) -> dict[str, list[float]]:
    printed = [one.components for one in measured if one.components]
    return {
        name: np.percentile([components[name] for components in printed], _RANGE_PERCENT).tolist()
        for name in QUALITY_POINTS
        if printed
    }


def fit_weights(values: Values, target: Values, importance: Values) -> tuple[float, Values]:
    """Fit a weighted sum by least squares with a small penalty on standardised weights.

    Parameters
    ----------
    values : (n, k) ndarray of float64
    target : (n,) ndarray of float64
    importance : (n,) ndarray of float64
        Of each row, 1 on average.

    Returns
    -------
    offset : float
    weights : (k,) ndarray of float64
        0 for a column that never varies.
    """
    deviation = values.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1)
    share = importance / importance.sum()
    mean, middle = share @ values, share @ target
    standard = (values - mean) / scale
    normal = (standard * importance[:, None]).T @ standard + _RIDGE * np.eye(values.shape[1])
    weights = np.linalg.solve(normal, (standard * importance[:, None]).T @ (target - middle))
    weights = np.where(deviation > 0, weights / scale, 0)
    return float(middle - mean @ weights), np.asarray(weights, dtype=np.float64)
