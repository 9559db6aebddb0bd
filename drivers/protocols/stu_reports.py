"""Reports of Wacom STU signature pads: numbers, layouts and what they mean.

Source: PROTOCOLS.md section 7.2; words of state, encodings and the end of an abandoned upload as in
le2ni/stusign (commit 4664145f, evidence from an STU-540). Offsets count from the byte after the
report's number; words are big-endian unless said.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any

from drivers.transport.usb import UsbId

STU_541 = UsbId(0x056A, 0x00A9)
MODELS = {
    UsbId(0x056A, 0x00A1): "STU-500",
    UsbId(0x056A, 0x00A2): "STU-300",
    UsbId(0x056A, 0x00A3): "STU-520A",
    UsbId(0x056A, 0x00A4): "STU-430",
    UsbId(0x056A, 0x00A5): "STU-530",
    UsbId(0x056A, 0x00A6): "STU-430V",
    UsbId(0x056A, 0x00A8): "STU-540",
    STU_541: "STU-541",
}

PEN = 0x01
STATUS = 0x03
INFORMATION = 0x08
CAPABILITY = 0x09
UID2 = 0x0B
PEN_ENCRYPTED = 0x10
END_CAPTURE = 0x16
CLEAR_SCREEN = 0x20
INKING = 0x21
START_IMAGE = 0x25
IMAGE_BLOCK = 0x26
END_IMAGE = 0x27
PEN_OPTION = 0x30
PEN_OPTION_ENCRYPTED = 0x31
PEN_OPTION_MODE = 0x32
PEN_TIMED_ENCRYPTED = 0x33
PEN_TIMED = 0x34
GET_REPORT = 0x80  # serial only: asks for a report
SET_RESULT = 0x81  # serial only: answers a write
REPORT_SIZES = 0xFF  # serial only: sizes of all reports

OPTION_NONE, OPTION_TIME, OPTION_TIME_SEQUENCE = 0, 1, 3
IMAGE_DONE, IMAGE_ABANDONED = 0, 1
PEN_REPORTS = frozenset({PEN, PEN_OPTION, PEN_TIMED})
ENCRYPTED_PEN_REPORTS = frozenset({PEN_ENCRYPTED, PEN_OPTION_ENCRYPTED, PEN_TIMED_ENCRYPTED})

USUAL_RESOLUTION_LPI = 2540  # vendor: every STU digitizer; for pads that do not tell theirs
USUAL_RATE_HZ = 200  # vendor; likewise

_NEAR, _TOUCHING, _PRESSURE_MASK = 0x8000, 0x1000, 0x0FFF
_PEN = struct.Struct(">HHH")
_OPTION = struct.Struct(">H")
_TIMED = struct.Struct(">HH")
_STATUS = struct.Struct(">BBH")
_INFORMATION = struct.Struct(">9sBBBI")
_CAPABILITY_OLD = struct.Struct(">5H")
_CAPABILITY_MORE = struct.Struct(">BHB2x")


class StuState(IntEnum):
    """First byte of the status report."""

    READY = 0
    IMAGE = 1
    CAPTURE = 2
    CALCULATION = 3
    BOOT = 4
    ROM_BUSY = 5
    RESET = 255


class StuEncoding(IntEnum):
    """How a picture is sent."""

    MONO = 0
    MONO_ZLIB = 1
    RGB565 = 2
    BGR24 = 4


class StuEncodings(IntFlag):
    """Which encodings a pad takes, as its capability report tells."""

    ZLIB = 1
    MONO = 2
    RGB565 = 4
    BGR24 = 8


@dataclass(frozen=True, slots=True)
class StuInformation:
    """Who the pad is."""

    model: str
    firmware: str


@dataclass(frozen=True, slots=True)
class StuCapability:
    """What the pad can do."""

    max_x: int
    max_y: int
    max_pressure: int
    screen_px: tuple[int, int]
    """(rows, cols)."""
    rate_hz: int
    resolution_lpi: int
    """Digitizer units per inch."""
    encodings: StuEncodings

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the writing area."""
        return 25.4 * self.max_x / self.resolution_lpi, 25.4 * self.max_y / self.resolution_lpi


