"""Clocks that drive simulated devices: the real one, and one that a test moves by hand."""

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock and the means to wait for it."""

    def now_s(self) -> float:
        """Return seconds since an arbitrary moment; never runs backwards."""
        ...

    def sleep_s(self, duration_s: float) -> None:
        """Return after `duration_s` of this clock."""
        ...


class SystemClock:
    """The monotonic clock of the host."""

    def now_s(self) -> float:
        """Return the host's monotonic time."""
        return time.monotonic()

    def sleep_s(self, duration_s: float) -> None:
        """Block the calling thread."""
        time.sleep(max(0.0, duration_s))


class ManualClock:
    """A clock that stands still until it is advanced; sleeping advances it at once."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s
        self._lock = threading.Lock()

    def now_s(self) -> float:
        """Return the time that was reached so far."""
        with self._lock:
            return self._now_s

    def sleep_s(self, duration_s: float) -> None:
        """Advance the clock and return at once."""
        self.advance(duration_s)

    def advance(self, duration_s: float) -> None:
        """Move the clock forward."""
        with self._lock:
            self._now_s += max(0.0, duration_s)
