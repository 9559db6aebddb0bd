"""Each fault of the UPS raises its own code and no other FAIL, ERROR or WARN."""

import datetime
import time

import pytest

from drivers.catalog import build_device
from drivers.errors import DeviceBusyError, DriverError
from drivers.simulation.clock import ManualClock
from drivers.simulation.scene import Scene
from selftest.bench import Bench
from selftest.checks import ups, ups_battery
from selftest.guide import Answer
from selftest.history import Author, History, unit_of
from selftest.mode import Mode
from selftest.report import Asset, Confidence, Outcome
from selftest.runner import run_checks
from selftest.ups.battery_run import BatteryPoint
from selftest.ups.battery_store import BatteryRun, RunKind, store_run

BAD = frozenset({Outcome.FAIL, Outcome.WARN, Outcome.ERROR})
CHECKS = sorted(
    (
        item
        for module in (ups, ups_battery)
        for item in vars(module).values()
        if hasattr(item, "code")
    ),
    key=lambda item: item.code,
)
BEGAN = datetime.datetime(2026, 11, 3, 2, 0, tzinfo=datetime.UTC)


class Desk:
    """A simulated UPS with a clock moved by hand, and the person beside it."""

    person = "Ani"

    def __init__(self, tmp_path, name, faults, answers=None, seed=""):
        self.clock = ManualClock(time.monotonic())
        self.start_s = self.clock.now_s()
        Scene._shared.pop(name, None)
        Scene.shared(name, clock=self.clock)
        self.ups = build_device(
            "ups", "sim_ups", {"scene": name, "faults": list(faults), "seed": seed}
        )
        self.faults = self.ups.unit.faults
        self.asked, self.shown, self.answers = [], [], answers or {}
        self.bench = Bench(
            (self.ups,), tmp_path / "data", now=self.now, sleep=self.clock.advance,
            guide=None if answers is None else self,
        )  # fmt: skip

    def now(self):
        return BEGAN + datetime.timedelta(seconds=self.clock.now_s() - self.start_s)

    def run(self, mode=None):
        run = run_checks(self.bench, CHECKS, mode=mode)
        self.pictures = run.pictures
        return {result.code: result for result in run.report.results}

    def ask(self, question, *, timeout_s):
        self.asked.append(question.key)
        self.clock.advance(2.0)
        match question.key:
            case "ups-pull" if self.answers.get("ups-pull", Answer.DONE) is Answer.DONE:
                self.faults.add("outage")
            case "ups-second-load" if self.answers.get("ups-second-load") is Answer.DONE:
                self.faults.add("overload=50")
            case "ups-plug-in":
                self.faults.remove("outage")
        usual = {"ups-self-test": Answer.NO, "ups-lamp": Answer.NO, "ups-second-load": Answer.SKIP}
        return self.answers.get(question.key, usual.get(question.key, Answer.DONE))

    def show(self, picture_png, caption_id, caption_en):
        self.shown.append(picture_png)

    def tell(self, text_id, text_en):
        pass


@pytest.fixture
def make_desk(tmp_path, request):
    def make(*faults, answers=None, seed=""):
        return Desk(tmp_path, request.node.name, faults, answers, seed)

    return make


def bad_codes(results):
    return {code: result.outcome for code, result in results.items() if result.outcome in BAD}


@pytest.mark.parametrize(
    ("faults", "code", "outcome"),
    [
        (("unplug_at=0",), "UPS-001", Outcome.FAIL),
        (("garbage",), "UPS-002", Outcome.ERROR),
        (("replace_battery",), "UPS-101", Outcome.FAIL),
        (("test_result=1",), "UPS-102", Outcome.WARN),
        (("test_result=2",), "UPS-102", Outcome.FAIL),
        (("on_battery=8",), "UPS-105", Outcome.WARN),
        (("on_battery=4",), "UPS-105", Outcome.FAIL),
        (("battery_year=2023",), "UPS-106", Outcome.WARN),
        (("battery_year=2019",), "UPS-106", Outcome.FAIL),
        (("float_voltage=13.0",), "UPS-107", Outcome.WARN),
        (("float_voltage=14.8",), "UPS-107", Outcome.FAIL),
        (("overload=90",), "UPS-108", Outcome.WARN),
        (("overload=118",), "UPS-108", Outcome.FAIL),
        (("bypass",), "UPS-111", Outcome.FAIL),
        (("switched_off",), "UPS-111", Outcome.FAIL),
        (("hot_battery=38",), "UPS-113", Outcome.WARN),
        (("hot_battery=48",), "UPS-113", Outcome.FAIL),
        (("fan_failure",), "UPS-114", Outcome.FAIL),
    ],
)
def test_a_fault_that_the_ups_shows(make_desk, faults, code, outcome):
    found = bad_codes(make_desk(*faults).run(Mode.QUICK))
    expected = {code: outcome}
    if faults == ("garbage",):
        expected["UPS-101"] = Outcome.WARN  # the alarm is kept as a hint
    assert found == expected


