"""The UPS's own battery test through real drivers, in front of emulated devices; in real time."""

import time

import pytest

from drivers.catalog import build_device
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.megatec_device import MegatecDevice
from drivers.simulation.wire.pseudo_terminal import PseudoTerminal
from drivers.simulation.wire.serial_line import EmulatedLine
from drivers.simulation.wire.upsd_device import UpsdDevice
from drivers.simulation.wire.upsd_server import EmulatedServer
from selftest.bench import Bench
from selftest.checks import ups, ups_battery
from selftest.guide import Answer
from selftest.report import Outcome
from selftest.runner import run_checks

CHECKS = [ups.data_age, ups_battery.sag, ups_battery.battery_test]


class Ani:
    """Lets the UPS test itself."""

    person = "Ani"

    def __init__(self):
        self.asked = []

    def ask(self, question, *, timeout_s):
        self.asked.append(question.key)
        return Answer.YES if question.key == "ups-self-test" else Answer.SKIP

    def show(self, picture_png, caption_id, caption_en):
        pass

    def tell(self, text_id, text_en):
        pass


def megatec(power):
    server = PseudoTerminal(EmulatedLine(MegatecDevice(power)))
    return build_device("ups", "megatec_ups", {"port": server.port}), server


def nut(power):
    server = EmulatedServer(EmulatedLine(UpsdDevice(power)))
    options = {"port": server.port, "username": "station", "password": "secret word"}
    return build_device("ups", "nut_ups", options), server


@pytest.mark.slow
@pytest.mark.parametrize(
    ("attach", "faults", "outcome"),
    [(nut, (), Outcome.PASS), (megatec, ("weak_cell=1.0",), Outcome.WARN)],
)
def test_a_ups_tests_itself_when_asked(tmp_path, attach, faults, outcome):
    power = SimulatedPower(FaultSet("power_supply", faults), time.monotonic, seed="test")
    device, server = attach(power)
    guide = Ani()
    try:
        report = run_checks(Bench((device,), tmp_path, guide=guide), CHECKS).report
    finally:
        device.close()
        server.close()
    results = {result.code: result for result in report.results}
    assert guide.asked == ["ups-self-test"]
    assert results["UPS-120"].outcome is Outcome.PASS
    assert results["UPS-103"].outcome is outcome, results["UPS-103"]
    assert "uji UPS" in results["UPS-120"].reason
