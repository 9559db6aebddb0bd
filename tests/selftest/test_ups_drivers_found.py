"""Power faults raise their codes whichever driver tells of them.

The simulated UPS, an emulated one on a serial line, an emulated upsd.
"""

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
from selftest.catalog import all_checks
from selftest.report import Outcome
from selftest.runner import run_checks

BAD = frozenset({Outcome.FAIL, Outcome.WARN, Outcome.ERROR})


@pytest.fixture(params=["sim_ups", "megatec_ups", "nut_ups"])
def make_ups(request, simulated):
    """A function that makes a UPS with power faults, through each driver."""
    servers = []

    def make(*faults):
        if request.param == "sim_ups":
            return simulated("ups", *faults)
        power = SimulatedPower(FaultSet("power_supply", faults), time.monotonic, seed="wire")
        if request.param == "megatec_ups":
            servers.append(PseudoTerminal(EmulatedLine(MegatecDevice(power))))
            return build_device("ups", "megatec_ups", {"port": servers[-1].port})
        servers.append(EmulatedServer(EmulatedLine(UpsdDevice(power))))
        return build_device("ups", "nut_ups", {"port": servers[-1].port})

    make.driver = request.param
    yield make
    for server in servers:
        server.close()


def bad_codes(make_bench, ups):
    """The codes that are not well, with their outcomes."""
    checks = [check for check in all_checks() if check.component == "ups"]
    report = run_checks(make_bench(ups), checks).report
    ups.close()
    return {result.code: result.outcome for result in report.results if result.outcome in BAD}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ((), {}),
        (("brown_out",), {}),
        (("overload",), {"UPS-108": Outcome.FAIL}),
        (("overload=90",), {"UPS-108": Outcome.WARN}),
        (("replace_battery",), {"UPS-101": Outcome.FAIL}),
        (("on_battery=4",), {"UPS-105": Outcome.FAIL}),
        (("low_battery",), {"UPS-105": Outcome.FAIL}),
    ],
)
def test_power_faults(make_bench, make_ups, fault, expected):
    """A Megatec UPS tells no runtime, and of a worn battery only that its own test failed."""
    if make_ups.driver == "megatec_ups" and "UPS-101" in expected:
        expected = {"UPS-102": Outcome.FAIL}
    elif make_ups.driver == "megatec_ups":
        expected = {code: outcome for code, outcome in expected.items() if code == "UPS-108"}
    assert bad_codes(make_bench, make_ups(*fault)) == expected
