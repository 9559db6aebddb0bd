"""Error versus discard: whether the samples that a quality score refuses cause the errors.

Where several pairs share one quality score, any of them may be discarded first; the rates here are
the mean over all those orders, so that a coarse score gains and loses nothing by luck.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

DISCARD_SHARES = np.linspace(0.0, 0.3, 31)  # of genuine pairs, worst quality first


@dataclass(frozen=True, slots=True, eq=False)
class GenuinePairs:
    """Genuine comparisons at one threshold, with what quality scores say of them."""

    is_missed: NDArray[np.bool_]
    """(pairs,) True where the comparison fell below the threshold."""
    finger: NDArray[np.intp]
    """(pairs,) which finger."""
    quality: dict[str, Values]
    """(pairs,) for each quality algorithm: the lower score of the two samples."""


def pool_pairs(sets: Sequence[GenuinePairs]) -> GenuinePairs:
    """Put the pairs of several sets together; fingers of different sets stay different.

    Parameters
    ----------
    sets : sequence of GenuinePairs
        With the same quality algorithms.

    Returns
    -------
    pairs : GenuinePairs
    """
    starts = np.cumsum([0, *(int(one.finger.max(initial=-1)) + 1 for one in sets[:-1])])
    return GenuinePairs(
        is_missed=np.concatenate([one.is_missed for one in sets]),
        finger=np.concatenate(
            [one.finger + start for one, start in zip(sets, starts, strict=True)]
        ),
        quality={
            name: np.concatenate([one.quality[name] for one in sets]) for name in sets[0].quality
        },
    )


@dataclass(frozen=True, slots=True, eq=False)
class DiscardOrder:
    """The pairs from worst to best by one quality score."""

    group: NDArray[np.intp]
    """(pairs,) number of the pair's score among the scores that occur, ascending."""
    groups: int

    def rates(self, is_missed: NDArray[np.bool_], weight: Values) -> Values:
        """Compute the false non-match rate while the worst pairs are discarded.

        Parameters
        ----------
        is_missed : (pairs,) ndarray of bool
        weight : (pairs,) ndarray of float64
            How often each pair counts.

        Returns
        -------
        rates : (len(DISCARD_SHARES),) ndarray of float64
            0..1, of the pairs that remain.
        """
        pairs = _sum_up(np.bincount(self.group, weight, minlength=self.groups))
        missed = _sum_up(np.bincount(self.group, weight * is_missed, minlength=self.groups))
        discarded = DISCARD_SHARES * pairs[-1]
        left = missed[-1] - np.interp(discarded, pairs, missed)
        return np.asarray(left / (pairs[-1] - discarded), dtype=np.float64)


def _sum_up(values: NDArray[Any]) -> Values:
    return np.asarray(np.concatenate([[0.0], values.cumsum()]), dtype=np.float64)


def order_pairs(pair_quality: Values) -> DiscardOrder:
    """Order pairs by their quality.

    Parameters
    ----------
    pair_quality : (pairs,) ndarray of float64
        Lower quality score of each pair's two samples.

    Returns
    -------
    order : DiscardOrder
    """
    scores, group = np.unique(pair_quality, return_inverse=True)
    return DiscardOrder(group, len(scores))


def ratio_of(rates: Values) -> float:
    """Measure how far discarding the worst samples lowers the false non-match rate.

    Parameters
    ----------
    rates : (len(DISCARD_SHARES),) ndarray of float64
        From `DiscardOrder.rates`.

    Returns
    -------
    ratio : float
        Mean rate while 0 to 30 % of the pairs are discarded, relative to the rate of all pairs: 1
        for a score that says nothing, less for one that knows the bad samples; NaN when no pair
        fails.

    References
    ----------
    .. [1] Grother and Tabassi, "Performance of Biometric Quality Measures", IEEE TPAMI 29(4), 2007.
    """
    return float(rates.mean() / rates[0]) if rates[0] > 0 else float("nan")
