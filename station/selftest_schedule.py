"""Runs that nobody starts: the boot run before the first recording of the day, and the nightly one.

Both wait while somebody records, and are only done while the station runs: a night in which it is
switched off has no nightly run.
"""

import datetime
import threading
from collections.abc import Callable

from station.config import SelftestTable
from station.selftesting import SelfTesting

LOOK_INTERVAL_S = 15.0  # how soon a run begins after it is due; our choice
NIGHTLY_WINDOW = datetime.timedelta(hours=2)
"""How long after its time a nightly run may still begin, where somebody records; our choice."""


def _local_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).astimezone()


class SelftestSchedule:
    """Looks every few seconds whether a run is due."""

    def __init__(
        self,
        selftesting: SelfTesting,
        wanted: SelftestTable,
        *,
        local_now: Callable[[], datetime.datetime] = _local_now,
    ) -> None:
        self._selftesting = selftesting
        self._wanted = wanted
        self._local_now = local_now
        self._nightly_done = local_now().date() if self._is_past_night() else None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="selftest-schedule", daemon=True)

    def start(self) -> None:
        """Begin to look; does nothing where neither run is wanted."""
        if self._wanted.boot or self._wanted.nightly:
            self._thread.start()

    def close(self) -> None:
        """Begin no further run."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(LOOK_INTERVAL_S)

    def look(self) -> None:
        """Begin what is due and can begin now."""
        if self._is_night():
            if self._selftesting.nightly_run():
                self._nightly_done = self._local_now().date()
        elif self._wanted.boot:
            self._selftesting.boot_run_if_due()

    def _work(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(LOOK_INTERVAL_S)

    def _is_night(self) -> bool:
        late = self._lateness()
        is_open = late is not None and datetime.timedelta() <= late < NIGHTLY_WINDOW
        return is_open and self._nightly_done != self._local_now().date()

    def _is_past_night(self) -> bool:
        """Tell whether a start comes after the time: the boot run then takes its place."""
        late = self._lateness()
        return late is not None and late >= datetime.timedelta()

    def _lateness(self) -> datetime.timedelta | None:
        """Return how long ago the time of today's nightly run was."""
        if not self._wanted.nightly:
            return None
        now = self._local_now()
        due = datetime.time.fromisoformat(self._wanted.nightly)
        return now - now.replace(hour=due.hour, minute=due.minute, second=0, microsecond=0)
