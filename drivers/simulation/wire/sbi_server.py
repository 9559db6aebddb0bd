"""A loopback HTTP server that answers like a device's SBI service, byte by byte, with its faults.

It sends what a responder gives, as it is: stray bytes after the body, odd pieces, a connection that
ends. Each exchange has a number, from 0; a fault acts at one of them.

Not modelled: TLS (SBI has none), several requests on one connection.
"""

import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
MAX_REQUEST_BYTES = 1 << 20
MAX_BROKEN_BYTES = 8 << 20
"""How much of an answer without end (a preview) is made before it is broken."""
_ACCEPT_POLL_S = 0.05
_RECEIVE_LIMIT_S = 5.0
_LINGER_S = 10.0  # a hung connection is dropped at last; tests end long before


class FaultKind(StrEnum):
    """What goes wrong at an exchange."""

    VANISH = "vanish"
    """The service is gone: this connection is closed without an answer, later ones are refused."""
    HANG = "hang"
    """No answer; the connection stays open."""
    TRUNCATE = "truncate"
    """The answer ends in its middle."""
    GARBAGE = "garbage"
    """Something that is not HTTP."""
    TRICKLE = "trickle"
    """The answer comes byte by byte, ten in a second."""
    LIE = "lie"
    """An honest status and length around another content."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at the exchange with this number, from 0."""

    kind: FaultKind
    at_exchange: int


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came."""

    verb: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    raw: bytes


Responder = Callable[[Request], Iterable[bytes]]
"""Gives the bytes of an answer, status line and headers included, piece by piece."""


class SbiServer:
    """Serves until closed; a context manager."""

    def __init__(
        self, responder: Responder, *, faults: Iterable[Fault] = (), port: int = 0
    ) -> None:
        self._responder = responder
        self.faults = {fault.at_exchange: fault.kind for fault in faults}
        self.requests: list[Request] = []
        self.port = port
        self._lock = threading.Lock()
        self._stop: threading.Event
        self._workers: list[threading.Thread]
        self._listener: socket.socket
        self._acceptor: threading.Thread
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving and wait for every thread; allowed twice."""
        self._stop.set()
        self._acceptor.join()
        for worker in self._workers:
            worker.join()
        self._listener.close()

    def replug(self) -> None:
        """Start the service anew at the same port, without faults."""
        self.close()
        self.faults = {}
        self._open()

    def _open(self) -> None:
        self._stop = threading.Event()
        self._workers = []
        self._listener = socket.create_server((HOST, self.port))
        self._listener.settimeout(_ACCEPT_POLL_S)
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="sbi-emulator", daemon=True)
        self._acceptor.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:  # the service vanished
                return
            worker = threading.Thread(
                target=self._serve, args=(connection,), name="sbi-emulator-worker", daemon=True
            )
            self._workers.append(worker)
            worker.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(_RECEIVE_LIMIT_S)
            try:
                request = read_request(connection)
                if request is not None:
                    self._answer(connection, request)
            except OSError:  # the client went away
                return

    def _answer(self, connection: socket.socket, request: Request) -> None:
        with self._lock:
            fault = self.faults.get(len(self.requests))
            self.requests.append(request)
        if fault is FaultKind.VANISH:
            self._listener.close()
            return
        if fault is FaultKind.HANG:
            self._stop.wait(_LINGER_S)
            return
        if fault is FaultKind.GARBAGE:
            connection.sendall(b"\x16\x03\x01 no hypertext\r\n\r\n" * 4)
            return
        if fault is None:
            self._send(connection, self._responder(request))
        else:
            self._send_broken(connection, _beginning(self._responder(request)), fault)

    def _send(self, connection: socket.socket, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            connection.sendall(piece)
            if self._stop.is_set():
                return

    def _send_broken(self, connection: socket.socket, answer: bytes, fault: FaultKind) -> None:
        if fault is FaultKind.TRUNCATE:
            connection.sendall(answer[: len(answer) // 2])
        elif fault is FaultKind.LIE:
            head, _, _ = answer.partition(b"\r\n\r\n")
            lie = b'{"unexpected": [1, 2, 3]}'
            kept = b"\r\n".join(
                line
                for line in head.split(b"\r\n")
                if not line.lower().startswith((b"content-length", b"content-type"))
            )
            connection.sendall(kept + b"\r\nContent-Length: %d\r\n\r\n" % len(lie) + lie)
        else:
            for at in range(len(answer)):
                connection.sendall(answer[at : at + 1])
                if self._stop.wait(0.1):
                    return


def _beginning(pieces: Iterable[bytes]) -> bytes:
    """Return an answer, of an endless one as much as matters."""
    answer = bytearray()
    for piece in pieces:
        answer += piece
        if len(answer) > MAX_BROKEN_BYTES:
            break
    return bytes(answer)


def read_request(connection: socket.socket) -> Request | None:
    """Read one request with its body; None when the client only looked whether we listen."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk or len(data) > MAX_REQUEST_BYTES:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    length = int(headers.get("content-length", "0"))
    while len(body) < length:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        body += chunk
    verb, path, _ = first.split(" ", 2)
    return Request(verb, path, headers, body, data[: -len(body)] + body if body else data)
