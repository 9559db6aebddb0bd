"""Mains, battery and load of a simulated UPS: a line-interactive one of 1000 VA with two blocks.

    mains 226 V -> passes     below 0.9 of nominal -> boosts     below 160 V or none -> battery

The faults of `drivers.simulation.faults` act by name. On battery the voltage sags with the load by
an inner resistance that grows as the capacity shrinks, loses its surface charge in seconds, and
falls with what was taken out. A battery test runs for its time and tells its result; a shutdown
that was ordered is announced until it is cancelled.

Not modelled: recharging after an outage (the battery is full as soon as mains is back), transfer
times, switching off at the end of a shutdown, ageing by itself, a runtime that depends on the load.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

from drivers.simulation.faults import FaultSet
from drivers.simulation.randomness import generator

NOMINAL_INPUT_V = 230.0
NOMINAL_BATTERY_V = 24.0
FREQUENCY_HZ = 50.0
QUICK_TEST_S = 10.0  # Megatec's command T
_MAINS_V = 226.0
_MAINS_DEVIATION_V = 1.2
_BOOST_BELOW = 0.9  # of nominal
_BOOST_FACTOR = 1.16
_TRANSFER_BELOW_V = 160.0  # as an Eaton 5PX tells
_FLOAT_V = 27.3
_EMPTY_V, _SPAN_V = 22.4, 3.2  # on battery without load, by charge
_BLOCKS = 2
_DROP_V_PER_PERCENT = 0.012  # inner resistance of the healthy set, by per cent of load
_SURFACE_V, _SURFACE_S = 0.8, 3.0  # charge on the plates' surface, gone within seconds
_WEAK_SAG_V = 1.5
_FULL_RUNTIME_S = 1500.0
_LOAD_PERCENT = 31.0
_LOW_CHARGE_PERCENT = 20.0
_TEMPERATURE_C = 33.0
_NO_MAINS = ("on_battery", "low_battery", "outage")
_TEST_RESULTS = ("Done and passed", "Done and warning", "Done and error")


class _ToldFaults(TypedDict):
    frequency_hz: float
    battery_temperature_c: float | None
    is_bypassing: bool
    is_off: bool
    alarm: str
    battery_date: str


@dataclass(frozen=True, slots=True)
class PowerSituation:
    """What a UPS knows at one moment."""

    input_v: float
    output_v: float
    battery_v: float
    charge_percent: float
    runtime_s: float
    load_percent: float
    temperature_c: float
    test_result: str
    """In NUT's words: "No test initiated", "In progress", "Done and passed", "Done and error"."""
    is_on_battery: bool
    is_battery_low: bool
    is_boosting: bool
    is_overloaded: bool
    needs_battery: bool
    is_testing: bool
    is_shutting_down: bool
    frequency_hz: float = FREQUENCY_HZ
    battery_temperature_c: float | None = None
    """None of a UPS without a sensor there."""
    is_bypassing: bool = False
    is_off: bool = False
    alarm: str = ""
    battery_date: str = ""

    def status_words(self) -> tuple[str, ...]:
        """Return the words of NUT's `ups.status`."""
        flags = {
            "OL": not self.is_on_battery,
            "OB": self.is_on_battery,
            "LB": self.is_battery_low,
            "DISCHRG": self.is_on_battery,
            "BOOST": self.is_boosting,
            "OVER": self.is_overloaded,
            "RB": self.needs_battery,
            "CAL": self.is_testing,
            "BYPASS": self.is_bypassing,
            "OFF": self.is_off,
            "FSD": self.is_shutting_down,
        }
        return tuple(word for word, is_set in flags.items() if is_set)


