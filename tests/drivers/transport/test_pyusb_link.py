"""The real USB link and search over a pyusb backend around an emulated reader."""

import errno
import threading
import time

import pytest
import usb.core

from drivers.errors import (
    AccessDeniedError,
    DeviceBusyError,
    DeviceNotFoundError,
    OptionsError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.simulation.wire.uareu4500_device import DeviceSetup, Fault, FaultKind, UareuDevice
from drivers.transport.usb import VENDOR_READ, VENDOR_WRITE, ControlSetup, UsbId
from drivers.transport.usb_errors import translate_usb_error
from drivers.transport.usb_search import UsbFilter, find_attached, find_usb_devices, open_usb

U4500, V2 = UsbId(0x05BA, 0x000A), UsbId(0x045E, 0x00CA)
VENDOR_INTERFACE = (0xFF, 0xFF, 0xFF)
READ_STATUS = ControlSetup(VENDOR_READ, 0x04, 0x07)
WRITE_MODE = ControlSetup(VENDOR_WRITE, 0x04, 0x4E)


@pytest.fixture
def reader(ridges):
    return UareuDevice(DeviceSetup(ridges))


@pytest.fixture
def backend(reader, emulator_backend):
    return emulator_backend(reader)


@pytest.fixture
def link(backend, assert_no_new_threads):
    link = open_usb(UsbFilter([U4500]), device="scanner", backend=backend)
    yield link
    link.close()
    link.close()
    assert_no_new_threads()


def test_search_names_port_and_id_and_opens_nothing(backend):
    (info,) = find_usb_devices([U4500], backend=backend)
    assert (info.usb_id, info.port, info.serial) == (U4500, "251-4.1", None)
    assert find_usb_devices([V2], backend=backend) == ()
    assert backend.calls == []


def test_this_machine_can_be_searched():
    assert isinstance(find_attached([UsbId(0xFFFF, 0xFFFF)]), tuple)


def test_nothing_attached_names_what_was_looked_for(backend):
    with pytest.raises(DeviceNotFoundError, match=r"045e:00ca.*check cable"):
        open_usb(UsbFilter([V2]), device="scanner", backend=backend)


def test_two_that_fit_must_be_told_apart(ridges, emulator_backend):
    two = emulator_backend(*(UareuDevice(DeviceSetup(ridges)) for _ in range(2)))
    with pytest.raises(OptionsError, match=r"251-4\.1.*251-4\.2.*choose one"):
        open_usb(UsbFilter([U4500]), device="scanner", backend=two)
    link = open_usb(UsbFilter([U4500], port="251-4.2"), device="scanner", backend=two)
    assert link.info.address == 2
    with pytest.raises(DeviceNotFoundError, match="serial ABC"):
        open_usb(UsbFilter([U4500], serial="ABC"), device="scanner", backend=two)


def test_claim_tolerates_that_the_kernel_driver_is_not_known(link, backend):
    link.claim(VENDOR_INTERFACE)
    assert "claim" in backend.calls
    assert "set_configuration" not in backend.calls


def test_a_kernel_driver_is_detached_and_given_back(backend, link):
    backend.kernel_driver = True
    link.claim(VENDOR_INTERFACE)
    link.close()
    assert backend.calls[:2] == ["detach", "claim"]
    assert backend.calls[-2:] == ["attach", "close"]


def test_a_device_without_configuration_gets_one(backend, link):
    backend.is_configured = False
    link.claim(VENDOR_INTERFACE)
    assert backend.calls.index("set_configuration") < backend.calls.index("claim")


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (errno.EBUSY, DeviceBusyError, "another program"),
        (errno.EACCES, AccessDeniedError, "udev"),
        (errno.ENODEV, TransportError, "cable"),
    ],
)
def test_claiming_can_fail(backend, link, code, kind, text):
    backend.claim_error = code
    with pytest.raises(kind, match=text) as caught:
        link.claim(VENDOR_INTERFACE)
    assert isinstance(caught.value.__cause__, usb.core.USBError)


def test_no_such_interface(link):
    with pytest.raises(ProtocolError, match="03/01/01"):
        link.claim((3, 1, 1))


def test_no_such_endpoint(link):
    link.claim(VENDOR_INTERFACE)
    with pytest.raises(ProtocolError, match="0x8"):
        link.bulk_read(0x84, 64, timeout_s=0.2)


