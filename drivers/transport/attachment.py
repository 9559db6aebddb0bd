"""What the system knows of an attached device: its release, who holds it, what a camera offers.

USB devices are not opened. A camera's node is, which starts no stream and disturbs none.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from drivers.errors import TransportError
from drivers.transport.video_modes import list_modes, summarize_modes
from drivers.transport.video_node import Ioctl

_SYSFS_DEVICES = Path("/sys/bus/usb/devices")
_DEVICE_NODES = Path("/dev/bus/usb")
_PROCESSES = Path("/proc")
_USB = "USB "


@dataclass(frozen=True, slots=True)
class Attachment:
    """A closer look at a place where a device is attached."""

    firmware: str | None
    """Release number that the device tells while it is plugged in ("1.03"); None where unknown."""
    holders: tuple[str, ...]
    """Programs that have it open, for instance "cheese (process 412)"; this one is left out.

    Without root only the programs of the same user are seen.
    """
    offers: str = ""
    """Largest picture of each format, of a V4L2 camera that tells."""


def examine(place: str) -> Attachment:
    """Look at a place as `AttachedDevice` names it: "USB 1-10" or "/dev/video0"."""
    if place.startswith(_USB):
        port = _SYSFS_DEVICES / place.removeprefix(_USB)
        return Attachment(_release(_text(port / "bcdDevice")), find_holders(_usb_node(port)))
    if place.startswith("/dev/"):
        release = _text(Path("/sys/class/video4linux") / Path(place).name / "device/../bcdDevice")
        return Attachment(_release(release), find_holders(Path(place)), find_offers(Path(place)))
    return Attachment(None, ())


def find_holders(node: Path | None) -> tuple[str, ...]:
    """Return the other programs that have a device node open, ordered by process number."""
    if node is None or not node.exists():
        return ()
    numbers = sorted(int(one.name) for one in _PROCESSES.iterdir() if one.name.isdecimal())
    return tuple(
        f"{_text(_PROCESSES / str(number) / 'comm') or 'program'} (process {number})"
        for number in numbers
        if number != os.getpid() and _has_open(number, str(node))
    )


def find_offers(node: Path, *, ioctl: Ioctl = fcntl.ioctl) -> str:
    """Say in words what a camera offers; empty where nothing can be asked of it."""
    if not node.name.startswith("video") or not os.access(node, os.R_OK | os.W_OK):
        return ""  # what opening does to other nodes, a serial port for instance, is not harmless
    try:
        return summarize_modes(list_modes(str(node), device=str(node), ioctl=ioctl))
    except TransportError as error:
        return error.message


def _has_open(number: int, node: str) -> bool:
    try:
        handles = list((_PROCESSES / str(number) / "fd").iterdir())
    except OSError:
        return False  # it has ended, or belongs to another user
    return any(_target(handle) == node for handle in handles)


def _target(handle: Path) -> str | None:
    try:
        return str(handle.readlink())
    except OSError:
        return None  # closed meanwhile


def _usb_node(port: Path) -> Path | None:
    bus, address = _text(port / "busnum"), _text(port / "devnum")
    if bus is None or address is None:
        return None
    return _DEVICE_NODES / f"{int(bus):03d}" / f"{int(address):03d}"


def _release(bcd: str | None) -> str | None:
    """Turn the kernel's "0103" into "1.03"."""
    if bcd is None or len(bcd) != 4:
        return bcd
    return f"{bcd[:2].lstrip('0') or '0'}.{bcd[2:]}"


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "replace").strip() or None
    except OSError:
        return None