def test_garbage_gives_hints_only_and_judges_no_number(make_desk):
    results = make_desk("garbage").run(Mode.QUICK)
    assert results["UPS-101"].finding.confidence is Confidence.HINT
    for code in ("UPS-103", "UPS-105", "UPS-107", "UPS-108", "UPS-113"):
        assert results[code].outcome is Outcome.SKIP, code


def test_a_ups_that_another_program_holds_is_skipped(make_desk):
    desk = make_desk()

    def hold():
        raise DeviceBusyError("held by another program", device="ups")

    desk.ups._open = hold
    results = desk.run(Mode.QUICK)
    assert bad_codes(results) == {}
    assert "held by" in results["UPS-001"].reason


def test_stale_data_is_told(make_desk):
    desk = make_desk("stale")
    desk.ups.open()
    desk.ups.read_power(timeout_s=1.0)
    desk.ups._last = type(desk.ups._last)(
        desk.ups._last.state, time.monotonic() - 40, variables={"upsd.error": "DATA-STALE"}
    )
    results = desk.run(Mode.QUICK)
    assert bad_codes(results) == {"UPS-001": Outcome.WARN}
    assert results["UPS-101"].outcome is Outcome.SKIP


def test_200_healthy_ups_have_no_finding(make_desk):
    for number in range(200):
        desk = make_desk(seed=str(number))
        assert bad_codes(desk.run(Mode.QUICK)) == {}


def commission(desk):
    """Keep this run's values as the baseline."""
    run = run_checks(desk.bench, CHECKS)
    desk.pictures = run.pictures
    history = History(desk.bench.history_file)
    units = {unit for unit, _, _ in run.values}
    for unit in units:
        rows = [(code, value) for other, code, value in run.values if other == unit]
        history.store_baseline(unit, desk.now(), Author("Ani"), rows)
    return {result.code: result for result in run.report.results}


STEP = {"ups-second-load": Answer.DONE}


def test_a_guided_test_of_a_healthy_battery(make_desk):
    desk = make_desk(answers=STEP)
    first = commission(desk)
    assert bad_codes(first) == {}
    assert first["UPS-121"].outcome is Outcome.MANUAL
    assert desk.asked == [
        "ups-self-test", "ups-before", "ups-pull", "ups-second-load", "ups-plug-in", "ups-lamp",
    ]  # fmt: skip
    assert first["UPS-103"].measurements[0].value == pytest.approx(12.6, abs=0.15)
    assert len(desk.shown) >= 5
    assert any("UPS-120" in name for name in desk.pictures)
    desk.faults.remove("overload")
    results = desk.run()
    assert bad_codes(results) == {}
    for code in ("UPS-102", "UPS-103", "UPS-104", "UPS-110", "UPS-120"):
        assert results[code].outcome is Outcome.PASS, results[code]


@pytest.mark.parametrize(
    ("fault", "step", "code", "outcome"),
    [
        ("aged_battery=0.7", {}, "UPS-104", Outcome.WARN),
        ("aged_battery=0.5", {}, "UPS-104", Outcome.FAIL),
        ("high_resistance=1.35", STEP, "UPS-110", Outcome.WARN),
        ("high_resistance=1.7", STEP, "UPS-110", Outcome.FAIL),
    ],
)
def test_a_battery_that_became_worse(make_desk, fault, step, code, outcome):
    desk = make_desk(answers=dict(step))
    commission(desk)
    desk.faults.remove("overload")
    desk.faults.add(fault)
    assert bad_codes(desk.run()) == {code: outcome}


def test_an_aged_battery_shows_in_runtime_and_resistance(make_desk):
    desk = make_desk(answers=STEP)
    commission(desk)
    desk.faults.remove("overload")
    desk.faults.add("aged_battery=0.5")
    assert bad_codes(desk.run()) == {"UPS-104": Outcome.FAIL, "UPS-110": Outcome.FAIL}


@pytest.mark.parametrize(
    ("fault", "outcome"), [("weak_cell=1.0", Outcome.WARN), ("weak_cell=1.5", Outcome.FAIL)]
)
def test_a_weak_cell_sags(make_desk, fault, outcome):
    """Without a baseline; with one its shorter runtime is told too."""
    results = make_desk(fault, answers={}).run()
    assert bad_codes(results) == {"UPS-103": outcome}
    assert results["UPS-104"].outcome is Outcome.SKIP


