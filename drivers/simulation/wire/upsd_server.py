"""An emulated line on a TCP port of the loopback interface.

A thread of its own serves one client after another until `close()`. When the device is gone, the
connection is closed and nothing listens until it is plugged in again, at the same port.
"""

import contextlib
import selectors
import socket
import threading
from types import TracebackType
from typing import Self

from drivers.simulation.wire.serial_line import EmulatedLine, LineUnpluggedError

_LOOPBACK = "127.0.0.1"
_READ_BYTES = 4096


class EmulatedServer:
    """A TCP port that leads to an emulated line."""

    def __init__(self, line: EmulatedLine, *, port: int = 0) -> None:
        """Listen at `port`, or at a free one."""
        self.line = line
        self.port = port
        self._thread: threading.Thread
        self._wake: socket.socket
        self._stop: socket.socket
        self._open()

    def unplug(self) -> None:
        """End the connection and listen no more."""
        self.line.unplug()
        self.close()

    def replug(self) -> None:
        """Begin anew at the same port: a fresh, faultless device."""
        self.close()
        self.line.replug()
        self._open()

    def close(self) -> None:
        """End the service; allowed twice."""
        self._stop.close()
        self._thread.join()
        self._wake.close()

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
        listening = socket.create_server((_LOOPBACK, self.port))
        self._wake, self._stop = socket.socketpair()
        self.port = listening.getsockname()[1]
        self._thread = threading.Thread(
            target=self._serve, args=(listening,), name=f"emulated port {self.port}"
        )
        self._thread.start()

    def _serve(self, listening: socket.socket) -> None:
        with listening:
            while self.line.is_plugged and self._is_ready(listening):
                client, _ = listening.accept()
                with client, contextlib.suppress(ConnectionError):
                    self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        while self.line.is_plugged and self._is_ready(client):
            data = client.recv(_READ_BYTES)
            if not data:
                return
            try:
                client.sendall(self.line.exchange(data))
            except LineUnpluggedError:
                return

    def _is_ready(self, waited_for: socket.socket) -> bool:
        """Wait until there is something to read; False when the service shall end."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._wake, selectors.EVENT_READ)
            waiting.register(waited_for, selectors.EVENT_READ)
            return all(key.fileobj is not self._wake for key, _ in waiting.select())
