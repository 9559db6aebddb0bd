"""Mains, battery and load of a simulated UPS: a line-interactive one of 1000 VA with two blocks.

    mains 226 V -> passes     below 0.9 of nominal -> boosts     below 160 V or none -> battery

The faults of `drivers.simulation.faults` act by name: ``on_battery``, ``low_battery``,
``brown_out``, ``overload``, ``replace_battery``. A battery test runs for its time and tells its
result; a shutdown that was ordered is announced until it is cancelled.

Not modelled: recharging after an outage (the battery is full as soon as mains is back), transfer
times, switching off at the end of a shutdown, ageing by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

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
_EMPTY_V, _SPAN_V = 22.4, 3.2  # on battery, by charge
_WEAK_SAG_V = 1.5
_FULL_RUNTIME_S = 1500.0
_LOAD_PERCENT = 31.0
_LOW_CHARGE_PERCENT = 20.0
_TEMPERATURE_C = 33.0


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
        self._test_result = "No test initiated"
        self._is_shutting_down = False
        self.is_beeper_on = True

    def start_test(self, duration_s: float = QUICK_TEST_S) -> None:
        """Begin a battery test; refused by itself while on battery."""
        if not self._is_on_battery(self._input_v()):
            self._test_ends_s = self._now_s() + duration_s
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
            battery_v=round(self._battery_v(charge, is_in_use=is_on_battery or is_testing), 2),
            charge_percent=round(charge, 1),
            runtime_s=round(full_s * charge / 100, 1),
            load_percent=load,
            temperature_c=_TEMPERATURE_C,
            test_result=self._test_result,
            is_on_battery=is_on_battery,
            is_battery_low=is_on_battery and charge < _LOW_CHARGE_PERCENT,
            is_boosting=is_boosting,
            is_overloaded=load > 100,
            needs_battery=self._faults.is_acting("replace_battery"),
            is_testing=is_testing,
            is_shutting_down=self._is_shutting_down,
        )

    def _input_v(self) -> float:
        if self._faults.is_acting("on_battery") or self._faults.is_acting("low_battery"):
            return 0.0
        mean_v = self._faults.strength("brown_out") or _MAINS_V
        return mean_v + float(self._rng.normal(0, _MAINS_DEVIATION_V))

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
        return full_s * (self._faults.strength("replace_battery") or 1.0)

    def _charge(self, now_s: float, full_s: float, *, is_on_battery: bool) -> float:
        if not is_on_battery:
            self._outage_since_s = None
            return 100.0
        if self._outage_since_s is None:
            self._outage_since_s = now_s
        charge = 100.0 * max(0.0, 1 - (now_s - self._outage_since_s) / full_s)
        if self._faults.is_acting("low_battery"):
            charge = min(charge, _LOW_CHARGE_PERCENT / 2)
        return charge

    def _battery_v(self, charge: float, *, is_in_use: bool) -> float:
        if not is_in_use:
            return _FLOAT_V
        sag_v = _WEAK_SAG_V if self._faults.is_acting("replace_battery") else 0.0
        return _EMPTY_V + _SPAN_V * charge / 100 - sag_v

    def _is_testing(self, now_s: float) -> bool:
        if self._test_ends_s is None:
            return False
        if now_s < self._test_ends_s:
            return True
        self._test_ends_s = None
        is_weak = self._faults.is_acting("replace_battery")
        self._test_result = "Done and error" if is_weak else "Done and passed"
        return False
