"""A pseudo-terminal on which an emulated pad lives; it can be unplugged and plugged in again.

The pad's name (`path`) is a link that stays, as udev's names do; the terminal behind it is new
after every plugging in. A thread moves the bytes. While no program has the port open the pad keeps
still: a pseudo-terminal would keep what it says for the next program.
"""

import errno
import os
import select
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from drivers.simulation.wire.stu_faults import PadWire
from drivers.simulation.wire.uareu4500_device import UnpluggedError

_POLL_S = 0.02
_READ_BYTES = 65536
_JOIN_TIMEOUT_S = 5.0


class LinePad(Protocol):
    """A pad on a serial line; called from the terminal's thread with `wire.changed` held."""

    wire: PadWire

    def hear(self, data: bytes) -> bytes:
        """Return what the pad answers to bytes of the host."""
        ...

    def say(self) -> bytes:
        """Return what the pad says by itself by now."""
        ...

    def replug(self) -> None:
        """Become a fresh pad without faults."""
        ...


class PadTerminal:
    """Runs a pad on a pseudo-terminal; a context manager."""

    def __init__(
        self, pad: LinePad, path: Path, *, on_open: Callable[[], None] | None = None
    ) -> None:
        self.pad = pad
        self.path = path
        self._on_open = on_open
        self._master: int | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.plug_in()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unplug()

    def plug_in(self) -> None:
        """Make the terminal and begin to talk."""
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))
        os.close(slave)  # so that the master sees whether a program has it open
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name=f"pad on {self.path.name}")
        self._thread.start()

    def unplug(self) -> None:
        """Hang up; allowed twice."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_JOIN_TIMEOUT_S)
            self._thread = None
        self._hang_up()
        self.path.unlink(missing_ok=True)

    def replug(self) -> None:
        """Pull the plug and put it in again: a fresh pad without faults."""
        self.unplug()
        self.pad.replug()
        self.plug_in()

    def _hang_up(self) -> None:
        master, self._master = self._master, None
        if master is not None:
            os.close(master)

    def _run(self) -> None:
        was_open = False
        try:
            while not self._stop.is_set():
                is_open, data = self._receive()
                if is_open and not was_open and self._on_open is not None:
                    self._on_open()
                was_open = is_open
                if is_open:
                    self._send(self._speak(data))
        except UnpluggedError:
            self.path.unlink(missing_ok=True)
            self._hang_up()

    def _speak(self, heard: bytes) -> bytes:
        with self.pad.wire.changed:
            said = self.pad.hear(heard) if heard else b""
            return said + self.pad.say()

    def _receive(self) -> tuple[bool, bytes]:
        """Tell whether a program has the port open, and return what it sent."""
        master = self._master
        if master is None:
            return False, b""
        poll = select.poll()
        poll.register(master, select.POLLIN)
        events = dict(poll.poll(1000 * _POLL_S / 10)).get(master, 0)
        if events & select.POLLHUP:
            self._stop.wait(_POLL_S / 10)
            return False, b""
        try:
            return True, os.read(master, _READ_BYTES) if events & select.POLLIN else b""
        except OSError as error:  # closed, or read by another, in between
            if error.errno not in (errno.EIO, errno.EAGAIN):
                raise
            return False, b""

    def _send(self, data: bytes) -> None:
        while data and self._master is not None and not self._stop.is_set():
            if select.select([], [self._master], [], _POLL_S)[1]:
                data = data[os.write(self._master, data) :]
