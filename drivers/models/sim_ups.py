"""Simulated UPS between the mains and the virtual station; see `drivers.simulation.power`.

Faults by name: see `drivers.simulation.faults`; "garbage" makes a driver that reads nonsense.

Not modelled: recharging after an outage, ageing by itself, switching off.
"""

from drivers.devices import PowerCommand, PowerSupply
from drivers.frames import DeviceIdentity, PowerReading, PowerState
from drivers.protocols.nut_reading import make_reading
from drivers.simulation.options import SimulatedOptions
from drivers.simulation.power import (
    NOMINAL_BATTERY_V,
    NOMINAL_INPUT_V,
    PowerSituation,
    SimulatedPower,
)
from drivers.simulation.unit import SimulatedUnit


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
        clock, faults = self.unit.clock, self.unit.faults
        self._power = SimulatedPower(faults, clock.now_s, seed=self.unit.serial)
        self._last: PowerReading | None = None

    def _open(self) -> None:
        self.unit.open()

    def _close(self) -> None:
        self._last = None

    def _identity(self) -> DeviceIdentity:
        return self.unit.identity

    def _read_power(self, timeout_s: float) -> PowerReading:
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        if self._last is None or not self.unit.faults.is_acting("stale"):
            self._last = self._measure()
        return self._last

    def _commands(self) -> frozenset[PowerCommand]:
        return frozenset(PowerCommand) - {PowerCommand.TEST_BATTERY_UNTIL_LOW}

    def _send_command(self, command: PowerCommand, timeout_s: float) -> None:
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        match command:
            case PowerCommand.TEST_BATTERY:
                self._power.start_test()
            case PowerCommand.STOP_TEST:
                self._power.stop_test()
            case PowerCommand.SHUT_DOWN_AND_RETURN:
                self._power.order_shutdown()
            case PowerCommand.CANCEL_SHUTDOWN:
                self._power.cancel_shutdown()
            case _:
                self._power.is_beeper_on = not self._power.is_beeper_on

    def _measure(self) -> PowerReading:
        now_s = self.unit.clock.now_s()
        situation = self._power.read()
        state = PowerState.BATTERY if situation.is_on_battery else PowerState.MAINS
        if situation.is_battery_low or situation.is_shutting_down:
            state = PowerState.LOW_BATTERY
        variables = {
            "ups.status": " ".join(situation.status_words()),
            "ups.mfr": "Simulated",
            "ups.model": self.unit.identity.model,
            "ups.serial": self.unit.serial,
            "ups.load": f"{situation.load_percent:.0f}",
            "ups.test.result": situation.test_result,
            "ups.temperature": f"{situation.temperature_c:.1f}",
            "ups.beeper.status": "enabled" if self._power.is_beeper_on else "disabled",
            "input.voltage": f"{situation.input_v:.1f}",
            "input.voltage.nominal": f"{NOMINAL_INPUT_V:.0f}",
            "input.frequency": f"{situation.frequency_hz:.1f}",
            "output.voltage": f"{situation.output_v:.1f}",
            "battery.voltage": f"{situation.battery_v:.2f}",
            "battery.voltage.nominal": f"{NOMINAL_BATTERY_V:.1f}",
            "battery.charge": f"{situation.charge_percent:.0f}",
            "battery.runtime": f"{situation.runtime_s:.0f}",
        }
        variables |= _told_by_some(situation)
        if self.unit.faults.is_acting("garbage"):
            return make_reading(variables | _GARBAGE, read_at_s=now_s)
        return PowerReading(
            state=state,
            read_at_s=now_s,
            input_voltage_v=situation.input_v,
            battery_voltage_v=situation.battery_v,
            charge_percent=situation.charge_percent,
            load_percent=situation.load_percent,
            runtime_s=situation.runtime_s,
            variables=variables,
        )


def _told_by_some(situation: PowerSituation) -> dict[str, str]:
    """Return what the UPS tells only when there is something to tell."""
    alarms = ("Replace battery!" if situation.needs_battery else "", situation.alarm)
    heat = situation.battery_temperature_c
    told = {
        "ups.alarm": " ".join(alarm for alarm in alarms if alarm),
        "battery.temperature": "" if heat is None else f"{heat:.1f}",
        "battery.date": situation.battery_date,
    }
    return {name: text for name, text in told.items() if text}


_GARBAGE = dict.fromkeys(
    (
        *("battery.charge", "battery.runtime", "battery.voltage", "battery.voltage.nominal"),
        *("input.voltage", "input.voltage.nominal", "output.voltage", "ups.load"),
    ),
    "1.0",
) | {"ups.status": "OL LB OVER RB BOOST", "battery.temperature": "-272"}
"""What an old driver reads of a UPS that it does not know."""


DRIVER = SimUps
