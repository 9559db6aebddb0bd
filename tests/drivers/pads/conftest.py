"""Shared by the pads' tests: a pyusb backend around an emulated HID pad, and short signatures."""

import errno
import threading
import time
from types import SimpleNamespace

import pytest
import usb.backend
import usb.core

from drivers.models.wacom_stu import WacomStu, WacomStuOptions
from drivers.simulation.wire.stu_device import StuDevice, StuSetup
from drivers.simulation.wire.stu_faults import PadWire, parse_pad_fault
from drivers.simulation.wire.stu_hid import EmulatedHidLink, HidGadget
from drivers.simulation.wire.stu_line import StuLine
from drivers.simulation.wire.stu_pen import PenPoint
from drivers.simulation.wire.stu_pty import PadTerminal
from drivers.simulation.wire.uareu4500_device import SilentError, StalledError, UnpluggedError
from drivers.transport.pyusb_link import PyUsbLink
from drivers.transport.usb import ControlSetup, UsbDeviceInfo

STU_TIMEOUT_S = 1.0


class HidBackend(usb.backend.IBackend):
    """pyusb's view of an emulated HID pad, with a kernel driver that sits on it."""

    def __init__(self, gadget):
        self.gadget = gadget
        self.has_kernel_driver = True
        self.calls = []

    def enumerate_devices(self):
        return iter([self.gadget])

    def get_device_descriptor(self, dev):
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0,
            bDeviceProtocol=0, bMaxPacketSize0=64, idVendor=dev.usb_id.vendor,
            idProduct=dev.usb_id.product, bcdDevice=0x108, iManufacturer=0, iProduct=0,
            iSerialNumber=0, bNumConfigurations=1, address=1, bus=251, port_number=1,
            port_numbers=(4, 1), speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev, config):
        if config != 0:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=34, bNumInterfaces=1,
            bConfigurationValue=1, iConfiguration=0, bmAttributes=0x80, bMaxPower=250,
            extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev, intf, alt, config):
        if intf != 0 or alt != 0:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0,
            bNumEndpoints=1, bInterfaceClass=3, bInterfaceSubClass=0, bInterfaceProtocol=0,
            iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=0x81, bmAttributes=3,
            wMaxPacketSize=64, bInterval=5, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev):
        return dev

    def close_device(self, dev_handle):
        self.calls.append("close")

    def get_configuration(self, dev_handle):
        return 1

    def claim_interface(self, dev_handle, intf):
        assert not self.has_kernel_driver, "claimed under the kernel's driver"

    def release_interface(self, dev_handle, intf):
        dev_handle.cancel_reads()

    def is_kernel_driver_active(self, dev_handle, intf):
        return self.has_kernel_driver

    def detach_kernel_driver(self, dev_handle, intf):
        self.has_kernel_driver = False

    def attach_kernel_driver(self, dev_handle, intf):
        self.has_kernel_driver = True

    def clear_halt(self, dev_handle, ep):
        self.calls.append(f"clear_halt {ep:02x}")

    def ctrl_transfer(self, dev_handle, bmRequestType, bRequest, wValue, wIndex, data, timeout):  # noqa: N803 - pyusb's signature
        setup = ControlSetup(bmRequestType, bRequest, wValue, wIndex)
        with _UsbErrors():
            if not bmRequestType & 0x80:
                return dev_handle.control_out(setup, bytes(data), timeout / 1000)
            answer = dev_handle.control_in(setup, len(data), timeout / 1000)
        return _fill(data, answer)

    def intr_read(self, dev_handle, ep, intf, buff, timeout):
        with _UsbErrors():
            return _fill(buff, dev_handle.read_interrupt(timeout / 1000))


def _fill(buffer, data):
    buffer[: len(data)] = type(buffer)("B", data)
    return len(data)


class _UsbErrors:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        match error:
            case UnpluggedError():
                raise usb.core.USBError("No such device", errno=errno.ENODEV) from error
            case StalledError():
                raise usb.core.USBError("Pipe error", errno=errno.EPIPE) from error
            case SilentError():
                raise usb.core.USBTimeoutError("Timed out", errno=errno.ETIMEDOUT) from error


@pytest.fixture(scope="session")
def pyusb_link():
    """A function that makes the real link to an emulated pad."""

    def open_link(gadget):
        handle = usb.core.find(backend=HidBackend(gadget))
        info = UsbDeviceInfo(gadget.usb_id, port="251-4.1")
        return PyUsbLink(handle, info, device="pad")

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
    points = [PenPoint(0.005 * n, 1000 + 100 * n, 800 + n, 50 + 10 * n) for n in range(4)]
    return (*points, PenPoint(0.020, 1300, 803, 0, is_touching=False))


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
