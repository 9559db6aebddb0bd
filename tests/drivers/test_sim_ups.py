"""The simulated UPS: its faults by name, its battery test, its commands."""

import pytest

from drivers.catalog import build_device
from drivers.devices import PowerCommand
from drivers.errors import OptionsError, TransportError
from drivers.frames import PowerState
from drivers.simulation.clock import ManualClock
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower


def read_with(*faults):
    with build_device("ups", "sim_ups", {"scene": f"power {faults}", "faults": faults}) as ups:
        return ups.read_power(timeout_s=1.0)


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        ((), PowerState.MAINS, "OL"),
        (("on_battery=12",), PowerState.BATTERY, "OB DISCHRG"),
        (("low_battery",), PowerState.LOW_BATTERY, "OB LB DISCHRG"),
        (("brown_out",), PowerState.MAINS, "OL BOOST"),
        (("brown_out=140",), PowerState.BATTERY, "OB DISCHRG"),
        (("overload",), PowerState.MAINS, "OL OVER"),
        (("replace_battery",), PowerState.MAINS, "OL RB"),
        (("replace_battery", "on_battery"), PowerState.BATTERY, "OB DISCHRG RB"),
        (("on_battery=5@2",), PowerState.MAINS, "OL"),
    ],
)
def test_faults_by_name(fault, state, words):
    reading = read_with(*fault)
    assert (reading.state, reading.variables["ups.status"]) == (state, words)


def test_a_brown_out_is_boosted():
    reading = read_with("brown_out=180")
    assert reading.input_voltage_v == pytest.approx(180, abs=6)
    assert float(reading.variables["output.voltage"]) == pytest.approx(209, abs=8)


def test_an_overload_has_its_strength():
    assert read_with("overload=131").load_percent == 131


def test_a_worn_battery_lasts_shorter_and_asks_for_another():
    healthy, worn = read_with("on_battery=10"), read_with("on_battery=10", "replace_battery=0.3")
    assert worn.runtime_s == pytest.approx(0.3 * healthy.runtime_s)
    assert worn.battery_voltage_v < healthy.battery_voltage_v - 1
    assert worn.variables["ups.alarm"] == "Replace battery!"
    assert "ups.alarm" not in healthy.variables


def make_power(*faults):
    clock = ManualClock()
    faults = FaultSet("power_supply", faults)
    faults.begin_transfer("ups", timeout_s=0, now_s=clock.now_s, sleep_s=clock.sleep_s)
    return clock, faults, SimulatedPower(faults, clock.now_s, seed="test")


def test_an_outage_from_full_to_low_and_back():
    clock, faults, power = make_power("on_battery=10")
    charges = []
    words = []
    for _ in range(5):
        situation = power.read()
        charges.append(situation.charge_percent)
        words.append(" ".join(situation.status_words()))
        clock.advance(130)
    assert charges == pytest.approx([100, 78.3, 56.7, 35, 13.3], abs=0.1)
    assert words == ["OB DISCHRG"] * 4 + ["OB LB DISCHRG"]
    faults.clear()
    assert power.read().status_words() == ("OL",)


@pytest.mark.parametrize(
    ("faults", "result"), [((), "Done and passed"), (("replace_battery",), "Done and error")]
)
def test_a_battery_test_ends_with_a_result(faults, result):
    clock, _, power = make_power(*faults)
    assert power.read().test_result == "No test initiated"
    power.start_test()
    clock.advance(5)
    during = power.read()
    assert during.is_testing
    assert during.test_result == "In progress"
    assert during.battery_v < 26
    clock.advance(6)
    assert (power.read().is_testing, power.read().test_result) == (False, result)


def test_a_battery_test_does_not_begin_on_battery_and_can_be_stopped():
    _, _, on_battery = make_power("on_battery")
    on_battery.start_test()
    assert not on_battery.read().is_testing
    _, _, power = make_power()
    power.start_test()
    power.stop_test()
    assert (power.read().is_testing, power.read().test_result) == (False, "Aborted")


def test_commands():
    with build_device("ups", "sim_ups", {"scene": "commands"}) as ups:
        assert PowerCommand.TEST_BATTERY in ups.commands()
        ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)
        assert ups.read_power(timeout_s=1.0).variables["ups.status"] == "OL CAL"
        ups.send_command(PowerCommand.STOP_TEST, timeout_s=1.0)
        ups.send_command(PowerCommand.SHUT_DOWN_AND_RETURN, timeout_s=1.0)
        assert ups.read_power(timeout_s=1.0).state is PowerState.LOW_BATTERY
        ups.send_command(PowerCommand.CANCEL_SHUTDOWN, timeout_s=1.0)
        ups.send_command(PowerCommand.TOGGLE_BEEPER, timeout_s=1.0)
        reading = ups.read_power(timeout_s=1.0)
        assert reading.state is PowerState.MAINS
        assert reading.variables["ups.beeper.status"] == "disabled"
        with pytest.raises(OptionsError, match="cannot do 'test_battery_until_low'"):
            ups.send_command(PowerCommand.TEST_BATTERY_UNTIL_LOW, timeout_s=1.0)


def test_a_stale_ups_repeats_its_reading():
    with build_device("ups", "sim_ups", {"scene": "stale", "faults": ["stale@2"]}) as ups:
        readings = [ups.read_power(timeout_s=1.0) for _ in range(3)]
    assert readings[1] is readings[0]


def test_an_unplugged_ups_takes_no_command():
    with build_device("ups", "sim_ups", {"scene": "cut", "faults": ["unplug_at=2"]}) as ups:
        ups.read_power(timeout_s=1.0)
        with pytest.raises(TransportError):
            ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)
