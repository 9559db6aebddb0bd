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


@dataclass(frozen=True, slots=True, eq=False)
class RankedScores:
    """Scores put in order once, so that curves under many weightings cost little."""

    thresholds: Scores
    """(k,) every score that occurs, ascending, then infinity."""
    genuine_rank: NDArray[np.intp]
    """(genuine,) which threshold each score is."""
    impostor_rank: NDArray[np.intp]
    """(impostor,) the same."""

    def trace(self, genuine_weight: Scores, impostor_weight: Scores) -> ErrorCurve:
        """Compute both errors at every threshold.

        Parameters
        ----------
        genuine_weight, impostor_weight : ndarray of float64
            How often each score counts.

        Returns
        -------
        curve : ErrorCurve
        """
        steps = len(self.thresholds)
        missed = _sum_below(self.genuine_rank, genuine_weight, steps)
        rejected = _sum_below(self.impostor_rank, impostor_weight, steps)
        return ErrorCurve(self.thresholds, 1 - rejected / rejected[-1], missed / missed[-1])


def _sum_below(rank: NDArray[np.intp], weight: Scores, steps: int) -> Scores:
    """Sum the weights of the scores below each threshold."""
    at = np.bincount(rank, weight, minlength=steps)
    return np.asarray(np.concatenate([[0.0], at.cumsum()[:-1]]), dtype=np.float64)


def rank_scores(genuine: Scores, impostor: Scores) -> RankedScores:
    """Put scores in order.

    Parameters
    ----------
    genuine, impostor : ndarray of float64
        Scores of the same finger and of different fingers.

    Returns
    -------
    ranked : RankedScores

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
    scores, rank = np.unique(np.concatenate([genuine, impostor]), return_inverse=True)
    return RankedScores(np.append(scores, np.inf), rank[: len(genuine)], rank[len(genuine) :])


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
    return rank_scores(genuine, impostor).trace(np.ones(len(genuine)), np.ones(len(impostor)))


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


def area_under_curve(curve: ErrorCurve) -> float:
    """Compute the chance that a genuine score is above an impostor score.

    Parameters
    ----------
    curve : ErrorCurve

    Returns
    -------
    area : float
        0.5 for guessing, 1 for perfect; ties count one half.
    """
    return float(np.trapezoid(curve.false_non_match - 1, curve.false_match))
