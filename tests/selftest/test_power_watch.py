"""The watch against a simulated UPS whose mains fails: events, means, gaps, clocks, checks."""

import datetime
import json
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.catalog import build_device
from drivers.simulation.clock import ManualClock
from drivers.simulation.scene import Scene
from selftest.bench import Bench
from selftest.checks import power as power_checks
from selftest.checks import ups, ups_battery
from selftest.history import History
from selftest.mode import Mode
from selftest.power.events import EventKind
from selftest.power.log import PowerLog
from selftest.power.supply import DeviceReader
from selftest.power.watch import PowerWatch, WatchClock
from selftest.programs import ProgramOutput
from selftest.report import Outcome
from selftest.runner import run_checks
from selftest.ups.battery_run import BatteryPoint
from selftest.ups.battery_store import BatteryRun, RunKind, remembered_runs, store_run

BEGAN = datetime.datetime(2026, 11, 2, 0, 0, tzinfo=datetime.UTC)
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
BAD = frozenset({Outcome.FAIL, Outcome.WARN, Outcome.ERROR})
POWER_CHECKS = sorted(
    (item for item in vars(power_checks).values() if hasattr(item, "code")),
    key=lambda item: item.code,
)
UPS_CHECKS = sorted(
    (
        item
        for module in (ups, ups_battery)
        for item in vars(module).values()
        if hasattr(item, "code")
    ),
    key=lambda item: item.code,
)


class Office:
    """A simulated UPS, its watch, and clocks moved by hand."""

    def __init__(self, folder, name, interval_s=3.0):
        self.clock = ManualClock(time.monotonic())
        self.start_s = self.clock.now_s()
        self.set_s = 0.0
        Scene._shared.pop(name, None)
        Scene.shared(name, clock=self.clock)
        self.ups = build_device("ups", "sim_ups", {"scene": name})
        self.faults = self.ups.unit.faults
        self.interval_s = interval_s
        self.journal = ""
        self.bench = Bench(
            (self.ups,), folder, now=self.now, sleep=self.clock.advance, run_program=self.program
        )
        self.history = History(self.bench.history_file)
        self.log = PowerLog(self.history)
        self.start()

    def start(self):
        self.told = []
        self.watch = PowerWatch(
            self.history,
            DeviceReader(self.ups),
            clock=WatchClock(self.now, self.clock.now_s),
            interval_s=self.interval_s,
            told=self.told.append,
        )

    def now(self):
        passed_s = self.clock.now_s() - self.start_s + self.set_s
        return BEGAN + datetime.timedelta(seconds=passed_s)

    def program(self, command, timeout_s):
        return ProgramOutput(0, self.journal.encode())

    def pass_s(self, seconds):
        """Let the watch read for a time."""
        end_s = self.clock.now_s() + seconds
        while self.clock.now_s() < end_s:
            self.watch.step()
            self.clock.advance(self.interval_s)

    def during(self, fault, seconds):
        """Let a fault act for a time."""
        self.faults.add(fault)
        self.pass_s(seconds)
        self.faults.remove(fault.partition("=")[0])

    def events(self, *kinds):
        found = self.log.events("ups", LONG_AGO, self.now() + datetime.timedelta(days=1))
        return [event for event in found if not kinds or event.kind in kinds]

    def check(self, checks=POWER_CHECKS):
        report = run_checks(self.bench, checks, mode=Mode.QUICK).report
        self.results = {result.code: result for result in report.results}
        return {code: r.outcome for code, r in self.results.items() if r.outcome in BAD}


@pytest.fixture
def office(tmp_path, request):
    return Office(tmp_path, request.node.name)


def test_a_quiet_hour_keeps_means_and_no_event(office):
    office.pass_s(3600)
    office.watch.finish()
    assert office.events() == []
    means = office.log.means("ups", BEGAN, office.now())
    assert len(means) == 6
    assert sum(mean.covered_s for mean in means) == pytest.approx(3600, abs=6)
    assert all(mean.mean_v == pytest.approx(226, abs=0.5) for mean in means)
    assert office.check() == {}
    assert office.results["PWR-101"].measurements[0].name == "lowest_mean"  # a share needs a day


