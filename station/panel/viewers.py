"""How many browser windows watch the live view, so that it never runs, or captures, unseen."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Viewers:
    """Counts open streams; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._left_at_s: float | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count one open stream for as long as the block lasts."""
        with self._lock:
            self._count += 1
            self._left_at_s = None
        try:
            yield
        finally:
            with self._lock:
                self._count -= 1
                if self._count == 0:
                    self._left_at_s = time.monotonic()

    def expect_one(self) -> None:
        """Begin the time of absence anew: a stream is about to open, or may never come."""
        with self._lock:
            if self._count == 0:
                self._left_at_s = time.monotonic()

    def take_gone_since(self, seconds: float) -> bool:
        """Tell once that the last stream closed at least `seconds` ago."""
        with self._lock:
            left_at_s = self._left_at_s
            if left_at_s is None or time.monotonic() - left_at_s < seconds:
                return False
            self._left_at_s = None
            return True
