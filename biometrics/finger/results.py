"""What the finger checks return."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.position import FingerPosition
from biometrics.finger.template import FingerTemplate


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a capture is not better, in a word that a caller can translate, with its numbers."""

    code: str
    """One of the codes listed in the module that raised it, for instance "too_dry"."""
    value: float
    """The measured number behind the reason."""
    limit: float
    """The number it was held against."""


@dataclass(frozen=True, slots=True, eq=False)
class FingerCheck:
    """Quality and template of one finger image."""

    quality_score: int
    """0..100, the station's own score ("skor mutu stasiun"); 0 means no print was found."""
    reasons: tuple[Reason, ...]
    """Most important first; empty for a good print."""
    template: FingerTemplate
    mask: NDArray[np.bool_]
    """(rows, cols) at 500 ppi, True where a print is."""
    components: dict[str, float] = field(default_factory=dict)
    """Named components of the score (orientation certainty, ridge-valley uniformity ...)."""


@dataclass(frozen=True, slots=True, eq=False)
class SlapFinger:
    """One finger found in a slap."""

    position: FingerPosition
    quadrilateral: NDArray[np.float64]
    """(4, 2) corners as (row, col) in pixels of the slap as given.

    The finger's own top left comes first, then clockwise.
    """
    pixels: NDArray[np.uint8]
    """The finger cut out, upright, at the slap's resolution."""
    check: FingerCheck


@dataclass(frozen=True, slots=True, eq=False)
class SlapCheck:
    """All fingers of one slap, and whether they are the expected ones."""

    fingers: tuple[SlapFinger, ...]
    """From left to right."""
    expected: tuple[FingerPosition, ...]
    hand: str
    """"right", "left", "both" (thumbs) or "unknown"."""
    hand_confidence: float
    """0..1."""
    reasons: tuple[Reason, ...]
    """About the slap as a whole: too_few_fingers, too_many_fingers, wrong_hand, same_finger ..."""
    rotation_rad: float
    """Mean rotation of the fingers, counterclockwise, 0 for upright."""


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonResult:
    """How alike two templates are."""

    similarity_score: float
    """0 and up; the table in `biometrics.finger.compare` maps it to a false match rate."""
    pairs: NDArray[np.intp]
    """(k, 2) indices of paired minutiae: probe, reference."""
    rotation_rad: float
    """Rotation that takes the probe onto the reference, counterclockwise."""
    shift_px: tuple[float, float]
    """(row, col) shift after the rotation about the origin."""
