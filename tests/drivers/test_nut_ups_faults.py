"""A upsd that goes away between readings; `test_every_driver_faults` has what goes wrong in one."""

import time

import pytest

from drivers.devices import PowerCommand
from drivers.errors import TransportError
from drivers.frames import PowerState
from drivers.models.nut_ups import NutUps, NutUpsOptions
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.serial_line import EmulatedLine
from drivers.simulation.wire.upsd_device import UpsdDevice
from drivers.simulation.wire.upsd_server import EmulatedServer

TIMEOUT_S = 0.6


def make_line():
    power = SimulatedPower(FaultSet("power_supply"), time.monotonic, seed="upsd")
    return EmulatedLine(UpsdDevice(power))


def make_ups(port):
    options = NutUpsOptions(
        port=port, username="station", password="secret word", answer_timeout_s=TIMEOUT_S
    )
    return NutUps("ups", options)


def use(ups):
    with ups:
        assert ups.read_power(timeout_s=1.0).state is PowerState.MAINS
        ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)


def test_a_server_that_goes_away_between_two_readings(assert_no_new_threads):
    with EmulatedServer(make_line()) as server:
        ups = make_ups(server.port)
        with ups:
            ups.read_power(timeout_s=1.0)
            server.unplug()
            with pytest.raises(TransportError, match="the other side closed"):
                ups.read_power(timeout_s=1.0)
        server.replug()
        use(ups)
    assert_no_new_threads()
