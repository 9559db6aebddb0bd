"""Time as the station may use it: counters order events, the wall clock only labels them.

A station's clock is likely to be wrong (dead battery, no network). Nothing here is ever compared
to decide whether an action is allowed; waiting uses the monotonic clock together with the boot
it belongs to.
"""

import ctypes
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

# A clock before this day is certainly wrong: the software is younger.
EARLIEST_PLAUSIBLE = datetime(2026, 1, 1, tzinfo=UTC)
LATEST_PLAUSIBLE = datetime(2060, 1, 1, tzinfo=UTC)
BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")  # proc(5): a new one at every start
TIMEX_BYTES = 512  # struct timex is 208 bytes on 64-bit Linux; room to spare
TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
FIRST_BOOT = "boot-id-unknown"


class ClockTrust(StrEnum):
    """How far the wall clock can be believed."""

    SYNCHRONISED = "synchronised"
    """The kernel says that a time service disciplines it."""
    FREE_RUNNING = "free_running"
    """Plausible, but nothing disciplines it."""
    IMPLAUSIBLE = "implausible"
    """Outside the years in which this software can run."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of all clocks."""

    wall: datetime
    """UTC."""
    monotonic_ms: int
    """Since the boot named by `boot_id`, in milliseconds."""
    boot_id: str
    trust: ClockTrust

    @property
    def wall_text(self) -> str:
        """ISO 8601 in UTC with milliseconds, "2026-11-24T07:57:21.123Z"."""
        return self.wall.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """The host's clocks."""

    def __init__(self) -> None:
        self._boot_id = read_boot_id()

    def now(self) -> Moment:
        """Read all clocks."""
        wall = self.wall()
        return Moment(wall, int(self.monotonic_s() * 1000), self._boot_id, judge_clock(wall))

    def wall(self) -> datetime:
        """Return the wall time in UTC."""
        return utc_now()

    def monotonic_s(self) -> float:
        """Return seconds since some point before the boot; the same for all processes."""
        return time.monotonic()

    @property
    def boot_id(self) -> str:
        """Name of the present boot of the machine."""
        return self._boot_id


def utc_now() -> datetime:
    """Return the wall time in UTC."""
    return datetime.now(UTC)


def read_boot_id() -> str:
    """Return the kernel's boot identifier; one made for this process where there is none."""
    try:
        return BOOT_ID_FILE.read_text(encoding="ascii").strip()
    except OSError:  # a container without /proc: every start then counts as a boot
        return f"{FIRST_BOOT}-{os.getpid()}-{time.monotonic_ns()}"


def judge_clock(wall: datetime) -> ClockTrust:
    """Tell how far the wall clock can be believed."""
    if not EARLIEST_PLAUSIBLE <= wall < LATEST_PLAUSIBLE:
        return ClockTrust.IMPLAUSIBLE
    return ClockTrust.SYNCHRONISED if is_clock_disciplined() else ClockTrust.FREE_RUNNING


def is_clock_disciplined() -> bool:
    """Ask the kernel whether a time service keeps the clock (adjtimex with no modes set)."""
    libc = ctypes.CDLL(None, use_errno=True)
    state: int = libc.adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    return 0 <= state < TIME_ERROR
