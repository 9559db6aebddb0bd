"""The self-test inside the station: it shares the devices with recordings, and never meets one."""

import dataclasses
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.devices import FingerprintScanner
from drivers.errors import DeviceBusyError
from drivers.simulation.behaviour import Behaviour
from drivers.simulation.scene import Scene
from selftest.bench import Bench, bench_from_config
from selftest.check import Measured, check, measured
from selftest.errors import NotReadyError, UnknownCodeError
from selftest.guide import Answer
from selftest.report import Outcome
from selftest.runner import run_checks
from selftest.signing import document_of, read_keys, verify_report
from selftest.subject import Subject
from station.build import build_station
from station.config import CONFIG_NAME, StationConfig, write_default
from station.demo import DEMO_RESIDENT
from station.device_loan import DeviceLoans
from station.device_slot import SlotState
from station.durable import write_private
from station.operators import Role
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

    def open_view(self):
        """Let an operator look through the scanner."""
        who = self.station.sign_in("petugas", PASSWORD)
        case = self.station.start_case(who, DEMO_RESIDENT)
        live = self.station.live(who, case.case_id, Step.RIGHT_SLAP)
        until(lambda: live.latest() is not None)
        return live

    @property
    def scanner(self):
        return self.station.devices.first(FingerprintScanner)

    def bench(self) -> Bench:
        """Return the configured folders with the station's devices, which are lent."""
        devices = tuple(slot.device for slot in self.station.devices.slots())
        loans = DeviceLoans(self.station.devices, wait_limit_s=0.5)
        bench = bench_from_config(self.place)
        return dataclasses.replace(bench, devices=devices, lend=loans.lend)

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


def until(condition) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.station.close()
    Scene.forget(made.scene_name)


# ---- a run


def test_a_quick_run_is_stored_and_leaves_every_device_usable(office: Office) -> None:
    office.scene.set_behaviour(Behaviour())
    state = office.run("quick")
    bad = [
        (one.code, one.outcome, one.reason)
        for one in state.done
        if one.component in ("scanner", "camera", "iris", "pad", "ups", "store")
        and one.outcome not in (Outcome.PASS, Outcome.SKIP)
    ]
    assert bad == []
    assert next(one for one in state.done if one.code == "STO-101").outcome is Outcome.PASS
    report = office.tests.last()
    assert report is not None
    assert report.results == state.done
    assert office.tests.reports(5) == (report,)
    assert report.number is not None
    stored, _ = office.tests.report(report.number)
    assert stored == report
    assert office.tests.pdf(report.number, "id").startswith(b"%PDF")
    until(lambda: {one.state for one in office.station.devices.status()} == {SlotState.READY})
    assert not office.scene.behaviour.absent  # the resident comes back


def test_a_quick_run_asks_nobody_whoever_starts_it(office: Office) -> None:
    office.tests.start("quick", "teknisi")
    asked = []
    state = office.tests.state()
    while state.is_running:
        asked += [state.question] if state.question is not None else []
        state = office.tests.wait_for_change(state.number, 1.0)
    assert asked == []
    assert state.done


def test_a_report_is_signed_by_the_station(office: Office, tmp_path: Path) -> None:
    office.run("only", "TIM")
    report = office.tests.last()
    public = tmp_path / "public.json"
    public.write_text(json.dumps(office.station.keys.public_identity()))
    assert verify_report(document_of(report), read_keys(public)).kid


def test_two_runs_at_once_are_refused(office: Office) -> None:
    office.tests.start("quick", None)
    with pytest.raises(SelfTestRunningError):
        office.tests.start("quick", None)
    office.tests.cancel()
    office.end()


@pytest.mark.parametrize(("trigger", "codes"), [("only", ("XYZ",)), ("weekly", ())])
def test_what_does_not_exist_is_refused_before_the_run(office: Office, trigger, codes) -> None:
    with pytest.raises(UnknownCodeError):
        office.tests.start(trigger, None, codes=codes)
    assert not office.tests.state().is_running


def test_a_cancelled_run_keeps_what_it_found(office: Office) -> None:
    office.tests.start("quick", None)
    wait(office.tests, lambda state: len(state.done) >= 2)
    office.tests.cancel()
    office.end()
    report = office.tests.last()
    assert report is not None
    assert report.unfinished
    assert report.results[0].outcome is Outcome.PASS
    until(lambda: office.scanner.status().state is SlotState.READY)


