"""An emulated network camera: an MJPEG stream on the loopback interface, with faults at any moment.

A transfer is one piece of a stream: its head is number 0, then every picture is one. A client that
connects anew gets a new head. Pictures come at `RATE_HZ`, the given ones one after another, the
last again and again.

Not modelled: other answers than 200, several clients at a time, log-in.
"""

import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
RATE_HZ = 200.0
_ACCEPT_POLL_S = 0.02
_REQUEST_LIMIT_S = 5.0
_REQUEST_BYTES = 65536
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n"
    b"Connection: close\r\n\r\n"
)


class StreamFaultKind(StrEnum):
    """What goes wrong at a piece of the stream."""

    UNPLUG = "unplug"
    """The connection ends, and nothing listens until the camera is plugged in again."""
    STALL = "stall"
    """Nothing comes any more; the connection stays open."""
    SHORT = "short"
    """Half of a picture under its whole length, or half of the head, after which it hangs up."""
    CUT = "cut"
    """Half of a picture under the length of that half; of the head as `SHORT`."""


@dataclass(frozen=True, slots=True)
class StreamFault:
    """A fault at the piece with this number, from 0."""

    kind: StreamFaultKind
    at_transfer: int


class _HungUpError(Exception):
    """The camera ended the connection."""


class MjpegServer:
    """Streams until closed; a context manager."""

    def __init__(self, jpegs: Sequence[bytes], fault: StreamFault | None = None) -> None:
        self.jpegs = tuple(jpegs)
        self.fault = fault
        self.transfers = 0
        """Number of pieces so far, lost ones among them."""
        self.port = 0
        self._listener: socket.socket
        self._stop: threading.Event
        self._thread: threading.Thread
        self._open()

    @property
    def url(self) -> str:
        """Where the stream is."""
        return f"http://{HOST}:{self.port}/stream"

    def replug(self) -> None:
        """Pull the plug and put it in again: a faultless camera at the same address."""
        self.close()
        self.fault = None
        self._open()

    def close(self) -> None:
        """End the service; allowed twice."""
        self._stop.set()
        self._thread.join()
        self._listener.close()

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
        self._listener = socket.create_server((HOST, self.port))
        self._listener.settimeout(_ACCEPT_POLL_S)
        self.port = self._listener.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"emulated camera {self.port}")
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:  # unplugged: the listener is closed
                return
            with client:
                client.settimeout(_REQUEST_LIMIT_S)
                self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        try:
            client.recv(_REQUEST_BYTES)
            self._send_head(client)
            shown = 0
            while not self._stop.wait(1.0 / RATE_HZ):
                self._send_picture(client, self.jpegs[min(shown, len(self.jpegs) - 1)])
                shown += 1
        except (OSError, _HungUpError):  # the client went away, or this side
            return

    def _send_head(self, client: socket.socket) -> None:
        if self._begin() is not None:
            client.sendall(_HEAD[: len(_HEAD) // 2])
            raise _HungUpError
        client.sendall(_HEAD)

    def _send_picture(self, client: socket.socket, jpeg: bytes) -> None:
        fault = self._begin()
        sent = jpeg if fault is None else jpeg[: len(jpeg) // 2]
        length = len(sent) if fault is StreamFaultKind.CUT else len(jpeg)
        head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % length
        client.sendall(head + sent + b"\r\n")

    def _begin(self) -> StreamFaultKind | None:
        """Count a piece and return what must be wrong with it; raises _HungUpError."""
        number, self.transfers = self.transfers, self.transfers + 1
        if self.fault is None or self.fault.at_transfer != number:
            return None
        if self.fault.kind is StreamFaultKind.UNPLUG:
            self._listener.close()
            raise _HungUpError
        if self.fault.kind is StreamFaultKind.STALL:
            self._stop.wait()
            raise _HungUpError
        return self.fault.kind
