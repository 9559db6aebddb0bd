"""ePadLink ePad signature pad over USB HID.

Protocol: PROTOCOLS.md section 9; the report is in `drivers.protocols.epad_reports`. The pad has no
screen, takes no command and sends no time: times are the host's. Without a report for a second the
pad is asked for its USB status, so that a pad that hangs is not taken for a pen that rests.
"""

import time

from pydantic import Field

from drivers.devices import AttachedDevice, DeviceOptions, SignaturePad
from drivers.errors import DeviceNotFoundError, ProtocolError
from drivers.frames import DeviceIdentity, PadGeometry, PenSample
from drivers.protocols.epad_reports import (
    MAX_PRESSURE,
    MAX_X,
    MAX_Y,
    UNITS_PER_INCH,
    USB_ID,
    EpadReport,
    parse_report,
)
from drivers.transport.hid import HidLink
from drivers.transport.recording import RecordingUsbLink, TranscriptWriter
from drivers.transport.usb import UsbLinkFactory
from drivers.transport.usb_search import UsbFilter, find_attached, open_usb

SLICE_S = 0.1  # how often a wait looks whether it was cancelled
SILENCE_S = 1.0  # after so long without a report the pad is asked whether it is there
MAX_REPORTS_AT_ONCE = 1000  # a pad that talks without end still lets the caller go


class EpadOptions(DeviceOptions):
    """Options of an ePad; all may be left out when one is attached."""

    serial: str | None = None
    """Only the pad with this serial number."""
    port: str | None = None
    """Only the pad at this USB port as the kernel names it, for instance "1-10"."""
    transfer_timeout_s: float = Field(2.0, gt=0, le=30)
    """Limit of each transfer."""
    units_per_inch: float = Field(UNITS_PER_INCH, gt=0)
    """Scale of the pad; measure a line of known length to find it."""
    sample_rate_hz: float = Field(100.0, gt=0, le=1000)
    """Reports per second that a healthy pad makes at least; no public source tells it."""


class Epad(SignaturePad):
    """An ePad."""

    options_model = EpadOptions

    def __init__(
        self, name: str, options: EpadOptions, open_link: UsbLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        self._pad_options = options
        wanted = UsbFilter((USB_ID,), serial=options.serial, port=options.port)
        self._open_link = open_link or (lambda: open_usb(wanted, device=name))
        self._link: HidLink | None = None
        self._begin_s = 0.0
        self._heard_s = 0.0

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the pads that are plugged in."""
        return find_attached((USB_ID,))

    def record_to(self, transcript: TranscriptWriter) -> None:
        """Write all traffic from the next open() on into a transcript."""
        open_link = self._open_link
        self._open_link = lambda: RecordingUsbLink(open_link(), transcript)

    def _open(self) -> None:
        self._link = HidLink(self._open_link(), device=self.name)
        self._link.start()
        self._link.require_alive(timeout_s=self._pad_options.transfer_timeout_s)

    def _close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _identity(self) -> DeviceIdentity:
        info = self._opened().info
        return DeviceIdentity(
            info.manufacturer or "ePadLink", info.product or "ePad", serial=info.serial
        )

    def _geometry(self) -> PadGeometry:
        return PadGeometry(
            self._to_mm(MAX_X),
            self._to_mm(MAX_Y),
            self._pad_options.sample_rate_hz,
            MAX_PRESSURE + 1,
        )

    def _start_inking(self) -> None:
        self._forget_reports()
        self._opened().require_alive(timeout_s=self._pad_options.transfer_timeout_s)
        self._begin_s = self._heard_s = time.monotonic()

    def _read_samples(self, timeout_s: float) -> tuple[PenSample, ...]:
        deadline_s = time.monotonic() + timeout_s
        while True:
            left_s = deadline_s - time.monotonic()
            samples = self._take(max(0.0, min(left_s, SLICE_S)))
            if samples:
                return tuple(samples)
            self._raise_if_cancelled()
            self._ask_when_silent()
            if left_s <= SLICE_S:
                return ()

    def _stop_inking(self) -> None:
        self._forget_reports()

    def _forget_reports(self) -> None:
        link = self._opened()
        for _ in range(MAX_REPORTS_AT_ONCE):
            if link.next_input(timeout_s=0.0) is None:
                return

    def _take(self, wait_s: float) -> list[PenSample]:
        link = self._opened()
        samples: list[PenSample] = []
        while len(samples) < MAX_REPORTS_AT_ONCE:
            report = link.next_input(timeout_s=0.0 if samples else wait_s)
            if report is None:
                break
            self._heard_s = time.monotonic()
            samples.append(self._sample(self._parsed(report)))
        return samples

    def _ask_when_silent(self) -> None:
        if time.monotonic() - self._heard_s >= SILENCE_S:
            self._opened().require_alive(timeout_s=self._pad_options.transfer_timeout_s)
            self._heard_s = time.monotonic()

    def _parsed(self, report: bytes) -> EpadReport:
        try:
            return parse_report(report)
        except ValueError as error:
            raise ProtocolError(f"{error}; plug the pad in again", device=self.name) from error

    def _sample(self, report: EpadReport) -> PenSample:
        return PenSample(
            x_mm=self._to_mm(report.x),
            y_mm=self._to_mm(report.y),
            pressure=report.pressure / MAX_PRESSURE,
            time_s=self._heard_s - self._begin_s,
            is_touching=report.is_touching,
        )

    def _to_mm(self, units: int) -> float:
        return 25.4 * units / self._pad_options.units_per_inch

    def _opened(self) -> HidLink:
        if self._link is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        return self._link


DRIVER = Epad
