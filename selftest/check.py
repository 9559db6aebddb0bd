"""What a check is: a function that measures one thing and never judges it."""

from collections.abc import Callable
from dataclasses import dataclass

from selftest.subject import Subject


@dataclass(frozen=True, slots=True)
class Value:
    """One measured value, by the name that limits.toml uses."""

    name: str
    value: float
    n: int = 1
    """How many samples stand behind it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a check measured, with evidence in words where numbers say too little."""

    values: tuple[Value, ...]
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """The check could not be made here; never a PASS."""

    reason: str


CheckFunction = Callable[[Subject], Measured | Skip]


@dataclass(frozen=True, slots=True)
class Check:
    """One check as registered."""

    code: str
    component: str
    function: CheckFunction
    essential: bool
    time_limit_s: float


def check(
    component: str, code: str, *, essential: bool = True, time_limit_s: float = 10.0
) -> Callable[[CheckFunction], Check]:
    """Make a function the check of one code of one component."""

    def register(function: CheckFunction) -> Check:
        return Check(code, component, function, essential, time_limit_s)

    return register


def measured(name: str, value: float, *, n: int = 1, evidence: str = "") -> Measured:
    """Return a single measured value."""
    return Measured((Value(name, float(value), n),), evidence)
