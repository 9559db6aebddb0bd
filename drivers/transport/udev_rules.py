"""The udev rules that let the station use its devices, written from the ids that drivers name."""

from collections.abc import Mapping

from drivers.transport.usb import UsbId

_HEAD = """\
# Written by `python -m drivers udev-rules` from the USB ids that the drivers name; do not edit.
# Lets the station's service (group ktpel-station) and the person at the screen (uaccess) use the
# devices. Install in /etc/udev/rules.d, then: udevadm control --reload && udevadm trigger

ACTION=="remove", GOTO="ktpel_end"
"""
_TAIL = """
# Still cameras, by the interface class of PTP (driver gphoto_camera).
SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:0601??:*", GOTO="ktpel_usb"

# Cameras (drivers uvc_camera, uvc_iris).
SUBSYSTEM=="video4linux", GROUP="ktpel-station", MODE="0660", TAG+="uaccess"
GOTO="ktpel_end"

# Autosuspend is off: a reader that slept forgets its scan power and misses the first finger.
LABEL="ktpel_usb"
GROUP="ktpel-station", MODE="0660", TAG+="uaccess", TEST=="power/control", ATTR{power/control}="on"

LABEL="ktpel_end"
"""


def write_rules(drivers: Mapping[UsbId, tuple[str, ...]]) -> str:
    """Return the rules for these USB ids; the names of their drivers become comments."""
    groups: dict[tuple[str, ...], list[UsbId]] = {}
    for usb_id, names in drivers.items():
        groups.setdefault(names, []).append(usb_id)
    blocks = [
        "\n".join((f"# Driver {', '.join(names)}.", *(_rule(usb_id) for usb_id in sorted(usb_ids))))
        for names, usb_ids in sorted(groups.items())
    ]
    return "\n".join((_HEAD, "\n\n".join(blocks), _TAIL))


def _rule(usb_id: UsbId) -> str:
    return (
        'SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", '
        f'ATTR{{idVendor}}=="{usb_id.vendor:04x}", ATTR{{idProduct}}=="{usb_id.product:04x}", '
        'GOTO="ktpel_usb"'
    )
