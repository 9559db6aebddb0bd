"""What a Megatec UPS does wrong every time; `test_every_driver_faults` has what it does once."""

import time

import pytest

from drivers.errors import ProtocolError
from drivers.models.megatec_ups import MegatecUps, MegatecUpsOptions
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.megatec_device import MegatecDevice
from drivers.simulation.wire.serial_line import EmulatedLine, EmulatedSerialLink


def test_an_answer_that_is_short_every_time():
    class Short(MegatecDevice):
        def receive(self, data):
            return tuple(answer[:20] for answer in super().receive(data))

    power = SimulatedPower(FaultSet("power_supply"), time.monotonic, seed="megatec")
    line = EmulatedLine(Short(power))
    options = MegatecUpsOptions(port="emulated", answer_timeout_s=0.5)
    ups = MegatecUps("ups", options, lambda: EmulatedSerialLink(line, device="ups"))
    with pytest.raises(ProtocolError) as caught:
        ups.open()
    assert caught.value.device == "ups"
