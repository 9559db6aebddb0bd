"""One row of the fault matrix."""

from collections.abc import Callable
from dataclasses import dataclass, field

from selftest.report import Outcome
from tests.selftest.matrix_world import World

Prepare = Callable[[World], None]


@dataclass(frozen=True)
class Row:
    """One fault and what must come of it."""

    fault: str
    injected: str
    code: str
    outcome: Outcome
    put: Prepare = field(repr=False)
    hands: tuple[str, ...] = ()
    needs_baseline: bool = False
    """A baseline of the healthy station is taken before the fault is put in."""
    also: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return a name for a test."""
        return f"{self.code} {self.outcome.value} {self.fault}"
