"""An NB-1010-U after a fault, and the real link's bulk transfers.

`link`: the emulator in place of the USB link. `pyusb`: the emulator under the real link, as a
pyusb backend. Every fault at every transfer is in `test_every_driver_faults`.
"""

import time

import pytest

from drivers.errors import ProtocolError, TransportError, TransportTimeoutError
from drivers.models.nb1010 import Nb1010, Nb1010Options
from drivers.simulation.wire.nb1010_device import NbDevice, NbSetup
from drivers.simulation.wire.nb1010_link import EmulatedNbLink
from drivers.simulation.wire.uareu4500_device import (
    DeviceSetup,
    Fault,
    FaultKind,
    UareuDevice,
)
from drivers.simulation.wire.uareu4500_link import EmulatedUsbLink
from tests.drivers.usb_backends import NbBackend, open_pyusb

LOOK = range(2)
"""The first look of a session: what is refused or damaged there is asked for once more."""
PICTURE = bytes(range(256)) * 180
TRANSFER_TIMEOUT_S = 0.1


@pytest.fixture(params=["link", "pyusb"])
def open_link(request):
    """A function that makes a fresh link to a reader."""
    if request.param == "link":
        return EmulatedNbLink
    return lambda reader: open_pyusb(NbBackend(reader), device="scanner")


def make_scanner(reader, open_link):
    options = Nb1010Options(transfer_timeout_s=TRANSFER_TIMEOUT_S)
    return Nb1010("scanner", options, lambda: open_link(reader))


def capture(scanner):
    with scanner:
        return scanner.read_frame(timeout_s=0.3)


@pytest.mark.parametrize("number", [1, 3, 5, 6, 50, 95])
def test_after_a_damaged_answer_it_is_used_on_without_a_new_plug(open_link, number):
    reader = NbDevice(NbSetup(PICTURE), Fault(FaultKind.SHORT, number))
    with make_scanner(reader, open_link) as scanner:
        if number not in LOOK:
            with pytest.raises(ProtocolError):
                scanner.read_frame(timeout_s=0.3)
        assert scanner.read_frame(timeout_s=0.3).pixels.tobytes() == PICTURE


def test_what_was_left_over_does_not_fit_and_is_read_away(open_link):
    reader = NbDevice(NbSetup(PICTURE, left_over_frames=30))
    assert capture(make_scanner(reader, open_link)).pixels.tobytes() == PICTURE


# ---- the real link's bulk transfers


@pytest.fixture
def claimed():
    """An emulated reader, its backend and a claimed link to it."""
    reader = NbDevice(NbSetup(PICTURE))
    backend = NbBackend(reader)
    link = open_pyusb(backend, device="scanner")
    link.claim((0, 0, 0))
    yield reader, backend, link
    link.close()


LOOK_BYTES = bytes.fromhex("8038070008000000")


def test_a_bulk_read_in_one_go_starts_no_thread(claimed, assert_no_new_threads):
    _, _, link = claimed
    link.bulk_write(0x02, LOOK_BYTES, timeout_s=0.2)
    assert link.bulk_read(0x83, 16, timeout_s=0.2).hex() == "803707001000000000000000f7000000"
    assert link._workers == []
    assert_no_new_threads()


def test_a_stalled_bulk_write_is_cleared(claimed):
    reader, backend, link = claimed
    reader.fault = Fault(FaultKind.STALL, 0)
    with pytest.raises(TransportError, match="stalled"):
        link.bulk_write(0x02, LOOK_BYTES, timeout_s=0.2)
    assert "clear_halt 02" in backend.calls
    link.bulk_write(0x02, LOOK_BYTES, timeout_s=0.2)


def test_a_bulk_write_taken_in_part_is_an_error(claimed):
    reader, _, link = claimed
    reader.fault = Fault(FaultKind.SHORT, 0)
    with pytest.raises(TransportError, match="7 of 8 bytes for endpoint 0x02"):
        link.bulk_write(0x02, LOOK_BYTES, timeout_s=0.2)


def test_a_bulk_write_that_nobody_takes_ends_in_time(claimed):
    reader, _, link = claimed
    reader.fault = Fault(FaultKind.SILENT, 0)
    started_s = time.monotonic()
    with pytest.raises(TransportTimeoutError, match="writing endpoint 0x02"):
        link.bulk_write(0x02, LOOK_BYTES, timeout_s=0.2)
    assert time.monotonic() - started_s < 1.0


def test_writing_to_an_endpoint_that_is_not_there(claimed):
    _, _, link = claimed
    with pytest.raises(ProtocolError, match="writing endpoint 0x05"):
        link.bulk_write(0x05, LOOK_BYTES, timeout_s=0.2)


def test_a_link_without_bulk_writes_says_so():
    reader = UareuDevice(DeviceSetup(b""))
    with pytest.raises(NotImplementedError, match="EmulatedUsbLink has no bulk OUT endpoint"):
        EmulatedUsbLink(reader).bulk_write(0x02, b"", timeout_s=0.2)
