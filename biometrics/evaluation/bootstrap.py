"""How sure a figure is: fingers drawn anew, with replacement, many times.

Whole fingers are drawn, because impressions of one finger are alike: a set of ten fingers with
eight impressions each says as much as ten fingers do, not as much as eighty.
"""

import numpy as np
from numpy.typing import NDArray

REPLICATES = 1000
SEED = 29794  # fixed, so that the same folder gives the same interval
LEVEL = 0.95  # share of the replicates that an interval holds

Counts = NDArray[np.float64]


def draw_fingers(count: int, *, stream: int = 0) -> Counts:
    """Draw as many fingers as there are, with replacement, many times.

    Parameters
    ----------
    count : int
        Fingers of a set.
    stream : int
        Number of the set, so that sets are drawn independently.

    Returns
    -------
    counts : (REPLICATES, count) ndarray of float64
        How often each finger was drawn.

    References
    ----------
    .. [1] Bolle, Ratha and Pankanti, "Error analysis of pattern recognition systems - the subsets
       bootstrap", Computer Vision and Image Understanding 93(1), 2004.
    """
    rng = np.random.default_rng([SEED, stream])
    return rng.multinomial(count, np.full(count, 1 / count), size=REPLICATES).astype(np.float64)


def interval_of(values: NDArray[np.float64]) -> list[float] | None:
    """Return the percentile interval of a figure's replicates.

    Parameters
    ----------
    values : (replicates,) ndarray of float64
        NaN where a replicate could not give the figure.

    Returns
    -------
    interval : list of two float, or None
        Low and high end; None when no replicate gave the figure.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return None
    tail = 50 * (1 - LEVEL)
    return [float(end) for end in np.percentile(known, [tail, 100 - tail])]
