"""Find attached USB devices by what they are, not who made them: still cameras, card readers."""

import os
from pathlib import Path

from drivers.devices import AttachedDevice
from drivers.transport.usb_errors import UDEV_ADVICE

STILL_IMAGE = "06"  # USB class codes: PTP cameras
SMART_CARD = "0b"  # CCID readers
_SYSFS_DEVICES = Path("/sys/bus/usb/devices")
_DEVICE_NODES = Path("/dev/bus/usb")


def find_by_class(
    interface_class: str, *, description: str, needs_permission: bool
) -> tuple[AttachedDevice, ...]:
    """Return the devices that have an interface of this class, ordered by port; opens nothing.

    `description` is for devices that do not say what they are. Devices that a system service holds
    need no permission for this process.
    """
    return tuple(
        AttachedDevice(
            place=f"USB {port.name}",
            description=_text(port, "product") or description,
            problem=None if not needs_permission or _is_accessible(port) else _NO_PERMISSION,
        )
        for port in _ports(interface_class)
    )


def bus_address(port: str, interface_class: str) -> tuple[int, int] | None:
    """Return bus and address of the device of this class at a port; None when there is none."""
    for path in _ports(interface_class):
        bus, address = _text(path, "busnum"), _text(path, "devnum")
        if path.name == port and bus is not None and address is not None:
            return int(bus), int(address)
    return None


_NO_PERMISSION = f"no permission; {UDEV_ADVICE}"


def _ports(interface_class: str) -> tuple[Path, ...]:
    interfaces = sorted(path.parent for path in _SYSFS_DEVICES.glob("*:*/bInterfaceClass"))
    ports = [
        _SYSFS_DEVICES / path.name.partition(":")[0]
        for path in interfaces
        if _text(path, "bInterfaceClass") == interface_class
    ]
    return tuple(dict.fromkeys(ports))


def _is_accessible(port: Path) -> bool:
    bus, address = _text(port, "busnum") or "0", _text(port, "devnum") or "0"
    node = _DEVICE_NODES / f"{int(bus):03d}" / f"{int(address):03d}"
    return not node.exists() or os.access(node, os.R_OK | os.W_OK)


def _text(folder: Path, attribute: str) -> str | None:
    try:
        return (folder / attribute).read_text("utf-8", "replace").strip() or None
    except OSError:
        return None
