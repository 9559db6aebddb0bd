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

from biometrics.evaluation.bootstrap import LEVEL, draw_fingers
from biometrics.evaluation.rates import (
    ErrorCurve,
    RankedScores,
    area_under_curve,
    equal_error_rate,
    false_non_match_at,
    rank_scores,
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
Values = NDArray[np.float64]

FIGURES = ("eer_all", "eer_fvc", "fmr100", "fmr1000", "zero_fmr", "auc")
_TIMED_COMPARISONS = 201


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Scores of all pairs of samples."""

    pairs: NDArray[np.intp]
    """(pairs, 2) which samples."""
    fingers: NDArray[np.intp]
    """(pairs, 2) which fingers, numbered from 0."""
    scores: Values
    """(pairs,)"""
    is_first: NDArray[np.bool_]
    """(pairs,) True for two first impressions."""

    @property
    def is_genuine(self) -> NDArray[np.bool_]:
        """(pairs,) True for two impressions of one finger."""
        return np.asarray(self.fingers[:, 0] == self.fingers[:, 1])

    @property
    def finger_count(self) -> int:
        """How many fingers were compared."""
        return int(self.fingers.max(initial=-1)) + 1

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
    names = {finger: n for n, finger in enumerate(dict.fromkeys(s.finger for s in samples))}
    finger = np.array([names[sample.finger] for sample in samples], dtype=np.intp)
    first = _first_impressions(samples)
    index = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return Comparisons(
        pairs=index,
        fingers=finger[index],
        scores=np.array(scores, dtype=np.float64),
        is_first=np.array([left in first and right in first for left, right in pairs], dtype=bool),
    )


def _first_impressions(samples: Sequence[Sample]) -> set[int]:
    first: dict[str, int] = {}
    for index, sample in enumerate(samples):
        best = first.setdefault(sample.finger, index)
        if sample.impression < samples[best].impression:
            first[sample.finger] = index
    return set(first.values())


class Summary:
    """The figures of the protocol, for the fingers as they are or as they are drawn anew."""

    def __init__(self, comparisons: Comparisons) -> None:
        """Put the scores in order; raises ValueError without genuine or impostor comparisons."""
        genuine = comparisons.is_genuine
        self._finger_count = comparisons.finger_count
        self._genuine_finger = comparisons.fingers[genuine, 0]
        self._impostor_fingers = comparisons.fingers[~genuine]
        self._is_first = comparisons.is_first[~genuine]
        scores, impostor = comparisons.scores[genuine], comparisons.scores[~genuine]
        self._all: RankedScores = rank_scores(scores, impostor)
        self._fvc: RankedScores = rank_scores(scores, impostor[self._is_first])

    def figures(self, counts: Values) -> dict[str, float]:
        """Compute the figures.

        Parameters
        ----------
        counts : (fingers,) ndarray of float64
            How often each finger counts. Pairs of a finger with itself never become impostors.

        Returns
        -------
        figures : dict of str to float
            eer_all, eer_fvc, fmr100, fmr1000, zero_fmr in percent; auc in 0..1. All but eer_fvc
            count all impostors; fmr100 is the false non-match rate at a false match rate of 1 in
            100. NaN where no genuine or no impostor comparison is left.
        """
        genuine = counts[self._genuine_finger]
        impostor = counts[self._impostor_fingers].prod(axis=1)
        first = impostor[self._is_first]
        if not (genuine.any() and first.any()):
            return dict.fromkeys(FIGURES, float("nan"))
        curve = self._all.trace(genuine, impostor)
        return {
            "eer_all": 100 * equal_error_rate(curve),
            "eer_fvc": 100 * equal_error_rate(self._fvc.trace(genuine, first)),
            "fmr100": 100 * false_non_match_at(curve, false_match=0.01),
            "fmr1000": 100 * false_non_match_at(curve, false_match=0.001),
            "zero_fmr": 100 * false_non_match_at(curve, false_match=0.0),
            "auc": area_under_curve(curve),
        }

    def band(self, false_match: Values) -> tuple[Values, Values]:
        """Compute the interval of the false non-match rate at some false match rates.

        Parameters
        ----------
        false_match : (k,) ndarray of float64
            0..1.

        Returns
        -------
        low, high : (k,) ndarray of float64
            Ends of the interval over fingers drawn anew, 0..1.
        """
        rates = []
        for counts in draw_fingers(self._finger_count):
            genuine = counts[self._genuine_finger]
            impostor = counts[self._impostor_fingers].prod(axis=1)
            if genuine.any() and impostor.any():
                curve = self._all.trace(genuine, impostor)
                # From strict to lenient: the last step that keeps the rate is the lowest.
                step = np.searchsorted(curve.false_match[::-1], false_match, side="right") - 1
                rates.append(curve.false_non_match[::-1][step])
        tail = 50 * (1 - LEVEL)
        low, high = np.percentile(rates, [tail, 100 - tail], axis=0)
        return low, high


def summarize(comparisons: Comparisons) -> dict[str, float]:
    """Compute the figures of the protocol.

    Parameters
    ----------
    comparisons : Comparisons

    Returns
    -------
    figures : dict of str to float
        As `Summary.figures`.

    Raises
    ------
    ValueError
        If there are no genuine or no impostor comparisons.
    """
    return Summary(comparisons).figures(np.ones(comparisons.finger_count))


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
