"""What a check is: a function that measures one thing and never judges it."""

from collections.abc import Callable
from dataclasses import dataclass

from selftest.mode import Mode
from selftest.report import Confidence
from selftest.subject import Subject


@dataclass(frozen=True, slots=True)
class Value:
    """One measured value, by the name that limits.toml uses."""

    name: str
    value: float
    n: int = 1
    """How many samples stand behind it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as evidence. Never of a finger, face, eye or signature, nor what is left of one."""

    name: str
    """Part of a file name: letters, digits and "-"."""
    caption_id: str
    caption_en: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """What a check measured, with evidence in words where numbers say too little."""

    values: tuple[Value, ...]
    evidence: str = ""
    confidence: Confidence = Confidence.CONFIRMED
    """What is not confirmed never fails: it warns, and says what would confirm it."""
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person answered; recorded as MANUAL where all is well, as a likely finding if not."""

    is_good: bool
    question: str
    person: str


@dataclass(frozen=True, slots=True)
class Skip:
    """The check could not be made here; never a PASS."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unproven:
    """The device answered, but its answers cannot be believed; an ERROR with an action."""

    reason: str


Said = Measured | Answered | Skip | Unproven
CheckFunction = Callable[[Subject], Said]


@dataclass(frozen=True, slots=True)
class Check:
    """One check as registered."""

    code: str
    component: str
    function: CheckFunction
    essential: bool
    time_limit_s: float
    mode: Mode


def check(
    component: str,
    code: str,
    *,
    essential: bool = True,
    time_limit_s: float = 10.0,
    mode: Mode = Mode.QUICK,
) -> Callable[[CheckFunction], Check]:
    """Make a function the check of one code of one component.

    A critical component is not proven while an `essential` check of the run's mode is SKIP.
    """

    def register(function: CheckFunction) -> Check:
        return Check(code, component, function, essential, time_limit_s, mode)

    return register


def measured(
    name: str,
    value: float,
    *,
    n: int = 1,
    evidence: str = "",
    confidence: Confidence = Confidence.CONFIRMED,
) -> Measured:
    """Return a single measured value."""
    return Measured((Value(name, float(value), n),), evidence, confidence)
