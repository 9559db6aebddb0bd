"""The one report of an ePad: buttons, pen, place, pressure.

Six bytes without a number: flags (buttons 01 and 02, vendor's 1C, touch 20, in range 40), x and y
as little-endian words, pressure in the low 7 bits of the last. Source: PROTOCOLS.md section 9.
"""

import struct
from dataclasses import dataclass

from drivers.transport.usb import UsbId

USB_ID = UsbId(0x04DF, 0x0012)
MAX_X, MAX_Y, MAX_PRESSURE = 2896, 1370, 127
UNITS_PER_INCH = 1000  # assumed from the ranges; no public source tells it

_TOUCH, _IN_RANGE, _PRESSURE_MASK = 0x20, 0x40, 0x7F
_REPORT = struct.Struct("<BHHB")


@dataclass(frozen=True, slots=True)
class EpadReport:
    """Where the pen is, in the pad's own units."""

    x: int
    y: int
    pressure: int
    is_near: bool
    is_touching: bool


def parse_report(report: bytes) -> EpadReport:
    """Read a report; ValueError for another length, or a pen that touches beyond the pad.

    A pen that does not touch may be anywhere: HID calls a value out of range "no value".
    """
    if len(report) != _REPORT.size:
        raise ValueError(f"report of {len(report)} bytes, not {_REPORT.size}")
    flags, x, y, last = _REPORT.unpack(report)
    is_touching = bool(flags & _TOUCH)
    if is_touching and (x > MAX_X or y > MAX_Y):
        raise ValueError(f"the pen touches at ({x}, {y}), beyond {MAX_X} x {MAX_Y}")
    return EpadReport(
        min(x, MAX_X),
        min(y, MAX_Y),
        last & _PRESSURE_MASK,
        bool(flags & _IN_RANGE),
        is_touching,
    )
