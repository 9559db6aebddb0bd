"""The self-test inside the station: it shares the devices with recordings, and never meets one."""

import dataclasses
import datetime
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.devices import FingerprintScanner, PowerSupply
from drivers.errors import DeviceBusyError
from drivers.simulation.scene import Scene
from selftest.bench import bench_from_config
from selftest.errors import HungError, UnknownCodeError
from selftest.guide import Answer
from selftest.history import History
from selftest.power.log import PowerLog
from selftest.report import Outcome
from selftest.runner import Trigger
from station.build import build_station
from station.config import CONFIG_NAME, StationConfig, write_default
from station.demo import DEMO_RESIDENT
from station.device_loan import DeviceLoans
from station.device_slot import SlotState
from station.durable import write_private
from station.operators import Role
from station.power_watching import PowerWatching
from station.readiness import ReadinessState
from station.recording import Step
from station.refusals import SelfTestRunningError
from station.selftesting import RunState, SelfTesting

PASSWORD = "sandi-uji-lain"
LIMIT_S = 40.0


class Office:
    """A station with simulated devices that nobody stands before."""

    def __init__(self, folder: Path) -> None:
        self.scene_name = folder.name
        self.scene = Scene.shared(self.scene_name)
        self.place = folder / CONFIG_NAME
        write_default(self.place, code="61.71.01", name="Contoh", simulated=True)
        text = self.place.read_text().replace("port = 8462", "port = 0")
        text = text.replace(
            '{ model = "slap" }', f'{{ model = "slap", scene = "{self.scene_name}" }}'
        )
        text = text.replace("options = {}", f'options = {{ scene = "{self.scene_name}" }}')
        write_private(self.place, text.encode())
        self.config = StationConfig.load(self.place)
        self.station = build_station(self.config)
        self.tests = self.station.selftesting
        self.station.operators.add("petugas", "petugas", Role.OPERATOR, PASSWORD)

    def run(self, trigger: str, *codes: str, person: str | None = None) -> RunState:
        self.tests.start(trigger, person, codes=codes)
        return self.end()

    def end(self) -> RunState:
        return wait(self.tests, lambda state: not state.is_running)


def wait(tests: SelfTesting, wanted) -> RunState:
    """Follow a run until a state is as wanted."""
    deadline_s = time.monotonic() + LIMIT_S
    state = tests.state()
    while not wanted(state):
        assert time.monotonic() < deadline_s, state
        state = tests.wait_for_change(state.number, 1.0)
    return state


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.station.close()
    Scene.forget(made.scene_name)


def test_a_quick_run_is_stored_and_leaves_every_device_usable(office: Office) -> None:
    state = office.run("quick")
    bad = [
        (one.code, one.outcome, one.reason, one.finding and one.finding.name_en)
        for one in state.done
        if one.component in ("scanner", "camera", "iris", "pad", "ups", "store")
        and one.outcome not in (Outcome.PASS, Outcome.SKIP)
    ]
    assert bad == []
    report = office.tests.last()
    assert report is not None
    assert report.results == state.done
    assert {slot.status().state for slot in office.station.devices.slots()} == {SlotState.READY}
