"""Uniqueness of fingers: within one slap, and over a whole recording."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from biometrics.finger.compare import compare_described
from biometrics.finger.neighbourhood import DescribedTemplate, describe
from biometrics.finger.position import FingerPosition
from biometrics.finger.similarity import false_match_rate
from biometrics.finger.template import FingerTemplate

# A recording of ten fingers makes 45 comparisons; at most one recording in 500 shall get a false
# warning, so at most 4.4e-5 of the comparisons. Rates are measured on real fingers down to 2e-5,
# which simulated fingers exceed: 8 of 78,000 pairs of them reach that score (28.7), 1 reaches 31.
SAME_FINGER_SCORE = 31.0
SAME_FINGER_RATE = 2e-5  # of real fingers, at that score at most
# One hand laid down twice shows in several pairs at once. Two of its four pairs, each as rare as
# this, happen together by chance once in 170,000 slaps (six ways to choose two, 1e-6 each).
SAME_HAND_RATE = 1e-3
SAME_HAND_PAIRS = 2
# Fewer minutiae fall together by chance. Real prints have 11 and more; bozorth3 asks for 10 too.
MIN_COMPARABLE_MINUTIAE = 10

Templates = Mapping[FingerPosition, FingerTemplate]


@dataclass(frozen=True, slots=True)
class SameFinger:
    """Two prints, said to be of different fingers, that come from one."""

    first: FingerPosition
    second: FingerPosition
    similarity_score: float
    false_match_rate: float
    """How often two different fingers are as alike."""


def find_same_fingers(new: Templates, accepted: Templates) -> tuple[SameFinger, ...]:
    """Compare new fingers with each other and with all fingers accepted before.

    A finger is not compared with the accepted one of its own position: it replaces that one. Two
    pairs that show one hand given for the other count together, also where neither is clear alone.

    Parameters
    ----------
    new : mapping of FingerPosition to FingerTemplate
        The fingers of one capture.
    accepted : mapping of FingerPosition to FingerTemplate
        Every finger accepted so far in this recording.

    Returns
    -------
    tuple of SameFinger
        The most alike first; `first` is a new finger. Empty where all fingers differ.

    References
    ----------
    .. [1] BSI TR-03121-3 Volume 4: uniqueness of fingers over all captures of a person.
    """
    fresh, known = _describe_comparable(new), _describe_comparable(accepted)
    pairs = [*combinations(fresh, 2)]
    pairs += [(one, other) for one, other in product(fresh, known) if one[0] != other[0]]
    found = [_compare(*one, *other) for one, other in pairs]
    return choose_same(found)


def choose_same(compared: Sequence[SameFinger]) -> tuple[SameFinger, ...]:
    """Choose the pairs that come from one finger, from how alike all pairs are.

    Parameters
    ----------
    compared : sequence of SameFinger
        Every pair of fingers that was compared.

    Returns
    -------
    tuple of SameFinger
        The most alike first.
    """
    same = [pair for pair in compared if pair.similarity_score >= SAME_FINGER_SCORE]
    hand = [pair for pair in compared if _is_hand_twice(pair)]
    if len(hand) >= SAME_HAND_PAIRS:
        same += [pair for pair in hand if pair not in same]
    return tuple(sorted(same, key=lambda pair: -pair.similarity_score))


def _is_hand_twice(pair: SameFinger) -> bool:
    """Tell whether two prints lie where one finger lies when its hand is taken for the other one.

    The fingers of a slap are named from left to right, so that a left little finger becomes a
    right index finger.
    """
    is_other_hand = (pair.first <= FingerPosition.RIGHT_LITTLE) != (
        pair.second <= FingerPosition.RIGHT_LITTLE
    )
    digits = (pair.first - 1) % 5, (pair.second - 1) % 5
    is_mirrored = sum(digits) == 5 and 0 not in digits
    return is_other_hand and is_mirrored and pair.false_match_rate <= SAME_HAND_RATE


def _describe_comparable(
    templates: Templates,
) -> list[tuple[FingerPosition, DescribedTemplate]]:
    return [
        (position, describe(template))
        for position, template in templates.items()
        if len(template) >= MIN_COMPARABLE_MINUTIAE
    ]


def _compare(
    first: FingerPosition,
    first_template: DescribedTemplate,
    second: FingerPosition,
    second_template: DescribedTemplate,
) -> SameFinger:
    score = compare_described(first_template, second_template).similarity_score
    return SameFinger(first, second, score, false_match_rate(score))
