"""The walk over every fault at every transfer of one capture: its words, and what it demands.

A bench is one driver before an emulated device on one seam. The walk (`test_every_driver_faults`)
makes a bench for each fault and transfer, captures, and demands: the outcome that the bench states,
within its time limit; nothing left that runs; and the same capture as without a fault once the
device was unplugged and plugged in again, with the same driver object.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Self

from drivers.errors import DriverError

ENDING_S = 1.0  # for threads and processes that were told to end
EMULATORS = ("emulated ", "pad on ", "sbi-emulator")
"""How the names of emulators' threads begin; they live as long as the bench."""


class Fault(StrEnum):
    """What goes wrong at a transfer."""

    UNPLUG = "unplug"
    """The device is gone from this transfer on."""
    STALL = "stall"
    """No answer from this transfer on; the link stays open."""
    SHORT = "short"
    """Fewer bytes than promised, once."""
    CUT = "cut"
    """Half of an answer that says it is whole, once."""
    REFUSE = "refuse"
    """The transfer is refused, once: an endpoint that is stalled, a device that is busy."""
    SKIP = "skip"
    """The answer is lost, once."""
    FLIP = "flip"
    """One bit of the answer is wrong, once."""
    NOISE = "noise"
    """Stray bytes before the answer, once."""
    DIE = "die"
    """The process that holds the device ends."""
    GARBAGE = "garbage"
    """An answer in another language, once."""
    TRICKLE = "trickle"
    """The answer comes so slowly that it never ends, once."""
    LIE = "lie"
    """A well-formed answer to something else, once."""


REQUIRED = (Fault.UNPLUG, Fault.STALL, Fault.SHORT)
"""What every driver is walked through; benches add what else their emulator can do."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A fault at the transfer with this number, from 0."""

    fault: Fault
    number: int

    def __str__(self) -> str:
        return f"{self.fault}-{self.number}"


class Bench(ABC):
    """One driver before an emulated device; a context manager."""

    seam: ClassVar[str]
    """Where the emulator is: in place of the link, under pyusb, on a terminal ..."""
    transfers: ClassVar[tuple[str, ...]]
    """Of one capture, from opening to closing, in order."""
    kinds: ClassVar[Mapping[Fault, str]]
    """The faults that are walked, and the emulator's words for them."""
    limit_s: ClassVar[float]
    """The longest that a capture with a fault may take."""
    numbers: ClassVar[tuple[int, ...] | None] = None
    """The transfers that are walked; None for all."""

    def __init__(self, folder: Path, hit: Hit | None = None) -> None:
        self.folder = folder
        self.hit = hit
        self.stack = ExitStack()
        """Closes what runs, at the end or when it cannot be set up."""

    def __enter__(self) -> Self:
        with self.stack as undo:
            self.set_up()
            self.stack = undo.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        self.stack.close()

    @classmethod
    def hits(cls) -> tuple[Hit, ...]:
        """Return every fault at every transfer."""
        numbers = range(len(cls.transfers)) if cls.numbers is None else cls.numbers
        return tuple(Hit(fault, number) for fault in cls.kinds for number in numbers)

    def emulated_fault(self, make: Callable[[Any, int], object]) -> Any:
        """Return the fault in the emulator's words, or None."""
        return None if self.hit is None else make(self.kinds[self.hit.fault], self.hit.number)

    def now_s(self) -> float:
        """Return the time that a capture is measured with."""
        return time.monotonic()

    @abstractmethod
    def set_up(self) -> None:
        """Make the emulated device with its fault, and `device`, the driver before it."""

    @abstractmethod
    def capture(self) -> object:
        """Open the device, capture, close it, and return what can be compared."""

    @abstractmethod
    def replug(self) -> None:
        """Pull the plug and put it in again: a fresh device without faults."""

    @abstractmethod
    def made_transfers(self) -> tuple[str, ...]:
        """Return the transfers so far; where an emulator only counts, as `transfers` has them."""

    @abstractmethod
    def expected(self, hit: Hit, good: object) -> object:
        """Return the class of the error, or else what is captured in spite of the fault.

        `good` is what is captured without one. Asked after the capture.
        """

    def named(self, count: int) -> tuple[str, ...]:
        """Return the names of so many transfers."""
        beyond = ("beyond the capture",) * (count - len(self.transfers))
        return self.transfers[:count] + beyond


class Leftovers:
    """Tells what runs that did not run when this was made."""

    def __init__(self) -> None:
        self._threads = set(threading.enumerate())
        self._children = child_processes()

    def assert_none(self, *, are_emulators_kept: bool) -> None:
        """Fail when a thread or a process is left over."""
        deadline_s = time.monotonic() + ENDING_S
        while self._found(are_emulators_kept) and time.monotonic() < deadline_s:
            time.sleep(0.005)
        assert self._found(are_emulators_kept) == []

    def _found(self, are_emulators_kept: bool) -> list[str]:
        threads = [thread.name for thread in set(threading.enumerate()) - self._threads]
        if are_emulators_kept:
            threads = [name for name in threads if not name.startswith(EMULATORS)]
        return [*threads, *(f"process {one}" for one in child_processes() - self._children)]


def child_processes() -> set[int]:
    """Return the processes that this one started and that were not waited for."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended meanwhile
            found.update(map(int, (task / "children").read_text().split()))
    return found


def walk(bench: Bench, hit: Hit, good: object) -> None:
    """Demand what the module's text says of one fault at one transfer."""
    left = Leftovers()
    with bench:
        outcome, took_s = attempt(bench)
        expected = bench.expected(hit, good)
        if isinstance(outcome, DriverError):
            assert type(outcome) is expected, f"{outcome!r} in place of {expected}"
            assert outcome.device == "device"
        else:
            assert outcome == expected
        assert took_s < bench.limit_s
        left.assert_none(are_emulators_kept=True)
        bench.replug()
        assert bench.capture() == good
        left.assert_none(are_emulators_kept=True)
    left.assert_none(are_emulators_kept=False)


def attempt(bench: Bench) -> tuple[object, float]:
    """Capture; return the error or else what was captured, and how long it took."""
    started_s = bench.now_s()
    try:
        outcome: object = bench.capture()
    except DriverError as error:
        outcome = error
    return outcome, bench.now_s() - started_s
