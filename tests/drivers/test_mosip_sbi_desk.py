"""A device needs seconds for a capture; its caller asks every second or two."""

import threading
import time

import pytest

from drivers import errors
from drivers.devices import CaptureTarget
from drivers.protocols.sbi_desk import HELD_READS, HELD_S
from drivers.simulation.wire.sbi_server import Fault, FaultKind
from tests.drivers.mosip_sbi_rooms import TRANSACTION, sbi_rooms

THUMBS = CaptureTarget.THUMBS


class Slow:
    """Lets every capture wait until it is released, as a device that waits for fingers."""

    def __init__(self, rooms):
        self._device = rooms.device
        self.gate = threading.Event()
        rooms.server._responder = self

    def __call__(self, request):
        if request.verb == "RCAPTURE":
            self.gate.wait(10.0)
        return self._device(request)


def test_a_capture_goes_on_while_its_caller_asks_again(tmp_path):
    with sbi_rooms(tmp_path, options={"capture_s": 10.0}) as rooms, rooms.scanner as scanner:
        slow = Slow(rooms)
        for _ in range(3):
            started_s = time.monotonic()
            with pytest.raises(errors.CaptureTimeoutError, match="yet"):
                scanner.read_frame(target=THUMBS, timeout_s=0.2)
            assert time.monotonic() - started_s < 1.0
        slow.gate.set()
        assert len(scanner.read_frame(target=THUMBS, timeout_s=5.0).regions) == 2
        assert rooms.verbs().count("RCAPTURE") == 1
        assert '"timeout": "10000"' in rooms.server.requests[-1].body.decode()


def test_a_finished_capture_stays_the_newest_frame_for_some_reads(tmp_path):
    with sbi_rooms(tmp_path) as rooms, rooms.scanner as scanner:
        frames = [scanner.read_frame(target=THUMBS, timeout_s=1.0) for _ in range(1 + HELD_READS)]
        assert rooms.verbs().count("RCAPTURE") == 1
        assert {frame.raw for frame in frames} == {frames[0].raw}
        assert {frame.captured_at_s for frame in frames} == {frames[0].captured_at_s}
        fresh = scanner.read_frame(target=THUMBS, timeout_s=1.0)
        assert rooms.verbs().count("RCAPTURE") == 2
        assert fresh.raw != frames[0].raw


def test_it_does_not_stay_for_long(tmp_path):
    with sbi_rooms(tmp_path) as rooms, rooms.face as face:
        face.read_frame(timeout_s=1.0)
        time.sleep(HELD_S + 0.1)
        face.read_frame(timeout_s=1.0)
        assert rooms.verbs().count("RCAPTURE") == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda scanner: scanner.read_frame(timeout_s=1.0),  # resting: nothing is asked for
        lambda scanner: scanner.read_preview(timeout_s=1.0),
        lambda scanner: scanner.begin_transaction(TRANSACTION),
        lambda scanner: scanner.declare_exceptions(["left_thumb"]),
        lambda scanner: scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=1.0),
        lambda scanner: (scanner.close(), scanner.open()),
    ],
)
def test_what_ends_its_stay(tmp_path, change):
    with sbi_rooms(tmp_path) as rooms, rooms.scanner as scanner:
        scanner.begin_transaction(TRANSACTION)
        scanner.read_frame(target=THUMBS, timeout_s=1.0)
        change(scanner)
        before = rooms.verbs().count("RCAPTURE")
        scanner.read_frame(target=THUMBS, timeout_s=1.0)
        assert rooms.verbs().count("RCAPTURE") == before + 1


def test_a_capture_that_was_given_up_makes_the_next_one_wait(tmp_path):
    """The device is still at the first one and says 703: nothing was presented, not a fault."""
    with sbi_rooms(tmp_path, options={"capture_s": 10.0}) as rooms, rooms.scanner as scanner:
        slow = Slow(rooms)
        with pytest.raises(errors.CaptureTimeoutError):
            scanner.read_frame(target=THUMBS, timeout_s=0.2)
        slow.gate.set()
        rooms.device.capture_error = "703"
        with pytest.raises(errors.CaptureTimeoutError, match="given up"):
            scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=2.0)
        rooms.device.capture_error = None
        scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=2.0)


def test_busy_without_a_capture_of_our_own_is_busy(tmp_path):
    with (
        sbi_rooms(tmp_path, capture_error="703") as rooms,
        rooms.scanner as scanner,
        pytest.raises(errors.DeviceBusyError, match="703"),
    ):
        scanner.read_frame(target=THUMBS, timeout_s=1.0)


def test_a_service_that_stays_silent_is_found_out_over_several_calls(tmp_path):
    options = {"capture_s": 0.5, "answer_margin_s": 0.4}
    faults = [Fault(FaultKind.HANG, 2)]
    with sbi_rooms(tmp_path, faults=faults, options=options) as rooms, rooms.scanner as scanner:
        seen = []
        for _ in range(8):
            try:
                scanner.read_frame(target=THUMBS, timeout_s=0.2)
            except errors.DriverError as error:
                seen.append(type(error))
            else:
                break
        silent = seen.index(errors.TransportTimeoutError)
        assert set(seen[:silent]) == {errors.CaptureTimeoutError}
        assert len(seen) == silent + 1  # the next call captured


def test_cancelling_gives_the_running_capture_up(tmp_path, assert_no_new_threads):
    with sbi_rooms(tmp_path, options={"capture_s": 10.0}) as rooms, rooms.scanner as scanner:
        slow = Slow(rooms)
        with pytest.raises(errors.CaptureTimeoutError):
            scanner.read_frame(target=THUMBS, timeout_s=0.2)
        scanner.cancel()
        with pytest.raises(errors.CaptureCancelledError):
            scanner.read_frame(target=THUMBS, timeout_s=0.2)
        slow.gate.set()
    assert_no_new_threads()
