"""A battery test with a person beside the UPS: it tests itself, or its plug is pulled.

    warn -> pull the plug -> wait for OB -> read for a minute -> plug in again -> wait for OL
                                |  a second load half way
                                low battery: broken off at once

Never begun without a yes: a weak battery drops the load, and the computer with it.
"""

import datetime
from collections.abc import Callable

from drivers.devices import PowerCommand, PowerSupply
from selftest.check import Picture
from selftest.errors import NotReadyError
from selftest.guide import Answer, Question
from selftest.power.plots import plot_battery
from selftest.subject import Subject
from selftest.ups.battery_run import BatteryPoint
from selftest.ups.battery_store import LEAST_LOAD_PERCENT, BatteryRun, RunKind
from selftest.ups.observed import Observed

TEST_S, STEP_AT_S = 60.0, 30.0
_POLL_S = 1.5  # 1 to 2 s, CHECKS.md B.3
_TRANSFER_LIMIT_S = 45.0
_LEAST_CHARGE_PERCENT = 90.0
_STOP_BLOCK_V = 10.8  # ends before 10.5 V: nothing is gained by emptying a battery
_READ_LIMIT_S = 5.0
_PLOT_EVERY = 4

BEFORE = Question(
    key="ups-before",
    text_id=(
        "UJI BATERAI: listrik UPS akan dicabut satu menit. Baterai lemah dapat mematikan komputer. "
        "Pastikan tidak ada perekaman berjalan dan pekerjaan sudah disimpan."
    ),
    text_en=(
        "BATTERY TEST: the UPS is unplugged for a minute. A weak battery may drop the computer. "
        "Make sure that nobody is being recorded and work is saved."
    ),
)
SELF_TEST = Question(
    key="ups-self-test",
    text_id="UPS ini dapat menguji baterainya sendiri. Mulai? (Tidak = uji cabut steker)",
    text_en="This UPS can test its battery itself. Start? (No = by pulling the plug)",
    answers=(Answer.YES, Answer.NO, Answer.SKIP),
)
PULL = Question(
    key="ups-pull",
    text_id="Cabut steker UPS dari stopkontak dinding sekarang.",
    text_en="Pull the UPS's plug from the wall socket now.",
)
SECOND_LOAD = Question(
    key="ups-second-load",
    text_id="Nyalakan lampu 40-100 W pada stopkontak UPS, lalu jawab. Lewati bila tidak ada.",
    text_en="Switch a 40-100 W lamp on at a socket of the UPS, then answer. Skip without one.",
)
PLUG_IN = Question(
    key="ups-plug-in",
    text_id="Pasang kembali steker UPS SEKARANG dan matikan lampu tambahan.",
    text_en="Plug the UPS in again NOW and switch the extra lamp off.",
    answers=(Answer.DONE,),
)


