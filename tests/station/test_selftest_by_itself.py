"""What a station does without being asked: boot and nightly runs, readiness, the power log."""

import datetime
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.devices import PowerSupply
from drivers.simulation.scene import Scene
from selftest.history import History
from selftest.power.events import EventKind
from selftest.power.log import PowerLog
from selftest.report import (
    Cause,
    CheckResult,
    Confidence,
    Finding,
    Outcome,
    RepairAction,
    Report,
    Severity,
    Verdict,
)
from station.build import build_station
from station.config import CONFIG_NAME, SelftestTable, StationConfig, write_default
from station.device_slot import SlotState, SlotStatus
from station.durable import write_private
from station.power_watching import PowerWatching
from station.readiness import Capability, ReadinessState, judge_readiness
from station.selftest_readiness import judge_selftests
from station.selftest_schedule import SelftestSchedule
from station.station import Station

NOW = datetime.datetime(2026, 11, 24, 8, 0, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
LIMIT_S = 40.0
PAST, FUTURE = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (1970, 2126))


def until(condition) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    place = tmp_path / CONFIG_NAME
    write_default(place, code="61.71.01", name="Contoh", simulated=True)
    text = place.read_text().replace("port = 8462", "port = 0")
    text = text.replace('{ model = "slap" }', f'{{ model = "slap", scene = "{tmp_path.name}" }}')
    text = text.replace("options = {}", f'options = {{ scene = "{tmp_path.name}" }}')
    write_private(place, text.encode())
    made = build_station(StationConfig.load(place))
    yield made
    made.close()
    Scene.forget(tmp_path.name)


# ---- boot and nightly


def test_a_station_checks_itself_at_its_start_where_it_is_wanted(tmp_path: Path) -> None:
    place = tmp_path / CONFIG_NAME
    write_default(place, code="61.71.01", name="Contoh", simulated=True)
    text = place.read_text().replace("port = 8462", "port = 0")
    text = text.replace("boot = false", "boot = true")
    text = text.replace("options = {}", f'options = {{ scene = "{tmp_path.name}" }}')
    write_private(place, text.encode())
    made = build_station(StationConfig.load(place))
    made.start()
    try:
        until(lambda: made.selftesting.last() is not None)
        assert made.selftesting.last().trigger == "boot"
        assert PowerLog(History(tmp_path / "selftest.db")).last_beat("ups") is not None
    finally:
        made.close()
        Scene.forget(tmp_path.name)
    assert PowerLog(History(tmp_path / "selftest.db")).last_beat("ups").is_clean


@pytest.mark.parametrize(("simulated", "boot"), [(True, False), (False, True)])
def test_practice_stations_are_not_checked_by_themselves(tmp_path, simulated, boot) -> None:
    config = write_default(tmp_path / CONFIG_NAME, code="61.71.01", simulated=simulated)
    assert config.selftest.boot is boot
    assert bool(config.selftest.nightly) is boot


def test_the_boot_run_is_made_once_a_day(station: Station) -> None:
    tests = station.selftesting
    assert tests.boot_run_if_due()
    assert not tests.boot_run_if_due()  # it runs
    until(lambda: not tests.state().is_running)
    assert tests.last().trigger == "boot"
    assert not tests.boot_run_if_due()  # it was made


