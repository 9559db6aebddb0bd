"""A serial port: what a driver may do with it, and the link through pyserial.

Ports are device nodes ("/dev/ttyUSB0"), pseudo-terminals, or pyserial's addresses
("socket://host:port" for a serial server).
"""

import errno
import termios
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import serial

from drivers.errors import (
    AccessDeniedError,
    DeviceBusyError,
    DeviceNotFoundError,
    DriverError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)

_WRITE_TIMEOUT_S = 5.0
_PSEUDO_TERMINALS = Path("/dev/pts")


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """Line settings; the letters are pyserial's ("N", "O", "E")."""

    baud: int
    parity: str = "N"
    data_bits: int = 8
    stop_bits: float = 1
    has_hardware_flow: bool = False
    dtr: bool | None = None
    """State of the line DTR from opening on; None leaves it to the system."""
    rts: bool | None = None
    """State of the line RTS, likewise."""


class SerialLink(ABC):
    """An open serial line. Every call ends in its time limit and raises only DriverError."""

    device: str

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    @abstractmethod
    def read_some(self, max_bytes: int, *, timeout_s: float) -> bytes:
        """Return 1 to `max_bytes` bytes as soon as any are there; empty when none came in time."""

    @abstractmethod
    def discard_input(self) -> None:
        """Forget what came and was not read."""

    @abstractmethod
    def close(self) -> None:
        """Give the port back; allowed twice, never raises."""

    def read_exactly(self, count: int, *, timeout_s: float) -> bytes:
        """Return `count` bytes; raises TransportTimeoutError that says how many came."""
        deadline_s = time.monotonic() + timeout_s
        data = b""
        while len(data) < count:
            data += self._read_before(
                deadline_s, count - len(data), f"{len(data)} of {count} bytes"
            )
        return data

    def read_until(self, end: bytes, *, max_bytes: int, timeout_s: float) -> bytes:
        """Return bytes up to and with `end`; more than `max_bytes` without it is a ProtocolError.

        Reads byte by byte, so that nothing after `end` is lost.
        """
        deadline_s = time.monotonic() + timeout_s
        data = b""
        while not data.endswith(end):
            if len(data) >= max_bytes:
                raise ProtocolError(f"no {end!r} in {max_bytes} bytes", device=self.device)
            data += self._read_before(deadline_s, 1, f"{len(data)} bytes without {end!r}")
        return data

    def _read_before(self, deadline_s: float, max_bytes: int, progress: str) -> bytes:
        left_s = max(deadline_s - time.monotonic(), 0.0)
        data = self.read_some(max_bytes, timeout_s=left_s)
        if not data:
            raise TransportTimeoutError(f"only {progress} came in time", device=self.device)
        return data


SerialLinkFactory = Callable[[], SerialLink]
"""Opens the link anew at every call; raises DriverError."""


class PySerialLink(SerialLink):
    """A serial line through pyserial, for this process alone."""

    def __init__(self, port: str, settings: SerialSettings, *, device: str) -> None:
        self.device = device
        with self._translating(f"opening {port}"):
            self._port = serial.serial_for_url(
                port,
                baudrate=settings.baud,
                parity="N" if _is_pseudo_terminal(port) else settings.parity,
                bytesize=settings.data_bits,
                stopbits=settings.stop_bits,
                rtscts=settings.has_hardware_flow,
                write_timeout=_WRITE_TIMEOUT_S,
                do_not_open=True,
                **({} if "://" in port else {"exclusive": True}),
            )
            if settings.dtr is not None:
                self._port.dtr = settings.dtr
            if settings.rts is not None:
                self._port.rts = settings.rts
            self._port.open()

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        with self._translating("writing"):
            self._port.write(data)

    def read_some(self, max_bytes: int, *, timeout_s: float) -> bytes:
        """Return 1 to `max_bytes` bytes as soon as any are there; empty when none came in time."""
        with self._translating("reading"):
            self._port.timeout = timeout_s
            first = bytes(self._port.read(1))
            more = min(self._port.in_waiting, max_bytes - 1) if first else 0
            return first + (bytes(self._port.read(more)) if more else b"")

    def discard_input(self) -> None:
        """Forget what came and was not read."""
        with self._translating("emptying the input"):
            self._port.reset_input_buffer()

    def close(self) -> None:
        """Give the port back; allowed twice, never raises."""
        self._port.close()

    @contextmanager
    def _translating(self, action: str) -> Iterator[None]:
        try:
            yield
        except serial.SerialTimeoutException as error:
            raise TransportTimeoutError(
                f"no answer in time while {action}", device=self.device
            ) from error
        except (OSError, serial.SerialException) as error:  # the second derives from the first
            raise _translate(error, action, self.device) from error
        except (termios.error, ValueError) as error:  # from pyserial, which sets them at each read
            raise TransportError(
                f"the port does not take its settings while {action} ({error}); check the cable",
                device=self.device,
            ) from error


def _is_pseudo_terminal(port: str) -> bool:
    """Tell whether a port has no line behind it: there glibc refuses to set a parity."""
    return Path(port).resolve().is_relative_to(_PSEUDO_TERMINALS)


def _translate(error: OSError, action: str, device: str) -> DriverError:
    code = error.errno or getattr(error.__context__, "errno", None)  # pyserial may hide it
    if code in (errno.ENOENT, errno.ENXIO, errno.ECONNREFUSED):
        return DeviceNotFoundError(f"nothing there while {action}; check the cable", device=device)
    if code in (errno.EACCES, errno.EPERM):
        return AccessDeniedError(
            f"no permission while {action}; the station's user must be in group dialout",
            device=device,
        )
    if code in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in str(error):
        return DeviceBusyError(f"another program holds the port (while {action})", device=device)
    return TransportError(
        f"serial line failed while {action} ({error}); check cable and plug", device=device
    )
