"""A bad link: a TCP proxy that cuts connections at chosen bytes."""

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import pytest

from station.centre.keys import CentreKeys
from station.centre.retry import RetryPolicy

SOCKET_LIMIT_S = 20
BLOCK_BYTES = 4096


@dataclass
class CuttingProxy:
    """Forwards connections to a server; cuts the n-th after a number of bytes to the client."""

    target: tuple[str, int]
    cuts_after_bytes: list[int]
    """One entry per connection that is cut; later connections live."""
    cuts_done: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> str:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(SOCKET_LIMIT_S)
        self._listener.close()

    def _accept(self) -> None:
        workers = []
        while not self._stopped.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                worker = threading.Thread(target=self._serve, args=[client])
                worker.start()
                workers.append(worker)
        for worker in workers:
            worker.join(SOCKET_LIMIT_S)

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            budget = self.cuts_after_bytes.pop(0) if self.cuts_after_bytes else None
        with client, socket.create_connection(self.target, SOCKET_LIMIT_S) as server:
            up = threading.Thread(target=self._pump_up, args=[client, server])
            up.start()
            self._pump_down(server, client, budget)
            for end in (client, server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            up.join(SOCKET_LIMIT_S)

    def _pump_up(self, client: socket.socket, server: socket.socket) -> None:
        client.settimeout(SOCKET_LIMIT_S)
        with suppress(OSError):
            while piece := client.recv(BLOCK_BYTES):
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

    def _pump_down(self, server: socket.socket, client: socket.socket, budget: int | None) -> None:
        server.settimeout(SOCKET_LIMIT_S)
        passed = 0
        with suppress(OSError):
            while piece := server.recv(BLOCK_BYTES):
                if budget is not None and passed + len(piece) > budget:
                    client.sendall(piece[: budget - passed])
                    self.cuts_done += 1
                    return
                client.sendall(piece)
                passed += len(piece)


@contextmanager
def bad_link(url: str, cuts_after_bytes: list[int]) -> Iterator[tuple[str, CuttingProxy]]:
    host, _, port = url.removeprefix("https://").rpartition(":")
    proxy = CuttingProxy((host, int(port)), cuts_after_bytes)
    try:
        yield proxy.start(), proxy
    finally:
        proxy.stop()


@pytest.fixture
def make_bad_link() -> Callable[..., object]:
    return bad_link


@pytest.fixture
def random_cuts() -> Callable[[int, int], list[int]]:
    """Return (count, highest) -> cut points, the same at every run."""

    def draw(count: int, highest: int) -> list[int]:
        chance = random.Random(20261124)
        return [chance.randint(5_000, highest) for _ in range(count)]

    return draw


@pytest.fixture
def collector_keys(centre_keys) -> CentreKeys:
    """Keys of a collector that carries packages and cannot open them."""
    return replace(centre_keys, identities=())


@pytest.fixture
def quick() -> RetryPolicy:
    """Impatient, so that a test of a dead link ends soon."""
    return RetryPolicy(
        tries_without_progress=10,
        first_wait_s=0.01,
        longest_wait_s=0.05,
        connect_timeout_s=5,
        silence_timeout_s=10,
        time_limit_s=60,
    )
