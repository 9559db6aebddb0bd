"""A live NB-1010-U for any program on libusb: umockdev answers its usbfs calls from here.

Runs under the system's Python, which has GObject introspection:

    python3 -m drivers.simulation.wire.nb1010_usb --picture rows.gray -- COMMAND ...

The command finds one reader attached, with a finger on it. `--fault` works as in
`uareu4500_usb`. Exit code: the command's.
"""

import argparse
import errno
import json
import struct
import sys
from pathlib import Path

from drivers.simulation.wire.nb1010_device import BabbleError, NbDevice, NbSetup
from drivers.simulation.wire.uareu4500_usb import describe_reader, parse_fault, run
from drivers.simulation.wire.uareu4500_usbfs import Urb, UsbfsReader

DIRECTION_IN = 0x80


class UsbfsNb(UsbfsReader):
    """Answers the ioctls of one NB-1010-U's device node."""

    _reader: NbDevice  # type: ignore[assignment]  # what differs is overridden below

    def _arrive(self, urb: Urb) -> None:
        """Nothing has to be armed."""

    def _release(self, _argument: object) -> tuple[int, int]:
        for urb in list(self._pending):
            self._finish(urb, -errno.ENOENT)
        return 0, 0

    def _read(self, urb: Urb) -> None:
        """Serve a bulk transfer of either direction."""
        if not urb.endpoint & DIRECTION_IN:
            count = self._reader.write_bulk(bytes(urb.buffer.retrieve()), 0.0)
            self._finish(urb, 0, count=count)
            return
        try:
            answer = self._reader.poll_bulk(urb.length)
        except BabbleError:
            self._finish(urb, -errno.EOVERFLOW)
            return
        if answer is not None:
            self._finish(urb, 0, answer)


def describe(setup: NbSetup) -> str:
    """Return the reader as umockdev's text format has it."""
    interface = struct.pack("<9B", 9, 4, 0, 0, 3, 0, 0, 0, 0)
    endpoints = ((0x81, 3), (0x02, 2), (0x83, 2))
    packed = [struct.pack("<BBBBHB", 7, 5, *endpoint, 64, 0) for endpoint in endpoints]
    return describe_reader((setup.vendor, setup.product), interface + b"".join(packed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", type=Path, required=True, help="180 rows of 256 grey bytes")
    parser.add_argument(
        "--fault", metavar="KIND:TRANSFER", type=parse_fault, action="append", default=[],
        help="for instance unplug:9; may be repeated",
    )  # fmt: skip
    parser.add_argument("--left-over", type=int, default=0, help="parts of an unread picture")
    parser.add_argument("--log", type=Path, help="write what was transferred, as JSON")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def main() -> int:
    """Build the reader that the arguments ask for and run the command under it."""
    arguments = _arguments()
    reader = NbDevice(NbSetup(arguments.picture.read_bytes(), left_over_frames=arguments.left_over))
    usbfs = UsbfsNb(reader, arguments.fault)  # type: ignore[arg-type]  # see _reader
    code = run(usbfs, describe(reader.setup), arguments.command)
    if arguments.log:
        arguments.log.write_text(json.dumps(reader.transfers))
    return code


if __name__ == "__main__":
    sys.exit(main())
