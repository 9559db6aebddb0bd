"""Which hand lies on the platen, and which finger is which, from fingertips, widths and flow.

Where the tips lie tells most of it. Where a little finger is missing, the rest is nearly symmetric;
then the loops help, most of which open towards the little finger.
"""

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
    FingerPosition.RIGHT_INDEX: (8.0, -30.0),
    FingerPosition.RIGHT_MIDDLE: (0.0, -10.0),
    FingerPosition.RIGHT_RING: (4.5, 10.0),
    FingerPosition.RIGHT_LITTLE: (20.5, 29.5),
}
_LEFT_TIPS_MM = {
    FingerPosition(position + 5): (below, -right)
    for position, (below, right) in _RIGHT_TIPS_MM.items()
}
_TIPS_MM = _RIGHT_TIPS_MM | _LEFT_TIPS_MM

# How far people and placements scatter about it (standard deviations).
_DOWN_SCATTER_MM = 3.5  # of each fingertip: proportions of hands, how hard a finger is pressed
_RIGHT_SCATTER_MM = 3.0
_SPREAD_SCATTER = 0.15  # share: fingers closed or spread, small or large hands
_HEIGHT_SCATTER = 0.15  # share
_TURN_SCATTER_RAD = 0.07  # error of the common rotation (4 degrees)

# Width of the flat print (mm) by digit, index to little, and its scatter as a share.
_WIDTHS_MM = (15.0, 15.3, 14.7, 12.6)
_WIDTH_SCATTER = 0.15

# Slant of the ridges below the middle of a right hand's fingertip, index to little: mean and
# standard deviation; the left hand has the mirror image. Measured on simulated fingers whose
# patterns have the frequencies of large ten-print files (Maltoni et al., Handbook, table 5.1).
_SLANTS = ((-0.04, 0.31), (-0.27, 0.23), (-0.17, 0.25), (-0.35, 0.22))
_SLANT_LIMIT = 4.0  # log odds that one finger's flow may give: radial loops exist on all fingers

# How much to believe the odds: fitted to 600 simulated slaps (seeds below 100,000).
_BELIEF = 0.5
_DEGREES_OF_FREEDOM = 2.0  # per fingertip; where the best fit is worse, the odds count less
_UNSEEN_SHARE = 0.001  # of slaps in which something happens that nobody modelled


@dataclass(frozen=True, slots=True)
class HandDecision:
    """Which hand, and how sure."""

    hand: str
    """"right", "left", or "unknown" where fewer than two fingertips were given."""
    confidence: float
    """0.5..1: the posterior probability of `hand` with both hands equally likely before."""


@dataclass(frozen=True, slots=True, eq=False)
class HandView:
    """What is seen of a hand: its n fingertips from left to right, turned so that they point up."""

    tips_mm: Points
    """(n, 2) as (row, col)."""
    widths_mm: Points | None = None
    """(n,) of the prints; None where unknown."""
    slants: Points | None = None
    """(n,) of the ridges below the middle, -1..1: mean sine of twice the direction across which
    they run, clockwise from +column; None where unknown."""


def decide_hand(view: HandView | Points, expected: tuple[FingerPosition, ...] = ()) -> HandDecision:
    """Decide which hand the fingertips of a slap belong to.

    Every ordered choice of fingers of either hand is fitted to the tips with shift, spread, height
    and a small turn; the misfits become probabilities.

    Parameters
    ----------
    view : HandView, or its (n, 2) tips_mm alone
    expected : tuple of FingerPosition, optional
        The fingers asked for: if it is their hand, then it shows these or some of them.

    Returns
    -------
    HandDecision
    """
    seen = view if isinstance(view, HandView) else HandView(view)
    if not 2 <= len(seen.tips_mm) <= 4:
        return HandDecision("unknown", 0.0)
    right, right_misfit = _evidence(seen, RIGHT_SLAP, expected)
    left, left_misfit = _evidence(seen, LEFT_SLAP, expected)
    usual = _DEGREES_OF_FREEDOM * len(seen.tips_mm)
    belief = _BELIEF / max(1.0, min(right_misfit, left_misfit) / usual)
    known = 1 / (1 + np.exp(-belief * abs(right - left)))
    confidence = _UNSEEN_SHARE / 2 + (1 - _UNSEEN_SHARE) * float(known)
    return HandDecision("right" if right >= left else "left", confidence)