class Runs:
    """Counts the runs that are begun; `can` says whether one can begin now."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.can = True

    def boot_run_if_due(self) -> bool:
        self.begun += ["boot"] if self.can else []
        return self.can

    def nightly_run(self) -> bool:
        self.begun += ["nightly"] if self.can else []
        return self.can


class Wall:
    def __init__(self, hour: int, minute: int = 0) -> None:
        self.now = datetime.datetime(2026, 11, 24, hour, minute, tzinfo=datetime.UTC)


def schedule(runs: Runs, wall: Wall, **wanted) -> SelftestSchedule:
    table = SelftestTable.model_validate({"boot": False, "nightly": "02:00", **wanted})
    return SelftestSchedule(runs, table, local_now=lambda: wall.now)


def test_a_night_has_one_nightly_run() -> None:
    runs, wall = Runs(), Wall(1, 59)
    night = schedule(runs, wall)
    for _ in range(3 * 24 * 60):
        night.look()
        wall.now += datetime.timedelta(minutes=1)
    assert runs.begun == ["nightly"] * 3


def test_a_nightly_run_waits_for_a_recording_but_not_until_the_office_opens() -> None:
    runs, wall = Runs(), Wall(1)
    night = schedule(runs, wall)
    runs.can = False
    for minutes in range(5 * 60):
        runs.can = minutes == 90  # the recording ends at 2:30
        night.look()
        wall.now += datetime.timedelta(minutes=1)
    assert runs.begun == ["nightly"]
    wall.now += 20 * HOUR  # 2:00 of the next day
    runs.can = False
    night.look()
    runs.can = True
    wall.now += 2 * HOUR + HOUR
    night.look()
    assert runs.begun == ["nightly"]


def test_a_station_switched_on_in_the_morning_makes_up_for_no_night() -> None:
    runs = Runs()
    schedule(runs, Wall(3)).look()
    schedule(runs, Wall(7)).look()
    assert runs.begun == []


@pytest.mark.parametrize(("boot", "begun"), [(True, ["boot"]), (False, [])])
def test_the_configuration_decides_on_runs(boot: bool, begun: list[str]) -> None:
    runs = Runs()
    schedule(runs, Wall(7), boot=boot, nightly="").look()
    assert runs.begun == begun


@pytest.mark.parametrize("text", ["2", "24:00", "02:60", "2:00", " 02:00"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nightly"):
        SelftestTable(nightly=text)


# ---- readiness


def result(
    code: str,
    component: str = "scanner",
    outcome: Outcome = Outcome.FAIL,
    confidence: Confidence = Confidence.CONFIRMED,
    **fields,
) -> CheckResult:
    severity = {Outcome.FAIL: Severity.FAIL, Outcome.WARN: Severity.WARN}.get(outcome)
    finding = severity and Finding(
        code=code,
        severity=severity,
        confidence=confidence,
        name_id="Kolom mati",
        name_en="Dead columns",
        causes=(Cause(text_id="a", text_en="b", weight=1.0),),
        action=RepairAction(level="A2", minutes=5, text_id="ganti", text_en="replace it"),
        retest=code,
    )
    names = {"name_id": "", "name_en": "", "asset": component, "critical": True}
    return CheckResult(
        code=code, component=component, outcome=outcome, finding=finding, **{**names, **fields}
    )


def report(*results: CheckResult, trigger: str = "boot", started=NOW - HOUR, **fields) -> Report:
    return Report(
        run_id="1",
        station_code="61.71.01",
        trigger=trigger,
        started=started,
        ended=started,
        app_version="1",
        limits_version="1",
        assets=(),
        results=results,
        **{"verdict": Verdict.CAN_RECORD, **fields},
    )


def status(name: str, kind: str, state: SlotState = SlotState.READY) -> SlotStatus:
    return SlotStatus(name, kind, "sim", state, 0.0, None)


STATUSES = (
    status("scanner", "fingerprint_scanner"),
    status("camera", "face_camera"),
    status("iris", "iris_camera"),
)


def judge(*standing: Report, statuses=STATUSES):
    tested = judge_selftests(standing, statuses, NOW)
    return judge_readiness(statuses, has_recipients=True, has_space=True, tested=tested)


def test_a_confirmed_fault_of_a_critical_component_blocks() -> None:
    found = judge(report(result("FPS-105")))
    assert found.state is ReadinessState.BLOCKED
    (cause,) = found.causes
    assert (cause.code, cause.capability) == ("FPS-105", Capability.FINGERPRINTS)
    assert cause.text_id == "FPS-105 Kolom mati: ganti"
    assert cause.text_en == "FPS-105 Dead columns: replace it"


@pytest.mark.parametrize(
    ("component", "capability"),
    [("camera", Capability.PORTRAIT), ("disk", Capability.STORAGE), ("cpu", Capability.COMPUTER)],
)
def test_what_is_lost_follows_from_the_component(component: str, capability: Capability) -> None:
    found = judge(report(result("X-105", component)))
    assert found.state is ReadinessState.BLOCKED
    assert not found.can(capability)


@pytest.mark.parametrize(
    "harmless",
    [
        result("FPS-105", outcome=Outcome.WARN),
        result("FPS-105", confidence=Confidence.LIKELY),
        result("IRS-105", "iris", critical=False),
        result("FPS-105", outcome=Outcome.ERROR),
        result("FPS-105", outcome=Outcome.SKIP),
    ],
)
def test_nothing_less_blocks(harmless: CheckResult) -> None:
    assert judge(report(harmless)).state is ReadinessState.READY


def test_a_passing_retest_unblocks_and_one_that_proves_nothing_does_not() -> None:
    boot = report(result("FPS-105"))
    passed = report(result("FPS-105", outcome=Outcome.PASS), trigger="only")
    skipped = report(result("FPS-105", outcome=Outcome.SKIP), trigger="only")
    assert judge(passed, boot).state is ReadinessState.READY
    assert judge(skipped, boot).state is ReadinessState.BLOCKED


def test_a_device_that_was_plugged_in_since_is_not_missing_any_more() -> None:
    boot = report(result("FPS-001"))
    gone = (status("scanner", "fingerprint_scanner", SlotState.MISSING), *STATUSES[1:])
    assert judge(boot).state is ReadinessState.READY
    assert {cause.code for cause in judge(boot, statuses=gone).causes} == {"missing", "FPS-001"}


@pytest.mark.parametrize(
    ("standing", "hints"),
    [
        ((), ["selftest_old"]),
        ((report(started=NOW - 25 * HOUR),), ["selftest_old"]),
        ((report(), report(started=NOW - 25 * HOUR)), ["selftest_old"]),
        ((report(verdict=Verdict.NOT_PROVEN, limited_by=("clock",)),), ["selftest_unproven"]),
        ((report(),), []),
    ],
)
def test_an_old_or_empty_test_is_a_hint_and_blocks_nobody(standing, hints) -> None:
    found = judge(*standing)
    assert [hint.code for hint in found.hints] == hints
    assert found.state is ReadinessState.READY


def test_the_standing_reports_reach_back_to_the_last_full_run(station: Station) -> None:
    tests = station.selftesting
    for trigger, codes in (("quick", ("TIM",)), ("boot", ("TIM",)), ("only", ("CPU",))):
        tests.start(trigger, None, codes=codes)
        until(lambda: not tests.state().is_running)
    assert [one.trigger for one in tests.standing()] == ["only", "boot"]
    assert [one.trigger for one in tests.standing()] == ["only", "boot"]  # read once
    assert station.readiness().hints == ()


def test_a_damaged_report_stands_for_nothing(station: Station) -> None:
    folder = station.config.paths.reports
    folder.mkdir(parents=True)
    (folder / "000001.json").write_text("{")
    assert station.selftesting.standing() == ()
    assert station.selftesting.last() is None
    assert [hint.code for hint in station.readiness().hints] == ["selftest_old"]


# ---- the mains


def test_the_mains_are_watched_through_the_slot(station: Station) -> None:
    watching = PowerWatching(station.devices, station._rooms.selftest_bench, interval_s=0.1)
    ups = station.devices.first(PowerSupply).device
    history = History(station.config.paths.database.parent / "selftest.db")
    watching.start()

    def events() -> list[EventKind]:
        return [event.kind for event in PowerLog(history).events("ups", PAST, FUTURE)]

    until(lambda: PowerLog(history).last_beat("ups") is not None)
    ups.unit.faults.add("outage")
    until(lambda: EventKind.TRANSFER in events())
    ups.unit.faults.remove("outage")
    ups.unit.faults.add("unplug_at=1")
    until(lambda: EventKind.NO_DATA in events())
    ups.unit.faults.remove("unplug_at")
    watching.close()
    assert PowerLog(history).last_beat("ups").is_clean


def test_without_a_ups_nothing_is_watched(station: Station) -> None:
    watching = PowerWatching(type(station.devices)(()), station._rooms.selftest_bench)
    watching.start()
    watching.close()
