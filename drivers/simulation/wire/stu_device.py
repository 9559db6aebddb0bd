"""The device side of an STU pad: its reports, screen and pen; the wire is an adapter's business.

Written from PROTOCOLS.md section 7 apart from the driver, so that the two check each other. Only
the standard library. Adapters: `stu_hid` (USB link), `stu_line` (serial line, pty), `stu_usb`
(usbfs under libusb).

Strict where a driver could be lucky: a report of a wrong size, a picture block outside an upload,
a picture of the wrong length, or a command while the pad is busy is refused.
Not modelled: encryption, pictures in an area, stored pictures, keypad and PIN modes, the ink.
"""

import struct
import time
import zlib
from dataclasses import dataclass, field

from drivers.simulation.wire.stu_faults import PadFaultKind, PadWire
from drivers.simulation.wire.stu_pen import PenPlayer, PenPoint

READY, IMAGE, CAPTURE, BOOT = 0, 1, 2, 4
GOOD, WRONG_STATE, WRONG_DATA = 0, 1, 2  # our own words for the result byte

# Sizes without the number: an STU-540 with firmware 1.8 (PROTOCOLS.md section 7.2). Those of the
# input reports are the layouts' own.
FEATURE_BYTES = {
    0x03: 4, 0x08: 16, 0x09: 16, 0x0A: 4, 0x0B: 10, 0x0C: 2, 0x15: 4, 0x16: 1, 0x20: 1, 0x21: 1,
    0x25: 1, 0x26: 255, 0x27: 1, 0x2B: 2, 0x32: 1,
}  # fmt: skip
INPUT_BYTES = {0x01: 6, 0x30: 8, 0x34: 10}
SERIAL_BLOCK_BYTES = 2559
_BYTES_PER_PIXEL = {2: 2, 4: 3}


class RefusedError(Exception):
    """The pad refuses a command; holds the result byte."""

    def __init__(self, result: int) -> None:
        super().__init__(result)
        self.result = result


class NoSuchReportError(RefusedError):
    """The pad has no such report, or not of this size: the wire itself refuses it."""

    def __init__(self) -> None:
        super().__init__(WRONG_DATA)


@dataclass(slots=True)
class StuSetup:
    """What a pad is like, and what is written on it."""

    points: tuple[PenPoint, ...] = ()
    """Written from the moment on when inking is switched on."""
    early_points: tuple[PenPoint, ...] = ()
    """Reported before: a resident who cannot wait. Real pads report without inking too."""
    product: int = 0x00A8
    model: str = "STU-540"
    max_x: int = 10800
    max_y: int = 6480
    max_pressure: int = 1023
    screen_px: tuple[int, int] = (480, 800)
    rate_hz: int = 200
    encodings: int = 0x0F
    uid: str = "7GZQ000001"
    left_in_state: int = READY
    """What another program, or a cut cable, left."""
    boot_s: float = 0.0
    absent: frozenset[int] = frozenset()
    """Reports that this model lacks."""
    refused: frozenset[int] = frozenset()
    """Reports that the pad does not obey, as one with a defect."""
    has_old_capability: bool = False
    first_count_ms: int = 65_000
    """Where clock and counter stand: soon before they wrap."""
    first_sequence: int = 65_500


@dataclass(slots=True)
class _State:
    state: int
    result: int = GOOD
    option_mode: int = 0
    encoding: int = 0
    upload: bytes = b""
    sequence: int = 0
    sent: int = 0
    features: dict[int, bytes] = field(default_factory=dict)


