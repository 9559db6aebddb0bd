"""What goes wrong with an emulated signature pad, by name and moment.

Written ``name``, ``name=strength`` or ``name=strength@n``.

    at transfer n, from 0
        unplug@n     the pad is gone from this transfer on
        stall@n      this transfer is refused (USB) or gets no answer (serial); the next ones work
        short@n      fewer bytes than promised, once
        silent@n     no answer from this transfer on
    from pen report n on, from 0
        stuck_pen=p  once it touches, the pen is reported where it is, with pressure p, without end
        ghost=r      r touches per second that nobody made
        drift=f      the pad's clock runs f times as fast as the host's
        lose=n       every n-th report is lost

Only the standard library, so that an emulator under the system's Python can use it. STU, Topaz and
ePad emulators share it.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from drivers.simulation.wire.uareu4500_device import SilentError, StalledError, UnpluggedError


class PadFaultKind(StrEnum):
    """What goes wrong."""

    UNPLUG = "unplug"
    STALL = "stall"
    SHORT = "short"
    SILENT = "silent"
    STUCK_PEN = "stuck_pen"
    GHOST = "ghost"
    DRIFT = "drift"
    LOSE = "lose"


WIRE_FAULTS = (
    PadFaultKind.UNPLUG,
    PadFaultKind.STALL,
    PadFaultKind.SHORT,
    PadFaultKind.SILENT,
)
_USUAL_STRENGTH = {
    PadFaultKind.STUCK_PEN: 1.0,  # of the pressure range
    PadFaultKind.GHOST: 3.0,  # touches per second
    PadFaultKind.DRIFT: 1.02,
    PadFaultKind.LOSE: 10.0,
}
_WORD = re.compile(r"(?P<name>[a-z_]+)(=(?P<strength>[0-9.]+))?(@(?P<moment>[0-9]+))?")


@dataclass(frozen=True, slots=True)
class PadFault:
    """One fault: what, from which moment on, how strong."""

    kind: PadFaultKind
    at: int = 0
    strength: float = 0.0


def parse_pad_fault(text: str) -> PadFault:
    """Read a fault; ValueError names the known ones."""
    match = _WORD.fullmatch(text.strip())
    if match is None or match["name"] not in set(PadFaultKind):
        raise ValueError(f"'{text}' is no fault; known are: {', '.join(PadFaultKind)}")
    kind = PadFaultKind(match["name"])
    strength = float(match["strength"] or _USUAL_STRENGTH.get(kind, 0.0))
    return PadFault(kind, int(match["moment"] or 0), strength)


class PadWire:
    """Counts transfers and lets the wire's faults act; any thread may use it."""

    def __init__(self, faults: tuple[PadFault, ...] = ()) -> None:
        self.faults = faults
        self.transfers: list[str] = []
        """What each transfer was, in order."""
        self.changed = threading.Condition()
        self._is_plugged = True
        self._is_silent = False

    @property
    def is_plugged(self) -> bool:
        """Tell whether the pad is there."""
        return self._is_plugged

    def replug(self) -> None:
        """Pull the plug and put it in again: a faultless wire."""
        with self.changed:
            self.faults = ()
            self._is_plugged, self._is_silent = True, False
            self.changed.notify_all()

    def strength(self, kind: PadFaultKind, moment: int = 0) -> float | None:
        """Return how strong a fault of the pen acts at a report, or None when it does not."""
        for fault in self.faults:
            if fault.kind == kind and moment >= fault.at:
                return fault.strength
        return None

    def require_plugged(self) -> None:
        """Raise UnpluggedError when the pad is gone."""
        if not self._is_plugged:
            raise UnpluggedError

    def is_silent(self) -> bool:
        """Tell whether the pad says nothing any more."""
        return self._is_silent

    def begin(self, what: str) -> bool:
        """Count a transfer, apply a fault that is due, and tell whether it must be short.

        Raises UnpluggedError, StalledError or SilentError.
        """
        self.require_plugged()
        number = len(self.transfers)
        self.transfers.append(what)
        kinds = {fault.kind for fault in self.faults if fault.at == number}
        if PadFaultKind.UNPLUG in kinds:
            self._is_plugged = False
            self.changed.notify_all()
        self.require_plugged()
        if PadFaultKind.STALL in kinds:
            raise StalledError
        self._is_silent = self._is_silent or PadFaultKind.SILENT in kinds
        if self._is_silent:
            raise SilentError
        return PadFaultKind.SHORT in kinds

    @contextmanager
    def taking_time(self, timeout_s: float) -> Iterator[None]:
        """Let a silent pad be silent for as long as the host waits."""
        try:
            yield
        except SilentError:
            self.changed.wait_for(lambda: not self._is_plugged, timeout_s)
            raise
