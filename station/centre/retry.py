"""How patient the centre is with a bad link.

A cut after progress costs nothing: the count begins anew. Without progress the waits double up to
a limit, and after so many the station is left for the next run.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RetryPolicy:
    """Numbers of the patience."""

    tries_without_progress: int = 6
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0
    connect_timeout_s: float = 20.0
    silence_timeout_s: float = 60.0
    """A link that brings no byte for so long counts as cut."""
    time_limit_s: float = 12 * 3600.0
    """For one run at one station: a night."""


@dataclass
class Patience:
    """The state of the retries of one run."""

    policy: RetryPolicy
    sleep: Callable[[float], None] = time.sleep
    clock_s: Callable[[], float] = time.monotonic
    failures: int = 0
    """In a row, without progress."""
    cuts: int = 0
    """In all."""
    started_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.started_s = self.clock_s()

    def progressed(self) -> None:
        """Bytes arrived: the link is alive."""
        self.failures = 0

    def failed(self, *, least_wait_s: float = 0.0) -> bool:
        """Count a failure and wait; False when it is time to give up.

        `least_wait_s` is what the other side asked for (Retry-After).
        """
        self.failures += 1
        self.cuts += 1
        if self.failures >= self.policy.tries_without_progress or self._is_over():
            return False
        self.sleep(min(max(self._wait_s(), least_wait_s), self.policy.longest_wait_s))
        return True

    def _wait_s(self) -> float:
        # spread, so that a thousand stations behind one link do not come back together
        doubled = self.policy.first_wait_s * 2.0 ** (self.failures - 1)
        spread = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        return float(min(doubled, self.policy.longest_wait_s)) * spread

    def _is_over(self) -> bool:
        return self.clock_s() - self.started_s > self.policy.time_limit_s
