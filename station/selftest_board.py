"""What a self-test is doing now, for everybody who looks; nobody waits for it."""

import dataclasses
import threading
from dataclasses import dataclass

from selftest.guide import Question
from selftest.report import CheckResult


@dataclass(frozen=True, slots=True)
class RunState:
    """The run under way, or what is left of the last one."""

    is_running: bool = False
    trigger: str | None = None
    person: str | None = None
    """Who answers questions; None of a run that needs nobody."""
    planned: int = 0
    done: tuple[CheckResult, ...] = ()
    current: str | None = None
    """Code of the check that runs."""
    waiting_id: str | None = None
    """What is waited for, while something is."""
    waiting_en: str | None = None
    said_id: str = ""
    said_en: str = ""
    question: Question | None = None
    picture_png: bytes | None = None
    picture_caption: tuple[str, str] | None = None
    """Indonesian, English."""
    number: int = 0
    """Rises with every change."""


class Board:
    """Holds the state; any thread may change it or wait for a change."""

    def __init__(self) -> None:
        self._state = RunState()
        self._changed = threading.Condition()

    def state(self) -> RunState:
        """Return the present state."""
        return self._state

    def replace(self, state: RunState) -> None:
        """Begin anew; the number goes on rising."""
        with self._changed:
            self._state = dataclasses.replace(state, number=self._state.number + 1)
            self._changed.notify_all()

    def change(self, **fields: object) -> None:
        """Change some fields."""
        with self._changed:
            number = self._state.number + 1
            self._state = dataclasses.replace(self._state, number=number, **fields)  # type: ignore[arg-type]  # names are checked at run time
            self._changed.notify_all()

    def add_result(self, result: CheckResult) -> None:
        """Add what a check ended with."""
        with self._changed:
            self.change(done=(*self._state.done, result), current=None)

    def wait_for_change(self, after: int, timeout_s: float) -> RunState:
        """Return the state once its number is above `after`, or when the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._state.number > after, timeout_s)
            return self._state
