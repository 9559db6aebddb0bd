"""A live STU-540 or ePad for any program on libusb: umockdev answers its usbfs calls from here.

Runs under the system's Python, which has GObject introspection:

    python3 -m drivers.simulation.wire.stu_usb --points points.json -- COMMAND ...

The command finds one pad attached. The STU is signed on when the command asks for ink, the ePad
from the moment on when it listens. The points are a JSON list of [time_s, x, y, pressure,
is_touching]. Exit code: the command's. Needs Debian's `umockdev`, `gir1.2-umockdev-1.0` and
`python3-gi`.
Source of the ioctl numbers and structures: PROTOCOLS.md section 3.
"""

import argparse
import json
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

import gi

from drivers.simulation.wire.epad_device import EpadDevice
from drivers.simulation.wire.stu_device import StuDevice, StuSetup
from drivers.simulation.wire.stu_faults import PadWire, parse_pad_fault
from drivers.simulation.wire.stu_hid import HidGadget, HidPad, report_descriptor
from drivers.simulation.wire.stu_pen import PenPoint
from drivers.simulation.wire.uareu4500_usb import (
    NODE,
    SETUP_BYTES,
    Urb,
    UsbfsReader,
)
from drivers.transport.usb import ControlSetup, UsbId

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402 - the version must be chosen before

PORT_PATH = "/devices/pci0000:00/0000:00:14.0/usb1/1-3"
_SETUP = struct.Struct("<BBHHH")


class UsbfsPad(UsbfsReader):
    """Answers the ioctls of one pad's device node."""

    def __init__(self, gadget: HidGadget) -> None:
        super().__init__(gadget)  # type: ignore[arg-type]  # its registers: in _control only
        self._gadget = gadget

    def _control(self, urb: Urb) -> None:
        message = bytes(urb.buffer.retrieve())
        request_type, request, value, index, length = _SETUP.unpack_from(message)
        setup = ControlSetup(request_type, request, value, index)
        if request_type & 0x80:
            self._finish(urb, 0, self._gadget.control_in(setup, length, 0.0))
        else:
            count = self._gadget.control_out(setup, message[SETUP_BYTES:], 0.0)
            self._finish(urb, 0, count=count)


def describe(usb_id: UsbId, descriptor_bytes: int) -> str:
    """Return the pad as umockdev's text format has it: one HID interface, one endpoint."""
    interface = struct.pack("<9B", 9, 4, 0, 0, 1, 3, 0, 0, 0)
    hid = struct.pack("<BBHBBBH", 9, 0x21, 0x0111, 0, 1, 0x22, descriptor_bytes)
    endpoint = struct.pack("<BBBBHB", 7, 5, 0x81, 3, 64, 5)
    parts = interface + hid + endpoint
    device = struct.pack(
        "<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0, 0, 0, 64, usb_id.vendor, usb_id.product, 0x108,
        0, 0, 0, 1,
    )  # fmt: skip
    configuration = struct.pack("<BBHBBBBB", 9, 2, 9 + len(parts), 1, 1, 0, 0x80, 250)
    descriptors = (device + configuration + parts).hex().upper()
    properties = {
        "DEVNAME": NODE,
        "DEVTYPE": "usb_device",
        "PRODUCT": f"{usb_id.vendor:x}/{usb_id.product:x}/108",
        "TYPE": "0/0/0",
        "BUSNUM": "001",
        "DEVNUM": "007",
        "MAJOR": "189",
        "MINOR": "6",
        "SUBSYSTEM": "usb",
    }
    attributes = {
        "busnum": "1",
        "devnum": "7",
        "devpath": "3",
        "idVendor": f"{usb_id.vendor:04x}",
        "idProduct": f"{usb_id.product:04x}",
        "bConfigurationValue": "1",
        "bNumConfigurations": "1",
        "speed": "12",
    }
    lines = [f"P: {PORT_PATH}", f"N: {NODE.removeprefix('/dev/')}={descriptors}"]
    lines += [f"E: {name}={value}" for name, value in properties.items()]
    lines += [f"A: {name}={value}\\n" for name, value in attributes.items()]
    return "\n".join([*lines, f"H: descriptors={descriptors}", "", ""])


def run(gadget: HidGadget, command: list[str]) -> int:
    """Run a command that sees the pad, and return its exit code."""
    testbed = UMockdev.Testbed.new()
    testbed.add_from_string(describe(gadget.usb_id, len(report_descriptor(gadget.pad.sizes))))
    handler = UMockdev.IoctlBase()
    handler.connect("handle-ioctl", UsbfsPad(gadget).on_ioctl)
    testbed.attach_ioctl(NODE, handler)
    environment = os.environ | {
        "UMOCKDEV_DIR": testbed.get_root_dir(),
        "LD_PRELOAD": "libumockdev-preload.so.0",
    }
    child = subprocess.Popen(command, env=environment)  # noqa: S603 - the caller's own command
    loop = GLib.MainLoop()

    def quit_after_child() -> None:
        child.wait()
        GLib.idle_add(loop.quit)

    threading.Thread(target=quit_after_child, daemon=True).start()
    loop.run()
    testbed.detach_ioctl(NODE)
    return child.returncode


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=Path, required=True, help="JSON list of what is written")
    parser.add_argument("--epad", action="store_true", help="an ePad in place of an STU-540")
    parser.add_argument("--fault", action="append", default=[], help="for instance unplug@9")
    parser.add_argument("--log", type=Path, help="write what was transferred, as JSON")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def _read_points(path: Path) -> tuple[PenPoint, ...]:
    return tuple(PenPoint(*fields) for fields in json.loads(path.read_text(encoding="utf-8")))


def main() -> int:
    """Build the pad that the arguments ask for and run the command under it."""
    arguments = _arguments()
    wire = PadWire(tuple(parse_pad_fault(text) for text in arguments.fault))
    points = _read_points(arguments.points)
    pad: HidPad = StuDevice(StuSetup(points=points), wire)
    if arguments.epad:
        pad = EpadDevice(points, wire, signs_when_heard=True)
    code = run(HidGadget(pad), arguments.command)
    if arguments.log:
        arguments.log.write_text(json.dumps(wire.transfers), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
