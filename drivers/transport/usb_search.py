"""Find USB devices and open one: the only door from a driver to pyusb."""

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import libusb_package
import usb.backend.libusb1
import usb.core

from drivers.devices import AttachedDevice
from drivers.errors import DeviceNotFoundError, OptionsError, TransportError
from drivers.transport.pyusb_link import PyUsbLink
from drivers.transport.usb import UsbDeviceInfo, UsbId, UsbLink
from drivers.transport.usb_errors import UDEV_ADVICE, translate_usb_error

_SYSFS_DEVICES = Path("/sys/bus/usb/devices")
_DEVICE_NODES = Path("/dev/bus/usb")


@dataclass(frozen=True, slots=True)
class UsbFilter:
    """Which of the attached devices is meant."""

    usb_ids: Collection[UsbId]
    serial: str | None = None
    port: str | None = None

    def accepts(self, info: UsbDeviceInfo) -> bool:
        """Tell whether a device fits every given part of the filter."""
        return (
            info.usb_id in self.usb_ids
            and self.serial in (None, info.serial)
            and self.port in (None, info.port)
        )

    def __str__(self) -> str:
        parts = ["/".join(str(usb_id) for usb_id in sorted(self.usb_ids))]
        parts += [f"serial {self.serial}"] if self.serial is not None else []
        parts += [f"port {self.port}"] if self.port is not None else []
        return ", ".join(parts)


def find_usb_devices(
    usb_ids: Collection[UsbId], *, backend: object | None = None
) -> tuple[UsbDeviceInfo, ...]:
    """Return the attached devices with one of these ids, ordered by port.

    Opens nothing and sends nothing. Raises TransportError where libusb is missing. `backend` is a
    pyusb backend in place of libusb.
    """
    backend = backend or _load_backend("usb")
    return tuple(info for info, _ in _attached(UsbFilter(usb_ids), backend, device="usb"))


def find_attached(usb_ids: Collection[UsbId]) -> tuple[AttachedDevice, ...]:
    """Return the attached devices with one of these ids, in the words of `Device`."""
    return tuple(
        AttachedDevice(
            place=f"USB {info.port}",
            description=f"{info.usb_id} {info.product or ''}".strip(),
            problem=None if info.is_accessible else f"no permission; {UDEV_ADVICE}",
        )
        for info in find_usb_devices(usb_ids)
    )


def open_usb(wanted: UsbFilter, *, device: str, backend: object | None = None) -> UsbLink:
    """Open the one attached device that the filter means.

    Raises DeviceNotFoundError when none fits, OptionsError when more than one does.
    """
    found = _attached(wanted, backend or _load_backend(device), device=device)
    if not found:
        raise DeviceNotFoundError(
            f"no USB device {wanted} is attached; check cable, plug and power", device=device
        )
    if len(found) > 1:
        places = ", ".join(f"port {info.port} (serial {info.serial})" for info, _ in found)
        raise OptionsError(
            f"{len(found)} devices fit {wanted}: {places}; choose one with option serial or port",
            device=device,
        )
    info, handle = found[0]
    return PyUsbLink(handle, info, device=device)


def _attached(
    wanted: UsbFilter, backend: object, *, device: str
) -> list[tuple[UsbDeviceInfo, usb.core.Device]]:
    try:
        handles: Iterable[usb.core.Device] = usb.core.find(
            find_all=True,
            backend=backend,
            custom_match=lambda found: UsbId(found.idVendor, found.idProduct) in wanted.usb_ids,
        )
        pairs = [(_describe(handle), handle) for handle in handles]
    except usb.core.USBError as error:
        raise translate_usb_error(error, device=device, action="looking for devices") from error
    return sorted(
        (pair for pair in pairs if wanted.accepts(pair[0])), key=lambda pair: pair[0].port
    )


def _load_backend(device: str) -> object:
    """Return libusb from its package, or else the system's own."""
    loaders: tuple[Callable[[], object | None], ...] = (
        libusb_package.get_libusb1_backend,
        usb.backend.libusb1.get_backend,
    )
    for load in loaders:
        backend = load()
        if backend is not None:
            return backend
    raise TransportError(
        "libusb is missing; install the package libusb-package or libusb-1.0-0", device=device
    )


def _describe(handle: usb.core.Device) -> UsbDeviceInfo:
    port = f"{handle.bus}-{'.'.join(str(number) for number in handle.port_numbers or ())}"
    return UsbDeviceInfo(
        usb_id=UsbId(handle.idVendor, handle.idProduct),
        port=port,
        bus=int(handle.bus),
        address=int(handle.address),
        manufacturer=_kernel_text(port, "manufacturer"),
        product=_kernel_text(port, "product"),
        serial=_kernel_text(port, "serial"),
        is_accessible=_is_node_accessible(int(handle.bus), int(handle.address)),
    )


def _kernel_text(port: str, attribute: str) -> str | None:
    """Return a string that the kernel read when the device was plugged in.

    Asking the device itself costs transfers, and seconds where the device does not answer them.
    """
    try:
        text = (_SYSFS_DEVICES / port / attribute).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.strip() or None


def _is_node_accessible(bus: int, address: int) -> bool:
    node = _DEVICE_NODES / f"{bus:03d}" / f"{address:03d}"
    return not node.exists() or os.access(node, os.R_OK | os.W_OK)