@dataclass(frozen=True, slots=True)
class StuStatus:
    """State and result of the last command; 0 is good."""

    state: int
    result: int


@dataclass(frozen=True, slots=True)
class StuPenReport:
    """One report of the pen in the pad's own units."""

    x: int
    y: int
    pressure: int
    is_near: bool
    is_touching: bool
    time_ms: int | None = None
    """The pad's clock, modulo 65536; None where the pad does not send it."""
    sequence: int | None = None
    """Counts the reports, modulo 65536; None where the pad does not send it."""


def parse_information(payload: bytes) -> StuInformation:
    """Read report 08; ValueError when it is no such report."""
    name, major, minor, _, _ = _unpack(_INFORMATION, payload, "information")
    model = name.split(b"\0")[0].decode("ascii", "replace").strip()
    if not model.startswith("STU-"):
        raise ValueError(f"the pad calls itself {model!r}, which is no STU model")
    return StuInformation(model, f"{major}.{minor}")


def parse_capability(payload: bytes) -> StuCapability:
    """Read report 09, in its old form of 10 bytes or its new one of 16."""
    if len(payload) not in (_CAPABILITY_OLD.size, _CAPABILITY_OLD.size + 6):
        raise ValueError(f"capability report of {len(payload)} bytes, not 10 or 16")
    max_x, max_y, max_pressure, cols, rows = _CAPABILITY_OLD.unpack_from(payload)
    rate, resolution, encodings = 0, 0, 0
    if len(payload) > _CAPABILITY_OLD.size:
        rate, resolution, encodings = _CAPABILITY_MORE.unpack_from(payload, _CAPABILITY_OLD.size)
    if 0 in (max_x, max_y, max_pressure, cols, rows):
        raise ValueError("capability report with a range of zero")
    return StuCapability(
        max_x,
        max_y,
        max_pressure,
        (rows, cols),
        rate or USUAL_RATE_HZ,
        resolution or USUAL_RESOLUTION_LPI,
        StuEncodings(encodings & 0x0F) or StuEncodings.MONO,
    )


def parse_status(payload: bytes) -> StuStatus:
    """Read report 03."""
    state, result, _ = _unpack(_STATUS, payload, "status")
    return StuStatus(state, result)


def parse_pen(report: bytes) -> StuPenReport:
    """Read a pen report, with its number; ValueError when it is none or has another length."""
    number, payload = report[0], report[1:]
    sizes = {PEN: 6, PEN_OPTION: 8, PEN_TIMED: 10}
    if number in ENCRYPTED_PEN_REPORTS:
        raise ValueError(
            f"the pad encrypts (report {number:02x}); another program left it so: unplug it"
        )
    if number not in sizes:
        raise ValueError(f"report {number:02x} tells nothing of a pen")
    if len(payload) != sizes[number]:
        raise ValueError(f"pen report of {len(payload)} bytes, not {sizes[number]}")
    word, x, y = _PEN.unpack_from(payload)
    time_ms = sequence = None
    if number == PEN_OPTION:
        (time_ms,) = _OPTION.unpack_from(payload, _PEN.size)
    elif number == PEN_TIMED:
        time_ms, sequence = _TIMED.unpack_from(payload, _PEN.size)
    return StuPenReport(
        x, y, word & _PRESSURE_MASK, bool(word & _NEAR), bool(word & _TOUCHING), time_ms, sequence
    )


def _unpack(layout: struct.Struct, payload: bytes, what: str) -> tuple[Any, ...]:
    if len(payload) != layout.size:
        raise ValueError(f"{what} report of {len(payload)} bytes, not {layout.size}")
    return layout.unpack(payload)
