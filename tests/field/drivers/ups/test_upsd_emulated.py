"""Clients that are not ours read our emulated upsd: upsc and pynut2.

pynut2 does not take quotes in descriptions nor blanks in passwords, so it is given none.
"""

import subprocess
import time

import pytest

from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.serial_line import EmulatedLine
from drivers.simulation.wire.upsd_device import UPS_NAME, UpsdDevice, UpsdSetup
from drivers.simulation.wire.upsd_server import EmulatedServer

ODD = 'a "quoted" \\ text'


@pytest.fixture
def served():
    power = SimulatedPower(FaultSet("power_supply"), time.monotonic, seed="upsd")
    device = UpsdDevice(
        power, UpsdSetup("Virtual UPS", password="plain", more_variables={"ups.id": ODD})
    )
    with EmulatedServer(EmulatedLine(device)) as server:
        yield device, server.port


@pytest.mark.usefixtures("make_peer")
def test_by_upsc(served):
    device, port = served
    shown = subprocess.run(
        ["upsc", f"{UPS_NAME}@127.0.0.1:{port}"],
        capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    lines = shown.stdout.splitlines()
    assert "ups.status: OL" in lines
    assert f"ups.id: {ODD}" in lines
    device.setup.stale_code = "DATA-STALE"
    lost = subprocess.run(
        ["upsc", f"{UPS_NAME}@127.0.0.1:{port}"],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert "Data stale" in lost.stderr


def test_by_pynut2(served, pynut2):
    device, port = served
    client = pynut2.PyNUTClient("127.0.0.1", port, login="station", password="plain")
    assert client.list_ups() == {UPS_NAME: "Virtual UPS"}
    assert client.get_var(UPS_NAME, "battery.charge") == "100"
    assert "test.battery.stop" in client.list_commands(UPS_NAME)
    client.run_command(UPS_NAME, "test.battery.start.quick")
    assert client.list_vars(UPS_NAME)["ups.status"] == "OL CAL"
    with pytest.raises(pynut2.PyNUTError, match="UNKNOWN-UPS"):
        client.list_vars("other")
    assert device.power.read().is_testing