class StuDevice:
    """An emulated pad. Its methods are called with `wire.changed` held."""

    vendor = 0x056A

    def __init__(
        self, setup: StuSetup, wire: PadWire | None = None, *, is_serial: bool = False
    ) -> None:
        self.setup = setup
        self.wire = wire or PadWire()
        self.screen: bytes | None = None
        """The last picture as raw pixels; None for an empty screen."""
        self.screen_encoding = 0
        self.is_inking = False
        self.uploads = 0
        self.sizes = self._sizes(is_serial=is_serial)
        self._started_s = time.monotonic()
        self._state = self._fresh_state()
        area = (setup.max_x, setup.max_y, setup.max_pressure)
        self._player = PenPlayer(setup.points, area, self.wire, rate_hz=setup.rate_hz)
        self._early = list(setup.early_points)

    @property
    def product(self) -> int:
        """The USB product number."""
        return self.setup.product

    def replug(self) -> None:
        """Pull the plug and put it in again: a fresh pad without faults."""
        self.wire.replug()
        with self.wire.changed:
            self.setup.left_in_state = READY
            self._started_s = time.monotonic()
            self._state = self._fresh_state()
            self.screen, self.is_inking = None, False
            self._player.end()

    # ---- reports

    def get_report(self, number: int) -> bytes:
        """Return a report with its number; raises NoSuchReportError."""
        if number not in self.sizes:
            raise NoSuchReportError
        return bytes([number]) + self._answer(number)[: self.sizes[number] - 1]

    def set_report(self, report: bytes) -> None:
        """Obey a report; raises RefusedError."""
        number = report[0]
        if len(report) != self.sizes.get(number):
            raise NoSuchReportError
        if number in self.setup.refused:
            self._refuse(WRONG_DATA)
        if self._now_state() == BOOT:
            self._refuse(WRONG_STATE)
        self._state.result = GOOD
        self._obey(number, report[1:])
        self.wire.changed.notify_all()

    def due_at_s(self) -> float | None:
        """Return when the next pen report comes, or None when none does."""
        return self._started_s if self._early else self._player.due_at_s()

    def take_pen_report(self) -> bytes | None:
        """Return the next pen report when it is due, with its number."""
        point = self._early.pop(0) if self._early else self._player.take(time.monotonic())
        if point is None:
            return None
        every = self.wire.strength(PadFaultKind.LOSE, self._state.sent)
        self._state.sent += 1
        if every is not None and self._state.sent % int(every) == 0:
            self._state.sequence += 1
            return self.take_pen_report()
        return self._pen_report(point)

    # ---- inside

    def _sizes(self, *, is_serial: bool) -> dict[int, int]:
        sizes = {number: size + 1 for number, size in (FEATURE_BYTES | INPUT_BYTES).items()}
        if is_serial:
            sizes[0x26] = SERIAL_BLOCK_BYTES + 1
        if self.setup.has_old_capability:
            sizes[0x09] = 11
        return {number: size for number, size in sizes.items() if number not in self.setup.absent}

    def _fresh_state(self) -> _State:
        return _State(self.setup.left_in_state, sequence=self.setup.first_sequence)

    def _now_state(self) -> int:
        is_booting = time.monotonic() - self._started_s < self.setup.boot_s
        return BOOT if is_booting else self._state.state

    def _refuse(self, result: int) -> None:
        self._state.result = result
        raise RefusedError(result)

    def _answer(self, number: int) -> bytes:
        setup = self.setup
        match number:
            case 0x03:
                return struct.pack(">BBH", self._now_state(), self._state.result, 0)
            case 0x08:
                return struct.pack(">9sBBBI", setup.model.encode(), 1, 8, 1, 0x01020304)
            case 0x09:
                rows, cols = setup.screen_px
                old = struct.pack(">5H", setup.max_x, setup.max_y, setup.max_pressure, cols, rows)
                return old + struct.pack(">BHB2x", setup.rate_hz, 2540, setup.encodings)
            case 0x0B:
                return setup.uid.encode().ljust(10, b"\0")
            case 0x32:
                return bytes([self._state.option_mode])
        return self._state.features.get(number, bytes(self.sizes[number] - 1))

    def _obey(self, number: int, payload: bytes) -> None:
        match number:
            case 0x16:
                self._state.state = READY
            case 0x20:
                self._require(READY)
                self.screen = None
            case 0x21:
                self._set_inking(is_on=payload[0] == 1)
            case 0x25:
                self._require(READY)
                self._state.encoding, self._state.upload = payload[0], b""
                self._state.state = IMAGE
            case 0x26:
                self._require(IMAGE)
                self._take_block(payload)
            case 0x27:
                self._require(IMAGE)
                self._end_upload(is_done=payload[0] == 0)
            case 0x32:
                self._state.option_mode = payload[0]
            case _:
                self._state.features[number] = payload

    def _require(self, state: int) -> None:
        if self._state.state != state:
            self._refuse(WRONG_STATE)

    def _set_inking(self, *, is_on: bool) -> None:
        self.is_inking = is_on
        if is_on:
            self._state.sent = 0
            self._player.begin(time.monotonic())
        else:
            self._player.end()

    def _take_block(self, payload: bytes) -> None:
        length = int.from_bytes(payload[:2], "little")
        if length == 0 or length > len(payload) - 2:
            self._refuse(WRONG_DATA)
        self._state.upload += payload[2 : 2 + length]

    def _end_upload(self, *, is_done: bool) -> None:
        self._state.state = READY
        if not is_done:
            return
        encoding, pixels = self._state.encoding, self._state.upload
        if encoding == 1:
            try:
                pixels = zlib.decompress(pixels)
            except zlib.error:
                self._refuse(WRONG_DATA)
        rows, cols = self.setup.screen_px
        row_bytes = cols * _BYTES_PER_PIXEL[encoding] if encoding > 1 else -(-cols // 8)
        if len(pixels) != rows * row_bytes:
            self._refuse(WRONG_DATA)
        self.screen, self.screen_encoding = pixels, 0 if encoding == 1 else encoding
        self.uploads += 1

    def _pen_report(self, point: PenPoint) -> bytes:
        drift = self.wire.strength(PadFaultKind.DRIFT) or 1.0
        count = self.setup.first_count_ms + round(1000 * point.time_s * drift)
        word = point.pressure | point.is_touching << 12 | point.is_near << 15
        pen = struct.pack(">HHH", word, point.x, point.y)
        sequence, self._state.sequence = self._state.sequence, self._state.sequence + 1
        match self._state.option_mode:
            case 3 if 0x34 in self.sizes:
                return b"\x34" + pen + struct.pack(">HH", count & 0xFFFF, sequence & 0xFFFF)
            case 1 if 0x30 in self.sizes:
                return b"\x30" + pen + struct.pack(">H", count & 0xFFFF)
        return b"\x01" + pen
