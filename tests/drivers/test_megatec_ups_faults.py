"""Every fault at every transfer of one reading of a Megatec UPS, on two seams.

`link`: the emulator in place of the port, where silence needs no waiting. `terminal`: the emulator
on a pseudo-terminal under pyserial. A transfer is one answer: status, name, rating; status again
for the reading.
"""

import time

import pytest

from drivers.errors import DriverError, ProtocolError, TransportError, TransportTimeoutError
from drivers.frames import PowerState
from drivers.models.megatec_ups import MegatecUps, MegatecUpsOptions
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.megatec_device import MegatecDevice
from drivers.simulation.wire.pseudo_terminal import PseudoTerminal
from drivers.simulation.wire.serial_line import (
    EmulatedLine,
    EmulatedSerialLink,
    LineFault,
    LineFaultKind,
)

TRANSFERS = 4
TIMEOUT_S = 0.5
LIMIT_S = 5.0


def make_line(fault=None):
    power = SimulatedPower(FaultSet("power_supply"), time.monotonic, seed="megatec")
    return EmulatedLine(MegatecDevice(power), fault)


def make_ups(open_link=None, port="emulated"):
    return MegatecUps("ups", MegatecUpsOptions(port=port, answer_timeout_s=TIMEOUT_S), open_link)


def read(ups):
    """Return class and device of the error, or None after a good reading."""
    try:
        with ups:
            assert ups.read_power(timeout_s=1.0).state is PowerState.MAINS
    except DriverError as error:
        return type(error), error.device
    return None


def expected_error(kind):
    """Class and device of the error, or None where the driver gets over it.

    It asks again for what came damaged. A letter that changed in a name cannot be seen.
    """
    match kind:
        case LineFaultKind.UNPLUG:
            return TransportError, "ups"
        case LineFaultKind.STALL | LineFaultKind.SKIP:
            return TransportTimeoutError, "ups"
    return None


def test_a_reading_without_fault_makes_these_transfers():
    line = make_line()
    assert read(make_ups(lambda: EmulatedSerialLink(line, device="ups"))) is None
    assert line.transfers == TRANSFERS


@pytest.mark.parametrize("number", range(TRANSFERS))
@pytest.mark.parametrize("kind", LineFaultKind)
def test_fault_on_the_link(kind, number, assert_no_new_threads):
    line = make_line(LineFault(kind, number))
    ups = make_ups(lambda: EmulatedSerialLink(line, device="ups"))
    assert read(ups) == expected_error(kind)
    line.replug()
    assert read(ups) is None
    assert_no_new_threads()


@pytest.mark.parametrize("number", range(TRANSFERS))
@pytest.mark.parametrize("kind", LineFaultKind)
def test_fault_on_a_terminal(kind, number, tmp_path, assert_no_new_threads):
    line = make_line(LineFault(kind, number))
    with PseudoTerminal(line, link_path=tmp_path / "ttyUSB0") as terminal:
        ups = make_ups(port=terminal.port)
        started_s = time.monotonic()
        assert read(ups) == expected_error(kind)
        assert time.monotonic() - started_s < LIMIT_S
        terminal.replug()
        assert read(ups) is None
    assert_no_new_threads()


def test_an_answer_that_is_short_every_time():
    class Short(MegatecDevice):
        def receive(self, data):
            return tuple(answer[:20] for answer in super().receive(data))

    power = SimulatedPower(FaultSet("power_supply"), time.monotonic, seed="megatec")
    line = EmulatedLine(Short(power))
    assert read(make_ups(lambda: EmulatedSerialLink(line, device="ups"))) == (ProtocolError, "ups")
