"""Every fault at every transfer of one capture, on two seams.

`link`: the emulator in place of the USB link. `pyusb`: the emulator under the real link, with its
threads, as a pyusb backend. There the order of packets and commands is not fixed, so what the
fault hit is looked up afterwards.
"""

import time

import pytest
import usb.core

from drivers.errors import (
    CaptureTimeoutError,
    DriverError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.models.uareu4500 import Uareu4500, Uareu4500Options
from drivers.simulation.wire.uareu4500_device import DeviceSetup, Fault, FaultKind, UareuDevice
from drivers.simulation.wire.uareu4500_link import EmulatedUsbLink
from drivers.transport.pyusb_link import PyUsbLink
from drivers.transport.usb import UsbDeviceInfo, UsbId

TRANSFERS_4500 = (
    "read 07", "write 07", "write 07", "read 07", "interrupt", "read f0",
    "write 4e", "interrupt", "write 4e", "bulk", "write 33", "read 34", "write 4e",
)  # fmt: skip
TRANSFERS_V2 = (
    *TRANSFERS_4500[:4], "read 2010", "write 2000", "write 07", "read 07", *TRANSFERS_4500[4:]
)  # fmt: skip
TRANSFER_TIMEOUT_S = 0.2
FINGER_TIMEOUT_S = 0.3
LIMIT_S = 4.0
"""Three waits for power of one second each are the longest that may be."""

V2 = {"has_challenge": True, "vendor": 0x045E, "product": 0x00CA}
V2_OWN = range(4, 8)
"""The transfers of the challenge; the others are the same."""
CASES = [
    pytest.param(setup, kind, number, id=f"{name}-{kind}-{number}")
    for name, setup, numbers in (("4500", {}, range(len(TRANSFERS_4500))), ("v2", V2, V2_OWN))
    for kind in FaultKind
    for number in numbers
]


@pytest.fixture(params=["link", "pyusb"])
def open_link(request, emulator_backend):
    """A function that makes a fresh link to a reader."""
    if request.param == "link":
        return EmulatedUsbLink

    def open_pyusb(reader):
        handle = usb.core.find(backend=emulator_backend(reader))
        info = UsbDeviceInfo(UsbId(handle.idVendor, handle.idProduct), port="251-4.1")
        return PyUsbLink(handle, info, device="scanner")

    return open_pyusb


def make_scanner(reader, open_link):
    options = Uareu4500Options(transfer_timeout_s=TRANSFER_TIMEOUT_S)
    return Uareu4500("scanner", options, lambda: open_link(reader))


def capture(scanner):
    with scanner:
        return scanner.read_frame(timeout_s=FINGER_TIMEOUT_S)


def expected_error(kind, transfers, number):
    """The class of error, or None where the driver must get over it."""
    hit = transfers[number].split()[0]
    is_first_packet = "interrupt" not in transfers[:number]
    match kind, hit:
        case FaultKind.UNPLUG | FaultKind.STALL, _:
            return TransportError
        case FaultKind.SHORT, "interrupt":
            return None if is_first_packet else CaptureTimeoutError  # "power on" comes again
        case FaultKind.SHORT, "write":
            return TransportError
        case FaultKind.SHORT, _:
            return ProtocolError
        case FaultKind.SILENT, "interrupt" if not is_first_packet:
            return CaptureTimeoutError
    return TransportTimeoutError


@pytest.mark.parametrize(
    ("setup", "transfers"), [({}, TRANSFERS_4500), (V2, TRANSFERS_V2)], ids=["4500", "v2"]
)
def test_a_capture_without_fault_makes_these_transfers(
    setup, transfers, open_link, ridges, assert_no_new_threads
):
    reader = UareuDevice(DeviceSetup(ridges, **setup))
    frame = capture(make_scanner(reader, open_link))
    assert frame.pixels.shape == (290, 384)
    assert sorted(reader.transfers) == sorted((*transfers, "write 4e"))  # and mode off
    assert reader.lost_pictures == 0
    assert_no_new_threads()


@pytest.mark.parametrize(("setup", "kind", "number"), CASES)
def test_fault(setup, kind, number, open_link, ridges, assert_no_new_threads):
    reader = UareuDevice(DeviceSetup(ridges, **setup), Fault(kind, number))
    scanner = make_scanner(reader, open_link)
    started_s = time.monotonic()
    error = None
    try:
        capture(scanner)
    except DriverError as caught:
        error = caught
    assert time.monotonic() - started_s < LIMIT_S

    expected = expected_error(kind, reader.transfers, number)
    assert type(error) is (expected or type(None)), error
    assert error is None or error.device == "scanner"
    assert_no_new_threads()

    reader.replug()
    assert capture(scanner).pixels.shape == (290, 384)
    assert_no_new_threads()