def test_a_battery_that_gives_up_breaks_the_test_off(make_desk):
    desk = make_desk("weak_cell=2.0", answers={})
    results = desk.run()
    assert results["UPS-120"].outcome is Outcome.FAIL
    assert "ups-plug-in" in desk.asked
    assert "ups-second-load" not in desk.asked
    assert set(bad_codes(results)) <= {"UPS-102", "UPS-120"}


def test_the_ups_tests_itself_when_the_person_agrees(make_desk):
    desk = make_desk(answers={"ups-self-test": Answer.YES})
    results = desk.run()
    assert desk.asked == ["ups-self-test", "ups-lamp"]
    assert results["UPS-120"].outcome is Outcome.PASS
    assert results["UPS-104"].outcome is Outcome.SKIP  # 10 s say nothing of the slope
    assert "uji UPS" in results["UPS-120"].reason


@pytest.mark.parametrize(
    ("answers", "fault", "reason"),
    [
        ({"ups-before": Answer.SKIP}, "stale@900", "skipped by the person"),
        ({"ups-pull": Answer.SKIP}, "stale@900", "skipped by the person"),
        ({}, "half_charged=70", "charge first"),
        ({}, "overload=8", "add load"),
        ({}, "outage", "not on the mains"),
    ],
)
def test_no_test_without_a_yes_or_its_conditions(make_desk, answers, fault, reason):
    desk = make_desk(fault, answers=answers)
    results = desk.run()
    assert results["UPS-120"].outcome is Outcome.SKIP
    assert reason in results["UPS-120"].reason
    assert not desk.faults.is_acting("outage") or fault == "outage"


def test_a_plug_that_is_not_pulled_is_told_and_the_person_plugs_in(make_desk):
    desk = make_desk(answers={"ups-pull": Answer.YES})  # says yes, and does nothing
    results = desk.run()
    assert "no transfer" in results["UPS-120"].reason
    assert desk.asked.count("ups-plug-in") == 1


def test_a_lamp_that_the_data_does_not_tell_of_is_a_likely_finding(make_desk):
    results = make_desk(answers={"ups-lamp": Answer.YES, "ups-before": Answer.SKIP}).run()
    assert bad_codes(results) == {"UPS-121": Outcome.WARN}
    assert results["UPS-121"].person == "Ani"


def test_quick_never_tests_by_itself_and_uses_what_an_outage_showed(make_desk, tmp_path):
    desk = make_desk()
    told = desk.ups.unit.identity
    unit = unit_of(
        Asset(name="ups", role="ups", make=told.make, model=told.model, serial=told.serial)
    )
    points = tuple(BatteryPoint(3.0 * n, 11.2 - 0.002 * n, 40.0) for n in range(30))
    run = BatteryRun(BEGAN, RunKind.OUTAGE, points, "2 blok / blocks")
    store_run(History(desk.bench.history_file), unit, run)
    results = desk.run(Mode.QUICK)
    assert bad_codes(results) == {"UPS-103": Outcome.FAIL}
    assert "outage" in results["UPS-103"].reason
    assert desk.ups.unit.faults.names() == ()


def test_a_guessed_number_of_blocks_warns_at_most(make_desk):
    desk = make_desk()
    told = desk.ups.unit.identity
    unit = unit_of(
        Asset(name="ups", role="ups", make=told.make, model=told.model, serial=told.serial)
    )
    points = tuple(BatteryPoint(3.0 * n, 11.0, 40.0) for n in range(8))
    run = BatteryRun(BEGAN, RunKind.OUTAGE, points, "2 blok, jumlah diduga / count inferred")
    store_run(History(desk.bench.history_file), unit, run)
    assert bad_codes(desk.run(Mode.QUICK)) == {"UPS-103": Outcome.WARN}


def test_a_test_that_runs_is_waited_for(make_desk):
    desk = make_desk()
    desk.ups.open()
    desk.ups._power.start_test()
    results = desk.run(Mode.QUICK)
    assert results["UPS-102"].outcome is Outcome.PASS
    assert desk.clock.now_s() - desk.start_s == pytest.approx(12, abs=2)


def test_a_ups_that_vanishes_within_the_test_is_an_error_not_a_verdict(make_desk):
    desk = make_desk("unplug_at=12", answers={})
    results = desk.run()
    assert results["UPS-120"].outcome is Outcome.ERROR
    assert "ups-plug-in" in desk.asked
    with pytest.raises(DriverError):
        desk.ups.read_power(timeout_s=1.0)