def test_a_question_waits_for_its_answer_and_ignores_others(office: Office) -> None:
    office.tests.start("only", "tono", codes=("SIG-101",))
    state = wait(office.tests, lambda state: state.question is not None or not state.is_running)
    assert state.question is not None
    office.tests.answer("another-question", Answer.DONE)
    office.tests.answer(state.question.key, Answer.YES)  # not one of its answers
    time.sleep(0.2)
    assert office.tests.state().question == state.question
    office.tests.answer(state.question.key, Answer.DONE)
    wait(office.tests, lambda state: state.question is None)
    office.tests.cancel()
    office.end()
    assert office.tests.last().operator == "tono"


def test_cancel_ends_a_question_at_once(office: Office) -> None:
    office.tests.start("only", "tono", codes=("SIG-101",))
    wait(office.tests, lambda state: state.question is not None)
    began_s = time.monotonic()
    office.tests.cancel()
    office.end()
    assert time.monotonic() - began_s < 5
    assert office.tests.state().question is None


# ---- devices


def test_a_device_that_records_is_waited_for_and_then_left_out(office: Office) -> None:
    live = office.open_view()
    tests = SelfTesting(office.bench(), office.station.devices, wait_limit_s=0.5)
    tests.start("only", None, codes=("FPS-00",))
    waiting = wait(tests, lambda state: state.waiting_id is not None)
    assert "scanner" in waiting.waiting_id
    state = wait(tests, lambda state: not state.is_running)
    assert {one.outcome for one in state.done} == {Outcome.SKIP}
    assert "merekam" in state.done[0].reason
    assert live.is_running  # the recording noticed nothing
    assert office.scanner.device.is_open
    number = live.latest().number
    until(lambda: live.latest().number > number)


def test_a_capture_finds_a_device_under_test_busy(office: Office) -> None:
    with DeviceLoans(office.station.devices).lend(office.scanner.device):
        with pytest.raises(DeviceBusyError, match="sedang diuji"):
            office.scanner.submit(lambda device: device.identity())
        assert office.scanner.status().state is SlotState.BUSY
    until(lambda: office.scanner.status().state is SlotState.READY)


def test_a_view_that_ends_lends_its_device(office: Office) -> None:
    office.open_view()
    loans = DeviceLoans(office.station.devices, wait_limit_s=20)
    threading.Timer(1.0, office.station.stop_live).start()
    with loans.lend(office.scanner.device):
        assert not office.scanner.device.is_open
    until(lambda: office.scanner.status().state is SlotState.READY)


def test_a_device_that_was_not_found_is_missing_after_the_test_too(office: Office) -> None:
    office.scanner.device.unit.faults.add("unplug_at=1")
    with DeviceLoans(office.station.devices).lend(office.scanner.device):
        pass
    until(lambda: office.scanner.status().state is not SlotState.BUSY)
    assert office.scanner.status().state is SlotState.MISSING
    office.scanner.device.unit.faults.remove("unplug_at")


def test_a_device_that_hangs_is_nobodys_until_its_thread_is_back(office: Office) -> None:
    gate = threading.Event()

    @check("scanner", "FPS-001", time_limit_s=0.2)
    def hanging(subject: Subject) -> Measured:
        gate.wait(LIMIT_S)
        return measured("is_present", 1)

    report = run_checks(office.bench(), [hanging]).report
    assert [one.outcome for one in report.results] == [Outcome.ERROR]
    until(lambda: office.scanner.status().state is SlotState.HUNG)
    loans = DeviceLoans(office.station.devices, wait_limit_s=0.5)
    with pytest.raises(NotReadyError, match="macet"), loans.lend(office.scanner.device):
        pytest.fail("a device that hangs was lent")
    gate.set()
    until(lambda: office.scanner.status().state is SlotState.READY)


def test_the_bench_is_the_one_that_the_command_line_finds(office: Office) -> None:
    mine = office.station._rooms.selftest_bench
    theirs = bench_from_config(office.place)
    own = {"devices", "sign", "ask_database"}
    for field in dataclasses.fields(Bench):
        if field.name not in own:
            assert getattr(mine, field.name) == getattr(theirs, field.name), field.name
    assert [one.name for one in mine.devices] == [one.name for one in theirs.devices]
    assert mine.sign(b"x") == theirs.sign(b"x")
    assert mine.ask_database("PRAGMA quick_check") == [("ok",)]


def test_closing_the_station_ends_a_run(office: Office) -> None:
    office.tests.start("quick", None)
    wait(office.tests, lambda state: len(state.done) >= 1)
    office.tests.close()
    assert not office.tests.state().is_running
    with pytest.raises(SelfTestRunningError):
        office.tests.start("quick", None)