@pytest.mark.parametrize(
    ("fault", "seconds", "kind", "volts"),
    [
        ("outage", 9, EventKind.INTERRUPTION, 0.0),
        ("outage", 180, EventKind.INTERRUPTION, 0.0),
        ("brown_out=172", 30, EventKind.SAG, 172),
        ("brown_out=172", 90, EventKind.UNDERVOLTAGE, 172),
        ("over_voltage=262", 30, EventKind.SWELL, 262),
        ("over_voltage=262", 90, EventKind.OVERVOLTAGE, 262),
    ],
)
def test_an_event_has_its_class_length_and_depth(office, fault, seconds, kind, volts):
    office.pass_s(60)
    office.during(fault, seconds)
    office.pass_s(60)
    found = [event for event in office.events() if event.kind is not EventKind.TRANSFER]
    assert [event.kind for event in found] == [kind]
    assert found[0].duration_s(office.now()) == pytest.approx(seconds, abs=4)
    assert found[0].value == pytest.approx(volts, abs=6)
    transfers = office.events(EventKind.TRANSFER)
    assert len(transfers) == (1 if fault == "outage" else 0)
    assert office.told[-1].ended is not None


def test_an_event_that_lasts_is_open_and_already_of_the_long_class(office):
    office.pass_s(9)
    office.during("brown_out=172", 120)
    (found,) = office.events()
    assert (found.kind, found.ended) == (EventKind.UNDERVOLTAGE, None)


def test_an_outage_is_remembered_as_a_stretch_on_battery(office):
    office.pass_s(30)
    office.during("outage", 120)
    office.pass_s(9)
    told = office.ups.unit.identity
    unit = f"{told.make} {told.model} {told.serial}"
    (run,) = remembered_runs(office.history, unit, office.now())
    assert run.points[-1].at_s == pytest.approx(117, abs=4)
    assert run.has_load
    office.check(UPS_CHECKS)
    assert office.results["UPS-103"].outcome is Outcome.PASS
    assert "outage" in office.results["UPS-102"].reason


def test_a_plug_that_a_test_pulled_is_no_outage_of_the_mains(office):
    office.pass_s(60)
    for kind in (RunKind.OUTAGE, RunKind.PLUG, RunKind.PLUG):
        began = office.now()
        office.during("outage", 90)
        points = tuple(BatteryPoint(3.0 * n, 12.4, 40.0) for n in range(30))
        store_run(office.history, "unit", BatteryRun(began, kind, points))
        office.pass_s(300)
    office.watch.finish()
    assert len(office.events(EventKind.INTERRUPTION)) == 3
    assert office.check() == {}
    assert office.results["PWR-105"].measurements[0].value == 1
    assert office.results["PWR-106"].measurements[0].value == 1


def test_a_test_of_the_ups_is_no_transfer(office):
    office.pass_s(6)
    office.ups._power.start_test()
    office.pass_s(60)
    assert office.events() == []


def test_a_ups_that_vanishes_is_unknown_time_and_comes_back(office):
    office.pass_s(600)
    office.faults.add("outage")
    office.pass_s(30)
    office.during("unplug_at=1", 1200)
    office.faults.remove("outage")
    office.pass_s(300)
    kinds = [event.kind for event in office.events()]
    assert kinds == [EventKind.INTERRUPTION, EventKind.TRANSFER, EventKind.NO_DATA]
    assert all(event.ended is not None for event in office.events())
    office.watch.finish()
    known_s = sum(m.covered_s for m in office.log.means("ups", BEGAN, office.now()))
    assert known_s == pytest.approx(930, abs=12)


def test_garbage_counts_no_minute_on_battery(office):
    office.pass_s(30)
    office.during("garbage", 300)
    office.watch.finish()
    assert [event.kind for event in office.events()] == [EventKind.NO_DATA]
    assert sum(m.battery_s for m in office.log.means("ups", BEGAN, office.now())) == 0


@pytest.mark.parametrize("jump_s", [86400.0, -7200.0])
def test_a_clock_that_is_set_stretches_no_event(office, jump_s):
    office.pass_s(300)
    office.faults.add("outage")
    office.pass_s(30)
    office.set_s = jump_s
    office.pass_s(30)
    office.faults.remove("outage")
    office.pass_s(30)
    (jump,) = office.events(EventKind.CLOCK)
    assert jump.value == pytest.approx(jump_s, abs=4)
    (outage,) = office.events(EventKind.INTERRUPTION)
    assert outage.duration_s(office.now()) == pytest.approx(60, abs=4)


