"""When hands come and go: the course of one capture attempt on a live scanner.

    empty --asked--> coming (0.3 s) -> arriving (0.4 s) -> settling (0.3 s) -> resting
      ^                                                                          |
      +---- lifting (0.25 s) <-- asked for something else, or for nothing -------+

A pause in reading means that the capture ended: the resident lifts, and the next request is a new
attempt. `Presentation` keeps no clock: the caller says what time it is.
"""

from dataclasses import dataclass
from enum import StrEnum

COMING_S = 0.3
ARRIVING_S = 0.4
SETTLING_S = 0.3
LIFTING_S = 0.25
PAUSE_S = 0.8  # no frame was read for so long: the attempt is over


class Phase(StrEnum):
    """What the hand does."""

    EMPTY = "empty"
    ARRIVING = "arriving"
    SETTLING = "settling"
    RESTING = "resting"
    LIFTING = "lifting"


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in the course of an attempt we are."""

    phase: Phase
    progress: float
    """0..1 within the phase."""
    target: str | None
    """What lies, or is about to lie, on the platen."""
    attempt: int
    """Number of the placement since the device was made, from 1."""


class Presentation:
    """Follows requests and tells what the hand does at each of them."""

    def __init__(self) -> None:
        self._target: str | None = None
        self._asked_s = 0.0
        self._last_read_s: float | None = None
        self._leaving: str | None = None
        self._left_s = -1e9
        self._attempt = 0

    def ask(self, target: str | None, now_s: float) -> Moment:
        """Take note of a frame being read for `target`; None asks for an empty platen."""
        paused = self._last_read_s is not None and now_s - self._last_read_s > PAUSE_S
        if target != self._target or paused:
            self._change(target, now_s, paused=paused)
        self._last_read_s = now_s
        return self.look(now_s)

    def lift(self, now_s: float) -> None:
        """Lift the hand now; it comes again when asked."""
        self._change(self._target, now_s, paused=False)

    def look(self, now_s: float) -> Moment:
        """Return the present moment without asking for anything."""
        since_left_s = now_s - self._left_s
        if self._leaving is not None and since_left_s < LIFTING_S:
            return self._moment(Phase.LIFTING, since_left_s / LIFTING_S, self._leaving)
        if self._target is None or self._is_forgotten(now_s):
            return self._moment(Phase.EMPTY, 1.0, None)
        after_s = now_s - self._asked_s - COMING_S
        for phase, duration_s in (
            (Phase.EMPTY, 0.0),
            (Phase.ARRIVING, ARRIVING_S),
            (Phase.SETTLING, SETTLING_S),
        ):
            if after_s < duration_s:
                progress = after_s / duration_s if duration_s else 0.0
                return self._moment(phase, progress, self._target)
            after_s -= duration_s
        return self._moment(Phase.RESTING, 1.0, self._target)

    def _is_forgotten(self, now_s: float) -> bool:
        return self._last_read_s is None or now_s - self._last_read_s > PAUSE_S

    def _change(self, target: str | None, now_s: float, *, paused: bool) -> None:
        was_on_glass = not paused and self.look(now_s).phase in (Phase.SETTLING, Phase.RESTING)
        self._leaving = self._target if was_on_glass else None
        self._left_s = now_s
        self._target = target
        self._asked_s = now_s + (LIFTING_S if was_on_glass else 0.0)
        self._attempt += target is not None

    def _moment(self, phase: Phase, progress: float, target: str | None) -> Moment:
        attempt = self._attempt - (phase is Phase.LIFTING and self._target is not None)
        return Moment(phase, progress, target, attempt)
