"""The one thread that may call a device, one piece of work after the other.

A thread of `concurrent.futures` is waited for when the program ends, however long it hangs in a
vendor's library. This one is left behind: a station with a device that hangs can still be stopped.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

R = TypeVar("R")


class OwnerThread:
    """Runs what is submitted, in its order; made running."""

    def __init__(self, name: str) -> None:
        self._is_over = False
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], R]) -> "Future[R]":
        """Begin `work` when all before it is done; whatever it raises, the future tells.

        Raises RuntimeError after `end`.
        """
        if self._is_over:
            raise RuntimeError(f"{self._thread.name} takes no more work")
        future: Future[R] = Future()
        self._work.put(lambda: _settle(future, work))
        return future

    def end(self, *, timeout_s: float) -> bool:
        """Finish what was submitted and end; False where that takes longer. Allowed twice."""
        self._is_over = True
        self._work.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (piece := self._work.get()) is not None:
            piece()


def _settle(future: "Future[R]", work: Callable[[], R]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # raised again by whoever waits for the future
        future.set_exception(error)
