"""Tell cheaply that two templates cannot be of the same finger."""

import numpy as np
from numpy.typing import NDArray

from biometrics.parameters import SCREEN_LIKENESS, SCREEN_PAIRS


def is_hopeless(likeness: NDArray[np.float32]) -> bool:
    """Tell that no motion can bring two templates together.

    Parameters
    ----------
    likeness : (n, m) ndarray of float32
        How alike the neighbourhoods of the most trusted minutiae are.

    Returns
    -------
    answer : bool
        True when the best mutual likenesses are lower than any two impressions of a finger have.
    """
    return bool(rate_screens(likeness[None])[0] < SCREEN_LIKENESS)


def rate_screens(likeness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rate how promising comparisons are, many at once.

    Parameters
    ----------
    likeness : (b, n, m) ndarray of float32
        For each comparison; 0 where a template has no minutia.

    Returns
    -------
    promise : (b,) ndarray of float32
        0..1, mean of the `SCREEN_PAIRS` best likenesses of minutiae that prefer each other. The
        same when n and m are exchanged.
    """
    is_mutual = likeness == likeness.max(axis=2, keepdims=True)
    is_mutual &= likeness == likeness.max(axis=1, keepdims=True)
    # A row's best is at most one pair, so the rows hold every pair.
    best = np.max(likeness * is_mutual, axis=2)
    best = np.pad(best, ((0, 0), (0, max(0, SCREEN_PAIRS - best.shape[1]))))
    top = np.partition(best, best.shape[1] - SCREEN_PAIRS, axis=1)[:, -SCREEN_PAIRS:]
    return np.asarray(top.mean(axis=1), dtype=np.float32)
