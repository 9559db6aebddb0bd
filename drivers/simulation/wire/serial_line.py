"""A line to an emulated device: what is said is counted, and named faults act at a moment.

An emulated device takes bytes and returns answers. Each answer is one transfer, counted from 0
over the life of the line. A fault is written ``name@n``: it acts at the n-th transfer.

    unplug  from this transfer on the device is gone
    stall   no answer from this transfer on; the line stays open
    skip    this one answer is lost
    short   half of this answer, once
    flip    one bit of this answer is wrong, once
    noise   stray bytes before this answer, once

Not modelled: what bytes on their way do when a plug is pulled; a line that is slower than the host.
"""

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self

from drivers.errors import TransportError
from drivers.transport.serial import SerialLink

_NOISE = b"\x55\x00\xff"


class LineFaultKind(StrEnum):
    """What goes wrong at a transfer; see the module's text."""

    UNPLUG = "unplug"
    STALL = "stall"
    SKIP = "skip"
    SHORT = "short"
    FLIP = "flip"
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class LineFault:
    """A fault at the transfer with this number, from 0."""

    kind: LineFaultKind
    at_transfer: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``name@n``; ValueError names the known faults."""
        name, _, moment = text.partition("@")
        known = ", ".join(LineFaultKind)
        if name not in list(LineFaultKind) or not (moment.isdecimal() and moment.isascii()):
            raise ValueError(f"'{text}' is not of the form name@transfer; known are: {known}")
        return cls(LineFaultKind(name), int(moment))


class LineUnpluggedError(Exception):
    """The emulated device is gone."""


class SerialDevice(Protocol):
    """The device's end of a line."""

    def receive(self, data: bytes) -> tuple[bytes, ...]:
        """Take bytes from the host and return the answers that are due, in order."""
        ...

    def restart(self) -> None:
        """Begin anew, as after power-on."""
        ...


class EmulatedLine:
    """An emulated device at a line; any thread may call it."""

    def __init__(self, device: SerialDevice, fault: LineFault | None = None) -> None:
        self.device = device
        self.fault = fault
        self.transfers = 0
        """Number of answers so far, lost ones among them."""
        self._lock = threading.Lock()
        self._is_plugged = True
        self._is_stalled = False

    @property
    def is_plugged(self) -> bool:
        """Tell whether the device is there."""
        return self._is_plugged

    def exchange(self, data: bytes) -> bytes:
        """Hand bytes to the device and return its answers as they arrive at the host.

        Raises LineUnpluggedError where nothing arrives because the device is gone.
        """
        with self._lock:
            if not self._is_plugged:
                raise LineUnpluggedError
            arriving = b"".join(self._pass(answer) for answer in self.device.receive(data))
            if not self._is_plugged and not arriving:
                raise LineUnpluggedError
            return arriving

    def unplug(self) -> None:
        """Pull the plug."""
        with self._lock:
            self._is_plugged = False

    def replug(self) -> None:
        """Pull the plug and put it in again: a fresh, faultless device."""
        with self._lock:
            self.fault = None
            self._is_plugged, self._is_stalled = True, False
            self.device.restart()

    def _pass(self, answer: bytes) -> bytes:
        """Count an answer and return what of it arrives."""
        number, self.transfers = self.transfers, self.transfers + 1
        fault = self.fault if self.fault and self.fault.at_transfer == number else None
        if fault is not None and fault.kind is LineFaultKind.UNPLUG:
            self._is_plugged = False
        if fault is not None and fault.kind is LineFaultKind.STALL:
            self._is_stalled = True
        if self._is_stalled or not self._is_plugged:
            return b""
        return answer if fault is None else _damage(answer, fault.kind)


class EmulatedSerialLink(SerialLink):
    """The host's end of an emulated line, in place of a port. No thread, no waiting for silence.

    Bytes that the host asks for and that will never come are missed at once, so that a test of a
    thousand silences ends; time limits are tested on a pseudo-terminal.
    """

    def __init__(self, line: EmulatedLine, *, device: str = "device") -> None:
        self.device = device
        self._line = line
        self._arrived = bytearray()

    def write(self, data: bytes) -> None:
        """Hand bytes to the device."""
        try:
            self._arrived += self._line.exchange(data)
        except LineUnpluggedError as error:
            raise TransportError("the device went away", device=self.device) from error

    def read_some(self, max_bytes: int, *, timeout_s: float) -> bytes:
        """Return what came, at most `max_bytes`."""
        data = bytes(self._arrived[:max_bytes])
        del self._arrived[:max_bytes]
        if not data and not self._line.is_plugged:
            raise TransportError("the device went away", device=self.device)
        return data

    def discard_input(self) -> None:
        """Forget what came and was not read."""
        self._arrived.clear()

    def close(self) -> None:
        """Do nothing; the line keeps no port."""


def _damage(answer: bytes, kind: LineFaultKind) -> bytes:
    match kind:
        case LineFaultKind.SKIP:
            return b""
        case LineFaultKind.SHORT:
            return answer[: len(answer) // 2]
        case LineFaultKind.FLIP:
            middle = len(answer) // 2
            return answer[:middle] + bytes([answer[middle] ^ 0x10]) + answer[middle + 1 :]
        case _:
            return _NOISE + answer
