"""A live U.are.U reader for any program on libusb: umockdev answers its usbfs calls from here.

Runs under the system's Python, which has GObject introspection:

    python3 -m drivers.simulation.wire.uareu4500_usb --picture rows.gray -- COMMAND ...

The command finds one reader attached; a finger comes and goes as the reader waits for it. With
`--fault` the first opening of the reader meets that fault; at the next one it is plugged in anew
and has none, and so on through all faults. Exit code: the command's. Needs Debian's `umockdev`,
`gir1.2-umockdev-1.0` and `python3-gi`.
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

from drivers.simulation.wire.uareu4500_device import DeviceSetup, Fault, FaultKind, UareuDevice
from drivers.simulation.wire.uareu4500_picture import BLOCK_LISTS
from drivers.simulation.wire.uareu4500_usbfs import SETUP_BYTES, Urb, UsbfsReader

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402 - the version must be chosen before

__all__ = ["NODE", "SETUP_BYTES", "Urb", "UsbfsReader", "describe_reader", "parse_fault", "run"]

HUB_PATH = "/devices/pci0000:00/0000:00:14.0/usb1"
HUB_ID = (0x1D6B, 0x0002)
READER_V2 = (0x045E, 0x00CA)
NODE = "/dev/bus/usb/001/007"


def describe(setup: DeviceSetup) -> str:
    """Return a U.are.U reader as umockdev's text format has it."""
    interface = struct.pack("<9B", 9, 4, 0, 0, 2, 0xFF, 0xFF, 0xFF, 0)
    endpoints = struct.pack("<BBBBHB", 7, 5, 0x81, 3, 64, 8)
    endpoints += struct.pack("<BBBBHB", 7, 5, 0x82, 2, 64, 0)
    return describe_reader((setup.vendor, setup.product), interface + endpoints)


def describe_reader(usb_id: tuple[int, int], interface_and_endpoints: bytes) -> str:
    """Return a reader and its root hub as umockdev's text format has them.

    The hub is needed: without it libgusb, under libfprint, finds no port number and aborts.
    """
    hub_interface = struct.pack("<9B", 9, 4, 0, 0, 1, 9, 0, 0, 0)
    hub_endpoint = struct.pack("<BBBBHB", 7, 5, 0x81, 3, 4, 12)
    return _describe_device(
        f"{HUB_PATH}/1-3", usb_id, 0, interface_and_endpoints, number=7, attribute="devpath=3"
    ) + _describe_device(
        HUB_PATH, HUB_ID, 9, hub_interface + hub_endpoint, number=1, attribute="devpath=0"
    )


def _describe_device(
    path: str,
    usb_id: tuple[int, int],
    device_class: int,
    interface: bytes,
    *,
    number: int,
    attribute: str,
) -> str:
    device = struct.pack(
        "<BBHBBBBHHHBBBB", 18, 1, 0x0200, device_class, 0, 0, 64, *usb_id, 0x0103, 0, 0, 0, 1
    )
    configuration = struct.pack("<BBHBBBBB", 9, 2, 9 + len(interface), 1, 1, 0, 0x80, 100)
    descriptors = (device + configuration + interface).hex().upper()
    vendor, product = usb_id
    return f"""P: {path}
N: bus/usb/001/{number:03d}={descriptors}
E: DEVNAME=/dev/bus/usb/001/{number:03d}
E: DEVTYPE=usb_device
E: PRODUCT={vendor:x}/{product:x}/103
E: TYPE={device_class}/0/0
E: BUSNUM=001
E: DEVNUM={number:03d}
E: MAJOR=189
E: MINOR={number - 1}
E: SUBSYSTEM=usb
A: busnum=1\\n
A: devnum={number}\\n
A: {attribute}\\n
A: idVendor={vendor:04x}\\n
A: idProduct={product:04x}\\n
A: product=Emulated Fingerprint Reader\\n
A: serial=EMULATED\\n
A: bConfigurationValue=1\\n
A: bNumConfigurations=1\\n
A: speed=12\\n
H: descriptors={descriptors}

"""


def run(usbfs: UsbfsReader, description: str, command: list[str]) -> int:
    """Run a command that sees the reader, and return its exit code."""
    testbed = UMockdev.Testbed.new()
    testbed.add_from_string(description)
    handler = UMockdev.IoctlBase()
    handler.connect("handle-ioctl", usbfs.on_ioctl)
    handler.connect("client-connected", usbfs.on_connect)
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


def parse_fault(text: str) -> Fault:
    """Read a fault like "unplug:9"; raises ValueError."""
    kind, _, transfer = text.partition(":")
    return Fault(FaultKind(kind), int(transfer))


def parse_usb_id(text: str) -> tuple[int, int]:
    """Read a USB id like "05ba:000a"; raises ValueError."""
    vendor, _, product = text.partition(":")
    return int(vendor, 16), int(product, 16)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", type=Path, required=True, help="289 rows of 384 grey bytes")
    parser.add_argument("--blocks", choices=sorted(BLOCK_LISTS), default="scrambled")
    parser.add_argument(
        "--fault",
        metavar="KIND:TRANSFER",
        type=parse_fault,
        action="append",
        default=[],
        help="for instance unplug:9; may be repeated",
    )
    parser.add_argument(
        "--usb-id",
        type=parse_usb_id,
        default=(0x05BA, 0x000A),
        help="045e:00ca asks for its challenge",
    )
    parser.add_argument("--log", type=Path, help="write what was transferred, as JSON")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def main() -> int:
    """Build the reader that the arguments ask for and run the command under it."""
    arguments = _arguments()
    blocks, keys = BLOCK_LISTS[arguments.blocks]
    vendor, product = arguments.usb_id
    setup = DeviceSetup(arguments.picture.read_bytes(), blocks, keys, vendor, product, taps=True)
    setup.has_challenge = arguments.usb_id == READER_V2
    reader = UareuDevice(setup)
    usbfs = UsbfsReader(reader, arguments.fault)
    code = run(usbfs, describe(setup), arguments.command)
    if arguments.log:
        log = {"sessions": usbfs.sessions, "lost_pictures": reader.lost_pictures}
        arguments.log.write_text(json.dumps(log))
    return code


if __name__ == "__main__":
    sys.exit(main())
