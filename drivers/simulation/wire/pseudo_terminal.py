"""A pseudo-terminal with an emulated device behind it: a serial port for any program.

A thread of its own serves the device until `close()`. The port's name changes when the device is
plugged in again, as that of a USB adapter may; `link_path` is a name that stays, as udev's do.

A device that speaks by itself keeps still while no program has the port open: a pseudo-terminal
would keep what it says for the next program.
"""

import errno
import os
import select
import termios
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from drivers.simulation.wire.serial_line import LineUnpluggedError

_READ_BYTES = 65536
_BITS_PER_BYTE = 10  # one start bit, eight data bits, one stop bit
_PACED_BYTES = 64


class TerminalLine(Protocol):
    """A device at the end of the line; called from the terminal's thread."""

    @property
    def is_plugged(self) -> bool:
        """Tell whether the device is there."""
        ...

    def exchange(self, data: bytes) -> bytes:
        """Hand over bytes and return what the device says; LineUnpluggedError where it is gone."""
        ...

    def unplug(self) -> None:
        """Pull the plug."""
        ...

    def replug(self) -> None:
        """Become a fresh device without faults."""
        ...


@dataclass(frozen=True, slots=True)
class OwnSpeech:
    """For a device that speaks by itself."""

    every_s: float
    """How often it is asked, by an exchange of no bytes."""
    on_open: Callable[[], None] | None = None
    """Called whenever a program has opened the port."""


class PseudoTerminal:
    """A serial port that leads to an emulated line."""

    def __init__(
        self,
        line: TerminalLine,
        *,
        link_path: Path | None = None,
        baud: int | None = None,
        speech: OwnSpeech | None = None,
        thread_name: str = "emulated line",
    ) -> None:
        """Open the port; `baud` makes answers take as long as on a real line."""
        self.line = line
        self._link_path = link_path
        self._pause_s = 0.0 if baud is None else _PACED_BYTES * _BITS_PER_BYTE / baud
        self._speech = speech
        self._thread_name = thread_name
        self._thread: threading.Thread
        self._stop_end: int
        self._wake_end: int
        self._open()

    @property
    def port(self) -> str:
        """Name of the port as a host opens it."""
        return str(self._link_path) if self._link_path is not None else self._port

    def unplug(self) -> None:
        """Pull the plug: the port is gone."""
        self.line.unplug()
        self.close()

    def replug(self) -> None:
        """Pull the plug and put it in again: a fresh, faultless device."""
        self.close()
        self.line.replug()
        self._open()

    def close(self) -> None:
        """End the port; allowed twice."""
        if self._stop_end < 0:
            return
        os.write(self._stop_end, b"x")
        self._thread.join()
        os.close(self._stop_end)
        os.close(self._wake_end)
        self._stop_end = self._wake_end = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> None:
        self._device_end, host_end = os.openpty()
        self._host_end: int | None = host_end
        self._port = os.ttyname(host_end)
        try:
            self._make_link()
        except OSError:
            self._hang_up()
            raise
        tty.setraw(host_end, termios.TCSANOW)
        os.set_blocking(self._device_end, False)
        if self._speech is not None:
            os.close(host_end)  # so that the device's end sees whether a program has it open
            self._host_end = None
        self._wake_end, self._stop_end = os.pipe()
        self._thread = threading.Thread(target=self._serve, name=self._thread_name)
        self._thread.start()

    def _make_link(self) -> None:
        if self._link_path is not None:
            self._link_path.unlink(missing_ok=True)
            self._link_path.symlink_to(self._port)

    def _hang_up(self) -> None:
        if self._link_path is not None:
            self._link_path.unlink(missing_ok=True)
        if self._host_end is not None:
            os.close(self._host_end)
        os.close(self._device_end)

    def _serve(self) -> None:
        """Answer until stopped or unplugged; then hang up."""
        was_open = False
        try:
            while self.line.is_plugged and not self._is_stopping(0.0):
                is_open, data = self._receive()
                if is_open and not was_open and self._speech and self._speech.on_open:
                    self._speech.on_open()
                was_open = is_open
                if data or (is_open and self._speech):
                    self._send(self.line.exchange(data))
        except LineUnpluggedError:
            return
        finally:
            self._hang_up()

    def _receive(self) -> tuple[bool, bytes]:
        """Wait; tell whether a program has the port open, and return what it sent."""
        wait_s = None if self._speech is None else self._speech.every_s
        happening = self._wait(select.POLLIN, wait_s)
        if happening & select.POLLHUP:
            self._is_stopping(wait_s)
            return False, b""
        try:
            return True, os.read(self._device_end, _READ_BYTES) if happening else b""
        except OSError as error:  # closed by the program, or taken by another one, in between
            if error.errno not in (errno.EIO, errno.EAGAIN):
                raise
            return False, b""

    def _send(self, data: bytes) -> None:
        """Send everything, or what is taken until the program leaves or the port is closed."""
        while data and self._wait(select.POLLOUT, None) & select.POLLOUT:
            time.sleep(self._pause_s)
            piece = data[:_PACED_BYTES] if self._pause_s else data
            data = data[os.write(self._device_end, piece) :]

    def _wait(self, event: int, wait_s: float | None) -> int:
        """Return what happens at the device's end; 0 when nothing does, or the port is closed."""
        poll = select.poll()
        poll.register(self._wake_end, select.POLLIN)
        poll.register(self._device_end, event)
        events = dict(poll.poll(None if wait_s is None else 1000 * wait_s))
        return 0 if self._wake_end in events else events.get(self._device_end, 0)

    def _is_stopping(self, wait_s: float | None) -> bool:
        return bool(select.select([self._wake_end], [], [], wait_s)[0])
