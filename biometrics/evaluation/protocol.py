"""The FVC protocol: which comparisons are made, and what their scores say.

Genuine are all pairs of impressions of one finger. Impostors are counted twice: pairs of first
impressions of different fingers, as in the competitions, and all pairs of different fingers, which
are many more and say more.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from statistics import median

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.rates import (
    ErrorCurve,
    area_under_curve,
    equal_error_rate,
    false_non_match_at,
    trace_errors,
)
from biometrics.evaluation.samples import Sample
from biometrics.evaluation.timing import pinned, time_call_ms
from biometrics.finger.compare import compare, compare_described
from biometrics.finger.neighbourhood import describe
from biometrics.finger.template import FingerTemplate

Pair = tuple[int, int]
Progress = Callable[[Iterable[Pair], int], Iterable[Pair]]
"""Wraps an iteration of known length to show how far it is."""

_TIMED_COMPARISONS = 201


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Scores of all pairs of samples."""

    pairs: NDArray[np.intp]
    """(pairs, 2) which samples."""
    scores: NDArray[np.float64]
    """(pairs,)"""
    is_genuine: NDArray[np.bool_]
    """(pairs,) True for two impressions of one finger."""
    is_first: NDArray[np.bool_]
    """(pairs,) True for two first impressions."""

    def curve(self) -> ErrorCurve:
        """Trace the errors over all impostors.

        Returns
        -------
        curve : ErrorCurve
        """
        return trace_errors(self.scores[self.is_genuine], self.scores[~self.is_genuine])


def compare_all(
    samples: Sequence[Sample], templates: Sequence[FingerTemplate], *, progress: Progress
) -> Comparisons:
    """Compare every sample with every other.

    Parameters
    ----------
    samples : sequence of Sample
    templates : sequence of FingerTemplate
        One for each sample, in the same order.
    progress : callable
        Wraps the iteration.

    Returns
    -------
    comparisons : Comparisons
    """
    described = [describe(template) for template in templates]
    pairs = list(combinations(range(len(samples)), 2))
    scores = [
        compare_described(described[left], described[right]).similarity_score
        for left, right in progress(pairs, len(pairs))
    ]
    first = _first_impressions(samples)
    genuine = [samples[left].finger == samples[right].finger for left, right in pairs]
    return Comparisons(
        pairs=np.array(pairs, dtype=np.intp).reshape(-1, 2),
        scores=np.array(scores),
        is_genuine=np.array(genuine, dtype=bool),
        is_first=np.array([left in first and right in first for left, right in pairs], dtype=bool),
    )


def _first_impressions(samples: Sequence[Sample]) -> set[int]:
    first: dict[str, int] = {}
    for index, sample in enumerate(samples):
        best = first.setdefault(sample.finger, index)
        if sample.impression < samples[best].impression:
            first[sample.finger] = index
    return set(first.values())


def summarize(comparisons: Comparisons) -> dict[str, float]:
    """Compute the figures of the protocol.

    Parameters
    ----------
    comparisons : Comparisons

    Returns
    -------
    figures : dict of str to float
        eer_all, eer_fvc, fmr100, fmr1000, zero_fmr in percent; auc in 0..1. All but eer_fvc count
        all impostors; fmr100 is the false non-match rate at a false match rate of 1 in 100.

    Raises
    ------
    ValueError
        If there are no genuine or no impostor comparisons.
    """
    genuine = comparisons.scores[comparisons.is_genuine]
    impostor = comparisons.scores[~comparisons.is_genuine]
    curve = comparisons.curve()
    fvc = trace_errors(genuine, comparisons.scores[comparisons.is_first & ~comparisons.is_genuine])
    percent = {
        "eer_all": equal_error_rate(curve),
        "eer_fvc": equal_error_rate(fvc),
        "fmr100": false_non_match_at(curve, false_match=0.01),
        "fmr1000": false_non_match_at(curve, false_match=0.001),
        "zero_fmr": false_non_match_at(curve, false_match=0.0),
    }
    figures = {name: 100 * rate for name, rate in percent.items()}
    return {**figures, "auc": area_under_curve(genuine, impostor)}


def median_compare_ms(templates: Sequence[FingerTemplate]) -> float:
    """Time comparisons from template to score, without anything prepared.

    Parameters
    ----------
    templates : sequence of FingerTemplate
        At least two.

    Returns
    -------
    median_ms : float
    """
    pairs = list(combinations(range(len(templates)), 2))
    step = max(1, len(pairs) // _TIMED_COMPARISONS)
    with pinned():
        return median(
            time_call_ms(partial(compare, templates[left], templates[right]))
            for left, right in pairs[::step]
        )
