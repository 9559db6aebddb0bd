"""Wacom STU signature pads: STU-300, 430, 430V, 500, 520A, 530, 540; over USB HID or serial.

Protocol: PROTOCOLS.md section 7; reports are in `drivers.protocols.stu_reports`, both ways to the
pad in `stu_channel`, commands in `stu_pad`.

    open          claim; sizes of the reports; information, capability; ready
    show          the picture is kept and put on the screen
    start_inking  screen renewed (picture, or empty) -> pen reports with the pad's own time
    stop_inking   ink off; screen emptied, for it may show what is the resident's own
    close         as stop_inking, when something is left on the screen

The pad must speak in clear: encrypted capture is not spoken, and the STU-541, which speaks TLS
only, is refused. Without a pen report for a second the pad is asked for its status, so that a pad
that hangs is not taken for a pen that rests.
"""

import logging
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from drivers.devices import AttachedDevice, DeviceOptions, SignaturePad
from drivers.errors import DeviceNotFoundError, DriverError, OptionsError, ProtocolError
from drivers.frames import DeviceIdentity, PadGeometry, PenSample
from drivers.protocols.stu_channel import (
    StuChannel,
    StuHidChannel,
    StuSerialChannel,
    serial_settings,
)
from drivers.protocols.stu_clock import StuPenClock
from drivers.protocols.stu_pad import StuPad
from drivers.protocols.stu_picture import choose_encoding, encode_picture, fit_to_screen
from drivers.protocols.stu_reports import MODELS, STU_541, StuPenReport
from drivers.transport.hid import HidLink
from drivers.transport.recording import RecordingSerialLink, RecordingUsbLink, TranscriptWriter
from drivers.transport.serial import PySerialLink, SerialLinkFactory
from drivers.transport.usb import UsbLinkFactory
from drivers.transport.usb_search import UsbFilter, find_attached, open_usb

TLS_ONLY = "an STU-541 speaks TLS only, which this driver does not; use another model"
SLICE_S = 0.1  # how often a wait looks whether it was cancelled
SILENCE_S = 1.0  # after so long without a report the pad is asked whether it is there

log = logging.getLogger(__name__)


class WacomStuOptions(DeviceOptions):
    """Options of an STU pad; all may be left out when one pad is attached over USB."""

    usb_id: str | None = Field(None, pattern="^[0-9a-f]{4}:[0-9a-f]{4}$")
    """Only pads with this USB id, for instance "056a:00a8"."""
    serial: str | None = None
    """Only the pad with this serial number, as USB tells it."""
    port: str | None = None
    """Only the pad at this USB port as the kernel names it, for instance "1-10"."""
    serial_port: str | None = None
    """The serial port of a pad in serial mode, for instance "/dev/ttyUSB0"; then no USB search."""
    baud: int = Field(128000, ge=9600, le=921600)
    """128000 for the pad's virtual serial port, 115200 for its RS-232 kit."""
    transfer_timeout_s: float = Field(2.0, gt=0, le=30)
    """Limit of each transfer."""
    colour: bool = False
    """Show pictures in colour: slower by a factor of 24, minutes on a serial line."""


