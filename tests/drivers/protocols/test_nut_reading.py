"""NUT's names and words as a reading."""

import math

import pytest

from drivers.frames import PowerState
from drivers.protocols.nut_reading import make_reading, read_number, read_state


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("", PowerState.UNKNOWN),
        ("WAIT", PowerState.UNKNOWN),
        ("OFF", PowerState.UNKNOWN),
        ("LB", PowerState.UNKNOWN),
        ("RB", PowerState.UNKNOWN),
        ("OL", PowerState.MAINS),
        ("OL CHRG", PowerState.MAINS),
        ("OL LB CHRG", PowerState.MAINS),
        ("BYPASS", PowerState.MAINS),
        ("ALARM OL CHRG RB", PowerState.MAINS),
        ("OB", PowerState.BATTERY),
        ("OB DISCHRG", PowerState.BATTERY),
        ("OL OB", PowerState.BATTERY),
        ("OB LB RB", PowerState.LOW_BATTERY),
        ("OB DISCHRG LB", PowerState.LOW_BATTERY),
        ("FSD OL", PowerState.LOW_BATTERY),
        ("FSD", PowerState.LOW_BATTERY),
        ("OBX LBX", PowerState.UNKNOWN),
        ("ol", PowerState.UNKNOWN),
    ],
)
def test_states(status, state):
    assert read_state(status) is state


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (None, None),
        ("", None),
        ("unknown", None),
        ("nan", None),
        ("inf", None),
        ("--.-", None),
        ("230", 230.0),
        (" 6", 6.0),
        ("-272", -272.0),
        ("13.80", 13.8),
        ("119.0 #COMMENT: reset", 119.0),
        ("12V", 12.0),
        ("9" * 400, None),
    ],
)
def test_numbers(text, number):
    assert read_number(text) == number


def test_a_reading_keeps_everything_that_was_told():
    told = {"ups.status": "OB", "battery.charge": "81", "ups.load": " 12", "x.y": "z"}
    reading = make_reading(told, read_at_s=5.0)
    assert (reading.state, reading.read_at_s) == (PowerState.BATTERY, 5.0)
    assert (reading.charge_percent, reading.load_percent) == (81.0, 12.0)
    assert reading.input_voltage_v is None
    assert reading.runtime_s is None
    assert reading.variables == told


def test_nothing_told_is_an_unknown_state():
    reading = make_reading({}, read_at_s=math.pi)
    assert reading.state is PowerState.UNKNOWN
    assert reading.battery_voltage_v is None