def test_a_watch_that_slept_has_a_gap(office):
    office.pass_s(60)
    office.clock.advance(3600)
    office.pass_s(60)
    (gap,) = office.events()
    assert gap.kind is EventKind.NO_DATA
    assert gap.duration_s(office.now()) == pytest.approx(3600, abs=6)


def test_a_station_that_died_on_battery_is_found_at_the_next_start(office):
    office.pass_s(60)
    office.faults.add("outage")
    office.pass_s(60)
    office.clock.advance(7200)  # dead
    office.faults.remove("outage")
    office.start()
    office.pass_s(60)
    (died,) = office.events(EventKind.UNSAFE_SHUTDOWN)
    assert died.began == pytest.approx(BEGAN + datetime.timedelta(seconds=117), abs=SECONDS)
    assert office.check(UPS_CHECKS) == {"UPS-112": Outcome.WARN}
    (outage,) = office.events(EventKind.INTERRUPTION)
    assert outage.duration_s(office.now()) == pytest.approx(60, abs=4)


SECONDS = datetime.timedelta(seconds=5)


@pytest.mark.parametrize("fault", [None, "outage"])
def test_a_watch_that_ends_in_order_left_nothing_open(office, fault):
    office.pass_s(60)
    if fault:
        office.during(fault, 30)
    office.watch.finish()
    office.start()
    office.pass_s(60)
    assert office.events(EventKind.UNSAFE_SHUTDOWN) == []
    assert all(event.ended is not None for event in office.events())


def test_words_of_the_ups_are_noted_once(office):
    office.pass_s(9)
    office.during("low_battery", 30)
    office.during("replace_battery", 30)
    office.during("overload", 30)
    kinds = [event.kind for event in office.events()]
    for kind in (EventKind.LOW_BATTERY, EventKind.REPLACE_BATTERY, EventKind.OVERLOAD):
        assert kinds.count(kind) == 1


def test_a_battery_that_is_not_full_8_h_after_an_outage(tmp_path, request):
    office = Office(tmp_path, request.node.name, interval_s=60.0)
    office.pass_s(600)
    office.during("outage", 600)
    office.faults.add("half_charged=70")
    office.pass_s(7 * 3600)
    assert office.check(UPS_CHECKS) == {}
    office.pass_s(1.5 * 3600)
    assert office.check(UPS_CHECKS) == {"UPS-109": Outcome.WARN}


def week(tmp_path, request):
    """An office whose watch reads seldom, so that days pass quickly."""
    office = Office(tmp_path, request.node.name, interval_s=150.0)
    office.pass_s(26 * 3600)
    return office


@pytest.mark.parametrize(
    ("fault", "hours", "code", "outcome"),
    [
        ("brown_out=203", 3, "PWR-101", Outcome.WARN),
        ("brown_out=190", 0.4, "PWR-101", Outcome.FAIL),
        ("over_voltage=245", 3, "PWR-102", Outcome.WARN),
        ("over_voltage=258", 0.4, "PWR-102", Outcome.FAIL),
        ("outage", 10.1, "PWR-105", Outcome.FAIL),
        ("frequency=48.5", 3, "PWR-107", Outcome.WARN),
        ("frequency=46.5", 0.2, "PWR-107", Outcome.FAIL),
    ],
)
def test_a_bad_week_raises_its_code(tmp_path, request, fault, hours, code, outcome):
    office = week(tmp_path, request)
    office.during(fault, hours * 3600)
    office.pass_s(3600)
    office.watch.finish()
    assert office.check() == {code: outcome}, office.results[code]


@pytest.mark.parametrize(
    ("fault", "times", "code", "outcome", "also"),
    [
        ("brown_out=172", 10, "PWR-104", Outcome.WARN, {}),
        ("brown_out=172", 9, None, None, {}),
        ("outage", 3, "PWR-105", Outcome.WARN, {}),
        ("brown_out=150", 10, "PWR-106", Outcome.WARN, {"PWR-104": Outcome.WARN}),
        ("swing=40", 5, "PWR-103", Outcome.FAIL, {}),
    ],
)
def test_events_of_a_day_raise_their_code(office, fault, times, code, outcome, also):
    office.pass_s(1200)
    for _ in range(times):
        seconds = 90 if fault == "outage" else 6 if fault.startswith("swing") else 15
        office.during(fault, seconds)
        office.pass_s(120)
    office.watch.finish()
    expected = also | ({code: outcome} if code else {})
    assert office.check() == expected


