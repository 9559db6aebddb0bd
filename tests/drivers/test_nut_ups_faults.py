"""Every fault at every transfer of one reading and one command with upsd, over TCP.

A transfer is one answer of the server: version, list of UPS, commands, variables; variables again
for the reading; name, password, command, goodbye.
"""

import time

import pytest

from drivers.devices import PowerCommand
from drivers.errors import DriverError, ProtocolError, TransportError, TransportTimeoutError
from drivers.frames import PowerState
from drivers.models.nut_ups import NutUps, NutUpsOptions
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.serial_line import EmulatedLine, LineFault, LineFaultKind
from drivers.simulation.wire.upsd_device import UpsdDevice
from drivers.simulation.wire.upsd_server import EmulatedServer

TRANSFERS = 9
GOODBYE = TRANSFERS - 1
TIMEOUT_S = 0.6
LIMIT_S = 4.0


def make_line(fault=None):
    power = SimulatedPower(FaultSet("power_supply"), time.monotonic, seed="upsd")
    return EmulatedLine(UpsdDevice(power), fault)


def make_ups(port):
    options = NutUpsOptions(
        port=port, username="station", password="secret word", answer_timeout_s=TIMEOUT_S
    )
    return NutUps("ups", options)


def use(ups):
    """Return class and device of the error, or None after a good reading and command."""
    try:
        with ups:
            assert ups.read_power(timeout_s=1.0).state is PowerState.MAINS
            ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=1.0)
    except DriverError as error:
        return type(error), error.device
    return None


def expected_error(kind, number):
    if number == GOODBYE:
        return None  # closing never raises
    match kind:
        case LineFaultKind.UNPLUG:
            return TransportError, "ups"
        case LineFaultKind.STALL | LineFaultKind.SKIP:
            return TransportTimeoutError, "ups"
    return ProtocolError, "ups"


def test_without_fault_it_makes_these_transfers(assert_no_new_threads):
    line = make_line()
    with EmulatedServer(line) as server:
        assert use(make_ups(server.port)) is None
    assert line.transfers == TRANSFERS
    assert_no_new_threads()


@pytest.mark.parametrize("number", range(TRANSFERS))
@pytest.mark.parametrize("kind", [LineFaultKind.UNPLUG, LineFaultKind.STALL, LineFaultKind.SHORT])
def test_fault(kind, number, assert_no_new_threads):
    line = make_line(LineFault(kind, number))
    with EmulatedServer(line) as server:
        ups = make_ups(server.port)
        started_s = time.monotonic()
        assert use(ups) == expected_error(kind, number)
        assert time.monotonic() - started_s < LIMIT_S
        server.replug()
        assert use(ups) is None
    assert_no_new_threads()


def test_a_server_that_goes_away_between_two_readings(assert_no_new_threads):
    with EmulatedServer(make_line()) as server:
        ups = make_ups(server.port)
        with ups:
            ups.read_power(timeout_s=1.0)
            server.unplug()
            with pytest.raises(TransportError, match="the other side closed"):
                ups.read_power(timeout_s=1.0)
        server.replug()
        assert use(ups) is None
    assert_no_new_threads()