class BatteryTester:
    """Makes one test of one UPS."""

    def __init__(self, subject: Subject, first: Observed) -> None:
        self._subject = subject
        self._bench = subject.bench
        self._first = first
        self._points: list[BatteryPoint] = []
        self._gave_up = False

    def run(self) -> BatteryRun:
        """Make the test; NotReadyError where it cannot be begun or the person will not."""
        self._require_ready()
        ups = self._subject.opened(PowerSupply)
        kind = RunKind.PLUG
        if PowerCommand.TEST_BATTERY in ups.commands():
            is_wanted = self._subject.ask(SELF_TEST) is Answer.YES
            kind = RunKind.COMMAND if is_wanted else RunKind.PLUG
        began = self._run_by_command(ups) if kind is RunKind.COMMAND else self._run_by_plug()
        notes = self._first.battery.note() if self._first.battery else ""
        return BatteryRun(began, kind, tuple(self._points), notes, self._gave_up)

    def pictures(self, run: BatteryRun) -> tuple[Picture, ...]:
        """Return the curve as evidence."""
        return (
            Picture(
                name="battery",
                caption_id="Tegangan per blok 12 V saat memakai baterai",
                caption_en="Voltage per 12 V block on battery",
                png=plot_battery(run.points),
            ),
        )

    def _require_ready(self) -> None:
        observed, reading = self._first, self._first.reading
        if observed.battery is None or not observed.battery.is_possible:
            raise NotReadyError("tegangan baterai tidak diketahui / battery voltage not known")
        if "OL" not in observed.words or observed.is_testing:
            raise NotReadyError("UPS tidak memakai listrik sekarang / not on the mains now")
        charge, load = reading.charge_percent, reading.load_percent
        if charge is not None and charge < _LEAST_CHARGE_PERCENT:
            raise NotReadyError(f"isi baterai dulu / charge first: {charge:.0f} % < 90 %")
        if load is not None and load < LEAST_LOAD_PERCENT:
            raise NotReadyError(f"tambah beban / add load: {load:.0f} % < 20 %")

    def _run_by_command(self, ups: PowerSupply) -> datetime.datetime:
        ups.send_command(PowerCommand.TEST_BATTERY, timeout_s=_READ_LIMIT_S)
        began = self._wait_for(_is_loaded, "UPS tidak mulai menguji / no test")
        self._follow(began, until_s=TEST_S, goes_on=_is_loaded)
        return began

    def _run_by_plug(self) -> datetime.datetime:
        self._subject.ask(BEFORE)
        self._subject.ask(PULL)
        try:
            began = self._wait_for(_is_on_battery, "UPS tidak pindah ke baterai / no transfer")
            self._follow(began, until_s=STEP_AT_S, goes_on=_is_on_battery)
            if not self._gave_up:
                self._subject.guide().ask(SECOND_LOAD, timeout_s=STEP_AT_S)
                self._follow(
                    began, until_s=self._passed_s(began) + STEP_AT_S, goes_on=_is_on_battery
                )
        finally:
            self._subject.guide().ask(PLUG_IN, timeout_s=120.0)
        self._wait_for(lambda seen: "OB" not in seen.words, "UPS masih memakai baterai / still OB")
        return began

    def _wait_for(self, is_so: Callable[[Observed], bool], trouble: str) -> datetime.datetime:
        asked = self._bench.now()
        while not is_so(self._read()):
            if self._passed_s(asked) > _TRANSFER_LIMIT_S:
                raise NotReadyError(trouble)
            self._bench.sleep(_POLL_S)
        return self._bench.now()

    def _follow(
        self, began: datetime.datetime, *, until_s: float, goes_on: Callable[[Observed], bool]
    ) -> None:
        while (at_s := self._passed_s(began)) <= until_s and not self._gave_up:
            observed = self._read()
            if not goes_on(observed):
                return
            battery = observed.battery
            if battery is not None:
                point = BatteryPoint(at_s, battery.block_v, observed.reading.load_percent)
                self._points.append(point)
                self._gave_up = "LB" in observed.words or battery.block_v < _STOP_BLOCK_V
                self._show()
            self._bench.sleep(_POLL_S)

    def _show(self) -> None:
        guide = self._subject.guide()
        last = self._points[-1]
        text = f"{last.at_s:.0f} s: {last.block_v:.2f} V / 12 V"
        guide.tell(f"Memakai baterai, {text}", f"On battery, {text}")
        if len(self._points) % _PLOT_EVERY == 0:
            caption = "Tegangan baterai", "Battery voltage"
            guide.show(plot_battery(tuple(self._points)), *caption)

    def _read(self) -> Observed:
        ups = self._subject.opened(PowerSupply)
        reading = ups.read_power(timeout_s=_READ_LIMIT_S)
        return Observed(reading, self._bench.nominal_mains_v)

    def _passed_s(self, since: datetime.datetime) -> float:
        return (self._bench.now() - since).total_seconds()


def _is_on_battery(observed: Observed) -> bool:
    return "OB" in observed.words


def _is_loaded(observed: Observed) -> bool:
    """Tell whether a test loads the battery; not every UPS says CAL meanwhile."""
    return observed.is_testing or bool(observed.words & {"OB", "DISCHRG"})