def assign_positions(
    view: HandView | Points, expected: tuple[FingerPosition, ...]
) -> tuple[FingerPosition, ...]:
    """Name the fingertips found, given which fingers were asked for.

    Parameters
    ----------
    view : HandView, or its (n, 2) tips_mm alone
    expected : tuple of FingerPosition
        From left to right.

    Returns
    -------
    tuple of FingerPosition
        One per tip. With fewer tips than expected the best fitting choice is taken; of more tips
        the surplus is UNKNOWN.
    """
    seen = view if isinstance(view, HandView) else HandView(view)
    found, asked = len(seen.tips_mm), len(expected)
    if found == 0:
        return ()
    if found == asked:
        return expected
    if found < asked:
        choices = list(combinations(expected, found))
        return choices[_best([_misfit(seen, choice) for choice in choices])]
    kept = list(combinations(range(found), asked))
    chosen = kept[_best([_misfit(_part(seen, choice), expected) for choice in kept])]
    names = dict(zip(chosen, expected, strict=True))
    return tuple(names.get(index, FingerPosition.UNKNOWN) for index in range(found))


def _best(misfits: list[float]) -> int:
    return int(np.argmin(misfits))


def _part(seen: HandView, indices: tuple[int, ...]) -> HandView:
    chosen = list(indices)
    return HandView(
        seen.tips_mm[chosen],
        None if seen.widths_mm is None else seen.widths_mm[chosen],
        None if seen.slants is None else seen.slants[chosen],
    )


def _evidence(
    seen: HandView, hand: tuple[FingerPosition, ...], expected: tuple[FingerPosition, ...]
) -> tuple[float, float]:
    """Return the logarithm of how likely the view is for a hand, and the misfit of its best fit."""
    misfits = np.array(
        [_misfit(seen, choice) for choice in _choices(hand, expected, len(seen.tips_mm))]
    )
    return float(np.logaddexp.reduce(-misfits / 2) - np.log(len(misfits))), float(misfits.min())


def _choices(
    hand: tuple[FingerPosition, ...], expected: tuple[FingerPosition, ...], count: int
) -> Iterator[tuple[FingerPosition, ...]]:
    asked = tuple(finger for finger in hand if finger in expected)
    yield from combinations(asked if len(asked) >= count else hand, count)


def _misfit(seen: HandView, fingers: tuple[FingerPosition, ...]) -> float:
    """Return -2 log likelihood of these fingers, up to a constant: the smaller the better."""
    if any(finger not in _TIPS_MM for finger in fingers):
        return 0.0  # thumbs have no place in the hand's row: they are told by order alone
    misfit = _misfit_of_tips(seen.tips_mm, fingers)
    digits = [(finger - 2) % 5 for finger in fingers]
    if seen.widths_mm is not None:
        ratio = np.log(seen.widths_mm) - np.log([_WIDTHS_MM[digit] for digit in digits])
        misfit += float(np.sum(((ratio - ratio.mean()) / _WIDTH_SCATTER) ** 2))
    if seen.slants is not None:
        for digit, finger, slant in zip(digits, fingers, seen.slants, strict=True):
            side = 1 if finger <= FingerPosition.RIGHT_LITTLE else -1
            mean, scatter = _SLANTS[digit]
            odds = 2 * mean * side * float(slant) / scatter**2
            misfit -= float(np.clip(odds, -_SLANT_LIMIT, _SLANT_LIMIT))
    return misfit


def _misfit_of_tips(tips_mm: Points, fingers: tuple[FingerPosition, ...]) -> float:
    """Return chi-squared of the best fit of these fingers to the tips, penalties included."""
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
    scatter = np.repeat([_DOWN_SCATTER_MM, _RIGHT_SCATTER_MM], len(model))
    misfit = np.concatenate([(target - model)[:, 0], (target - model)[:, 1]]) / scatter
    system = np.vstack([effects / scatter[:, None], np.eye(3)])
    wanted = np.concatenate([misfit, np.zeros(3)])
    solution = np.linalg.lstsq(system, wanted, rcond=None)[0]
    return float(np.sum((system @ solution - wanted) ** 2))
