"""HTTP to an SBI service on this machine: own verbs, a deadline for the whole answer, cancelling.

Each exchange has a connection of its own: services send stray bytes after an answer
(PROTOCOLS.md 10.6). `drivers.transport.http` cannot be cancelled while an answer is awaited, and a
capture may take half a minute; here every wait is cut into slices of POLL_S.
"""

import http.client
import io
import json
import select
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from drivers.errors import (
    DeviceNotFoundError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.protocols.sbi_words import HOST
from drivers.transport.http import MultipartSplitter

APPLICATION = "ktpel-station"
"""What the EXT header says."""
POLL_S = 0.05  # a cancelled wait ends within this time
CONNECT_LIMIT_S = 2.0
MAX_ANSWER_BYTES = 64 << 20  # ten lossless prints of 500 ppi are about 2 MB
_CHUNK_BYTES = 64 << 10
_STREAM_TYPE = "multipart/x-mixed-replace"

CancelCheck = Callable[[], None]
"""Raises CaptureCancelledError when the caller wants no more."""


def never_cancelled() -> None:
    """Go on waiting."""


@dataclass(frozen=True, slots=True)
class SbiAnswer:
    """Status and body, read to its end."""

    status: int
    body: bytes


class SbiLink:
    """Exchanges with the service on one port of 127.0.0.1."""

    def __init__(
        self, port: int, *, device: str, check_cancel: CancelCheck = never_cancelled
    ) -> None:
        self.port = port
        self.device = device
        self.check_cancel = check_cancel

    def request(
        self, verb: str, path: str, document: Mapping[str, object], *, timeout_s: float
    ) -> SbiAnswer:
        """Send a JSON document and return the answer whatever its status; raises DriverError."""
        pending = self.begin(verb, path, document, timeout_s=timeout_s)
        return pending.finish(timeout_s=timeout_s)

    def begin(
        self, verb: str, path: str, document: Mapping[str, object], *, timeout_s: float
    ) -> "PendingAnswer":
        """Send a JSON document, `timeout_s` at most, and wait for nothing; raises DriverError."""
        exchange = _Exchange(self, timeout_s)
        try:
            with self.translating(verb):
                exchange.send(verb, path, document)
        except BaseException:
            exchange.close()
            raise
        return PendingAnswer(self, exchange, verb)

    def open_stream(
        self, path: str, document: Mapping[str, object], *, timeout_s: float
    ) -> "SbiStream":
        """Ask for a preview; raises DriverError. The caller closes it."""
        exchange = _Exchange(self, timeout_s)
        try:
            with self.translating("STREAM"):
                exchange.send("STREAM", path, document)
                answer = exchange.read_head("STREAM")
                return SbiStream(exchange, answer, self)
        except BaseException:
            exchange.close()
            raise

    @contextmanager
    def translating(self, verb: str) -> Iterator[None]:
        """Turn the errors of sockets and of http.client into ours."""
        place = f"http://{HOST}:{self.port}"
        try:
            yield
        except ConnectionRefusedError as error:
            raise DeviceNotFoundError(
                f"no SBI service at {place}; start the device's service", device=self.device
            ) from error
        except TimeoutError as error:
            raise TransportTimeoutError(
                f"no answer in time to {verb} at {place}; restart the device's service",
                device=self.device,
            ) from error
        except http.client.IncompleteRead as error:
            raise TransportError(
                f"the answer to {verb} ended too early at {place}", device=self.device
            ) from error
        except http.client.RemoteDisconnected as error:
            raise TransportError(
                f"{place} closed the connection without an answer to {verb}", device=self.device
            ) from error
        except (http.client.HTTPException, ValueError) as error:
            raise ProtocolError(
                f"{place} does not speak HTTP ({verb}): {error}", device=self.device
            ) from error
        except OSError as error:
            raise TransportError(
                f"connection to {place} failed ({verb}): {error}", device=self.device
            ) from error


class PendingAnswer:
    """An answer that was asked for; whoever has it finishes or closes it."""

    def __init__(self, link: SbiLink, exchange: "_Exchange", verb: str) -> None:
        self._link = link
        self._exchange = exchange
        self._verb = verb

    def is_coming(self, *, timeout_s: float) -> bool:
        """Wait until the service begins to answer (or hangs up); False when it did not in time."""
        with self._link.translating(self._verb):
            self._exchange.extend(timeout_s)
            return self._exchange.is_readable()

    def finish(self, *, timeout_s: float) -> SbiAnswer:
        """Return the whole answer whatever its status, then close; raises DriverError."""
        device = self._link.device
        with self._link.translating(self._verb), self._exchange as exchange:
            exchange.extend(timeout_s)
            answer = exchange.read_head(self._verb)
            body = bytearray()
            while chunk := answer.read(_CHUNK_BYTES):
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise ProtocolError(f"the answer to {self._verb} does not end", device=device)
            if answer.length:  # closed before Content-Length was reached
                raise http.client.IncompleteRead(bytes(body), answer.length)
            return SbiAnswer(answer.status, bytes(body))

    def close(self) -> None:
        """Hang up; allowed twice."""
        self._exchange.close()


class SbiStream:
    """An open preview: JPEG pictures one after another."""

    def __init__(
        self, exchange: "_Exchange", answer: http.client.HTTPResponse, link: SbiLink
    ) -> None:
        self._exchange = exchange
        self._answer = answer
        self._link = link
        kind = answer.headers.get_content_type()
        self.refusal = None if kind == _STREAM_TYPE else answer.read(_CHUNK_BYTES)
        """What the service said instead of streaming; None while it streams."""
        boundary = answer.headers.get_param("boundary")
        self._splitter = MultipartSplitter(boundary if isinstance(boundary, str) else "")
        self._parts: list[bytes] = []

    def read_jpeg(self, *, timeout_s: float) -> bytes:
        """Return the next picture; raises DriverError, also when the stream ends."""
        self._exchange.extend(timeout_s)
        with self._link.translating("STREAM"):
            while not self._parts:
                chunk = self._answer.read1(_CHUNK_BYTES)
                if not chunk:
                    raise TransportError("the preview ended", device=self._link.device)
                self._parts.extend(part for part in self._splitter.feed(chunk) if part)
            return self._parts.pop(0)

    def close(self) -> None:
        """Close the connection; allowed twice."""
        self._exchange.close()


class _Exchange:
    """One connection with a deadline."""

    def __init__(self, link: SbiLink, timeout_s: float) -> None:
        self._link = link
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._reader: _PatientReader | None = None

    def __enter__(self) -> "_Exchange":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, verb: str, path: str, document: Mapping[str, object]) -> None:
        """Connect and send a request."""
        limit_s = min(self._timeout_s, CONNECT_LIMIT_S)
        self._socket = socket.create_connection((HOST, self._link.port), timeout=limit_s)
        self._socket.sendall(_request_bytes(verb, path, self._link.port, document))
        self._reader = _PatientReader(self._socket, self._link.check_cancel)
        self.extend(self._timeout_s)

    def read_head(self, verb: str) -> http.client.HTTPResponse:
        """Read status and headers of the answer; the body is still to come."""
        link = _Readable(self._sent())
        answer = http.client.HTTPResponse(link, method=verb)  # type: ignore[arg-type]  # needs makefile() only
        answer.begin()
        return answer

    def is_readable(self) -> bool:
        """Wait until a byte or the end is there; False after the deadline."""
        return self._sent().is_readable()

    def extend(self, timeout_s: float) -> None:
        """Let the deadline be `timeout_s` from now."""
        if self._reader is not None:
            self._reader.deadline_s = time.monotonic() + timeout_s

    def close(self) -> None:
        """Hang up; allowed twice."""
        if self._socket is not None:
            self._socket.close()

    def _sent(self) -> "_PatientReader":
        if self._reader is None:
            raise http.client.NotConnected
        return self._reader


