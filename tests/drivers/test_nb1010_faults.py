"""Every fault at every transfer of one capture of an NB-1010-U, on two seams.

`link`: the emulator in place of the USB link. `pyusb`: the emulator under the real link, as a
pyusb backend.
"""

import errno
import time
from types import SimpleNamespace

import pytest
import usb.core

from drivers.errors import DriverError, ProtocolError, TransportError, TransportTimeoutError
from drivers.models.nb1010 import USB_ID, Nb1010, Nb1010Options
from drivers.simulation.wire.nb1010_device import BabbleError, NbDevice, NbSetup
from drivers.simulation.wire.nb1010_link import EmulatedNbLink
from drivers.simulation.wire.uareu4500_device import (
    DeviceSetup,
    Fault,
    FaultKind,
    SilentError,
    StalledError,
    UareuDevice,
    UnpluggedError,
)
from drivers.simulation.wire.uareu4500_link import EmulatedUsbLink
from drivers.transport.pyusb_link import PyUsbLink
from drivers.transport.usb import UsbDeviceInfo

TALK = ("write 38", "read 37", "write 0d", "read 20", "write 12", "read 20")
TRANSFERS = (*TALK, *["read 21"] * 90)
LOOK = range(2)
"""The first look of a session: what is refused or damaged there is asked for once more."""
PICTURE = bytes(range(256)) * 180
TRANSFER_TIMEOUT_S = 0.1
LIMIT_S = 2.0
SILENT_AT = (*range(len(TALK) + 2), 50, len(TRANSFERS) - 1)
CASES = [
    pytest.param(kind, number, id=f"{kind}-{number}")
    for kind in FaultKind
    for number in (SILENT_AT if kind == FaultKind.SILENT else range(len(TRANSFERS)))
]
ENDPOINTS = ((0x81, 3), (0x02, 2), (0x83, 2))
USB_ERRORS = {
    UnpluggedError: usb.core.USBError("No such device", errno=errno.ENODEV),
    StalledError: usb.core.USBError("Pipe error", errno=errno.EPIPE),
    BabbleError: usb.core.USBError("Overflow", errno=errno.EOVERFLOW),
    SilentError: usb.core.USBTimeoutError("Operation timed out", errno=errno.ETIMEDOUT),
}


@pytest.fixture(scope="session")
def nb_backend(emulator_backend):
    """The class of a pyusb backend around one emulated NB-1010-U."""

    class NbBackend(emulator_backend):
        def get_interface_descriptor(self, dev, intf, alt, config):
            known = super().get_interface_descriptor(dev, intf, alt, config)
            return SimpleNamespace(
                **vars(known) | {"bNumEndpoints": 3, "bInterfaceClass": 0,
                                 "bInterfaceSubClass": 0, "bInterfaceProtocol": 0}
            )  # fmt: skip

        def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
            known = super().get_endpoint_descriptor(dev, 0, intf, alt, config)
            address, attributes = ENDPOINTS[ep]
            return SimpleNamespace(
                **vars(known) | {"bEndpointAddress": address, "bmAttributes": attributes}
            )

        def release_interface(self, dev_handle, intf):
            self.calls.append("release")

        def bulk_write(self, dev_handle, ep, intf, data, timeout):
            assert ep == 0x02
            return translating(dev_handle.write_bulk, bytes(data), timeout / 1000)

        def bulk_read(self, dev_handle, ep, intf, buff, timeout):
            assert ep == 0x83
            answer = translating(dev_handle.read_bulk, len(buff), timeout / 1000)
            return self._fill(buff, answer)

    return NbBackend


def translating(call, *arguments):
    try:
        return call(*arguments)
    except tuple(USB_ERRORS) as error:
        raise USB_ERRORS[type(error)] from error


def open_pyusb(backend):
    handle = usb.core.find(backend=backend)
    return PyUsbLink(handle, UsbDeviceInfo(USB_ID, port="251-4.1"), device="scanner")


@pytest.fixture(params=["link", "pyusb"])
def open_link(request, nb_backend):
    """A function that makes a fresh link to a reader."""
    if request.param == "link":
        return EmulatedNbLink
    return lambda reader: open_pyusb(nb_backend(reader))


def make_scanner(reader, open_link):
    options = Nb1010Options(transfer_timeout_s=TRANSFER_TIMEOUT_S)
    return Nb1010("scanner", options, lambda: open_link(reader))


def capture(scanner):
    with scanner:
        return scanner.read_frame(timeout_s=0.3)


def expected_error(kind, number):
    """The class of error, or None where the driver must get over it."""
    is_write = TRANSFERS[number].startswith("write")
    match kind:
        case FaultKind.UNPLUG:
            return TransportError
        case FaultKind.SILENT:
            return TransportTimeoutError
        case _ if number in LOOK:
            return None
        case FaultKind.SHORT if not is_write:
            return ProtocolError
    return TransportError


def test_a_capture_without_fault_makes_these_transfers(open_link, assert_no_new_threads):
    reader = NbDevice(NbSetup(PICTURE))
    assert capture(make_scanner(reader, open_link)).pixels.tobytes() == PICTURE
    assert tuple(reader.transfers) == TRANSFERS
    assert_no_new_threads()


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_fault(kind, number, open_link, assert_no_new_threads):
    reader = NbDevice(NbSetup(PICTURE), Fault(kind, number))
    scanner = make_scanner(reader, open_link)
    started_s = time.monotonic()
    error = None
    try:
        capture(scanner)
    except DriverError as caught:
        error = caught
    assert time.monotonic() - started_s < LIMIT_S
    assert type(error) is (expected_error(kind, number) or type(None)), error
    assert error is None or error.device == "scanner"
    assert_no_new_threads()

    reader.replug()
    assert capture(scanner).pixels.tobytes() == PICTURE
    assert_no_new_threads()


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
def claimed(nb_backend):
    """An emulated reader, its backend and a claimed link to it."""
    reader = NbDevice(NbSetup(PICTURE))
    backend = nb_backend(reader)
    link = open_pyusb(backend)
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
