"""pyusb backends around emulated devices: the real link with its threads, without libusb."""

import errno
from types import SimpleNamespace

import usb.backend
import usb.core

from drivers.simulation.wire.nb1010_device import BabbleError
from drivers.simulation.wire.uareu4500_device import SilentError, StalledError, UnpluggedError
from drivers.transport.pyusb_link import PyUsbLink
from drivers.transport.usb import ControlSetup, UsbDeviceInfo, UsbId


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
        with _UsbErrors():
            if bmRequestType == 0x40:
                return dev_handle.write_register(wValue, bytes(data), timeout / 1000)
            assert bmRequestType == 0xC0
            answer = dev_handle.read_register(wValue, len(data), timeout / 1000)
        return _fill(data, answer)

    def intr_read(self, dev_handle, ep, intf, buff, timeout):
        with _UsbErrors():
            packet = dev_handle.read_interrupt(timeout / 1000)
        return _fill(buff, packet)

    def bulk_read(self, dev_handle, ep, intf, buff, timeout):
        dev_handle.arm_bulk_read()
        with _UsbErrors():
            picture = dev_handle.read_bulk(timeout / 1000)
        return _fill(buff, picture)


class NbBackend(EmulatorBackend):
    """pyusb's view of an emulated NB-1010-U: three endpoints, bulk both ways."""

    def get_interface_descriptor(self, dev, intf, alt, config):
        known = super().get_interface_descriptor(dev, intf, alt, config)
        return SimpleNamespace(
            **vars(known) | {"bNumEndpoints": 3, "bInterfaceClass": 0,
                             "bInterfaceSubClass": 0, "bInterfaceProtocol": 0}
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
        known = super().get_endpoint_descriptor(dev, 0, intf, alt, config)
        address, attributes = ((0x81, 3), (0x02, 2), (0x83, 2))[ep]
        return SimpleNamespace(
            **vars(known) | {"bEndpointAddress": address, "bmAttributes": attributes}
        )

    def release_interface(self, dev_handle, intf):
        self.calls.append("release")

    def bulk_write(self, dev_handle, ep, intf, data, timeout):
        assert ep == 0x02
        with _UsbErrors():
            return dev_handle.write_bulk(bytes(data), timeout / 1000)

    def bulk_read(self, dev_handle, ep, intf, buff, timeout):
        assert ep == 0x83
        with _UsbErrors():
            answer = dev_handle.read_bulk(len(buff), timeout / 1000)
        return _fill(buff, answer)


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
    """Turns an emulator's errors into pyusb's."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        match error:
            case UnpluggedError():
                raise usb.core.USBError("No such device", errno=errno.ENODEV) from error
            case StalledError():
                raise usb.core.USBError("Pipe error", errno=errno.EPIPE) from error
            case BabbleError():
                raise usb.core.USBError("Overflow", errno=errno.EOVERFLOW) from error
            case SilentError():
                raise usb.core.USBTimeoutError(
                    "Operation timed out", errno=errno.ETIMEDOUT
                ) from error


def open_pyusb(backend, *, device):
    """Return the real link to the first device of a backend."""
    handle = usb.core.find(backend=backend)
    usb_id = UsbId(handle.idVendor, handle.idProduct)
    return PyUsbLink(handle, UsbDeviceInfo(usb_id, port="251-4.1"), device=device)
