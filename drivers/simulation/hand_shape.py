"""Proportions of hands: where the fingertips of one hand lie relative to each other."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class FingertipPlace:
    """Where one fingertip lies in its hand; of the right hand, palm down, pointing up."""

    right_mm: float
    """From the middle of the hand."""
    down_mm: float
    """Below the longest finger."""
    lean_deg: float
    """Counterclockwise, when the fingers are spread as asked."""


@dataclass(frozen=True, slots=True)
class HandShape:
    """The places of the five fingertips, by digit."""

    tips: dict[str, FingertipPlace]


# Distances follow the public ink slap of NIST libbiomeval (19 to 22 mm between neighbours);
# proportions are those of adult hands. A thumb lies to the right of the middle of a pair.
USUAL_HAND = HandShape(
    {
        "thumb": FingertipPlace(14.5, 0.0, -3.0),
        "index": FingertipPlace(-31.0, 7.0, 5.0),
        "middle": FingertipPlace(-10.0, 0.0, 1.5),
        "ring": FingertipPlace(10.5, 4.0, -2.5),
        "little": FingertipPlace(30.0, 20.0, -8.0),
    }
)

# Standard deviations over people and placements. Index and ring finger differ in length by a few
# mm in either direction, little fingers most of all; a finger that is bent slightly pulls its tip
# back. Our estimates: digit lengths of adults scatter by about 5 mm, those of one hand together.
_SIZE_SCATTER = 0.06  # share: small and large hands
_DOWN_SCATTER_MM = {"thumb": 3.0, "index": 3.0, "middle": 1.5, "ring": 3.0, "little": 4.0}
_RIGHT_SCATTER_MM = 1.3
_LEAN_SCATTER_DEG = 3.0
_THUMB_SPREAD_MM = (12.0, 22.0)
_THUMB_LEAN_DEG = 7.0
_MAX_THUMB_LEAN_DEG = 15.0  # side by side on the glass, arms come from both sides


def draw_hand_shape(rng: np.random.Generator, *, is_female: bool) -> HandShape:
    """Draw the proportions of one hand, as it is held in one placement."""
    size = (0.92 if is_female else 1.0) * float(rng.normal(1.0, _SIZE_SCATTER))
    tips = {
        digit: FingertipPlace(
            size * usual.right_mm + float(rng.normal(0, _RIGHT_SCATTER_MM)),
            size * usual.down_mm + float(rng.normal(0, _DOWN_SCATTER_MM[digit])),
            usual.lean_deg + float(rng.normal(0, _LEAN_SCATTER_DEG)),
        )
        for digit, usual in USUAL_HAND.tips.items()
    }
    usual_deg, most_deg = USUAL_HAND.tips["thumb"].lean_deg, _MAX_THUMB_LEAN_DEG
    tips["thumb"] = FingertipPlace(
        float(rng.uniform(*_THUMB_SPREAD_MM)),
        tips["thumb"].down_mm,
        float(np.clip(rng.normal(usual_deg, _THUMB_LEAN_DEG), -most_deg, most_deg)),
    )
    return HandShape(tips)