class _PatientReader(io.RawIOBase):
    """Bytes of a socket until a deadline; looks every POLL_S whether it was cancelled."""

    def __init__(self, connection: socket.socket, check_cancel: CancelCheck) -> None:
        self._socket = connection
        self._check_cancel = check_cancel
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)
        self.deadline_s = time.monotonic()

    def readable(self) -> bool:
        """Tell BufferedReader that bytes can be read."""
        return True

    def is_readable(self) -> bool:
        """Wait until bytes or the end are there; False after the deadline."""
        while True:
            self._check_cancel()
            left_s = self.deadline_s - time.monotonic()
            if left_s <= 0:
                return False
            if self._poll.poll(min(left_s, POLL_S) * 1000):
                return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
        """Wait for bytes; TimeoutError after the deadline."""
        if not self.is_readable():
            raise TimeoutError
        return self._socket.recv_into(buffer)


class _Readable:
    """What `http.client.HTTPResponse` wants of a socket."""

    def __init__(self, reader: _PatientReader) -> None:
        self._reader = reader

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


def _request_bytes(verb: str, path: str, port: int, document: Mapping[str, object]) -> bytes:
    """Return a request; services parse "Content-Length: " at a fixed column: one space."""
    body = json.dumps(document).encode()
    head = (
        f"{verb} {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nEXT: {APPLICATION}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
