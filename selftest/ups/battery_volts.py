"""Volts of one 12 V block: what batteries of every size can be judged by.

UPS tell the volts of the whole set, of one cell, or ten times too much; the number of blocks
comes from the nominal voltage, else from the volts themselves (CHECKS.md B.2).
"""

from dataclasses import dataclass

from drivers.protocols.nut_reading import read_number
from selftest.ups.words import Variables

BLOCK_V = 12.0
"""Nominal voltage of a block of six lead cells."""
CELLS_PER_BLOCK = 6
_LOWEST_BLOCK_V, _HIGHEST_BLOCK_V = 10.5, 15.0  # empty, and beyond any charger; CHECKS B.2
_FLOAT_BLOCK_V = 13.65  # middle of 13.5 to 13.8, CHECKS row 68
_CELL_V = (1.7, 2.6)  # of one cell, empty to charging
_NOMINAL_V = (6.0, 600.0)  # sets that UPS have
_INFERRED_BLOCKS = range(1, 7)
"""Beyond six blocks the next number of blocks explains the same volts."""


@dataclass(frozen=True, slots=True)
class BatteryVolts:
    """Volts of the battery as one 12 V block would show them."""

    block_v: float
    blocks: float
    is_inferred: bool = False
    """The number of blocks follows from the volts, not from what the UPS says."""
    is_rescaled: bool = False
    """The UPS tells another scale; the number was made to fit."""
    is_possible: bool = True
    """A battery can have these volts."""

    def note(self) -> str:
        """Return what to know about the number, for people."""
        notes = [f"{self.blocks:g} blok / blocks"]
        if self.is_inferred:
            notes.append("jumlah blok diduga dari tegangan / count inferred")
        if self.is_rescaled:
            notes.append("skala diperbaiki / rescaled")
        return ", ".join(notes)


def read_battery_volts(variables: Variables) -> BatteryVolts | None:
    """Return the volts per block; None where the UPS tells none or nothing fits them."""
    volts = read_number(variables.get("battery.voltage"))
    if volts is None:
        return None
    nominal = nominal_battery_v(variables)
    return _infer_blocks(volts) if nominal is None else _by_nominal(volts, nominal)


def nominal_battery_v(variables: Variables) -> float | None:
    """Return the nominal voltage of the set where it can be one."""
    nominal = read_number(variables.get("battery.voltage.nominal"))
    is_one = nominal is not None and _NOMINAL_V[0] <= nominal <= _NOMINAL_V[1]
    return nominal if is_one else None


def _by_nominal(volts: float, nominal: float) -> BatteryVolts:
    blocks = nominal / BLOCK_V
    if _CELL_V[0] <= volts <= _CELL_V[1]:
        return BatteryVolts(volts * CELLS_PER_BLOCK, blocks, is_rescaled=True)
    block_v = volts / blocks
    if volts > 2 * nominal:
        if _LOWEST_BLOCK_V <= block_v / 10 <= _HIGHEST_BLOCK_V:
            return BatteryVolts(block_v / 10, blocks, is_rescaled=True)
        return BatteryVolts(block_v, blocks, is_possible=False)
    return BatteryVolts(block_v, blocks, is_possible=volts >= nominal / 2)


def _infer_blocks(volts: float) -> BatteryVolts | None:
    if _CELL_V[0] <= volts <= _CELL_V[1]:
        return BatteryVolts(volts * CELLS_PER_BLOCK, 1, is_inferred=True, is_rescaled=True)
    fits = [n for n in _INFERRED_BLOCKS if _LOWEST_BLOCK_V <= volts / n <= _HIGHEST_BLOCK_V]
    if not fits:
        return None
    blocks = min(fits, key=lambda n: abs(volts / n - _FLOAT_BLOCK_V))
    return BatteryVolts(volts / blocks, blocks, is_inferred=True)
