"""What devices hand out: frames of pixels, pen samples, power readings."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """Who a device says it is; None where it does not say."""

    make: str
    model: str
    serial: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture as the sensor gave it."""

    pixels: NDArray[np.uint8]
    """(rows, cols) grey with dark ridges for fingers, or (rows, cols, 3) in BGR order."""
    resolution_ppi: float | None
    """Pixels per inch at the object, or None where the device does not define one (cameras)."""
    captured_at_s: float
    """Monotonic clock of the host, in seconds."""
    device: DeviceIdentity
    raw: bytes | None = None
    """The bytes as received (an ISO record, a JPEG), where the device sends more than pixels."""
    regions: tuple["FrameRegion", ...] = ()
    """Parts the device itself segmented and named (SBI scanners); empty otherwise."""
    gray_levels: int = 256
    """Levels that the sensor tells apart; with fewer than 256 no frame may become a record."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameRegion:
    """A part of a capture that the device segmented by itself."""

    name: str
    """The device's name of the part, for instance "Left IndexFinger"."""
    pixels: NDArray[np.uint8]
    quality_score: int | None
    raw: bytes


@dataclass(frozen=True, slots=True, eq=False)
class EyePair:
    """One capture of a two-eye iris camera; an eye that was not seen is None.

    Right and left are the capture subject's own.
    """

    right: Frame | None
    left: Frame | None
    distance_mm: float | None = None
    """Distance to the face where the device measures it."""


@dataclass(frozen=True, slots=True)
class PenSample:
    """One report of a signature pad."""

    x_mm: float
    """From the left edge of the writing area."""
    y_mm: float
    """From the top edge, downwards."""
    pressure: float
    """0..1 of the pad's range."""
    time_s: float
    """Since the start of inking."""
    is_touching: bool


@dataclass(frozen=True, slots=True)
class SignatureStroke:
    """Consecutive samples between pen down and pen up."""

    samples: tuple[PenSample, ...]


@dataclass(frozen=True, slots=True)
class PadGeometry:
    """Writing area and ranges of a signature pad."""

    width_mm: float
    height_mm: float
    sample_rate_hz: float
    pressure_levels: int
    screen_px: tuple[int, int] | None = None
    """(rows, cols) of the pad's own screen, or None without one."""


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """What a smart card answered to a command."""

    data: bytes
    status: int
    """SW1 and SW2, 0x9000 for good (ISO/IEC 7816-4:2020, 5.6)."""


class PowerState(StrEnum):
    """What feeds the station."""

    MAINS = "mains"
    BATTERY = "battery"
    LOW_BATTERY = "low_battery"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PowerReading:
    """One reading of a power supply; None where the device does not tell."""

    state: PowerState
    read_at_s: float
    input_voltage_v: float | None = None
    battery_voltage_v: float | None = None
    charge_percent: float | None = None
    load_percent: float | None = None
    runtime_s: float | None = None
    variables: dict[str, str] = field(default_factory=dict)
    """Everything the device said, by its own names."""
