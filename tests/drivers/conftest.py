"""Shared by the drivers' tests: a synthetic picture, and a pyusb backend around an emulator."""

import errno
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import usb.backend
import usb.core

from drivers.simulation.wire import uareu4500_device as emulator


@pytest.fixture(scope="session")
def ridges() -> bytes:
    """289 rows of 384 as a sensor sees a finger: an oval of stripes on black. No real print."""
    rows, cols = np.mgrid[:289, :384]
    stripes = 128 + 90 * np.sin(2 * np.pi * cols / 9 + 0.2 * rows)
    oval = ((rows - 145) / 110) ** 2 + ((cols - 190) / 90) ** 2 < 1
    return (stripes * oval).astype(np.uint8).tobytes()


@pytest.fixture(scope="session")
def packed_ridges() -> bytes:
    """288 rows of 256 pixels, two in a byte, as a serial module sends them. No real print."""
    rows, cols = np.mgrid[:288, :256]
    stripes = 128 - 110 * np.sin(2 * np.pi * cols / 9 + 0.05 * rows)
    oval = ((rows - 144) / 110) ** 2 + ((cols - 128) / 90) ** 2 < 1
    levels = np.where(oval, stripes, 255).astype(np.uint8) >> 4
    return (levels[:, 0::2] << 4 | levels[:, 1::2]).astype(np.uint8).tobytes()


@pytest.fixture
def threads_before():
    """The threads that ran before; `assert_no_new_threads` compares."""
    return set(threading.enumerate())


@pytest.fixture
def assert_no_new_threads(threads_before):
    def check():
        deadline_s = time.monotonic() + 1.0
        while set(threading.enumerate()) - threads_before and time.monotonic() < deadline_s:
            time.sleep(0.01)
        assert set(threading.enumerate()) - threads_before == set()

    return check


class EmulatorBackend(usb.backend.IBackend):
    """pyusb's view of emulated readers; answers like libusb on Linux, with its quirks.

    `kernel_driver`: None answers "Other error" as umockdev does, else whether one is active.
    """

    def __init__(self, *readers, kernel_driver=None, claim_error=None, is_configured=True):
        self.readers = readers
        self.kernel_driver = kernel_driver
        self.claim_error = claim_error
        self.is_configured = is_configured
        self.calls = []

    def enumerate_devices(self):
        return iter(self.readers)

    def get_device_descriptor(self, dev):
        number = self.readers.index(dev) + 1
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0,
            bDeviceProtocol=0, bMaxPacketSize0=64, idVendor=dev.setup.vendor,
            idProduct=dev.setup.product, bcdDevice=0x103, iManufacturer=0, iProduct=0,
            iSerialNumber=0, bNumConfigurations=1, address=number, bus=251, port_number=number,
            port_numbers=(4, number), speed=1,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev, config):
        if config != 0:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1,
            bConfigurationValue=1, iConfiguration=0, bmAttributes=0x80, bMaxPower=50,
            extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev, intf, alt, config):
        if intf != 0 or alt != 0:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0,
            bNumEndpoints=2, bInterfaceClass=255, bInterfaceSubClass=255, bInterfaceProtocol=255,
            iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
        address, attributes = ((0x81, 3), (0x82, 2))[ep]
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=address, bmAttributes=attributes,
            wMaxPacketSize=64, bInterval=8, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev):
        return dev

    def close_device(self, dev_handle):
        self.calls.append("close")

    def get_configuration(self, dev_handle):
        return 1 if self.is_configured else 0

    def set_configuration(self, dev_handle, config_value):
        self.calls.append("set_configuration")
        self.is_configured = True

    def claim_interface(self, dev_handle, intf):
        if self.claim_error is not None:
            raise usb.core.USBError("claim", errno=self.claim_error)
        self.calls.append("claim")

    def release_interface(self, dev_handle, intf):
        self.calls.append("release")
        dev_handle.cancel_reads()

    def is_kernel_driver_active(self, dev_handle, intf):
        if self.kernel_driver is None:
            raise usb.core.USBError("Other error")
        return self.kernel_driver

    def detach_kernel_driver(self, dev_handle, intf):
        self.calls.append("detach")

    def attach_kernel_driver(self, dev_handle, intf):
        self.calls.append("attach")

    def clear_halt(self, dev_handle, ep):
        self.calls.append(f"clear_halt {ep:02x}")

    def reset_device(self, dev_handle):
        self.calls.append("reset")

    def ctrl_transfer(self, dev_handle, bmRequestType, bRequest, wValue, wIndex, data, timeout):  # noqa: N803 - pyusb's signature
        assert (bRequest, wIndex) == (0x04, 0)
        with self._translating():
            if bmRequestType == 0x40:
                return dev_handle.write_register(wValue, bytes(data), timeout / 1000)
            assert bmRequestType == 0xC0
            answer = dev_handle.read_register(wValue, len(data), timeout / 1000)
        return self._fill(data, answer)

    def intr_read(self, dev_handle, ep, intf, buff, timeout):
        with self._translating():
            packet = dev_handle.read_interrupt(timeout / 1000)
        return self._fill(buff, packet)

    def bulk_read(self, dev_handle, ep, intf, buff, timeout):
        dev_handle.arm_bulk_read()
        with self._translating():
            picture = dev_handle.read_bulk(timeout / 1000)
        return self._fill(buff, picture)

    @staticmethod
    def _fill(buffer, data):
        buffer[: len(data)] = type(buffer)("B", data)
        return len(data)

    @staticmethod
    def _translating():
        return _UsbErrors()


class _UsbErrors:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        match error:
            case emulator.UnpluggedError():
                raise usb.core.USBError("No such device", errno=errno.ENODEV) from error
            case emulator.StalledError():
                raise usb.core.USBError("Pipe error", errno=errno.EPIPE) from error
            case emulator.SilentError():
                raise usb.core.USBTimeoutError(
                    "Operation timed out", errno=errno.ETIMEDOUT
                ) from error


@pytest.fixture(scope="session")
def emulator_backend():
    """The class, for tests that need a backend of their own making."""
    return EmulatorBackend
