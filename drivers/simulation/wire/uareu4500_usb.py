"""A live U.are.U reader for any program on libusb: umockdev answers its usbfs calls from here.

Runs under the system's Python, which has GObject introspection:

    python3 -m drivers.simulation.wire.uareu4500_usb --picture rows.gray -- COMMAND ...

The command finds one reader attached; a finger comes and goes as the reader waits for it. With
`--fault` the first opening of the reader meets that fault; at the next one it is plugged in anew
and has none, and so on through all faults. Exit code: the command's. Needs Debian's `umockdev`,
`gir1.2-umockdev-1.0` and `python3-gi`.
Source of the ioctl numbers and structures: PROTOCOLS.md section 3.
"""

import argparse
import errno
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gi

from drivers.simulation.wire.uareu4500_device import (
    DeviceSetup,
    Fault,
    FaultKind,
    SilentError,
    StalledError,
    UareuDevice,
    UnpluggedError,
)
from drivers.simulation.wire.uareu4500_picture import BLOCK_LISTS

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402 - the version must be chosen before

HUB_PATH = "/devices/pci0000:00/0000:00:14.0/usb1"
HUB_ID = (0x1D6B, 0x0002)
READER_V2 = (0x045E, 0x00CA)
NODE = "/dev/bus/usb/001/007"
GET_CAPABILITIES, SUBMIT_URB, REAP_URB, REAP_URB_NO_DELAY = (
    0x8004551A, 0x8038550A, 0x4008550C, 0x4008550D,
)  # fmt: skip
DISCARD_URB, GET_DRIVER, RELEASE = 0x550B, 0x41045508, 0x80045510
CLAIM, DISCONNECT_CLAIM, RESET, CLEAR_HALT, SET_INTERFACE = (
    0x8004550F, 0x8108551B, 0x5514, 0x80045515, 0x80085504,
)  # fmt: skip
ALWAYS_GOOD = frozenset({CLAIM, DISCONNECT_CLAIM, RESET, CLEAR_HALT, SET_INTERFACE})
ALL_CAPABILITIES = 0x1F
URB_BYTES = 56
INTERRUPT, CONTROL, BULK = 1, 2, 3
STATUS_OFFSET, BUFFER_OFFSET, LENGTH_OFFSET, ACTUAL_OFFSET, SETUP_BYTES = 4, 16, 24, 28, 8
_SETUP = struct.Struct("<BBHHH")


@dataclass(slots=True, eq=False)
class Urb:
    """One transfer that the client submitted."""

    kind: int
    endpoint: int
    data: Any
    """The client's structure, an UMockdev.IoctlData."""
    buffer: Any
    length: int

    def finish(self, status: int, payload: bytes = b"", *, count: int | None = None) -> None:
        """Write the result into the client's memory."""
        payload = payload[: self.length]
        if payload:
            self.buffer.update(SETUP_BYTES if self.kind == CONTROL else 0, list(payload))
        self.data.update(STATUS_OFFSET, list(struct.pack("<i", status)))
        actual = len(payload) if count is None else count
        self.data.update(ACTUAL_OFFSET, list(struct.pack("<i", actual)))


