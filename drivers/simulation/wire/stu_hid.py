"""The USB side of emulated HID pads (STU and ePad): requests, input reports, faults.

Two adapters put it on a seam: `EmulatedHidLink` (in place of a link) and, in the tests, a pyusb
backend under the real link and its threads. `stu_usb` puts it under libusb.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from drivers.errors import DeviceNotFoundError, TransportError, TransportTimeoutError
from drivers.simulation.wire.stu_device import INPUT_BYTES, NoSuchReportError, RefusedError
from drivers.simulation.wire.stu_faults import PadWire
from drivers.simulation.wire.uareu4500_device import SilentError, StalledError, UnpluggedError
from drivers.transport.usb import (
    ControlSetup,
    InterruptStream,
    PendingRead,
    UsbDeviceInfo,
    UsbId,
    UsbLink,
)

GET_STATUS, GET_DESCRIPTOR, GET_REPORT, SET_REPORT = 0x00, 0x06, 0x01, 0x09
_POLL_S = 0.05


class HidPad(Protocol):
    """A pad that speaks reports; its methods are called with `wire.changed` held."""

    vendor: int
    wire: PadWire
    sizes: dict[int, int]

    @property
    def product(self) -> int:
        """The USB product number."""
        ...

    def get_report(self, number: int) -> bytes:
        """Return a feature report; raises RefusedError."""
        ...

    def set_report(self, report: bytes) -> None:
        """Obey a feature report; raises RefusedError."""
        ...

    def due_at_s(self) -> float | None:
        """Return when the next input report comes."""
        ...

    def take_pen_report(self) -> bytes | None:
        """Return the next input report when it is due."""
        ...

    def replug(self) -> None:
        """Become a fresh pad without faults."""
        ...


def report_descriptor(sizes: dict[int, int]) -> bytes:
    """Return a HID report descriptor that declares reports of these sizes (with their number)."""
    items = bytes.fromhex("0600ff 0901 a101 1500 26ff00 7508")  # vendor page, bytes of 0..255
    for number, size in sorted(sizes.items()):
        if number:
            items += bytes([0x85, number])
        count = size - (1 if number else 0)
        kind = 0x81 if number in INPUT_BYTES or number == 0 else 0xB1
        items += b"\x96" + count.to_bytes(2, "little") + b"\x09\x01" + bytes([kind, 0x02])
    return items + b"\xc0"


class HidGadget:
    """A pad at the end of a USB cable; any thread may call it."""

    def __init__(self, pad: HidPad) -> None:
        self.pad = pad
        self.wire = pad.wire
        self._generation = 0

    @property
    def usb_id(self) -> UsbId:
        """Vendor and product."""
        return UsbId(self.pad.vendor, self.pad.product)

    def control_in(self, setup: ControlSetup, length: int, timeout_s: float) -> bytes:
        """Answer a request to read; raises UnpluggedError, StalledError or SilentError."""
        with self.wire.changed, self.wire.taking_time(timeout_s):
            is_short = self.wire.begin(f"read {self._name(setup)}")
            answer = self._answer(setup)[:length]
            return answer[: len(answer) // 2] if is_short else answer

    def control_out(self, setup: ControlSetup, data: bytes, timeout_s: float) -> int:
        """Take a request to write and return the count of bytes taken."""
        with self.wire.changed, self.wire.taking_time(timeout_s):
            if self.wire.begin(f"write {self._name(setup)}"):
                return len(data) - 1
            if (setup.request_type, setup.request) != (0x21, SET_REPORT):
                raise StalledError
            if setup.index != 0 or setup.value != 0x0300 | data[0]:
                raise StalledError
            self._obey(data)
            return len(data)

    def read_interrupt(self, timeout_s: float) -> bytes:
        """Return the next input report; empty when the read was cancelled."""
        deadline_s = time.monotonic() + timeout_s
        with self.wire.changed:
            generation = self._generation
            while self._generation == generation:
                report = self.poll_interrupt()
                if report is not None:
                    return report
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    raise SilentError
                self.wire.changed.wait(min(left_s, self._next_wait_s()))
        return b""

    def poll_interrupt(self) -> bytes | None:
        """Return the next input report without waiting, or None."""
        with self.wire.changed:
            self.wire.require_plugged()
            report = None if self.wire.is_silent() else self.pad.take_pen_report()
            if report is None:
                return None
            try:
                is_short = self.wire.begin("pen")
            except SilentError:
                return None
            return report[: len(report) // 2] if is_short else report

    def cancel_reads(self) -> None:
        """End waiting reads, as a kernel does when the interface is released."""
        with self.wire.changed:
            self._generation += 1
            self.wire.changed.notify_all()

    def replug(self) -> None:
        """Pull the plug and put it in again."""
        self.pad.replug()

    def _answer(self, setup: ControlSetup) -> bytes:
        match (setup.request_type, setup.request):
            case (0x80, 0x00):  # GET_STATUS
                return b"\0\0"
            case (0x81, 0x06) if setup.value == 0x2200:
                return report_descriptor(self.pad.sizes)
            case (0xA1, 0x01) if setup.value >> 8 == 3:
                try:
                    return self.pad.get_report(setup.value & 0xFF)
                except NoSuchReportError as error:
                    raise StalledError from error
        raise StalledError

    def _obey(self, report: bytes) -> None:
        """Give the pad a report; what it refuses is told by its status only."""
        try:
            self.pad.set_report(report)
        except NoSuchReportError as error:
            raise StalledError from error
        except RefusedError:
            return

    def _next_wait_s(self) -> float:
        due_s = self.pad.due_at_s()
        return _POLL_S if due_s is None else min(_POLL_S, max(0.0, due_s - time.monotonic()))

    @staticmethod
    def _name(setup: ControlSetup) -> str:
        if setup.request in (GET_REPORT, SET_REPORT):
            return f"{setup.value & 0xFF:02x}"
        return {GET_STATUS: "status", GET_DESCRIPTOR: "descriptor"}.get(setup.request, "?")


class EmulatedHidLink(UsbLink):
    """The link to an emulated HID pad. No thread: reports wait in the pad until asked for."""

    def __init__(self, gadget: HidGadget, *, device: str = "pad") -> None:
        self.info = UsbDeviceInfo(gadget.usb_id, port="emulated")
        self._gadget = gadget
        self._device = device

    def claim(self, interface_class: tuple[int, int, int]) -> None:
        """Refuse any class but HID."""
        if interface_class != (3, 0, 0):
            raise DeviceNotFoundError("no such interface", device=self._device)

    def control_read(self, setup: ControlSetup, length: int, *, timeout_s: float) -> bytes:
        """Pass a request on."""
        with self.translating(timeout_s):
            return self._gadget.control_in(setup, length, timeout_s)

    def control_write(self, setup: ControlSetup, data: bytes, *, timeout_s: float) -> None:
        """Pass a request on."""
        with self.translating(timeout_s):
            taken = self._gadget.control_out(setup, data, timeout_s)
        if taken != len(data):
            raise TransportError(f"{taken} of {len(data)} bytes taken", device=self._device)

    def start_bulk_read(self, endpoint: int, length: int, *, timeout_s: float) -> PendingRead:
        """Refuse: the pads have no bulk endpoint that reads."""
        raise TransportError(f"no endpoint {endpoint:02x}", device=self._device)

    def start_interrupts(self, endpoint: int, length: int) -> InterruptStream:
        """Let input reports be read."""
        return _EmulatedStream(self, self._gadget)

    def reset(self) -> None:
        """Do nothing; the pad keeps its state."""

    def close(self) -> None:
        """End what waits."""
        self._gadget.cancel_reads()

    @contextmanager
    def translating(self, timeout_s: float) -> Iterator[None]:
        """Turn the pad's errors into ours."""
        try:
            yield
        except UnpluggedError as error:
            raise TransportError("the device went away", device=self._device) from error
        except StalledError as error:
            raise TransportError("endpoint stalled", device=self._device) from error
        except SilentError as error:
            raise TransportTimeoutError(
                f"no answer in {timeout_s:g} s", device=self._device
            ) from error


class _EmulatedStream(InterruptStream):
    def __init__(self, link: EmulatedHidLink, gadget: HidGadget) -> None:
        self._link = link
        self._gadget = gadget

    def next_packet(self, *, timeout_s: float) -> bytes | None:
        try:
            with self._link.translating(timeout_s):
                return self._gadget.read_interrupt(timeout_s)
        except TransportTimeoutError:
            return None
