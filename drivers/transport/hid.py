"""A HID device over a USB link: feature reports, its report descriptor, input reports.

Source: Device Class Definition for HID 1.11, sections 7.1.1 and 7.2. The kernel's own HID driver
is detached when the interface is claimed, and given the device back at close.
"""

from drivers.errors import TransportError
from drivers.transport.usb import ControlSetup, InterruptStream, UsbDeviceInfo, UsbLink

HID_INTERFACE = (0x03, 0x00, 0x00)  # HID class, no boot protocol
INPUT_ENDPOINT = 0x81
INPUT_BYTES = 64  # largest packet of a full-speed interrupt endpoint
MAX_DESCRIPTOR_BYTES = 4096

_INTERFACE_IN, _CLASS_IN, _CLASS_OUT = 0x81, 0xA1, 0x21
_DEVICE_IN = 0x80
_GET_STATUS, _GET_DESCRIPTOR, _GET_REPORT, _SET_REPORT = 0x00, 0x06, 0x01, 0x09
_REPORT_DESCRIPTOR = 0x2200
_FEATURE = 0x0300


class HidLink:
    """The HID interface of an opened device; used once, like its USB link."""

    def __init__(self, link: UsbLink, *, device: str) -> None:
        self._link = link
        self._device = device
        self._inputs: InterruptStream | None = None

    @property
    def info(self) -> UsbDeviceInfo:
        """What the system knows of the device."""
        return self._link.info

    def start(self) -> None:
        """Claim the interface and begin to receive input reports."""
        self._link.claim(HID_INTERFACE)
        self._inputs = self._link.start_interrupts(INPUT_ENDPOINT, INPUT_BYTES)

    def report_descriptor(self, *, timeout_s: float) -> bytes:
        """Return the description of all reports."""
        setup = self._setup(_INTERFACE_IN, _GET_DESCRIPTOR, _REPORT_DESCRIPTOR)
        return self._link.control_read(setup, MAX_DESCRIPTOR_BYTES, timeout_s=timeout_s)

    def get_feature(self, number: int, size: int, *, timeout_s: float) -> bytes:
        """Return a feature report with its number; may be shorter than `size`."""
        setup = self._setup(_CLASS_IN, _GET_REPORT, _FEATURE | number)
        return self._link.control_read(setup, size, timeout_s=timeout_s)

    def set_feature(self, report: bytes, *, timeout_s: float) -> None:
        """Send a feature report that begins with its number."""
        setup = self._setup(_CLASS_OUT, _SET_REPORT, _FEATURE | report[0])
        self._link.control_write(setup, report, timeout_s=timeout_s)

    def next_input(self, *, timeout_s: float) -> bytes | None:
        """Return the oldest input report, or None when none came in time."""
        if self._inputs is None:
            raise TransportError("read before it was started", device=self._device)
        packet = self._inputs.next_packet(timeout_s=timeout_s)
        return packet or None  # a cancelled read looks like an empty packet

    def require_alive(self, *, timeout_s: float) -> None:
        """Ask for the device's status, which every USB device answers; raises TransportError."""
        setup = ControlSetup(_DEVICE_IN, _GET_STATUS, 0)
        answer = self._link.control_read(setup, 2, timeout_s=timeout_s)
        if len(answer) != 2:
            raise TransportError("half a status came; check the cable", device=self._device)

    def close(self) -> None:
        """Give the device back; never raises."""
        self._link.close()

    def _setup(self, request_type: int, request: int, value: int) -> ControlSetup:
        return ControlSetup(request_type, request, value, self._link.interface_number)