class UsbfsReader:
    """Answers the ioctls of one device node.

    Each fault holds for one opening of the node; a faultless one follows.
    """

    def __init__(self, reader: UareuDevice, faults: Sequence[Fault] = ()) -> None:
        self._reader = reader
        self.sessions: list[list[str]] = []
        """What was transferred in each planned opening."""
        self._plan = [planned for fault in faults for planned in (fault, None)]
        self._pending: list[Urb] = []
        self._finished: list[Urb] = []
        self._is_gone = False

    def on_connect(self, _handler: object, _client: object) -> None:
        """Plug the reader in anew if the plan says so; connected to `client-connected`."""
        if not self._plan:
            return
        self._reader.replug()
        self._reader.fault = self._plan.pop(0)
        self._reader.transfers = []
        self.sessions.append(self._reader.transfers)
        self._pending.clear()
        self._finished.clear()
        self._is_gone = False

    def on_ioctl(self, _handler: object, client: Any) -> bool:  # noqa: ANN401 - introspected
        """Answer one call; connected to the signal `handle-ioctl`."""
        request, argument = client.get_property("request"), client.get_property("arg")
        self._pump()
        result, code = self._answer(request, argument)
        client.complete(result, code)
        return True

    def _answer(self, request: int, argument: Any) -> tuple[int, int]:  # noqa: ANN401
        """Return the call's result and errno."""
        if request in (REAP_URB, REAP_URB_NO_DELAY):
            return self._reap(argument)
        if self._is_gone:
            return -1, errno.ENODEV
        if request in ALWAYS_GOOD:
            return 0, 0
        answers = {
            GET_CAPABILITIES: self._tell_capabilities,
            SUBMIT_URB: self._submit,
            DISCARD_URB: self._discard,
            RELEASE: self._release,
        }
        if request in answers:
            return answers[request](argument)
        return -1, errno.ENODATA if request == GET_DRIVER else errno.ENOTTY

    def _tell_capabilities(self, argument: Any) -> tuple[int, int]:  # noqa: ANN401
        argument.resolve(0, 4).update(0, list(struct.pack("<I", ALL_CAPABILITIES)))
        return 0, 0

    def _submit(self, argument: Any) -> tuple[int, int]:  # noqa: ANN401
        data = argument.resolve(0, URB_BYTES)
        head = bytes(data.retrieve())
        (length,) = struct.unpack_from("<i", head, LENGTH_OFFSET)
        urb = Urb(head[0], head[1], data, data.resolve(BUFFER_OFFSET, length), length)
        self._pending.append(urb)
        self._arrive(urb)
        if urb.kind == CONTROL:
            self._try(urb, self._control)
        self._pump()
        return 0, 0

    def _arrive(self, urb: Urb) -> None:
        """Let the reader know that the host waits for a picture."""
        if urb.kind == BULK:
            self._reader.arm_bulk_read()

    def _reap(self, argument: Any) -> tuple[int, int]:  # noqa: ANN401
        if not self._finished:
            return -1, errno.ENODEV if self._is_gone else errno.EAGAIN
        argument.resolve(0, 8).set_ptr(0, self._finished.pop(0).data)
        return 0, 0

    def _discard(self, argument: Any) -> tuple[int, int]:  # noqa: ANN401
        (address,) = struct.unpack("<Q", bytes(argument.retrieve()))
        for urb in self._pending:
            if urb.data.client_addr == address:
                self._finish(urb, -errno.ENOENT)
                return 0, 0
        return -1, errno.EINVAL

    def _release(self, _argument: object) -> tuple[int, int]:
        """End all waiting reads, as the kernel does when it gets an interface back."""
        for urb in list(self._pending):
            self._finish(urb, -errno.ENOENT)
        self._reader.cancel_reads()
        return 0, 0

    def _pump(self) -> None:
        """Serve waiting reads with what the reader has by now."""
        for urb in list(self._pending):
            if urb.kind != CONTROL and urb in self._pending:
                self._try(urb, self._read)

    def _try(self, urb: Urb, serve: Any) -> None:  # noqa: ANN401 - one of the two below
        try:
            serve(urb)
        except SilentError:
            return  # it stays pending until the client gives up
        except StalledError:
            self._finish(urb, -errno.EPIPE)
        except UnpluggedError:
            self._is_gone = True
            for waiting in list(self._pending):
                self._finish(waiting, -errno.ESHUTDOWN)

    def _control(self, urb: Urb) -> None:
        message = bytes(urb.buffer.retrieve())
        request_type, _, register, _, length = _SETUP.unpack_from(message)
        if request_type & 0x80:
            self._finish(urb, 0, self._reader.read_register(register, length, 0.0))
        else:
            count = self._reader.write_register(register, message[SETUP_BYTES:], 0.0)
            self._finish(urb, 0, count=count)

    def _read(self, urb: Urb) -> None:
        poll = self._reader.poll_interrupt if urb.kind == INTERRUPT else self._reader.poll_bulk
        payload = poll()
        if payload is not None:
            self._finish(urb, 0, payload)

    def _finish(
        self, urb: Urb, status: int, payload: bytes = b"", *, count: int | None = None
    ) -> None:
        self._pending.remove(urb)
        urb.finish(status, payload, count=count)
        self._finished.append(urb)


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
