"""NUT's driver nutdrv_qx and upsd read our emulated Megatec UPS; all views of it agree.

The views: the simulated UPS itself, upsc, our driver for upsd, and our driver on the line.
"""

import time

import pytest

from drivers.devices import PowerCommand
from drivers.errors import AccessDeniedError
from drivers.frames import PowerState
from drivers.models.megatec_ups import MegatecUps, MegatecUpsOptions
from drivers.models.nut_ups import NutUps, NutUpsOptions
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.megatec_device import MegatecDevice
from drivers.simulation.wire.pseudo_terminal import PseudoTerminal
from drivers.simulation.wire.serial_line import EmulatedLine

LIMIT_S = 30.0
MAINS_NOISE_V = 8.0  # every reading of the simulated mains differs
SAME_IN_BOTH = (
    "battery.voltage",
    "battery.voltage.nominal",
    "input.frequency",
    "input.frequency.nominal",
    "input.voltage.nominal",
    "ups.load",
    "ups.temperature",
)
SAME_WORDS = ("ups.beeper.status", "ups.type", "device.mfr", "device.model", "ups.firmware")
NUT_WORDS = {"OL", "OB", "LB", "BOOST", "TRIM", "BYPASS", "CAL", "FSD"}
"""Of the status; NUT makes no OVER of a load above 100."""


@pytest.fixture
def faults():
    return FaultSet("power_supply")


@pytest.fixture
def device(faults):
    return MegatecDevice(SimulatedPower(faults, time.monotonic, seed="megatec"))


@pytest.fixture
def terminal(device):
    with PseudoTerminal(EmulatedLine(device)) as terminal:
        yield terminal


@pytest.fixture
def peer(make_peer, terminal):
    """NUT on the emulated line."""
    peer = make_peer()
    peer.add("qx", "nutdrv_qx", terminal.port, protocol="megatec", pollinterval=1, pollfreq=2)
    peer.start()
    yield peer
    peer.stop()


@pytest.fixture
def ups(peer, nut_password):
    options = NutUpsOptions(port=peer.port, username="station", password=nut_password)
    with NutUps("ups", options) as ups:
        yield ups


def wait_for(ups, is_there):
    """Return the first reading that is as wanted; NUT shows a change some seconds late."""
    deadline_s = time.monotonic() + LIMIT_S
    while True:
        reading = ups.read_power(timeout_s=5.0)
        if is_there(reading) or time.monotonic() > deadline_s:
            assert is_there(reading), reading.variables
            return reading
        time.sleep(0.1)


def words(reading):
    return set(reading.variables["ups.status"].split()) & NUT_WORDS


def test_all_views_agree(device, terminal, peer, ups):
    by_nut = wait_for(ups, lambda reading: "ups.firmware" in reading.variables)
    shown = peer.upsc("qx")
    ups.close()
    peer.stop()
    with MegatecUps("line", MegatecUpsOptions(port=terminal.port)) as on_line:
        by_us = on_line.read_power(timeout_s=5.0)

    truth = device.power.read()
    for view in (by_nut.variables, by_us.variables, shown):
        assert float(view["input.voltage"]) == pytest.approx(truth.input_v, abs=MAINS_NOISE_V)
        assert float(view["battery.voltage"]) == pytest.approx(truth.battery_v, abs=0.05)
        assert float(view["ups.load"]) == truth.load_percent
        assert view["ups.status"] == "OL"
    for name in SAME_IN_BOTH:
        assert float(by_us.variables[name]) == float(by_nut.variables[name]), name
    for name in SAME_WORDS:
        assert by_us.variables[name] == by_nut.variables[name], name
    assert by_us.state is by_nut.state is PowerState.MAINS


@pytest.mark.parametrize(
    ("fault", "expected", "state"),
    [
        ("on_battery", {"OB"}, PowerState.BATTERY),
        ("low_battery", {"OB", "LB"}, PowerState.LOW_BATTERY),
        ("brown_out", {"OL", "BOOST"}, PowerState.MAINS),
        ("overload", {"OL"}, PowerState.MAINS),
        ("replace_battery", {"OL"}, PowerState.MAINS),
    ],
)
def test_power_faults_through_nut_and_on_the_line(
    faults, terminal, peer, ups, fault, expected, state
):
    faults.add(fault)
    is_alarm, is_overload = fault == "replace_battery", fault == "overload"

    def is_seen(reading):
        told = reading.variables
        return (
            words(reading) == expected
            and (("ups.alarm" in told) is is_alarm)
            and ((reading.load_percent > 100) is is_overload)
        )

    by_nut = wait_for(ups, is_seen)
    ups.close()
    peer.stop()
    with MegatecUps("line", MegatecUpsOptions(port=terminal.port)) as on_line:
        by_us = on_line.read_power(timeout_s=5.0)
    assert words(by_us) == expected
    assert by_us.state is by_nut.state is state
    assert by_us.load_percent == by_nut.load_percent
    assert by_us.variables.get("ups.alarm") == by_nut.variables.get("ups.alarm")
    assert ("OVER" in by_us.variables["ups.status"]) is is_overload


def test_a_battery_test_through_upsd_and_nutdrv_qx(device, ups):
    assert {PowerCommand.TEST_BATTERY, PowerCommand.STOP_TEST} <= ups.commands()
    ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=5.0)
    wait_for(ups, lambda reading: "CAL" in words(reading))
    ups.send_command(PowerCommand.STOP_TEST, timeout_s=5.0)
    wait_for(ups, lambda reading: words(reading) == {"OL"})
    ups.send_command(PowerCommand.SHUT_DOWN_AND_RETURN, timeout_s=5.0)
    assert wait_for(ups, lambda reading: "FSD" in words(reading)).state is PowerState.LOW_BATTERY
    ups.send_command(PowerCommand.CANCEL_SHUTDOWN, timeout_s=5.0)
    wait_for(ups, lambda reading: words(reading) == {"OL"})
    assert device.commands == ["T", "CT", "S.5R0003", "C"]


def test_a_wrong_password_at_a_real_upsd(device, peer):
    for wrong in ({"username": "station", "password": "guess"}, {"username": "nobody"}):
        with NutUps("ups", NutUpsOptions(port=peer.port, **wrong)) as ups:
            with pytest.raises(AccessDeniedError):
                ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=5.0)
            assert ups.read_power(timeout_s=5.0).state is PowerState.MAINS
    assert device.commands == []


def test_nut_finds_the_protocol_by_itself(make_peer, device, terminal):
    peer = make_peer()
    peer.add("qx", "nutdrv_qx", terminal.port, pollinterval=1)
    peer.start()
    shown = peer.upsc("qx")
    peer.stop()
    assert (shown["device.mfr"], shown["ups.status"]) == ("SIMULATED", "OL")
    assert shown["driver.version.data"].startswith("Megatec")
    assert device.commands == []
