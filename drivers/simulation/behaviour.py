"""What a resident does differently from what was asked, for tests, demonstration and training."""

from dataclasses import dataclass, field

from drivers.simulation.finger import FingerName


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Deviations from the ideal resident; the default is a cooperative one."""

    wrong_hand: bool = False
    """The other hand comes than the one asked for."""
    three_of_four: bool = False
    """The little finger of a slap stays in the air."""
    other_person: bool = False
    """Somebody else presents fingers, face, eyes and pen."""
    dry: bool = False
    wet: bool = False
    touching_fingers: bool = False
    """Fingers of a slap lie close together."""
    rotation_rad: float = 0.0
    """Turn of the hand on the platen, counterclockwise."""
    missing_fingers: frozenset[FingerName] = field(default_factory=frozenset)
    """Fingers that the resident does not have."""
    closed_eyes: bool = False
    """In the portrait and before the iris camera."""
    head_roll_rad: float = 0.0
    wrong_background: bool = False
    """The backdrop of the other birth-year parity hangs behind the resident."""
    brightness: float = 1.0
    """Of the light on the face: 0.3 dark, 1.8 glaring."""
    people: int = 1
    """In the portrait: 0 nobody, 1, or 2."""
    looks_aside: bool = False
    """Before the iris camera."""
    distance_mm: float | None = None
    """To the iris camera; None for the right one."""
    absent: bool = False
    """Nobody presents anything."""
    stillness: float = 1.0
    """1 keeps still, 0 fidgets."""
    first_attempts_only: int | None = None
    """The deviations end after so many attempts at one thing; None keeps them."""


COOPERATIVE = Behaviour()