def reset_line(moment, message="usb 1-4: reset high-speed USB device number 5 using xhci_hcd"):
    stamp = f"{moment.timestamp() * 1e6:.0f}"
    return json.dumps({"__REALTIME_TIMESTAMP": stamp, "MESSAGE": message})


@pytest.mark.parametrize(
    ("offset_s", "message", "outcome"),
    [
        (4, "usb 1-4: reset high-speed USB device number 5 using xhci_hcd", Outcome.WARN),
        (-4, "usb 1-4: USB disconnect, device number 5", Outcome.WARN),
        (9, "usb 1-4: reset high-speed USB device number 5 using xhci_hcd", Outcome.PASS),
        (4, "usb 1-4: new high-speed USB device number 6", Outcome.PASS),
    ],
)
def test_usb_resets_at_transfers_are_joined(office, offset_s, message, outcome):
    office.pass_s(60)
    for _ in range(2):
        office.during("outage", 30)
        office.pass_s(120)
    lines = [
        reset_line(event.began + datetime.timedelta(seconds=offset_s), message)
        for event in office.events(EventKind.TRANSFER)
    ]
    office.journal = "\n".join(["no json", *lines, "{}"])
    office.watch.finish()
    office.check()
    assert office.results["PWR-108"].outcome is outcome


def test_without_a_log_everything_is_skipped_with_the_reason(office):
    assert office.check() == {}
    for result in office.results.values():
        assert result.outcome is Outcome.SKIP
        assert "selftest watch" in result.reason


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            ("", "outage", "brown_out=172", "over_voltage=262", "unplug_at=1", "garbage",
             "low_battery", "swing=40", "clock", "asleep", "restart", "killed")
        ),
        st.integers(1, 40),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(changes=CHANGES)
def test_whatever_happens_time_is_known_or_unknown_and_nothing_stays_open(changes):
    with TemporaryDirectory() as folder:
        office = Office(Path(folder), "anything")
        office.pass_s(9)
        for change, steps in changes:
            happen(office, change, steps)
        office.pass_s(9)
        office.watch.finish()
        passed_s = office.clock.now_s() - office.start_s
        events = office.events()
        covered_s = sum(m.covered_s for m in office.log.means("ups", LONG_AGO, FAR_AWAY))
        assert all(event.ended is not None for event in events)
        assert covered_s <= passed_s + 1
        assert sum(m.battery_s for m in office.log.means("ups", LONG_AGO, FAR_AWAY)) <= covered_s
        for kinds in (VOLTAGE_KINDS, {EventKind.TRANSFER}, {EventKind.NO_DATA}):
            lasted_s = sum(e.duration_s(office.now()) for e in events if e.kind in kinds)
            assert lasted_s <= passed_s + 1
        unknown_s = sum(e.duration_s(office.now()) for e in events if e.kind is EventKind.NO_DATA)
        if not {"killed", "restart"} & {change for change, _ in changes}:
            assert covered_s + unknown_s == pytest.approx(passed_s, abs=7 * (len(changes) + 1))


def happen(office, change, steps):
    match change:
        case "":
            office.pass_s(3 * steps)
        case "clock":
            office.set_s += 3600.0 - 180 * steps
        case "asleep":
            office.clock.advance(60 * steps)
        case "restart":
            office.watch.finish()
            office.start()
        case "killed":
            office.clock.advance(steps)
            office.start()
        case _:
            office.during(change, 3 * steps)


FAR_AWAY = datetime.datetime(2040, 1, 1, tzinfo=datetime.UTC)
VOLTAGE_KINDS = {
    *(EventKind.INTERRUPTION, EventKind.SAG, EventKind.SWELL),
    *(EventKind.UNDERVOLTAGE, EventKind.OVERVOLTAGE),
}


def test_a_log_that_cannot_be_written_does_not_end_the_watch(office):
    office.interval_s = 0.01
    office.start()
    office.watch._clock = WatchClock()
    office.faults.add("outage")  # on battery every reading writes a sign of life
    stop = threading.Event()
    thread = threading.Thread(target=office.watch.run, args=(stop,))
    with office.history.opened() as database:
        database.execute("ALTER TABLE power_beat RENAME TO gone")
    thread.start()
    time.sleep(0.2)
    assert thread.is_alive()
    with office.history.opened() as database:
        database.execute("ALTER TABLE gone RENAME TO power_beat")
    time.sleep(0.2)
    stop.set()
    thread.join(10.0)
    assert office.log.last_beat("ups").is_clean
