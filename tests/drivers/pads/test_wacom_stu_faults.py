"""Every fault of the wire at every transfer of one signature, on three seams.

`link`: the emulator in place of the USB link. `pyusb`: under the real link, with its threads.
`serial`: on a pseudo-terminal under pyserial.
"""

import time

import numpy as np
import pytest

from drivers.errors import DriverError, ProtocolError, TransportError, TransportTimeoutError
from drivers.models.wacom_stu import WacomStu, WacomStuOptions
from drivers.simulation.wire.stu_device import StuDevice, StuSetup
from drivers.simulation.wire.stu_faults import WIRE_FAULTS, PadFault, PadFaultKind, PadWire
from drivers.simulation.wire.stu_hid import EmulatedHidLink, HidGadget
from drivers.simulation.wire.stu_line import StuLine
from drivers.simulation.wire.stu_pty import PadTerminal

PENS = ("pen",) * 5
USE = (
    "read 08", "read 09", "read 03", "read 03", "read 0b", "write 25", "read 03", "write 26",
    "write 27", "read 03", "write 32", "write 21", *PENS, "write 21", "write 20", "read 03",
)  # fmt: skip
TRANSFERS = {"usb": ("read descriptor", *USE), "serial": ("read ff", *USE)}
TRANSFER_TIMEOUT_S = {"link": 0.05, "pyusb": 0.05, "serial": 0.5}
"""On USB a healthy emulator answers within the call; a terminal has a thread to wait for."""
LIMIT_S = 3.0
SILENCE_S = 0.2
PAGE = np.full((48, 80, 3), 255, np.uint8)
CASES = [
    pytest.param(seam, kind, number, id=f"{seam}-{kind}-{number}")
    for seam in ("link", "pyusb", "serial")
    for kind in WIRE_FAULTS
    for number in range(len(TRANSFERS["serial" if seam == "serial" else "usb"]))
]


@pytest.fixture
def make(tmp_path, pyusb_link, dash, monkeypatch):
    """A function that gives the pad's wire, a function that plugs it in anew, and the driver."""
    monkeypatch.setattr("drivers.models.wacom_stu.SILENCE_S", SILENCE_S)
    terminals = []

    def build(seam, *faults):
        options = {"transfer_timeout_s": TRANSFER_TIMEOUT_S[seam]}
        device = StuDevice(StuSetup(points=dash), PadWire(faults), is_serial=seam == "serial")
        if seam != "serial":
            gadget = HidGadget(device)
            link = EmulatedHidLink if seam == "link" else pyusb_link
            pad = WacomStu("pad", WacomStuOptions(**options), lambda: link(gadget))
            return device.wire, gadget.replug, pad
        terminal = PadTerminal(StuLine(device), tmp_path / "ttyPAD")
        terminal.plug_in()
        terminals.append(terminal)
        options["serial_port"] = str(terminal.path)
        return device.wire, terminal.replug, WacomStu("pad", WacomStuOptions(**options))

    yield build
    for terminal in terminals:
        terminal.unplug()


def capture(pad):
    """Show a page and read until the pen was lifted or nothing came for a while."""
    samples = []
    with pad:
        pad.show(PAGE)
        pad.start_inking()
        deadline_s = time.monotonic() + 3 * SILENCE_S
        while len(samples) < len(PENS) and time.monotonic() < deadline_s:
            samples += pad.read_samples(timeout_s=0.1)
        pad.stop_inking()
    return samples


def expected_error(seam, kind, number):
    """The class of error, or None where the driver must get over it."""
    is_serial = seam == "serial"
    what = TRANSFERS["serial" if is_serial else "usb"][number]
    match kind:
        case PadFaultKind.UNPLUG:
            return TransportError
        case PadFaultKind.SILENT:
            return TransportTimeoutError
        case PadFaultKind.STALL if is_serial:
            return None if what == "pen" else TransportTimeoutError
        case PadFaultKind.STALL:
            return TransportError
        case _ if is_serial:
            # What follows shows that a frame was cut; an answer that nothing follows just ends.
            is_followed = what == "pen" or number == TRANSFERS["serial"].index("write 21")
            return ProtocolError if is_followed else TransportTimeoutError
    return TransportError if what.startswith("write") else ProtocolError


@pytest.mark.parametrize("seam", ["link", "pyusb", "serial"])
def test_a_signature_without_fault_makes_these_transfers(make, seam, assert_no_driver_threads):
    wire, _, pad = make(seam)
    assert len(capture(pad)) == len(PENS)
    assert tuple(wire.transfers) == TRANSFERS["serial" if seam == "serial" else "usb"]
    assert_no_driver_threads()


@pytest.mark.parametrize(("seam", "kind", "number"), CASES)
def test_fault(make, seam, kind, number, assert_no_driver_threads):
    _, replug, pad = make(seam, PadFault(kind, number))
    started_s = time.monotonic()
    error, samples = None, []
    try:
        samples = capture(pad)
    except DriverError as caught:
        error = caught
    assert time.monotonic() - started_s < LIMIT_S

    expected = expected_error(seam, kind, number)
    assert type(error) is (expected or type(None)), error
    assert error is None or error.device == "pad"
    if expected is None:
        place = number - TRANSFERS["serial"].index("pen")
        assert len(samples) == len(PENS) - 1
        assert pad.lost_reports == (1 if 0 < place < len(PENS) - 1 else 0)  # gaps show, ends do not
    assert_no_driver_threads()

    replug()
    assert len(capture(pad)) == len(PENS)
    assert_no_driver_threads()