def test_control_transfers(link):
    link.claim(VENDOR_INTERFACE)
    assert link.control_read(READ_STATUS, 1, timeout_s=0.2) == b"\x01"
    link.control_write(WRITE_MODE, b"\x10", timeout_s=0.2)


def test_a_write_taken_in_part_is_an_error(link, reader):
    reader.fault = Fault(FaultKind.SHORT, 0)
    with pytest.raises(TransportError, match="0 of 1 bytes"):
        link.control_write(WRITE_MODE, b"\x10", timeout_s=0.2)


def test_a_silent_device_is_given_up_in_time(link, reader):
    reader.fault = Fault(FaultKind.SILENT, 0)
    started_s = time.monotonic()
    with pytest.raises(TransportTimeoutError):
        link.control_read(READ_STATUS, 1, timeout_s=0.3)
    assert 0.25 <= time.monotonic() - started_s < 1.5


def test_a_bulk_read_without_answer_ends_in_time(link):
    link.claim(VENDOR_INTERFACE)
    started_s = time.monotonic()
    with pytest.raises(TransportTimeoutError):
        link.bulk_read(0x82, 64, timeout_s=0.3)
    assert time.monotonic() - started_s < 1.5


def test_a_bulk_read_is_pending_before_the_next_command(link, reader):
    link.claim(VENDOR_INTERFACE)
    for _ in range(20):
        pending = link.start_bulk_read(0x82, 111424, timeout_s=2.0)
        link.control_write(WRITE_MODE, b"\x20", timeout_s=0.2)
        assert len(pending.result()) == 111040
    assert reader.lost_pictures == 0


def test_a_stalled_endpoint_is_cleared(link, reader, backend):
    link.claim(VENDOR_INTERFACE)
    pending = link.start_bulk_read(0x82, 111424, timeout_s=2.0)
    reader.fault = Fault(FaultKind.STALL, 1)
    link.control_write(WRITE_MODE, b"\x20", timeout_s=0.2)
    with pytest.raises(TransportError, match="stalled"):
        pending.result()
    assert "clear_halt 82" in backend.calls


def test_interrupt_packets_come_in_order_and_none_is_lost(link, reader):
    link.claim(VENDOR_INTERFACE)
    stream = link.start_interrupts(0x81, 64)
    for is_on in (True, False) * 10:
        reader.put_finger(is_on=is_on)
        mode = b"\x10" if is_on else b"\x12"
        link.control_write(WRITE_MODE, mode, timeout_s=0.2)
    packets = [stream.next_packet(timeout_s=1.0) for _ in range(20)]
    assert [packet[:2].hex() for packet in packets] == ["0101", "0200"] * 10
    assert stream.next_packet(timeout_s=0.0) is None


def test_an_unplugged_device_ends_the_interrupts_each_time_they_are_asked_for(link, reader):
    link.claim(VENDOR_INTERFACE)
    stream = link.start_interrupts(0x81, 64)
    reader.fault = Fault(FaultKind.UNPLUG, 0)
    with pytest.raises(TransportError):
        link.control_read(READ_STATUS, 1, timeout_s=0.2)
    for _ in range(2):
        with pytest.raises(TransportError, match="went away"):
            stream.next_packet(timeout_s=1.0)


def test_close_ends_waiting_reads_at_once(link, assert_no_new_threads):
    link.claim(VENDOR_INTERFACE)
    link.start_interrupts(0x81, 64)
    link.start_bulk_read(0x82, 64, timeout_s=20.0)
    started_s = time.monotonic()
    link.close()
    assert time.monotonic() - started_s < 1.0
    assert_no_new_threads()


def test_threads_are_named_after_the_device(link):
    link.claim(VENDOR_INTERFACE)
    link.start_interrupts(0x81, 64)
    assert "scanner interrupt reader" in {thread.name for thread in threading.enumerate()}


def test_reset(link, backend):
    link.reset()
    assert "reset" in backend.calls


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (usb.core.USBTimeoutError("t", errno=errno.ETIMEDOUT), TransportTimeoutError),
        (usb.core.USBError("e", errno=errno.EIO), TransportError),
        (usb.core.USBError("e"), TransportError),
    ],
)
def test_errors_without_a_class_of_their_own_are_transport_errors(error, kind):
    translated = translate_usb_error(error, device="scanner", action="testing")
    assert type(translated) is kind
    assert "testing" in translated.message
