"""Whether the readings of a UPS can be believed: contradictions, each said in words.

Drivers that misread a UPS turn healthy ones into broken ones and the other way round. Two or more
contradictions, and no number of the reading is judged (CHECKS.md B.2); alarms stay as hints.
"""

from collections.abc import Callable

from drivers.protocols.nut_reading import read_number
from selftest.ups.battery_volts import read_battery_volts
from selftest.ups.mains_volts import nominal_mains_v, read_mains_volts
from selftest.ups.words import Variables, is_testing, status_words

TOO_MANY = 2
_CORE = (
    *("battery.charge", "battery.runtime", "battery.voltage"),
    *("ups.load", "input.voltage", "output.voltage"),
)
_LEAST_CORE = 4
_TEMPERATURES = ("battery.temperature", "ups.temperature", "ambient.temperature")
TEMPERATURE_C = (-40.0, 100.0)
"""What a sensor in an office can show."""
_NO_MAINS, _GOOD_MAINS = 0.1, (0.9, 1.1)  # of nominal; IEEE 1159
_FULL_PERCENT = 90.0
_STANDARD_MAINS_V = 230.0


def contradictions(variables: Variables, nominal_mains: float = _STANDARD_MAINS_V) -> list[str]:
    """Return what cannot be true in a reading, Indonesian first."""
    rules: tuple[Callable[[Variables, float], str], ...] = (
        *(_battery_voltage, _mains_nominal, _mains_against_status, _charge_against_status),
        *(_temperature, _equal_readings, _percentages),
    )
    return [said for rule in rules if (said := rule(variables, nominal_mains))]


def _battery_voltage(variables: Variables, _: float) -> str:
    volts = read_battery_volts(variables)
    if volts is None or volts.is_possible:
        return ""
    return f"baterai {volts.block_v:.3g} V per blok 12 V / battery {volts.block_v:.3g} V per block"


def _mains_nominal(variables: Variables, _: float) -> str:
    nominal = read_number(variables.get("input.voltage.nominal"))
    if nominal is None or nominal_mains_v(variables) is not None:
        return ""
    return f"tegangan nominal {nominal:g} V / nominal voltage {nominal:g} V"


def _mains_against_status(variables: Variables, nominal_mains: float) -> str:
    words = status_words(variables)
    mains = read_mains_volts(variables, nominal_mains)
    if mains is None:
        return ""
    if "OL" in words and mains.share < _NO_MAINS:
        return f"listrik {mains.volts[0]:g} V padahal OL / mains {mains.volts[0]:g} V while OL"
    is_good = _GOOD_MAINS[0] <= mains.share <= _GOOD_MAINS[1]
    if "OB" in words and is_good and not is_testing(variables):
        return f"listrik baik {mains.volts[0]:g} V padahal OB / mains good while OB"
    return ""


def _charge_against_status(variables: Variables, _: float) -> str:
    charge = read_number(variables.get("battery.charge"))
    if charge is None or charge < _FULL_PERCENT or "LB" not in status_words(variables):
        return ""
    return f"LB padahal terisi {charge:g} % / LB with a charge of {charge:g} %"


def _temperature(variables: Variables, _: float) -> str:
    for name in _TEMPERATURES:
        value = read_number(variables.get(name))
        if value is not None and not TEMPERATURE_C[0] <= value <= TEMPERATURE_C[1]:
            return f"suhu {value:g} °C / temperature {value:g} °C"
    return ""


def _equal_readings(variables: Variables, _: float) -> str:
    numbers = [read_number(variables.get(name)) for name in _CORE]
    told = [number for number in numbers if number is not None]
    if len(told) < _LEAST_CORE or len(set(told)) > 1:
        return ""
    return f"semua bacaan sama: {told[0]:g} / all readings are equal"


def _percentages(variables: Variables, _: float) -> str:
    for name, highest in (("battery.charge", 101.0), ("ups.load", 300.0)):
        value = read_number(variables.get(name))
        if value is not None and not 0 <= value <= highest:
            return f"{name} {value:g} %"
    return ""
