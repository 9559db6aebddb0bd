"""A pseudo-terminal with an emulated device behind it: a serial port for any program.

A thread of its own serves the device until `close()`. The port's name changes when the device is
plugged in again, as that of a USB adapter may; `link_path` is a name that stays.
"""

import os
import selectors
import termios
import threading
import time
import tty
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.simulation.wire.serial_line import EmulatedLine, LineUnpluggedError

_READ_BYTES = 4096
_BITS_PER_BYTE = 10  # one start bit, eight data bits, one stop bit
_PACED_BYTES = 64


class PseudoTerminal:
    """A serial port that leads to an emulated line."""

    def __init__(
        self, line: EmulatedLine, *, link_path: Path | None = None, baud: int | None = None
    ) -> None:
        """Open the port; `baud` makes answers take as long as on a real line."""
        self.line = line
        self._link_path = link_path
        self._pause_s = 0.0 if baud is None else _PACED_BYTES * _BITS_PER_BYTE / baud
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
        self._device_end, self._host_end = os.openpty()
        self._port = os.ttyname(self._host_end)
        try:
            self._make_link()
        except OSError:
            self._hang_up()
            raise
        tty.setraw(self._host_end, termios.TCSANOW)
        os.set_blocking(self._device_end, False)
        self._wake_end, self._stop_end = os.pipe()
        self._thread = threading.Thread(target=self._serve, name=f"emulated {self._port}")
        self._thread.start()

    def _make_link(self) -> None:
        if self._link_path is not None:
            self._link_path.unlink(missing_ok=True)
            self._link_path.symlink_to(self._port)

    def _hang_up(self) -> None:
        os.close(self._host_end)
        os.close(self._device_end)

    def _serve(self) -> None:
        """Answer until stopped or unplugged; then hang up."""
        try:
            with selectors.DefaultSelector() as waiting:
                waiting.register(self._wake_end, selectors.EVENT_READ)
                waiting.register(self._device_end, selectors.EVENT_READ)
                while self.line.is_plugged and not self._is_stopped(waiting.select()):
                    self._answer()
        finally:
            self._hang_up()

    def _answer(self) -> None:
        try:
            answer = self.line.exchange(os.read(self._device_end, _READ_BYTES))
        except (BlockingIOError, LineUnpluggedError):
            return
        while answer:
            answer = answer[self._write(answer) :]

    def _write(self, answer: bytes) -> int:
        """Send a piece and return its size; everything where nobody takes it any more."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._wake_end, selectors.EVENT_READ)
            waiting.register(self._device_end, selectors.EVENT_WRITE)
            if self._is_stopped(waiting.select()):
                return len(answer)
        if not self._pause_s:
            return os.write(self._device_end, answer)
        time.sleep(self._pause_s)
        return os.write(self._device_end, answer[:_PACED_BYTES])

    def _is_stopped(self, ready: list[tuple[selectors.SelectorKey, int]]) -> bool:
        return any(key.fd == self._wake_end for key, _ in ready)
