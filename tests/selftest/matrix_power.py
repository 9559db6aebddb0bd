"""Rows of the matrix that need days of the power log, or a scanner at a port of the computer."""

import datetime

from drivers.models.sim_scanner import SimScannerOptions
from selftest.history import History
from selftest.power.supply import DeviceReader
from selftest.power.watch import PowerWatch, WatchClock
from selftest.report import Outcome
from tests.selftest.host import NOW, journal
from tests.selftest.matrix_row import Prepare, Row
from tests.selftest.matrix_world import World
from tests.selftest.test_kernel_log import RESET, ScannerOnPort

WARN, FAIL = Outcome.WARN, Outcome.FAIL
_DAY_S = 26 * 3600.0
"""Shares of a week are judged from a day of readings on."""


class Watched:
    """The power log of a world whose UPS is watched until a little before now."""

    def __init__(self, world: World, *, lasts_s: float, interval_s: float) -> None:
        self.clock, self.interval_s = world.clock, interval_s
        self.faults = world.device("ups").unit.faults
        began_s = self.clock.now_s()
        began = NOW - datetime.timedelta(seconds=lasts_s)

        def now() -> datetime.datetime:
            return began + datetime.timedelta(seconds=self.clock.now_s() - began_s)

        self.watch = PowerWatch(
            History(world.bench().history_file),
            DeviceReader(world.device("ups")),
            clock=WatchClock(now, self.clock.now_s),
            interval_s=interval_s,
            told=lambda event: None,
        )

    def pass_s(self, seconds: float) -> None:
        """Let the watch read for a time."""
        end_s = self.clock.now_s() + seconds
        while self.clock.now_s() < end_s:
            self.watch.step()
            self.clock.advance(self.interval_s)


def of_watch(
    fault: str, seconds: float, *, times: int = 1, quiet_s: float = 1200, interval_s: float = 3
) -> Prepare:
    """Return what watches a UPS whose mains has a fault so many times, with pauses of 120 s."""

    def put(world: World) -> None:
        lasts_s = quiet_s + times * (seconds + 120) + (2 * times + 2) * interval_s
        watched = Watched(world, lasts_s=lasts_s, interval_s=interval_s)
        watched.pass_s(quiet_s)
        for _ in range(times):
            watched.faults.add(fault)
            watched.pass_s(seconds)
            watched.faults.remove(fault.partition("=")[0])
            watched.pass_s(120)
        watched.watch.finish()
        world.device("ups").close()
        world.rewind()

    return put


def on_port(*lines: str) -> Prepare:
    """Return what puts the scanner at port 1-4, of which the kernel wrote lines."""

    def put(world: World) -> None:
        options = SimScannerOptions(scene=world.empty, model="single", frame_rate=100)
        world.replace("scanner", ScannerOnPort("scanner", options))
        world.programs["journalctl"] = journal(*lines)

    return put


def _long(fault: str, hours: float, code: str, outcome: Outcome) -> Row:
    put = of_watch(fault, hours * 3600, quiet_s=_DAY_S, interval_s=150)
    return Row(f"mains: {fault} for {hours:g} h", "power log of a day", code, outcome, put)


def _short(fault: str, seconds: float, times: int, code: str, outcome: Outcome, *also: str) -> Row:
    put = of_watch(fault, seconds, times=times)
    name = f"mains: {times} x {fault} for {seconds:g} s"
    return Row(name, "power log of an hour", code, outcome, put, also=also)


POWER = (
    _long("brown_out=203", 3, "PWR-101", WARN),
    _long("brown_out=190", 0.4, "PWR-101", FAIL),
    _long("over_voltage=245", 3, "PWR-102", WARN),
    _long("over_voltage=258", 0.4, "PWR-102", FAIL),
    _long("frequency=48.5", 3, "PWR-107", WARN),
    _long("frequency=46.5", 0.2, "PWR-107", FAIL),
    _short("swing=40", 6, 5, "PWR-103", FAIL),
    _short("brown_out=172", 15, 10, "PWR-104", WARN),
    _short("outage", 90, 3, "PWR-105", WARN),
    _short("brown_out=150", 15, 10, "PWR-106", WARN, "PWR-104"),
    Row("3 USB resets of the scanner", "kernel log", "FPS-004", WARN, on_port(*[RESET] * 3)),
    Row("10 USB resets of the scanner", "kernel log", "FPS-004", FAIL, on_port(*[RESET] * 10)),
)