class WacomStu(SignaturePad):
    """An STU pad with its screen."""

    options_model = WacomStuOptions

    def __init__(
        self,
        name: str,
        options: WacomStuOptions,
        open_usb_link: UsbLinkFactory | None = None,
        open_serial_link: SerialLinkFactory | None = None,
    ) -> None:
        super().__init__(name, options)
        self._pad_options = options
        self._open_usb_link = open_usb_link or (lambda: open_usb(_usb_filter(options), device=name))
        self._open_serial_link = open_serial_link or (
            lambda: PySerialLink(
                options.serial_port or "", serial_settings(options.baud), device=name
            )
        )
        self._channel: StuChannel | None = None
        self._pad: StuPad | None = None
        self._picture: NDArray[np.uint8] | None = None
        self._clock = StuPenClock(0.0)
        self._heard_s = 0.0
        self._is_screen_fresh = False
        self._is_dirty = False

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the pads that are plugged in and in USB mode."""
        spoken = find_attached([usb_id for usb_id in MODELS if usb_id != STU_541])
        unspoken = find_attached([STU_541])
        return spoken + tuple(replace(one, problem=TLS_ONLY) for one in unspoken)

    @property
    def lost_reports(self) -> int:
        """Pen reports of this signature that the pad counted and the link lost."""
        return self._clock.lost_reports

    def record_to(self, transcript: TranscriptWriter) -> None:
        """Write all traffic from the next open() on into a transcript."""
        open_usb_link, open_serial_link = self._open_usb_link, self._open_serial_link
        self._open_usb_link = lambda: RecordingUsbLink(open_usb_link(), transcript)
        self._open_serial_link = lambda: RecordingSerialLink(open_serial_link(), transcript)

    def _open(self) -> None:
        timeout_s = self._pad_options.transfer_timeout_s
        if self._pad_options.serial_port is not None:
            line = StuSerialChannel(self._open_serial_link(), device=self.name, timeout_s=timeout_s)
            self._channel = line
            line.start()
        else:
            hid = HidLink(self._open_usb_link(), device=self.name)
            usb = StuHidChannel(hid, device=self.name, timeout_s=timeout_s)
            self._channel = usb
            if hid.info.usb_id == STU_541:
                raise ProtocolError(TLS_ONLY, device=self.name)
            usb.start()
        self._pad = StuPad(self._channel, device=self.name, check_cancel=self._raise_if_cancelled)
        self._pad.start()

    def _close(self) -> None:
        channel, self._channel = self._channel, None
        pad, self._pad = self._pad, None
        self._picture = None
        self._is_screen_fresh = False
        try:
            if pad is not None and self._is_dirty:
                pad.stop_pen()
                pad.clear()
        except DriverError as error:
            log.info("%s: the screen was not emptied: %s", self.name, error)
        finally:
            self._is_dirty = False
            if channel is not None:
                channel.close()

    def _identity(self) -> DeviceIdentity:
        pad = self._opened()
        return DeviceIdentity(
            "Wacom", pad.information.model, serial=pad.uid, firmware=pad.information.firmware
        )

    def _geometry(self) -> PadGeometry:
        capability = self._opened().capability
        width_mm, height_mm = capability.size_mm
        return PadGeometry(
            width_mm,
            height_mm,
            float(capability.rate_hz),
            capability.max_pressure + 1,
            capability.screen_px,
        )

    def _show(self, picture: NDArray[np.uint8]) -> None:
        pad = self._opened()
        self._is_screen_fresh = False
        try:
            self._picture = fit_to_screen(picture, pad.capability.screen_px)
        except ValueError as error:
            raise OptionsError(f"it cannot be shown: {error}", device=self.name) from error
        self._renew_screen(pad)
        self._is_screen_fresh = True

    def _start_inking(self) -> None:
        pad = self._opened()
        if not self._is_screen_fresh:
            self._renew_screen(pad)
        self._is_screen_fresh = False
        self._is_dirty = True
        self._clock = StuPenClock(pad.start_pen())
        self._heard_s = time.monotonic()

    def _read_samples(self, timeout_s: float) -> tuple[PenSample, ...]:
        pad = self._opened()
        deadline_s = time.monotonic() + timeout_s
        while True:
            left_s = deadline_s - time.monotonic()
            reports = pad.take_reports(timeout_s=max(0.0, min(left_s, SLICE_S)))
            if reports:
                self._heard_s = time.monotonic()
                return tuple(self._sample(pad, report) for report in reports)
            self._raise_if_cancelled()
            if time.monotonic() - self._heard_s >= SILENCE_S:
                pad.read_status()
                self._heard_s = time.monotonic()
            if left_s <= SLICE_S:
                return ()

    def _stop_inking(self) -> None:
        pad = self._opened()
        self._picture = None
        self._is_screen_fresh = False
        pad.stop_pen()
        pad.clear()
        self._is_dirty = False

    def _renew_screen(self, pad: StuPad) -> None:
        """Show the picture without ink, or an empty screen."""
        if self._picture is None:
            pad.clear()
            return
        self._is_dirty = True
        encoding = choose_encoding(pad.capability.encodings, has_colour=self._pad_options.colour)
        pad.show(encode_picture(self._picture, encoding), encoding)

    def _sample(self, pad: StuPad, report: StuPenReport) -> PenSample:
        capability = pad.capability
        width_mm, height_mm = capability.size_mm
        time_s = self._clock.time_s(report.time_ms, self._heard_s)
        if lost := self._clock.note_sequence(report.sequence):
            log.warning("%s: %d pen reports were lost at %.3f s", self.name, lost, time_s)
        return PenSample(
            x_mm=width_mm * min(report.x, capability.max_x) / capability.max_x,
            y_mm=height_mm * min(report.y, capability.max_y) / capability.max_y,
            pressure=min(1.0, report.pressure / capability.max_pressure),
            time_s=time_s,
            is_touching=report.is_touching,
        )

    def _opened(self) -> StuPad:
        if self._pad is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        return self._pad


def _usb_filter(options: WacomStuOptions) -> UsbFilter:
    usb_ids = tuple(usb_id for usb_id in MODELS if options.usb_id in (None, str(usb_id)))
    return UsbFilter(usb_ids, serial=options.serial, port=options.port)


DRIVER = WacomStu
