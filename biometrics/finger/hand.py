"""Which hand lies on the platen, and which finger is which, from where the fingertips lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.position import LEFT_SLAP, RIGHT_SLAP, FingerPosition

Points = NDArray[np.float64]

# Fingertips of a right hand, palm down, pointing up, as (mm below the longest fingertip, mm to the
# right of the hand's middle). Round numbers; they agree within 5 mm with the public ink slap of
# NIST libbiomeval (test_data/type4-slaps.an2k) after turning it upright.
_RIGHT_TIPS_MM: dict[FingerPosition, tuple[float, float]] = {
    FingerPosition.RIGHT_INDEX: (9.0, -30.0),
    FingerPosition.RIGHT_MIDDLE: (0.0, -10.0),
    FingerPosition.RIGHT_RING: (5.0, 10.0),
    FingerPosition.RIGHT_LITTLE: (21.0, 29.0),
}
_LEFT_TIPS_MM = {
    FingerPosition(position + 5): (below, -right)
    for position, (below, right) in _RIGHT_TIPS_MM.items()
}
_TIPS_MM = _RIGHT_TIPS_MM | _LEFT_TIPS_MM

# How far people and placements scatter about it (standard deviations).
_TIP_SCATTER_MM = 4.0  # of each fingertip: proportions of hands, how hard a finger is pressed
_SPREAD_SCATTER = 0.15  # share: fingers closed or spread, small or large hands
_HEIGHT_SCATTER = 0.15  # share
_TURN_SCATTER_RAD = 0.10  # error of the common rotation (6 degrees)


@dataclass(frozen=True, slots=True)
class HandDecision:
    """Which hand, and how sure."""

    hand: str
    """"right", "left", or "unknown" where fewer than two fingertips were given."""
    confidence: float
    """0.5..1: the posterior probability of `hand` with both hands equally likely before."""


def decide_hand(tips_mm: Points) -> HandDecision:
    """Decide which hand the fingertips of a slap belong to.

    Every ordered choice of fingers of either hand is fitted to the tips with shift, spread, height
    and a small turn; the misfits become probabilities.

    Parameters
    ----------
    tips_mm : (n, 2) ndarray of float64
        (row, col) of fingertips from left to right, in mm, turned so that fingers point up.

    Returns
    -------
    HandDecision
    """
    if not 2 <= len(tips_mm) <= 4:
        return HandDecision("unknown", 0.0)
    right = _evidence(tips_mm, RIGHT_SLAP)
    left = _evidence(tips_mm, LEFT_SLAP)
    is_right = right >= left
    odds = np.exp(-abs(right - left))
    return HandDecision("right" if is_right else "left", float(1 / (1 + odds)))


def assign_positions(
    tips_mm: Points, expected: tuple[FingerPosition, ...]
) -> tuple[FingerPosition, ...]:
    """Name the fingertips found, given which fingers were asked for.

    Parameters
    ----------
    tips_mm : (n, 2) ndarray of float64
        (row, col) of fingertips from left to right, in mm, turned so that fingers point up.
    expected : tuple of FingerPosition
        From left to right.

    Returns
    -------
    tuple of FingerPosition
        One per tip. With fewer tips than expected the best fitting choice is taken; of more tips
        the surplus is UNKNOWN.
    """
    found, asked = len(tips_mm), len(expected)
    if found == 0:
        return ()
    if found == asked:
        return expected
    if found < asked:
        choices = list(combinations(expected, found))
        return choices[_best([_misfit(tips_mm, choice) for choice in choices])]
    kept = list(combinations(range(found), asked))
    chosen = kept[_best([_misfit(tips_mm[list(choice)], expected) for choice in kept])]
    names = dict(zip(chosen, expected, strict=True))
    return tuple(names.get(index, FingerPosition.UNKNOWN) for index in range(found))


def _best(misfits: list[float]) -> int:
    return int(np.argmin(misfits))


def _evidence(tips_mm: Points, hand: tuple[FingerPosition, ...]) -> float:
    misfits = np.array([_misfit(tips_mm, choice) for choice in _choices(hand, len(tips_mm))])
    return float(np.logaddexp.reduce(-misfits / 2) - np.log(len(misfits)))


def _choices(hand: tuple[FingerPosition, ...], count: int) -> Iterator[tuple[FingerPosition, ...]]:
    yield from combinations(hand, count)


def _misfit(tips_mm: Points, fingers: tuple[FingerPosition, ...]) -> float:
    """Return chi-squared of the best fit of these fingers to the tips, penalties included."""
    if any(finger not in _TIPS_MM for finger in fingers):
        return 0.0  # thumbs have no place in the hand's row: they are told by order alone
    model = np.array([_TIPS_MM[finger] for finger in fingers])
    model = model - model.mean(axis=0)
    target = tips_mm - tips_mm.mean(axis=0)
    below, right = model[:, 0], model[:, 1]
    zero = np.zeros_like(below)
    # Unknowns, each in units of its scatter: spread, height, turn. Equations: rows, then columns.
    effects = np.column_stack(
        [
            np.concatenate([zero, right]) * _SPREAD_SCATTER,
            np.concatenate([below, zero]) * _HEIGHT_SCATTER,
            np.concatenate([-right, below]) * _TURN_SCATTER_RAD,
        ]
    )
    misfit = np.concatenate([(target - model)[:, 0], (target - model)[:, 1]])
    system = np.vstack([effects / _TIP_SCATTER_MM, np.eye(3)])
    wanted = np.concatenate([misfit / _TIP_SCATTER_MM, np.zeros(3)])
    solution = np.linalg.lstsq(system, wanted, rcond=None)[0]
    return float(np.sum((system @ solution - wanted) ** 2))
