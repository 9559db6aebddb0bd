"""A TCP connection to a device or service, used like a serial line: bytes out, bytes in."""

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from drivers.errors import DeviceNotFoundError, TransportError, TransportTimeoutError
from drivers.transport.serial import SerialLink

_CONNECT_TIMEOUT_S = 3.0
_WRITE_TIMEOUT_S = 5.0
_PIECE_BYTES = 65536


class TcpLink(SerialLink):
    """An open connection. A closed one cannot be opened again; make another."""

    def __init__(self, host: str, port: int, *, device: str) -> None:
        self.device = device
        self._where = f"{host}:{port}"
        self._arrived = bytearray()
        with self._translating("connecting to"):
            self._socket = socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        with self._translating("writing to"):
            self._socket.settimeout(_WRITE_TIMEOUT_S)
            self._socket.sendall(data)

    def read_some(self, max_bytes: int, *, timeout_s: float) -> bytes:
        """Return 1 to `max_bytes` bytes as soon as any are there; empty when none came in time.

        A connection that the other side closed is a TransportError, after the last byte.
        """
        if not self._arrived:
            self._arrived += self._receive(timeout_s)
        data = bytes(self._arrived[:max_bytes])
        del self._arrived[:max_bytes]
        return data

    def discard_input(self) -> None:
        """Forget what came and was not read."""
        self._arrived.clear()
        while self._receive(0.0):
            pass

    def close(self) -> None:
        """Close the connection; allowed twice, never raises."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _receive(self, timeout_s: float) -> bytes:
        with self._translating("reading from"):
            self._socket.settimeout(max(timeout_s, 0.0))
            try:
                piece = self._socket.recv(_PIECE_BYTES)
            except (TimeoutError, BlockingIOError):
                return b""
            if not piece:
                raise ConnectionResetError("the other side closed the connection")
            return piece

    @contextmanager
    def _translating(self, action: str) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise TransportTimeoutError(
                f"no answer in time while {action} {self._where}", device=self.device
            ) from error
        except (ConnectionRefusedError, socket.gaierror) as error:
            raise DeviceNotFoundError(
                f"nothing answers at {self._where} ({error}); check the address and that the "
                "service runs",
                device=self.device,
            ) from error
        except OSError as error:
            raise TransportError(
                f"connection failed while {action} {self._where}: {error}", device=self.device
            ) from error
