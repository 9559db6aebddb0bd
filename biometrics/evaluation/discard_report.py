"""Error versus discard of one or several sets, at three false match rates, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.bootstrap import draw_fingers, interval_of
from biometrics.evaluation.discard import GenuinePairs, order_pairs, pool_pairs, ratio_of
from biometrics.evaluation.protocol import Comparisons
from biometrics.evaluation.rates import threshold_at

Values = NDArray[np.float64]

# The first is that of published curves; at the stricter ones a good comparison still makes errors.
FALSE_MATCH_RATES = (0.01, 0.001, 0.0001)
OWN_SCORE = "station"


@dataclass(frozen=True, slots=True, eq=False)
class DiscardCurve:
    """How the false non-match rate falls while poor samples are discarded."""

    false_match: float
    errors: int
    pairs: int
    rates: dict[str, Values]
    """(len(DISCARD_SHARES),) for each quality algorithm, 0..1."""
    ratios: dict[str, float]
    replicates: dict[str, Values]
    """(replicates,) ratios of fingers drawn anew."""

    def describe(self) -> dict[str, Any]:
        """Turn the curve into plain values.

        Returns
        -------
        described : dict
            Ready for JSON; ratios and intervals are None where no pair failed.
        """
        own = self.replicates[OWN_SCORE]
        described: dict[str, Any] = {
            "false_match_rate": self.false_match,
            "errors": self.errors,
            "pairs": self.pairs,
        }
        for name, ratio in self.ratios.items():
            described[name] = {
                "ratio": _or_none(ratio),
                "interval": interval_of(self.replicates[name]),
            }
            if name != OWN_SCORE:
                described[name]["own_minus_this"] = _or_none(self.ratios[OWN_SCORE] - ratio)
                described[name]["difference_interval"] = interval_of(own - self.replicates[name])
        return described


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def pairs_at(
    comparisons: Comparisons, qualities: dict[str, Values], *, false_match: float
) -> GenuinePairs:
    """Pick the genuine comparisons of a set and judge them at its own threshold.

    Parameters
    ----------
    comparisons : Comparisons
    qualities : dict of str to (samples,) ndarray of float64
        Scores of each algorithm.
    false_match : float
        Rate that the threshold keeps, over all impostors of the set.

    Returns
    -------
    pairs : GenuinePairs
    """
    genuine = comparisons.is_genuine
    threshold = threshold_at(comparisons.curve(), false_match=false_match)
    samples = comparisons.pairs[genuine]
    return GenuinePairs(
        is_missed=comparisons.scores[genuine] < threshold,
        finger=comparisons.fingers[genuine, 0],
        quality={name: scores[samples].min(axis=1) for name, scores in qualities.items()},
    )


def measure_discard(sets: Sequence[GenuinePairs], *, false_match: float) -> DiscardCurve:
    """Measure error versus discard over the pairs of all sets together.

    Fingers are drawn anew for the intervals; thresholds stay as they are.

    Parameters
    ----------
    sets : sequence of GenuinePairs
        Judged at each set's own threshold.
    false_match : float
        Rate that the thresholds keep.

    Returns
    -------
    curve : DiscardCurve
    """
    pairs = pool_pairs(sets)
    counts = np.hstack(
        [
            draw_fingers(int(one.finger.max(initial=-1)) + 1, stream=stream)
            for stream, one in enumerate(sets)
        ]
    )
    once = np.ones(len(pairs.is_missed))
    rates, replicates = {}, {}
    for name, quality in pairs.quality.items():
        order = order_pairs(quality)
        rates[name] = order.rates(pairs.is_missed, once)
        replicates[name] = np.array(
            [ratio_of(order.rates(pairs.is_missed, row[pairs.finger])) for row in counts]
        )
    return DiscardCurve(
        false_match=false_match,
        errors=int(pairs.is_missed.sum()),
        pairs=len(pairs.is_missed),
        rates=rates,
        ratios={name: ratio_of(found) for name, found in rates.items()},
        replicates=replicates,
    )
