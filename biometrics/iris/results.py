"""What the iris check returns."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.results import Reason


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle in pixels of the frame."""

    row: float
    col: float
    radius_px: float


@dataclass(frozen=True, slots=True, eq=False)
class IrisCheck:
    """Quality of one eye image."""

    quality_score: int
    """0..100, the station's own score; 0 means no usable eye was found."""
    reasons: tuple[Reason, ...]
    """Most important first; empty for a good eye."""
    pupil: Circle | None
    iris: Circle | None
    """The limbus, where the iris ends and the white begins."""
    usable: NDArray[np.bool_] | None
    """(64, 128) radius x angle from the pupil to the limbus, True where iris is seen."""
    side_guess: str = "unknown"
    """"right", "left" or "unknown": the capture subject's eye, by the side of the tear duct."""
    side_confidence: float = 0.0
    """0.5..1, or 0 for "unknown"."""
    components: dict[str, float] = field(default_factory=dict)
    """Measures by name; see `biometrics.iris.measurements`."""


@dataclass(frozen=True, slots=True)
class IrisPreview:
    """What one live frame of an eye shows."""

    iris: Circle | None
    coach: str
    """One of COACH_CODES of `biometrics.iris.check`."""

    @property
    def is_ready(self) -> bool:
        """Tell whether the eye may be captured now."""
        return self.coach == "good"