class SimulatedPower:
    """A UPS between mains and the virtual station."""

    def __init__(self, faults: FaultSet, now_s: Callable[[], float], *, seed: str) -> None:
        self._faults = faults
        self._now_s = now_s
        self._rng = generator(seed, "mains")
        self._outage_since_s: float | None = None
        self._test_ends_s: float | None = None
        self._test_began_s = 0.0
        self._test_result = "No test initiated"
        self._is_shutting_down = False
        self._swing_sign = 1.0
        self.is_beeper_on = True

    def start_test(self, duration_s: float = QUICK_TEST_S) -> None:
        """Begin a battery test; refused by itself while on battery."""
        if not self._is_on_battery(self._input_v()):
            self._test_began_s = self._now_s()
            self._test_ends_s = self._test_began_s + duration_s
            self._test_result = "In progress"

    def stop_test(self) -> None:
        """End a battery test without a result."""
        if self._test_ends_s is not None:
            self._test_ends_s = None
            self._test_result = "Aborted"

    def order_shutdown(self) -> None:
        """Announce a shutdown until it is cancelled."""
        self._is_shutting_down = True

    def cancel_shutdown(self) -> None:
        """Take an ordered shutdown back."""
        self._is_shutting_down = False

    def answer(self) -> PowerSituation:
        """Return the present situation for an answer of an emulator, which counts as a transfer."""
        self._faults.count_transfer()
        return self.read()

    def read(self) -> PowerSituation:
        """Return the present situation."""
        now_s = self._now_s()
        input_v = self._input_v()
        is_on_battery = self._is_on_battery(input_v)
        full_s = self._full_runtime_s()
        charge = self._charge(now_s, full_s, is_on_battery=is_on_battery)
        is_testing = self._is_testing(now_s)
        is_boosting = not is_on_battery and input_v < _BOOST_BELOW * NOMINAL_INPUT_V
        load = self._faults.strength("overload") or _LOAD_PERCENT
        return PowerSituation(
            input_v=round(input_v, 1),
            output_v=round(self._output_v(input_v, is_on_battery, is_boosting), 1),
            battery_v=round(self._battery_v(charge, self._used_s(now_s, is_testing), load), 3),
            charge_percent=round(charge, 1),
            runtime_s=round(full_s * charge / 100, 1),
            load_percent=load,
            temperature_c=_TEMPERATURE_C,
            test_result=self._told_test_result(),
            is_on_battery=is_on_battery,
            is_battery_low=is_on_battery and charge < _LOW_CHARGE_PERCENT,
            is_boosting=is_boosting,
            is_overloaded=load > 100,
            needs_battery=self._faults.is_acting("replace_battery"),
            is_testing=is_testing,
            is_shutting_down=self._is_shutting_down,
            **self._told_faults(),
        )

    def _told_faults(self) -> _ToldFaults:
        year = self._faults.strength("battery_year")
        return {
            "frequency_hz": self._faults.strength("frequency") or FREQUENCY_HZ,
            "battery_temperature_c": self._faults.strength("hot_battery"),
            "is_bypassing": self._faults.is_acting("bypass"),
            "is_off": self._faults.is_acting("switched_off"),
            "alarm": "Fan failure!" if self._faults.is_acting("fan_failure") else "",
            "battery_date": "" if year is None else f"{year:.0f}/01/15",
        }

    def _told_test_result(self) -> str:
        rank = self._faults.strength("test_result")
        return self._test_result if rank is None else _TEST_RESULTS[int(rank)]

    def _input_v(self) -> float:
        if any(self._faults.is_acting(name) for name in _NO_MAINS):
            return 0.0
        mean_v = self._faults.strength("brown_out") or self._faults.strength("over_voltage")
        swing_v = self._faults.strength("swing") or 0.0
        self._swing_sign = -self._swing_sign
        noise_v = float(self._rng.normal(0, _MAINS_DEVIATION_V))
        return (mean_v or _MAINS_V) + noise_v + self._swing_sign * swing_v / 2

    @staticmethod
    def _is_on_battery(input_v: float) -> bool:
        return input_v < _TRANSFER_BELOW_V

    @staticmethod
    def _output_v(input_v: float, is_on_battery: bool, is_boosting: bool) -> float:
        if is_on_battery:
            return NOMINAL_INPUT_V
        return input_v * (_BOOST_FACTOR if is_boosting else 1.0)

    def _full_runtime_s(self) -> float:
        minutes = self._faults.strength("on_battery")
        full_s = 60.0 * minutes if minutes is not None else _FULL_RUNTIME_S
        return full_s * self._capacity_share()

    def _capacity_share(self) -> float:
        worn = self._faults.strength("replace_battery") or 1.0
        return worn * (self._faults.strength("aged_battery") or 1.0)

    def _charge(self, now_s: float, full_s: float, *, is_on_battery: bool) -> float:
        if not is_on_battery:
            self._outage_since_s = None
            return self._faults.strength("half_charged") or 100.0
        if self._outage_since_s is None:
            self._outage_since_s = now_s
        charge = 100.0 * max(0.0, 1 - (now_s - self._outage_since_s) / full_s)
        if self._faults.is_acting("low_battery"):
            charge = min(charge, _LOW_CHARGE_PERCENT / 2)
        return charge

    def _used_s(self, now_s: float, is_testing: bool) -> float | None:
        """Return how long the battery has fed the load; None while it does not."""
        if self._outage_since_s is not None:
            return now_s - self._outage_since_s
        return now_s - self._test_began_s if is_testing else None

    def _battery_v(self, charge: float, used_s: float | None, load: float) -> float:
        if used_s is None:
            float_v = self._faults.strength("float_voltage")
            return _FLOAT_V if float_v is None else _BLOCKS * float_v
        weak_v = _BLOCKS * (self._faults.strength("weak_cell") or 0.0)
        weak_v += _WEAK_SAG_V if self._faults.is_acting("replace_battery") else 0.0
        worse = (self._faults.strength("high_resistance") or 1.0) / self._capacity_share()
        drop_v = _DROP_V_PER_PERCENT * load * worse
        surface_v = _SURFACE_V * math.exp(-used_s / _SURFACE_S)
        return _EMPTY_V + _SPAN_V * charge / 100 + surface_v - drop_v - weak_v

    def _is_testing(self, now_s: float) -> bool:
        if self._test_ends_s is None:
            return False
        if now_s < self._test_ends_s:
            return True
        self._test_ends_s = None
        is_weak = self._faults.is_acting("replace_battery") or self._faults.is_acting("weak_cell")
        self._test_result = "Done and error" if is_weak else "Done and passed"
        return False
