"""A pseudo-terminal on which an emulated pad lives; it can be unplugged and plugged in again.

The pad's name (`path`) is a link that stays, as udev's names do; the terminal behind it is new
after every plugging in. A thread moves the bytes.
"""

import errno
import os
import select
import threading
import tty
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

    def __init__(self, pad: LinePad, path: Path) -> None:
        self.pad = pad
        self.path = path
        self._master: int | None = None
        self._slave: int | None = None
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
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))
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
        for descriptor in (self._slave, self._master):
            if descriptor is not None:
                os.close(descriptor)
        self._master = self._slave = None

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                heard = self._receive()
                with self.pad.wire.changed:
                    said = self.pad.hear(heard) if heard else b""
                    said += self.pad.say()
                self._send(said)
        except UnpluggedError:
            self.path.unlink(missing_ok=True)
            self._hang_up()

    def _receive(self) -> bytes:
        if self._master is None or not select.select([self._master], [], [], _POLL_S / 10)[0]:
            return b""
        try:
            return os.read(self._master, _READ_BYTES)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EAGAIN):
                raise
            return b""

    def _send(self, data: bytes) -> None:
        while data and self._master is not None and not self._stop.is_set():
            if select.select([], [self._master], [], _POLL_S)[1]:
                data = data[os.write(self._master, data) :]
