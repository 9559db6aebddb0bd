"""Test cards that a technician lays on a platen, as the sensor sees them.

    white, black   Munsell N9 and N2 paper over the whole platen
    bars           1 cycle per mm over the whole platen
    contrast       bars of 1 to 10 cycles per mm, a white and a black field: one inch square
    steps          12 grey fields: one inch square

Fields of the inch square lie in 3 rows of 4, in reading order. A card `turned` by a quarter shows
its bars along the other direction; its fields then run down instead of across. Bars are drawn from
their Fourier series, so that the lens blurs them before the pixels take their share: nothing of
the sampling is approximated.

Not modelled: cards on a frustrated-total-reflection prism without optical coupling, edges of the
bars that are not straight, paper grain.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drivers.simulation.faults import FaultSet

Field = NDArray[np.float32]

WHITE_SHARE, BLACK_SHARE = 0.787, 0.031
"""Reflectance of Munsell N9 and N2, for instance ASTM D1535 tables of value and luminance."""
BARS_PER_MM = 1.0
CONTRAST_PER_MM = tuple(float(frequency) for frequency in range(1, 11))
STEP_SHARES = tuple(0.04 + 0.08 * step for step in range(12))
MM_PER_INCH = 25.4
_CARD_MM = 25.4
_DOWN, _ACROSS = 3, 4
_PHASES = 4096  # entries of the table of one period
_LEAST_PART = 1e-5  # of a harmonic that is still drawn


class TargetKind(StrEnum):
    """Which card."""

    WHITE = "white"
    BLACK = "black"
    BARS = "bars"
    CONTRAST = "contrast"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Target:
    """A card on the platen."""

    kind: TargetKind
    turned: bool = False
    """By a quarter."""
    rotation_rad: float = 0.0
    """How far from straight it lies; a hand manages about 0.01."""


@dataclass(frozen=True, slots=True)
class Optics:
    """What is between card and pixel."""

    resolution_ppi: float
    """The true one."""
    defocus_px: float = 0.0
    """Sigma."""
    stretch: float = 0.0

    @classmethod
    def of(cls, faults: FaultSet, stated_ppi: float) -> "Optics":
        """Return the optics of a scanner with these faults."""
        return cls(
            faults.strength("wrong_resolution") or stated_ppi,
            faults.strength("defocus") or 0.0,
            faults.strength("stretch") or 0.0,
        )


def render_target(target: Target, shape_px: tuple[int, int], optics: Optics) -> Field:
    """Return the share of light, 0..1, that each pixel gets back from the card."""
    if target.kind in (TargetKind.WHITE, TargetKind.BLACK):
        share = WHITE_SHARE if target.kind is TargetKind.WHITE else BLACK_SHARE
        return np.full(shape_px, share, dtype=np.float32)
    across_mm, along_mm = _places_mm(target, shape_px, optics)
    if target.kind is TargetKind.BARS:
        return _bars(across_mm, BARS_PER_MM, optics)
    return _fields(target, across_mm, along_mm, optics)


def _places_mm(
    target: Target, shape_px: tuple[int, int], optics: Optics
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, for every pixel, where on the card it looks: across the bars, and along them."""
    mm_per_px = MM_PER_INCH / optics.resolution_ppi
    rows = np.arange(shape_px[0])[:, None] - (shape_px[0] - 1) / 2
    cols = np.arange(shape_px[1])[None, :] - (shape_px[1] - 1) / 2
    cols = cols * (1 + optics.stretch * np.abs(cols) / (shape_px[1] / 2))
    across, along = (rows, cols) if target.turned else (cols, rows)
    cos, sin = np.cos(target.rotation_rad), np.sin(target.rotation_rad)
    return (across * cos + along * sin) * mm_per_px, (along * cos - across * sin) * mm_per_px


def _bars(across_mm: NDArray[np.float64], per_mm: float, optics: Optics) -> Field:
    table = _one_period(per_mm * MM_PER_INCH / optics.resolution_ppi, optics.defocus_px)
    phase = np.mod(across_mm * per_mm, 1.0)
    return np.asarray(table[(phase * _PHASES).astype(np.int32) % _PHASES], dtype=np.float32)


def _one_period(per_px: float, defocus_px: float) -> NDArray[np.float64]:
    """Return the light over one period of black and white bars behind lens and pixel."""
    phase = (np.arange(_PHASES) + 0.5) / _PHASES
    wave = np.full(_PHASES, 0.5)
    for harmonic in range(1, _PHASES // 4, 2):
        frequency = harmonic * per_px
        lens = np.exp(-2 * (np.pi * defocus_px * frequency) ** 2)
        if lens / harmonic < _LEAST_PART:
            break
        part = 2 / (np.pi * harmonic) * lens * np.sinc(frequency)
        wave += part * np.sin(2 * np.pi * harmonic * phase)
    return np.asarray(np.clip(wave, 0, 1))


def _fields(
    target: Target,
    across_mm: NDArray[np.float64],
    along_mm: NDArray[np.float64],
    optics: Optics,
) -> Field:
    across_mm, along_mm = np.broadcast_arrays(across_mm, along_mm)
    col = np.floor((across_mm / _CARD_MM + 0.5) * _ACROSS)
    row = np.floor((along_mm / _CARD_MM + 0.5) * _DOWN)
    on_card = (col >= 0) & (col < _ACROSS) & (row >= 0) & (row < _DOWN)
    number = np.where(on_card, row * _ACROSS + col, -1).astype(np.int32)
    seen = np.ones(number.shape, dtype=np.float32)
    for index in range(_DOWN * _ACROSS):
        here = number == index
        seen[here] = _field(target.kind, index, across_mm[here], optics)
    return seen


def _field(
    kind: TargetKind, index: int, across_mm: NDArray[np.float64], optics: Optics
) -> Field | float:
    if kind is TargetKind.STEPS:
        return STEP_SHARES[index]
    if index < len(CONTRAST_PER_MM):
        return _bars(across_mm, CONTRAST_PER_MM[index], optics)
    return 1.0 if index == len(CONTRAST_PER_MM) else 0.0
