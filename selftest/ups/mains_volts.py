"""Mains voltage as a share of what it should be, for one phase or three.

Devices with three phases tell the nominal voltage between two lines while they measure each line
against the neutral: whichever reading of the nominal fits is used (CHECKS.md B.2).
"""

import math
from dataclasses import dataclass

from drivers.protocols.nut_reading import read_number
from selftest.ups.words import Variables

_NOMINAL_V = (90.0, 500.0)  # 100 V of Japan to 480 V between lines
_PHASES = ("L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1")


@dataclass(frozen=True, slots=True)
class MainsVolts:
    """Voltage of the mains now."""

    volts: tuple[float, ...]
    """Of each phase that is told."""
    nominal_v: float
    """What each should be."""
    is_configured: bool
    """The nominal comes from the configuration: the UPS tells none that can be one."""

    @property
    def share(self) -> float:
        """The phase that is farthest from nominal, in parts of nominal."""
        return max((v / self.nominal_v for v in self.volts), key=lambda share: abs(share - 1))


def read_mains_volts(variables: Variables, configured_v: float) -> MainsVolts | None:
    """Return the mains voltage; None where the UPS tells none."""
    names = ["input.voltage", *(f"input.{phase}.voltage" for phase in _PHASES)]
    numbers = [read_number(variables.get(name)) for name in names]
    volts = tuple(number for number in numbers if number is not None)
    if not volts:
        return None
    told = nominal_mains_v(variables)
    if told is None:
        return MainsVolts(volts, configured_v, is_configured=True)
    return MainsVolts(volts, _fitting(told, volts, variables), is_configured=False)


def nominal_mains_v(variables: Variables) -> float | None:
    """Return the nominal mains voltage that the UPS tells, where it can be one."""
    nominal = read_number(variables.get("input.voltage.nominal"))
    return nominal if nominal is not None and _NOMINAL_V[0] <= nominal <= _NOMINAL_V[1] else None


def has_three_phases(variables: Variables) -> bool:
    """Tell whether the UPS takes three phases."""
    is_told = read_number(variables.get("input.phases")) == 3
    return is_told or any(f"input.{phase}.voltage" in variables for phase in _PHASES)


def _fitting(nominal_v: float, volts: tuple[float, ...], variables: Variables) -> float:
    if not has_three_phases(variables):
        return nominal_v
    middle = sorted(volts)[len(volts) // 2]
    candidates = (nominal_v, nominal_v / math.sqrt(3), nominal_v * math.sqrt(3))
    return min(candidates, key=lambda candidate: abs(math.log(max(middle, 1.0) / candidate)))
