"""The ten fingers of a virtual resident: pattern, singular points, size and ridge period.

Pattern frequencies are those of large ten-print files: about 65 % loops, 30 % whorls and 5 %
arches, with more whorls on thumbs and ring fingers and more arches and radial loops on index
fingers (E. R. Henry, "Classification and Uses of Finger Prints"; Maltoni et al., "Handbook of
Fingerprint Recognition", 2nd ed., table 5.1).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from drivers.simulation.randomness import generator

MASTER_SHAPE_PX = (656, 432)  # rows, cols at 500 ppi: 33 x 22 mm, room for the largest thumb
TIP_ROW_PX = 14  # first row of the fingertip inside the master


class FingerName(StrEnum):
    """The ten fingers; the words are those of `drivers.devices.CaptureTarget`."""

    RIGHT_THUMB = "right_thumb"
    RIGHT_INDEX = "right_index"
    RIGHT_MIDDLE = "right_middle"
    RIGHT_RING = "right_ring"
    RIGHT_LITTLE = "right_little"
    LEFT_THUMB = "left_thumb"
    LEFT_INDEX = "left_index"
    LEFT_MIDDLE = "left_middle"
    LEFT_RING = "left_ring"
    LEFT_LITTLE = "left_little"

    @property
    def is_right(self) -> bool:
        """Tell whether the finger belongs to the right hand."""
        return self.value.startswith("right")

    @property
    def digit(self) -> str:
        """Return thumb, index, middle, ring or little."""
        return self.value.split("_")[1]


class PatternType(StrEnum):
    """The classes of ridge flow."""

    ARCH = "arch"
    TENTED_ARCH = "tented_arch"
    LEFT_LOOP = "left_loop"
    RIGHT_LOOP = "right_loop"
    WHORL = "whorl"
    DOUBLE_LOOP = "double_loop"


@dataclass(frozen=True, slots=True)
class FingerTraits:
    """Everything that makes one finger what it is."""

    name: FingerName
    seed: str
    """Words from which the ridges are grown."""
    pattern: PatternType
    cores: tuple[tuple[float, float], ...]
    """(row, col) of each core in the master, in pixels at 500 ppi."""
    deltas: tuple[tuple[float, float], ...]
    """(row, col) of each delta in the master."""
    ridge_period_px: float
    width_px: float
    """Width of the pad when pressed flat."""
    length_px: float
    """From the fingertip to the crease below the pad."""


# Width of the flat contact and length from tip to crease in mm, adult men (E: measured on the
# public ink slap of NIST libbiomeval and scaled by the hand-length ratios of anthropometry).
_SIZE_MM = {
    "thumb": (19.0, 27.5),
    "index": (15.8, 24.0),
    "middle": (16.2, 25.0),
    "ring": (15.4, 24.2),
    "little": (13.2, 20.5),
}
_PX_PER_MM = 500 / 25.4

# Chance of each class in percent, by digit: arch, tented arch, ulnar loop, radial loop, whorl,
# double loop.
_PATTERN_PERCENT = {
    "thumb": (2.5, 0.5, 54.0, 0.5, 27.0, 15.5),
    "index": (6.5, 4.5, 36.0, 20.0, 25.0, 8.0),
    "middle": (5.5, 2.5, 72.0, 3.0, 13.5, 3.5),
    "ring": (1.5, 0.5, 51.0, 1.0, 42.5, 3.5),
    "little": (1.0, 0.5, 84.0, 0.5, 11.0, 3.0),
}


def draw_finger(seed: str, name: FingerName, *, is_female: bool, period_px: float) -> FingerTraits:
    """Draw the traits of one finger; `period_px` is the person's mean ridge period."""
    words = f"{seed}/{name}"
    rng = generator(words, "traits")
    scale = (0.92 if is_female else 1.0) * rng.normal(1.0, 0.025)
    width_mm, length_mm = _SIZE_MM[name.digit]
    width_px = width_mm * _PX_PER_MM * scale
    length_px = length_mm * _PX_PER_MM * scale
    pattern = _draw_pattern(rng, name)
    cores, deltas = _draw_singular_points(rng, pattern, width_px, length_px)
    digit_factor = {"thumb": 1.06, "little": 0.95}.get(name.digit, 1.0)
    period = float(np.clip(period_px * digit_factor * rng.normal(1.0, 0.015), 8.1, 9.9))
    return FingerTraits(name, words, pattern, cores, deltas, period, width_px, length_px)


def _draw_pattern(rng: np.random.Generator, name: FingerName) -> PatternType:
    ulnar, radial = (
        (PatternType.RIGHT_LOOP, PatternType.LEFT_LOOP)
        if name.is_right
        else (PatternType.LEFT_LOOP, PatternType.RIGHT_LOOP)
    )
    classes = (
        PatternType.ARCH,
        PatternType.TENTED_ARCH,
        ulnar,
        radial,
        PatternType.WHORL,
        PatternType.DOUBLE_LOOP,
    )
    edges = np.cumsum(_PATTERN_PERCENT[name.digit])
    return classes[int(np.searchsorted(edges, rng.uniform(0, edges[-1]), side="right"))]


Points = tuple[tuple[float, float], ...]


def _draw_singular_points(
    rng: np.random.Generator, pattern: PatternType, width_px: float, length_px: float
) -> tuple[Points, Points]:
    middle = MASTER_SHAPE_PX[1] / 2 + rng.normal(0, 0.06) * width_px
    core_row = TIP_ROW_PX + length_px * rng.normal(0.46, 0.04)
    down = length_px * rng.normal(0.27, 0.045)
    aside = width_px * rng.normal(0.31, 0.05)
    match pattern:
        case PatternType.ARCH:
            return (), ()
        case PatternType.TENTED_ARCH:
            return ((core_row, middle),), ((core_row + 0.75 * down, middle + rng.normal(0, 4)),)
        case PatternType.RIGHT_LOOP:  # opens to the right of the picture, delta on the left
            return ((core_row, middle),), ((core_row + down, middle - aside),)
        case PatternType.LEFT_LOOP:
            return ((core_row, middle),), ((core_row + down, middle + aside),)
        case _:
            return _draw_whorl_points(rng, pattern, (core_row, middle), (down, aside))


def _draw_whorl_points(
    rng: np.random.Generator,
    pattern: PatternType,
    core: tuple[float, float],
    delta_offset: tuple[float, float],
) -> tuple[Points, Points]:
    gap = rng.uniform(16, 48)
    lean = rng.normal(0, 8)
    if pattern is PatternType.DOUBLE_LOOP:
        gap = rng.uniform(70, 95)
        lean = rng.choice((-1.0, 1.0)) * rng.uniform(40, 60)
    row = core[0] - 0.15 * gap
    upper, lower = (row, core[1] - lean / 2), (row + gap, core[1] + lean / 2)
    down, aside = delta_offset[0] + 0.5 * gap, delta_offset[1] * 1.25
    deltas = (
        (row + down + rng.normal(0, 14), core[1] - aside),
        (row + down + rng.normal(0, 14), core[1] + aside),
    )
    return (upper, lower), deltas
