"""Shared by the pads' tests: emulated pads on every seam, and a short signature."""

import threading
import time

import pytest

from drivers.models.wacom_stu import WacomStu, WacomStuOptions
from drivers.simulation.wire.stu_device import StuDevice, StuSetup
from drivers.simulation.wire.stu_faults import PadWire, parse_pad_fault
from drivers.simulation.wire.stu_hid import EmulatedHidLink, HidGadget
from drivers.simulation.wire.stu_line import StuLine
from drivers.simulation.wire.stu_pty import PadTerminal
from tests.drivers.fault_benches.pads import DASH
from tests.drivers.usb_backends import HidBackend, open_pyusb

STU_TIMEOUT_S = 1.0


@pytest.fixture(scope="session")
def pyusb_link():
    """A function that makes the real link to an emulated pad."""

    def open_link(gadget):
        return open_pyusb(HidBackend(gadget), device="pad")

    return open_link


@pytest.fixture(params=["link", "pyusb"])
def hid_link(request, pyusb_link):
    """A function that makes a link: the emulator in place of it, or under the real one."""
    return EmulatedHidLink if request.param == "link" else pyusb_link


@pytest.fixture
def assert_no_driver_threads():
    """Fails when a thread is left that was not there before; emulators keep theirs."""
    before = set(threading.enumerate())

    def new_threads():
        return {
            thread
            for thread in set(threading.enumerate()) - before
            if not thread.name.startswith("pad on")
        }

    def check():
        deadline_s = time.monotonic() + 1.0
        while new_threads() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        assert new_threads() == set()

    return check


@pytest.fixture(scope="session")
def dash():
    """A stroke of four points, 5 ms apart, and the pen lifted."""
    return DASH


@pytest.fixture(params=["link", "pyusb", "serial"])
def make_stu(request, tmp_path, pyusb_link):
    """A function that gives an emulated pad and a driver for it."""
    terminals = []

    def build(*faults, options=None, **setup):
        wire = PadWire(tuple(parse_pad_fault(text) for text in faults))
        is_serial = request.param == "serial"
        pad = StuDevice(StuSetup(**setup), wire, is_serial=is_serial)
        chosen = {"transfer_timeout_s": STU_TIMEOUT_S} | (options or {})
        if not is_serial:
            gadget = HidGadget(pad)
            link = EmulatedHidLink if request.param == "link" else pyusb_link
            return pad, WacomStu("pad", WacomStuOptions(**chosen), lambda: link(gadget))
        terminal = PadTerminal(StuLine(pad), tmp_path / "ttyPAD")
        terminal.plug_in()
        terminals.append(terminal)
        return pad, WacomStu("pad", WacomStuOptions(serial_port=str(terminal.path), **chosen))

    yield build
    for terminal in terminals:
        terminal.unplug()


@pytest.fixture
def make_stu_usb():
    """As `make_stu`, in place of the link only: for what does not depend on the wire."""

    def build(*faults, options=None, **setup):
        wire = PadWire(tuple(parse_pad_fault(text) for text in faults))
        pad = StuDevice(StuSetup(**setup), wire)
        gadget = HidGadget(pad)
        chosen = WacomStuOptions(**({"transfer_timeout_s": STU_TIMEOUT_S} | (options or {})))
        return pad, WacomStu("pad", chosen, lambda: EmulatedHidLink(gadget))

    return build
