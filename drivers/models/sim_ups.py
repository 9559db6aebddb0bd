"""Simulated UPS: steady mains of 226 V, a battery that drains while the fault "on_battery" acts.

Not modelled: battery test, bypass, recharging after an outage, ageing, beeper.
"""

from drivers.devices import PowerSupply
from drivers.frames import DeviceIdentity, PowerReading, PowerState
from drivers.simulation.options import SimulatedOptions
from drivers.simulation.randomness import generator
from drivers.simulation.unit import SimulatedUnit

_FULL_RUNTIME_S = 1500.0
_LOAD_PERCENT = 31.0
_LOW_CHARGE_PERCENT = 20.0


class SimUpsOptions(SimulatedOptions):
    """Options of the simulated UPS."""

    fault_kind = "power_supply"


class SimUps(PowerSupply):
    """A UPS that feeds the virtual station."""

    options_model = SimUpsOptions
    options: SimUpsOptions

    def __init__(self, name: str, options: SimUpsOptions) -> None:
        super().__init__(name, options)
        self.unit = SimulatedUnit(name, "Virtual UPS 1000", options)
        self._outage_since_s: float | None = None
        self._last: PowerReading | None = None
        self._rng = generator(self.unit.serial, "mains")

    def _open(self) -> None:
        self.unit.open()

    def _close(self) -> None:
        self._last = None

    def _identity(self) -> DeviceIdentity:
        return self.unit.identity

    def _read_power(self, timeout_s: float) -> PowerReading:
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        if self._last is None or not self.unit.faults.is_acting("stale"):
            self._last = self._measure(self.unit.clock.now_s())
        return self._last

    def _measure(self, now_s: float) -> PowerReading:
        minutes = self.unit.faults.strength("on_battery")
        is_low = self.unit.faults.is_acting("low_battery")
        if minutes is None and not is_low:
            self._outage_since_s = None
            voltage_v = 226.0 + float(self._rng.normal(0, 1.2))
            return self._reading(now_s, PowerState.MAINS, voltage_v, 100.0)
        if self._outage_since_s is None:
            self._outage_since_s = now_s
        full_s = 60.0 * minutes if minutes is not None else _FULL_RUNTIME_S
        charge = 100.0 * max(0.0, 1 - (now_s - self._outage_since_s) / full_s)
        if is_low:
            charge = min(charge, _LOW_CHARGE_PERCENT / 2)
        low = charge < _LOW_CHARGE_PERCENT
        state = PowerState.LOW_BATTERY if low else PowerState.BATTERY
        return self._reading(now_s, state, 0.0, charge, full_s)

    def _reading(
        self,
        now_s: float,
        state: PowerState,
        input_v: float,
        charge: float,
        full_s: float = _FULL_RUNTIME_S,
    ) -> PowerReading:
        on_mains = state is PowerState.MAINS
        battery_v = 27.3 if on_mains else 22.4 + 3.2 * charge / 100
        words = {PowerState.MAINS: "OL", PowerState.BATTERY: "OB", PowerState.LOW_BATTERY: "OB LB"}
        runtime_s = full_s * charge / 100
        return PowerReading(
            state=state,
            read_at_s=now_s,
            input_voltage_v=round(input_v, 1),
            battery_voltage_v=round(battery_v, 2),
            charge_percent=round(charge, 1),
            load_percent=_LOAD_PERCENT,
            runtime_s=round(runtime_s, 1),
            variables={
                "ups.status": words[state],
                "ups.mfr": "Simulated",
                "ups.model": self.unit.identity.model,
                "ups.serial": self.unit.serial,
                "input.voltage": f"{input_v:.1f}",
                "battery.voltage": f"{battery_v:.2f}",
                "battery.charge": f"{charge:.0f}",
                "battery.runtime": f"{runtime_s:.0f}",
                "ups.load": f"{_LOAD_PERCENT:.0f}",
            },
        )


DRIVER = SimUps
