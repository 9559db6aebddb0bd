"""Difficult slaps with known truth, to judge how slaps are taken apart: one number, one slap.

Each case draws a hand (right, left, or a pair of thumbs), its proportions, turn and spread, the
state of the skin, and what goes wrong: the other hand, missing fingers, fingers that touch, dry or
wet skin, the print of an earlier hand, a ring, lower phalanges and palm, fingertips half in the
air or half beside the platen. `Conditions` names them, so that results can be told apart by cause.

Not modelled: bandages, nails, rolled prints, dirt other than prints, a moving hand.
"""

from dataclasses import dataclass, fields
from enum import StrEnum

from drivers.devices import CaptureTarget
from drivers.simulation.finger import FingerName
from drivers.simulation.hand import fingers_of, mirrored
from drivers.simulation.person import Person
from drivers.simulation.randomness import generator

EARLIEST_REPORT_SEED = 100_000  # settings are chosen on smaller numbers, figures told on larger
_BLOCK = 100_000  # numbers of one block share their people, those of different blocks do not


class Wrong(StrEnum):
    """What is not ideal about a case."""

    OTHER_HAND = "other_hand"
    MISSING = "missing"
    TOUCHING = "touching"
    DRY = "dry"
    WET = "wet"
    RESIDUE = "residue"
    RING = "ring"
    LOWER_PHALANGES = "lower_phalanges"
    PALM = "palm"
    PARTIAL = "partial"
    OVERHANG = "overhang"


@dataclass(frozen=True, slots=True)
class Chances:
    """How often each thing goes wrong, as a share of the slaps that it can happen to."""

    other_hand: float = 0.08
    missing: float = 0.16
    touching: float = 0.25
    dry: float = 0.12
    wet: float = 0.12
    residue: float = 0.20
    ring: float = 0.12
    lower_phalanges: float = 0.60
    palm: float = 0.08
    partial: float = 0.12
    overhang: float = 0.06


USUAL_CHANCES = Chances()
_ONLY_FOUR = {Wrong.OTHER_HAND, Wrong.MISSING, Wrong.TOUCHING, Wrong.RING, Wrong.PALM}


@dataclass(frozen=True, slots=True)
class SlapCase:
    """Everything about a slap that is decided before it is rendered."""

    seed: int
    person: Person
    asked: CaptureTarget
    shown: CaptureTarget
    expected: tuple[FingerName, ...]
    """The fingers asked for, from left to right: without those known to be missing."""
    fingers: tuple[FingerName, ...]
    """The fingers on the platen, from left to right."""
    wrong: frozenset[Wrong]


def draw_case(seed: int, *, people: int, chances: Chances = USUAL_CHANCES) -> SlapCase:
    """Draw the case of this number; `people` virtual residents take turns."""
    rng = generator("slap case", seed)
    owner = Person.from_seed(f"slap people/{seed // _BLOCK}/{int(rng.integers(people))}")
    asked = CaptureTarget(rng.choice(["right_slap", "left_slap", "thumbs"], p=[0.45, 0.45, 0.10]))
    allowed = set(Wrong) - (_ONLY_FOUR if asked is CaptureTarget.THUMBS else set())
    drawn = {Wrong(one.name): rng.random() for one in fields(Chances)}
    wrong = {one for one, luck in drawn.items() if luck < getattr(chances, one.value)} & allowed
    if Wrong.DRY in wrong:
        wrong.discard(Wrong.WET)
    shown = mirrored(asked) if Wrong.OTHER_HAND in wrong else asked
    fingers, expected = list(fingers_of(shown)), list(fingers_of(asked))
    if Wrong.MISSING in wrong:
        gone = set(rng.choice(4, 2 if rng.random() < 0.15 else 1, replace=False).tolist())
        digits = {fingers[at].digit for at in gone}
        fingers = [one for one in fingers if one.digit not in digits]
        if rng.random() < 0.5:  # the operator said so before
            expected = [one for one in expected if one.digit not in digits]
    return SlapCase(seed, owner, asked, shown, tuple(expected), tuple(fingers), frozenset(wrong))
