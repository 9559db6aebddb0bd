"""Tells the probers of the devices that something was plugged in or out, as it happens.

Plugging in one device makes several changes (the device, a hub, a reset); they ring once. A ring
wakes its prober when nothing more came for a moment: by then the system has set permissions and
loaded its driver.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from drivers.transport.hotplug import DeviceChange

QUIET_S = 0.3  # a device that re-enumerates comes back within it; our choice
LONGEST_BURST_S = 2.0  # a loose contact may never be quiet; our choice

WatchPlugging = Callable[[Callable[[DeviceChange], None]], AbstractContextManager[object]]
"""Calls back for each change while its context is open; raises DriverError where none are told.

`drivers.transport.hotplug.HotplugWatcher` in a station, a list of events in a test.
"""


@dataclass(frozen=True, slots=True)
class PlugNews:
    """What happened since a prober looked last."""

    has_come: bool = False
    has_gone: bool = False

    @property
    def is_any(self) -> bool:
        """Tell whether anything came or went."""
        return self.has_come or self.has_gone

    def may_mean_gone(self, before: frozenset[str] | None, now: frozenset[str] | None) -> bool:
        """Tell whether what was unplugged may have been one of a model, by where they are.

        A memory stick that goes leaves the places as they were. What went and came in one burst is
        at its old place again, but an open link to it is dead. None: the system cannot tell.
        """
        return self.has_gone and (self.has_come or now is None or now != before)


class PlugBell:
    """Wakes one prober, once for a burst of changes."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._lock = threading.Lock()
        self._has_come = False
        self._has_gone = False
        self._is_over = False

    def ring(self, change: DeviceChange) -> None:
        """Note a change; any thread may call it, and it never waits."""
        with self._lock:
            self._has_come |= change.has_come
            self._has_gone |= not change.has_come
        self._rung.set()

    def end(self) -> None:
        """Wake the prober for good: from now on nobody waits."""
        self._is_over = True
        self._rung.set()

    def wait(self, timeout_s: float) -> PlugNews:
        """Wait for a burst of changes and its end; nothing is new when none came in time."""
        if self._rung.wait(timeout_s):
            self._wait_until_quiet()
        with self._lock:
            news = PlugNews(self._has_come, self._has_gone)
            self._has_come = self._has_gone = False
        return news

    def _wait_until_quiet(self) -> None:
        end_s = time.monotonic() + LONGEST_BURST_S
        while not self._is_over and time.monotonic() < end_s:
            self._rung.clear()
            if not self._rung.wait(QUIET_S):
                return
