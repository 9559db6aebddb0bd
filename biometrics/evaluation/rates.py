"""Error rates of a comparison from its scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCurve:
    """Both errors at every threshold; a score matches when it reaches the threshold."""

    thresholds: Scores
    """(k,) ascending; above the last one nothing matches."""
    false_match: Scores
    """(k,) share of impostor scores at or above each threshold, 0..1."""
    false_non_match: Scores
    """(k,) share of genuine scores below each threshold, 0..1."""


def trace_errors(genuine: Scores, impostor: Scores) -> ErrorCurve:
    """Compute both errors at every score that occurs.

    Parameters
    ----------
    genuine, impostor : ndarray of float64
        Scores of the same finger and of different fingers.

    Returns
    -------
    curve : ErrorCurve

    Raises
    ------
    ValueError
        If there are no genuine or no impostor scores.
    """
    if not len(genuine) or not len(impostor):
        raise ValueError(
            "error rates need genuine and impostor scores: at least two fingers, "
            "one of them with two impressions"
        )
    scores = np.unique(np.concatenate([genuine, impostor]))
    thresholds = np.append(scores, np.inf)
    below = np.searchsorted(np.sort(impostor), thresholds, side="left")
    missed = np.searchsorted(np.sort(genuine), thresholds, side="left")
    return ErrorCurve(thresholds, 1 - below / len(impostor), missed / len(genuine))


def equal_error_rate(curve: ErrorCurve) -> float:
    """Find where both errors are equal.

    Parameters
    ----------
    curve : ErrorCurve

    Returns
    -------
    rate : float
        0..1; the mean of both errors at the better of the two thresholds around the crossing.

    References
    ----------
    .. [1] Maio et al., "FVC2000: Fingerprint Verification Competition", IEEE TPAMI 24(3), 2002.
    """
    crossing = int(np.argmax(curve.false_non_match >= curve.false_match))
    around = slice(max(crossing - 1, 0), crossing + 1)
    return float(np.min((curve.false_match[around] + curve.false_non_match[around]) / 2))


def false_non_match_at(curve: ErrorCurve, *, false_match: float) -> float:
    """Find the lowest false non-match rate at a false match rate.

    Parameters
    ----------
    curve : ErrorCurve
    false_match : float
        Largest false match rate allowed, 0..1; 0 for none at all.

    Returns
    -------
    rate : float
        0..1.
    """
    return float(curve.false_non_match[curve.false_match <= false_match].min())


def threshold_at(curve: ErrorCurve, *, false_match: float) -> float:
    """Find the lowest threshold at a false match rate.

    Parameters
    ----------
    curve : ErrorCurve
    false_match : float
        Largest false match rate allowed, 0..1.

    Returns
    -------
    threshold : float
        Infinite where only matching nothing keeps the rate.
    """
    return float(curve.thresholds[curve.false_match <= false_match].min())


def area_under_curve(genuine: Scores, impostor: Scores) -> float:
    """Compute the chance that a genuine score is above an impostor score.

    Parameters
    ----------
    genuine, impostor : ndarray of float64

    Returns
    -------
    area : float
        0.5 for guessing, 1 for perfect; ties count one half.
    """
    ordered = np.sort(impostor)
    below = np.searchsorted(ordered, genuine, side="left")
    not_above = np.searchsorted(ordered, genuine, side="right")
    return float((below + not_above).mean() / (2 * len(impostor)))
