"""Tell which USB device came or went, as it happens, in words for people.

    HotplugMonitor    asked again and again, each time with a time limit
    HotplugWatcher    asks in a thread of its own and calls back

Events come from udev, after its rules have set permissions; where no udev runs (containers), from
the kernel, as soon as it knows. A device that went cannot be asked any more who it was, so names
are noted when it comes, and of all that is attached at the start.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyudev

from drivers.errors import DriverError, TransportError
from drivers.transport.usb import UsbId

_UDEV_CONTROL = Path("/run/udev/control")  # is there while udev runs
_LOOK_EVERY_S = 0.25
_JOIN_LIMIT_S = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """A USB device came or went."""

    has_come: bool
    port: str
    """Where, as the kernel names it: "1-10"."""
    name: str
    """What it calls itself, or its USB id where it says nothing."""
    usb_id: UsbId | None

    @property
    def text_id(self) -> str:
        """Say it in Indonesian."""
        return f"{self.name} {'di' if self.has_come else 'dicabut dari'} port {self.port}"

    @property
    def text_en(self) -> str:
        """Say it in English."""
        return f"{self.name} {'at' if self.has_come else 'unplugged from'} port {self.port}"


class HotplugMonitor:
    """Listens from its making until close(); what happens in between is kept by the system."""

    def __init__(self, *, source: str | None = None) -> None:
        """Begin to listen to `source`: "udev", "kernel", or by itself. Raises TransportError."""
        source = source or ("udev" if _UDEV_CONTROL.exists() else "kernel")
        self._known: dict[str, DeviceChange] = {}
        try:
            context = pyudev.Context()
            self._monitor = pyudev.Monitor.from_netlink(context, source)
            self._monitor.filter_by("usb")
            self._monitor.start()
            for device in context.list_devices(subsystem="usb", DEVTYPE="usb_device"):
                self._known[device.device_path] = _describe(device, has_come=True)
        except (OSError, ImportError) as error:  # ImportError: libudev itself is missing
            raise TransportError(
                f"plugging cannot be watched: {error}; look again with `list`", device="udev"
            ) from error

    def wait(self, *, timeout_s: float) -> DeviceChange | None:
        """Return the next change, or None when nothing came or went in time."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, deadline_s - time.monotonic())
            change = self._take(left_s)
            if change is not None or time.monotonic() >= deadline_s:
                return change

    def _take(self, timeout_s: float) -> DeviceChange | None:
        try:
            device = self._monitor.poll(timeout_s)
        except OSError as error:  # events overflowed while nobody asked
            raise TransportError(
                f"changes were lost: {error}; look again with `list`", device="udev"
            ) from error
        if device is None or device.action not in ("add", "remove"):
            return None
        if device.device_type != "usb_device":
            return None  # an interface of one
        change = _describe(device, has_come=device.action == "add")
        if change.has_come:
            self._known[device.device_path] = change
            return change
        before = self._known.pop(device.device_path, change)
        return DeviceChange(False, before.port, before.name, before.usb_id)


class HotplugWatcher:
    """A thread that calls back for each change; a context manager."""

    def __init__(self, on_change: Callable[[DeviceChange], None]) -> None:
        self._on_change = on_change
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hotplug", daemon=True)
        self._monitor = HotplugMonitor()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_about_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the thread; a call back that is running is waited for a moment."""
        self._stop.set()
        self._thread.join(_JOIN_LIMIT_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                change = self._monitor.wait(timeout_s=_LOOK_EVERY_S)
            except DriverError as error:
                log.error("%s", error)  # noqa: TRY400 - the message says it all
                self._stop.wait(_LOOK_EVERY_S)
                continue
            if change is not None:
                log.info("%s", change.text_en)
                self._on_change(change)


def _describe(device: Any, *, has_come: bool) -> DeviceChange:  # noqa: ANN401 - without types
    usb_id = _usb_id(str(device.properties.get("PRODUCT", "")))
    said = device.attributes.get("product") if has_come else None
    name = said.decode("utf-8", "replace").strip() if said else ""
    fallback = f"USB {usb_id}" if usb_id is not None else "USB"
    return DeviceChange(has_come, device.sys_name, name or fallback, usb_id)


def _usb_id(product: str) -> UsbId | None:
    """Read the kernel's "5ba/a/103": vendor, product, release, hexadecimal."""
    parts = product.split("/")
    try:
        return UsbId(int(parts[0], 16), int(parts[1], 16))
    except (ValueError, IndexError):
        return None
