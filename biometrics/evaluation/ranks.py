"""Correlation of ranks."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def rank_correlation(left: Values, right: Values) -> float:
    """Compute Spearman's rank correlation.

    Parameters
    ----------
    left, right : (n,) ndarray of float64

    Returns
    -------
    correlation : float
        -1..1; 0 where either side never varies.
    """
    ranks = _rank(left), _rank(right)
    if not all(rank.std() for rank in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def _rank(values: Values) -> Values:
    """Rank values; equal ones share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum() - 1
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)
