"""The serial link on a pseudo-terminal."""

import contextlib
import os
import socket
import threading
import time
import tty

import pytest

from drivers.errors import (
    DeviceBusyError,
    DeviceNotFoundError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.transport.serial import PySerialLink, SerialSettings

SETTINGS = SerialSettings(baud=9600)


@pytest.fixture
def terminal():
    """The device's end of a line and the name of the host's end."""
    device_end, host_end = os.openpty()
    tty.setraw(host_end)
    yield device_end, os.ttyname(host_end)
    os.close(host_end)
    with contextlib.suppress(OSError):  # the test may have hung up
        os.close(device_end)


@pytest.fixture
def link(terminal):
    link = PySerialLink(terminal[1], SETTINGS, device="pad")
    yield link
    link.close()
    link.close()


def test_no_such_port(tmp_path):
    with pytest.raises(DeviceNotFoundError, match="check the cable"):
        PySerialLink(str(tmp_path / "ttyUSB0"), SETTINGS, device="pad")


def test_nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DeviceNotFoundError):
        PySerialLink(f"socket://127.0.0.1:{port}", SETTINGS, device="pad")


def test_no_serial_port(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"")
    with pytest.raises(TransportError, match="serial line failed"):
        PySerialLink(str(path), SETTINGS, device="pad")


@pytest.mark.usefixtures("link")
def test_the_port_is_taken(terminal):
    with pytest.raises(DeviceBusyError, match="another program"):
        PySerialLink(terminal[1], SETTINGS, device="pad")


def test_bytes_go_both_ways(terminal, link):
    link.write(b"\x00\xff\r\n")
    assert os.read(terminal[0], 10) == b"\x00\xff\r\n"
    os.write(terminal[0], b"\x11\x13abc")
    assert link.read_exactly(5, timeout_s=1.0) == b"\x11\x13abc"


def test_silence_is_an_empty_read_in_time(link):
    started_s = time.monotonic()
    assert link.read_some(5, timeout_s=0.2) == b""
    assert 0.15 < time.monotonic() - started_s < 1.0


def test_too_few_bytes_say_how_many_came(terminal, link):
    os.write(terminal[0], b"abc")
    with pytest.raises(TransportTimeoutError, match="3 of 5 bytes"):
        link.read_exactly(5, timeout_s=0.2)


def test_bytes_that_trickle_in_are_gathered(terminal, link):
    def trickle():
        for byte in b"abcde":
            time.sleep(0.02)
            os.write(terminal[0], bytes([byte]))

    thread = threading.Thread(target=trickle)
    thread.start()
    assert link.read_exactly(5, timeout_s=2.0) == b"abcde"
    thread.join()


def test_read_until_leaves_the_rest(terminal, link):
    os.write(terminal[0], b"(228.0\rnext")
    assert link.read_until(b"\r", max_bytes=50, timeout_s=1.0) == b"(228.0\r"
    assert link.read_exactly(4, timeout_s=1.0) == b"next"


def test_read_until_gives_up(terminal, link):
    os.write(terminal[0], b"abcdef")
    with pytest.raises(ProtocolError, match="in 4 bytes"):
        link.read_until(b"\r", max_bytes=4, timeout_s=1.0)
    with pytest.raises(TransportTimeoutError, match="2 bytes without"):
        link.read_until(b"\r", max_bytes=9, timeout_s=0.2)


def test_discarded_input_is_gone(terminal, link):
    os.write(terminal[0], b"old")
    time.sleep(0.05)
    link.discard_input()
    os.write(terminal[0], b"new")
    assert link.read_exactly(3, timeout_s=1.0) == b"new"


def test_an_unplugged_line_is_a_transport_error(terminal, link):
    os.close(terminal[0])
    with pytest.raises(TransportError) as caught:
        link.read_exactly(1, timeout_s=0.2)
    assert caught.type is TransportError


def test_a_closed_line_is_a_transport_error(link):
    link.close()
    with pytest.raises(TransportError):
        link.write(b"x")
