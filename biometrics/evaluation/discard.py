"""Error versus discard: whether the samples that a quality score refuses cause the errors."""

import numpy as np
from numpy.typing import NDArray

DISCARD_SHARES = np.linspace(0.0, 0.3, 31)  # of genuine pairs, worst quality first


def measure_discard_ratio(
    genuine: NDArray[np.float64], pair_quality: NDArray[np.float64], *, threshold: float
) -> float | None:
    """Measure how far discarding the worst samples lowers the false non-match rate.

    Parameters
    ----------
    genuine : (pairs,) ndarray of float64
        Scores of pairs of the same finger.
    pair_quality : (pairs,) ndarray of float64
        Lower quality score of each pair's two samples.
    threshold : float
        Score from which a pair matches.

    Returns
    -------
    ratio : float or None
        Mean rate while 0 to 30 % of the pairs are discarded, relative to the rate of all pairs: 1
        for a score that says nothing, less for one that knows the bad samples; None when no pair
        fails.

    References
    ----------
    .. [1] Grother and Tabassi, "Performance of Biometric Quality Measures", IEEE TPAMI 29(4), 2007.
    """
    is_missed = (genuine < threshold)[np.argsort(pair_quality, kind="stable")]
    if not is_missed.any():
        return None
    first = np.rint(DISCARD_SHARES * len(genuine)).astype(int)
    kept = len(genuine) - first
    missed = is_missed[::-1].cumsum()[kept - 1]
    return float((missed / kept).mean() / is_missed.mean())
