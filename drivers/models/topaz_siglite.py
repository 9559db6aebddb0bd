"""Topaz signature pads on a serial line: SigLite, SignatureGem, ClipGem (BSB models over FTDI).

Protocol: PROTOCOLS.md section 8; packets and models are in `drivers.protocols.topaz_packets`. The
pad only talks: it takes no command, so it cannot be asked who or whether it is. A pad that hangs
looks like a pen that rests; only an unplugged line is noticed.

Times are the host's: a point's time is when its bytes came, less what the line took for those
after it.
"""

import logging
import time
from typing import Literal

from pydantic import Field

from drivers.devices import DeviceOptions, SignaturePad
from drivers.errors import DeviceNotFoundError, ProtocolError
from drivers.frames import DeviceIdentity, PadGeometry, PenSample
from drivers.protocols.topaz_packets import (
    LINE_BITS_PER_BYTE,
    MODELS,
    PACKET_BYTES,
    PARITY,
    PRESSURE_MAX,
    TopazModel,
    TopazPoint,
    TopazReader,
)
from drivers.transport.recording import RecordingSerialLink, TranscriptWriter
from drivers.transport.serial import PySerialLink, SerialLink, SerialLinkFactory, SerialSettings

READ_BYTES = 4096
SLICE_S = 0.1  # how often a wait looks whether it was cancelled
SURE_RATE_HZ = 100.0  # no public source tells the rate; measured rates above it do no harm

ModelName = Literal[
    "signaturegem_1x5",
    "signaturegem_4x5",
    "siglite_1x5",
    "siglite_lcd_1x5",
    "siglite_lcd_4x5",
    "clipgem",
    "siggem_color_5x7",
]

log = logging.getLogger(__name__)


class TopazSigliteOptions(DeviceOptions):
    """Options of a Topaz pad."""

    port: str
    """The serial port, for instance "/dev/ttyUSB0" or its name in /dev/serial/by-id."""
    model: ModelName = "siglite_1x5"
    """Decides speed and writing area; the pad cannot be asked."""
    sample_rate_hz: float | None = Field(None, gt=0, le=1000)
    """Reports per second that a healthy pad makes at least; what the line carries if left out."""


def line_settings(model: TopazModel) -> SerialSettings:
    """Return the line's settings: the model's speed, 8O1, no flow control."""
    return SerialSettings(model.baud, parity=PARITY)


class TopazSiglite(SignaturePad):
    """A Topaz pad that talks on a serial line."""

    options_model = TopazSigliteOptions

    def __init__(
        self, name: str, options: TopazSigliteOptions, open_link: SerialLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        self._pad_options = options
        self._model: TopazModel = MODELS[options.model]
        self._open_link = open_link or (
            lambda: PySerialLink(options.port, line_settings(self._model), device=name)
        )
        self._link: SerialLink | None = None
        self._reader = TopazReader()
        self._begin_s = 0.0
        self._last_s = 0.0

    @property
    def damaged_packets(self) -> int:
        """Packets that came cut since the pad was opened."""
        return self._reader.damaged

    def record_to(self, transcript: TranscriptWriter) -> None:
        """Write all traffic from the next open() on into a transcript."""
        open_link = self._open_link
        self._open_link = lambda: RecordingSerialLink(open_link(), transcript)

    def _open(self) -> None:
        self._link = self._open_link()
        self._reader = TopazReader()

    def _close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _identity(self) -> DeviceIdentity:
        told = self._reader.identity
        return DeviceIdentity(
            "Topaz", self._model.title, serial=None if told is None else str(told.serial)
        )

    def _geometry(self) -> PadGeometry:
        point_bytes = 2 * PACKET_BYTES  # pressure and position
        line_rate_hz = self._model.baud / LINE_BITS_PER_BYTE / point_bytes
        rate_hz = self._pad_options.sample_rate_hz or min(SURE_RATE_HZ, line_rate_hz)
        return PadGeometry(*self._model.size_mm, rate_hz, PRESSURE_MAX + 1)

    def _start_inking(self) -> None:
        self._opened().discard_input()
        self._reader.forget_part()
        self._begin_s = self._last_s = time.monotonic()

    def _read_samples(self, timeout_s: float) -> tuple[PenSample, ...]:
        link = self._opened()
        deadline_s = time.monotonic() + timeout_s
        while True:
            left_s = deadline_s - time.monotonic()
            data = link.read_some(READ_BYTES, timeout_s=max(0.0, min(left_s, SLICE_S)))
            came_s = time.monotonic()
            points = self._parse(data)
            if points:
                return tuple(self._sample(point, came_s) for point in points)
            self._raise_if_cancelled()
            if left_s <= SLICE_S:
                return ()

    def _stop_inking(self) -> None:
        self._opened().discard_input()
        self._reader.forget_part()

    def _parse(self, data: bytes) -> list[TopazPoint]:
        damaged_before = self._reader.damaged
        points = self._reader.feed(data)
        if self._reader.is_noise:
            raise ProtocolError(
                f"noise in place of packets ({self._reader.damaged} cut, {self._reader.whole} "
                "whole); check the option model, and the cable",
                device=self.name,
            )
        if cut := self._reader.damaged - damaged_before:
            log.warning("%s: %d packets came cut", self.name, cut)
        return points

    def _sample(self, point: TopazPoint, came_s: float) -> PenSample:
        line_s = point.bytes_after * LINE_BITS_PER_BYTE / self._model.baud
        self._last_s = max(self._last_s, came_s - line_s)
        return PenSample(
            x_mm=self._to_mm(point.x, self._model.x_range),
            y_mm=self._to_mm(point.y, self._model.y_range),
            pressure=point.pressure / PRESSURE_MAX,
            time_s=self._last_s - self._begin_s,
            is_touching=point.is_touching,
        )

    def _to_mm(self, value: int, limits: tuple[int, int]) -> float:
        """Return the place within the writing area; outside of it the pad is not exact."""
        inside = min(max(value, limits[0]), limits[1]) - limits[0]
        return 25.4 * inside / self._model.units_per_inch

    def _opened(self) -> SerialLink:
        if self._link is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        return self._link


DRIVER = TopazSiglite
