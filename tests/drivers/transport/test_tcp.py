"""The TCP link against a plain socket."""

import socket
import time

import pytest

from drivers.errors import DeviceNotFoundError, ProtocolError, TransportError, TransportTimeoutError
from drivers.transport.tcp import TcpLink


@pytest.fixture
def ends():
    """A link and the other end of its connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        link = TcpLink("127.0.0.1", listening.getsockname()[1], device="ups")
        other, _ = listening.accept()
        with other:
            yield link, other
        link.close()
        link.close()


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(DeviceNotFoundError, match="check the address"):
        TcpLink("127.0.0.1", port, device="ups")


def test_no_such_host():
    with pytest.raises(DeviceNotFoundError):
        TcpLink("no-such-host.invalid", 3493, device="ups")


def test_bytes_go_both_ways(ends):
    link, other = ends
    link.write(b"VER\n")
    assert other.recv(10) == b"VER\n"
    other.sendall(b"abcdef")
    assert link.read_exactly(4, timeout_s=1.0) == b"abcd"
    assert link.read_some(10, timeout_s=1.0) == b"ef"


def test_silence_is_an_empty_read_in_time(ends):
    started_s = time.monotonic()
    assert ends[0].read_some(5, timeout_s=0.2) == b""
    assert 0.15 < time.monotonic() - started_s < 1.0
    assert ends[0].read_some(5, timeout_s=0.0) == b""


def test_read_until(ends):
    link, other = ends
    other.sendall(b"OK\nnext")
    assert link.read_until(b"\n", max_bytes=9, timeout_s=1.0) == b"OK\n"
    with pytest.raises(ProtocolError):
        link.read_until(b"\n", max_bytes=4, timeout_s=0.2)
    with pytest.raises(TransportTimeoutError):
        link.read_exactly(1, timeout_s=0.1)


def test_discarded_input_is_gone(ends):
    link, other = ends
    other.sendall(b"old1old2")
    assert link.read_some(4, timeout_s=1.0) == b"old1"
    link.discard_input()
    other.sendall(b"new")
    assert link.read_exactly(3, timeout_s=1.0) == b"new"


def test_what_came_before_the_end_is_read(ends):
    link, other = ends
    other.sendall(b"last")
    other.shutdown(socket.SHUT_WR)
    assert link.read_exactly(4, timeout_s=1.0) == b"last"
    with pytest.raises(TransportError, match="the other side closed") as caught:
        link.read_some(1, timeout_s=1.0)
    assert caught.type is TransportError


def test_a_reader_that_never_reads_ends_the_write(ends, monkeypatch):
    monkeypatch.setattr("drivers.transport.tcp._WRITE_TIMEOUT_S", 0.2)
    with pytest.raises(TransportTimeoutError, match="while writing"):
        ends[0].write(bytes(64 * 1024 * 1024))


def test_a_closed_link_is_a_transport_error(ends):
    ends[0].close()
    with pytest.raises(TransportError):
        ends[0].write(b"x")
    with pytest.raises(TransportError):
        ends[0].read_some(1, timeout_s=0.1)
