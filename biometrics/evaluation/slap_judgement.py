"""Hold what was found on one slap against what is there."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.slap_truth import TrueSlap
from biometrics.finger.slap import SlapLayout


@dataclass(frozen=True, slots=True, eq=False)
class SlapJudgement:
    """How well one slap was taken apart."""

    slap: TrueSlap
    found_count: int
    overlaps: tuple[float, ...]
    """Per true finger: intersection over union with what was found there, 0 where nothing was."""
    named_right: tuple[bool, ...]
    """Per true finger that was asked for: whether what was found there has its name."""
    hand: str
    hand_confidence: float
    is_hand_refused: bool
    """Whether the slap was said to be of the wrong hand."""
    elapsed_ms: float

    @property
    def is_count_right(self) -> bool:
        """Tell whether as many fingers were found as there are."""
        return self.found_count == len(self.slap.positions)

    @property
    def is_hand_right(self) -> bool:
        """Tell whether the hand was named right."""
        return self.hand == self.slap.hand

    @property
    def is_other_hand(self) -> bool:
        """Tell whether the hand that lies there is not the one asked for."""
        return not set(self.slap.positions) & set(self.slap.expected)


def judge_slap(slap: TrueSlap, layout: SlapLayout, elapsed_ms: float) -> SlapJudgement:
    """Judge one slap.

    Parameters
    ----------
    slap : TrueSlap
    layout : SlapLayout
        What was found on it.
    elapsed_ms : float
        What finding it took.

    Returns
    -------
    judgement : SlapJudgement
    """
    scale = slap.resolution_ppi / 500.0
    found = [finger.quadrilateral * scale for finger in layout.segmentation.fingers]
    table = np.array([[overlap(true, one) for one in found] for true in slap.quadrilaterals])
    partners = _pair(table.reshape(len(slap.positions), len(found)))
    names = dict(enumerate(layout.positions))
    named = tuple(
        names.get(partners.get(at, -1)) == position
        for at, position in enumerate(slap.positions)
        if position in slap.expected
    )
    return SlapJudgement(
        slap=slap,
        found_count=len(found),
        overlaps=tuple(
            float(table[at, partners[at]]) if at in partners else 0.0
            for at in range(len(slap.positions))
        ),
        named_right=named,
        hand=layout.hand.hand,
        hand_confidence=layout.hand.confidence,
        is_hand_refused="wrong_hand" in {reason.code for reason in layout.reasons},
        elapsed_ms=elapsed_ms,
    )


def overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Compute the intersection over union of two convex quadrilaterals.

    Parameters
    ----------
    one, other : (4, 2) ndarray of float64

    Returns
    -------
    share : float
        0..1.
    """
    first, second = one.astype(np.float32), other.astype(np.float32)
    common = float(cv2.intersectConvexConvex(first, second)[0])
    return common / (cv2.contourArea(first) + cv2.contourArea(second) - common)


def _pair(table: NDArray[np.float64]) -> dict[int, int]:
    """Pair true and found fingers, the best overlap first; those that do not overlap stay alone."""
    partners: dict[int, int] = {}
    left = table.copy()
    while left.size and left.max() > 0:
        true, one = np.unravel_index(int(left.argmax()), left.shape)
        partners[int(true)] = int(one)
        left[true, :], left[:, one] = 0, 0
    return partners
