"""`selftest` from the command line while a station runs: a device in use is skipped, not faulty.

The serial drivers are real ones with emulated devices behind pseudo-terminals; the station's side
and the command are two processes, as at an office, and the port belongs to one of them only.
"""

import contextlib
import json
import os
import subprocess
import sys
import time

import pytest

from drivers.catalog import build_device
from drivers.simulation.faults import FaultSet
from drivers.simulation.power import SimulatedPower
from drivers.simulation.wire.megatec_device import MegatecDevice, MegatecSetup
from drivers.simulation.wire.pseudo_terminal import PseudoTerminal
from drivers.simulation.wire.serial_line import EmulatedLine
from drivers.simulation.wire.zfm_device import ModuleSetup, ZfmDevice
from station.config import CONFIG_NAME, write_default
from station.device_room import DeviceRoom
from station.device_slot import DeviceSlot, SlotState
from tests.station.panel.conftest import free_port

LIMIT_S = 60
CALL_LIMIT_S = 5.0
BAD = frozenset({"FAIL", "ERROR"})
EXCLUSIVE = ("FPS-002", "FPS-006", "UPS-001", "UPS-105")
"""Checks that need the port for themselves."""
CONFIG = """
[station]
code = "61.71.01"
name = "Contoh"
"""
DEVICE = """
[[devices]]
name = "{name}"
kind = "{kind}"
driver = "{driver}"
options = {{ port = "{port}" }}
"""
PLATEN = bytes(256 * 288 // 2)


def run_command(*arguments):
    """Run the real command and return its results by code."""
    done = subprocess.run(
        [sys.executable, "-m", "selftest.cli", *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode in (0, 1), done.stderr
    return {result["code"]: result for result in json.loads(done.stdout)["results"]}


def bad(results):
    return {code: one["reason"] for code, one in results.items() if one["outcome"] in BAD}


@pytest.fixture
def ports():
    """Return the ports of an emulated scanner and UPS."""
    with contextlib.ExitStack() as stack:
        scanner = EmulatedLine(ZfmDevice(ModuleSetup(PLATEN, finger_on=False)))
        power = SimulatedPower(FaultSet("power_supply", ()), time.monotonic, seed="beside")
        ups = EmulatedLine(MegatecDevice(power, MegatecSetup()))
        lines = {"scanner": scanner, "ups": ups}
        yield {name: stack.enter_context(PseudoTerminal(line)).port for name, line in lines.items()}


@pytest.fixture
def config(tmp_path, ports):
    place = tmp_path / CONFIG_NAME
    kinds = {"scanner": ("fingerprint_scanner", "zfm20"), "ups": ("power_supply", "megatec_ups")}
    tables = [
        DEVICE.format(name=name, kind=kind, driver=driver, port=ports[name])
        for name, (kind, driver) in kinds.items()
    ]
    place.write_text(CONFIG + "".join(tables), encoding="utf-8")
    return place


@pytest.fixture
def room(ports):
    """Return the devices as a running station holds them: open, each on its own thread."""
    drivers = {"scanner": "zfm20", "ups": "megatec_ups"}
    held = DeviceRoom(
        DeviceSlot(build_device(name, driver, {"port": ports[name]}), driver)
        for name, driver in drivers.items()
    )
    held.first_probe()
    assert {status.state for status in held.status()} == {SlotState.READY}
    yield held
    held.close()


def test_devices_that_the_station_holds_are_skipped_with_the_reason(config, room):
    results = run_command("only", "FPS", "UPS", "--config", config)
    assert bad(results) == {}
    assert {results[code]["outcome"] for code in EXCLUSIVE} == {"SKIP"}
    for code in ("FPS-002", "UPS-001"):
        assert "another program holds the port" in results[code]["reason"]
    for slot in room.slots():  # and the station was not disturbed
        assert slot.call(lambda device: device.is_open, timeout_s=CALL_LIMIT_S)


def test_the_same_devices_are_checked_once_the_station_has_closed_them(config, room):
    room.close()
    results = run_command("only", "FPS-002", "UPS-001", "--config", config)
    assert [results[code]["outcome"] for code in ("FPS-002", "UPS-001")] == ["PASS", "PASS"]


def test_a_quick_run_beside_a_running_station_finds_no_fault(tmp_path):
    log, place = tmp_path / "log", tmp_path / CONFIG_NAME
    write_default(place, code="61.71.01", name="Contoh", simulated=True)
    text = place.read_text(encoding="utf-8").replace("port = 8461", f"port = {free_port()}")
    place.write_text(text.replace("port = 8462", "port = 0"), encoding="utf-8")
    command = [sys.executable, "-m", "station.cli", "run", "--simulated", "--data", str(tmp_path)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output) as station:
        try:
            wait_for(log, b"Ctrl-C")
            results = run_command("quick", "--config", place)
            assert station.poll() is None
        finally:
            station.terminate()
            station.wait(LIMIT_S)
    assert bad(results) == {}
    for code in ("FPS-002", "CAM-001", "IRS-001", "UPS-001"):
        assert results[code]["outcome"] == "PASS", results[code]["reason"]


def wait_for(log, words):
    deadline_s = time.monotonic() + LIMIT_S
    while words not in log.read_bytes():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
