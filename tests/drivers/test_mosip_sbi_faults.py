"""What a service does wrong in a preview or an answer's body, and after a fault without closing.

`test_every_driver_faults` has what goes wrong with every exchange.
"""

import threading
import time

import pytest

from drivers import errors
from drivers.devices import CaptureTarget
from drivers.simulation.wire.sbi_server import Fault, FaultKind
from tests.drivers.mosip_sbi_rooms import sbi_rooms

CAPTURE_S = 0.4
MARGIN_S = 0.4
PREVIEW_S = 0.6
SCHEDULING_S = 1.0  # other programs on the machine


def test_a_service_that_hangs_once_is_usable_without_opening_again(tmp_path):
    faults = [Fault(FaultKind.HANG, 2), Fault(FaultKind.GARBAGE, 3), Fault(FaultKind.TRUNCATE, 4)]
    with (
        sbi_rooms(tmp_path, faults=faults, options={"answer_margin_s": MARGIN_S}) as rooms,
        rooms.scanner as scanner,
    ):
        for expected in (errors.TransportTimeoutError, errors.ProtocolError, errors.TransportError):
            with pytest.raises(expected):
                scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=CAPTURE_S)
        scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=CAPTURE_S)


@pytest.mark.parametrize("end", ["at once", "in the header", "in a picture"])
def test_a_preview_that_breaks_off(tmp_path, end):
    head = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=--B\r\n\r\n"
    tails = {
        "at once": b"",
        "in the header": b"--B\r\nContent-Le",
        "in a picture": b"--B\r\nContent-Type:image/jpeg\r\nContent-Length:900\r\n\r\n\xff\xd8\xff",
    }
    with sbi_rooms(tmp_path) as rooms, rooms.scanner as scanner:
        rooms.server._responder = lambda _: [head, tails[end]]
        with pytest.raises(errors.TransportError, match="the preview ended"):
            scanner.read_preview(timeout_s=PREVIEW_S)
        rooms.server._responder = rooms.device
        scanner.read_preview(timeout_s=PREVIEW_S)


def test_a_preview_that_stops_sending(tmp_path):
    pause = threading.Event()

    def frozen(request):
        yield next(iter(rooms.device(request)))
        pause.wait(5.0)

    with sbi_rooms(tmp_path) as rooms, rooms.scanner as scanner:
        rooms.server._responder = frozen
        started_s = time.monotonic()
        with pytest.raises(errors.TransportTimeoutError):
            scanner.read_preview(timeout_s=PREVIEW_S)
        assert time.monotonic() - started_s < PREVIEW_S + SCHEDULING_S
        pause.set()


@pytest.mark.parametrize(
    "part",
    [b"no picture", b"\xff\xd8\xff\xe0 cut", b"\x89PNG\r\n\x1a\n"],
    ids=["text", "cut", "another format"],
)
def test_a_preview_of_something_else(tmp_path, part):
    answer = (
        b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=--B\r\n\r\n"
        b"--B\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(part), part)
    )
    with sbi_rooms(tmp_path) as rooms, rooms.scanner as scanner:
        rooms.server._responder = lambda _: [answer]
        with pytest.raises(errors.ProtocolError, match="a preview cannot be shown"):
            scanner.read_preview(timeout_s=PREVIEW_S)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"7", b"[]", b"{}", b'{"biometrics": []}', b'{"biometrics": {}}',
        b'{"biometrics": [7]}', b'{"biometrics": [{}]}', b'{"biometrics": [{"data": 7}]}',
        b'{"biometrics": [{"data": "a.b.c"}]}', b'{"biometrics": [{"data": "!!!.b.c"}]}',
        b'{"biometrics": [{"data": "e30.e30.e30"}]}', b'{"biometrics": [{"error": 7}]}',
        b'{"biometrics": [{"data": "eyJhbGciOiJSUzI1NiIsIng1YyI6WyJBQUFBIl19.e30.e30"}]}',
        b"[" * 100_000, b'{"biometrics": [' + b"{}," * 40 + b"{}]}", b"\xff\xfe\x00",
    ],
)  # fmt: skip
def test_answers_that_are_no_answer(tmp_path, body):
    with sbi_rooms(tmp_path) as rooms, rooms.scanner as scanner:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        rooms.server._responder = lambda _: [head, body]
        with pytest.raises(errors.ProtocolError):
            scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=CAPTURE_S)


def test_an_answer_without_end_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr("drivers.protocols.sbi_link.MAX_ANSWER_BYTES", 1 << 20)

    def endless(_):
        yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        while True:
            yield b"x" * 65536

    with sbi_rooms(tmp_path) as rooms, rooms.scanner as scanner:
        rooms.server._responder = endless
        with pytest.raises(errors.ProtocolError, match="does not end"):
            scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=CAPTURE_S)


def test_chunked_answers_are_understood(tmp_path):
    """SBI 1.0 lets services chunk; the mock does not."""

    def chunked(request):
        body = b"".join(rooms.device(request)).partition(b"\r\n\r\n")[2]
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        for start in range(0, len(body), 9973):
            piece = body[start : start + 9973]
            yield b"%x\r\n%s\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"

    with sbi_rooms(tmp_path) as rooms, rooms.scanner as scanner:
        rooms.server._responder = chunked
        scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=CAPTURE_S)
