"""One reading of a UPS, ready to be judged."""

from dataclasses import dataclass
from functools import cached_property

from drivers.frames import PowerReading
from selftest.ups.battery_volts import BatteryVolts, read_battery_volts
from selftest.ups.credibility import TOO_MANY, contradictions
from selftest.ups.mains_volts import MainsVolts, read_mains_volts
from selftest.ups.words import is_testing, status_words

_FIELDS = {
    "battery.voltage": "battery_voltage_v",
    "battery.charge": "charge_percent",
    "battery.runtime": "runtime_s",
    "input.voltage": "input_voltage_v",
    "ups.load": "load_percent",
}
_STAND_INS = frozenset({"dummy-ups", "clone"})
"""Drivers that hand on what another one, unknown here, read."""


@dataclass(frozen=True)
class Observed:
    """One reading with what follows from it."""

    reading: PowerReading
    nominal_mains_v: float
    """By configuration; used where the UPS tells none."""

    @cached_property
    def variables(self) -> dict[str, str]:
        """Everything that was told; a driver's numbers where the UPS has no names of NUT."""
        told = dict(self.reading.variables)
        for name, field in _FIELDS.items():
            number = getattr(self.reading, field)
            if number is not None:
                told.setdefault(name, f"{number:g}")
        return told

    @cached_property
    def words(self) -> frozenset[str]:
        """Words of the status."""
        return status_words(self.variables)

    @property
    def is_testing(self) -> bool:
        """Tell whether a battery test runs."""
        return is_testing(self.variables)

    @cached_property
    def contradictions(self) -> list[str]:
        """What cannot be true."""
        return contradictions(self.variables, self.nominal_mains_v)

    @property
    def is_credible(self) -> bool:
        """Tell whether numbers of this reading may be judged."""
        return len(self.contradictions) < TOO_MANY

    @cached_property
    def battery(self) -> BatteryVolts | None:
        """Volts per block."""
        return read_battery_volts(self.variables)

    @cached_property
    def mains(self) -> MainsVolts | None:
        """Mains voltage."""
        return read_mains_volts(self.variables, self.nominal_mains_v)

    @property
    def is_replayed(self) -> bool:
        """Tell whether a stand-in driver speaks: when and by what it was read is not known."""
        return self.variables.get("driver.name", "") in _STAND_INS

    @property
    def driver_version(self) -> tuple[int, ...] | None:
        """Version of the NUT driver that read the UPS; None where it is not known."""
        text = self.variables.get("driver.version", "").partition("-")[0]
        parts = text.split(".")
        is_known = not self.is_replayed and len(parts) > 1 and all(p.isdigit() for p in parts)
        return tuple(int(part) for part in parts) if is_known else None
