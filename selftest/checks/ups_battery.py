"""The UPS's battery: its own test, its age and float voltage, and what stretches on battery show.

A stretch on battery is made here only where a person is there and agrees; otherwise the newest
one that is remembered is judged: of a guided test, or of an outage that the power log saw.
"""

import dataclasses
import datetime

from drivers.devices import PowerSupply
from drivers.errors import DriverError
from drivers.protocols.nut_reading import read_number
from selftest.check import Answered, Measured, Skip, check, measured
from selftest.checks.ups import believe, observe
from selftest.errors import NotReadyError
from selftest.guide import Answer, Question
from selftest.history import History
from selftest.mode import Mode
from selftest.power.events import EventKind
from selftest.power.log import PowerLog
from selftest.report import Confidence
from selftest.subject import Subject
from selftest.ups.age import battery_age
from selftest.ups.battery_run import (
    EMPTY_BLOCK_V,
    fit_slope,
    inner_resistance,
    mean_load,
    parse_runtimecal,
    predict_runtime_s,
    sag_voltage,
    scale_runtime_s,
)
from selftest.ups.battery_store import BatteryRun, remembered_runs, store_run
from selftest.ups.battery_test import BatteryTester
from selftest.ups.observed import Observed
from selftest.ups.words import AlarmKind, BatteryTest, normalise_test, read_alarms

_PATIENCE_S, _PATIENCE_STEP_S = 14.0, 2.0  # a quick test of a UPS takes about 10 s
_CHARGED_PERCENT, _FLOATING_PERCENT = 90.0, 80.0
_RECHARGE_H = 8.0  # CHECKS row 70
_WARM_C = 30.0  # a warmer battery is judged a year older; CHECKS row 67
_TEST_LIMIT_S = 600.0  # whichever of these checks comes first makes the guided test
_MONTH = datetime.timedelta(days=30)
_RANKS = {BatteryTest.PASSED: 0, BatteryTest.WARNED: 1, BatteryTest.FAILED: 2}


@check("ups", "UPS-102", essential=False, time_limit_s=30)
def own_test(subject: Subject) -> Measured | Skip:
    """What the last test of the battery said; none proves nothing."""
    observed = _settled(subject)
    if observed.is_testing:
        return Skip("uji baterai sedang berjalan, ulangi nanti / a battery test runs, try later")
    failed = [a for a in read_alarms(observed.variables) if a.kind is AlarmKind.SELF_TEST]
    if failed:
        return measured("test_rank", _RANKS[BatteryTest.FAILED], evidence=failed[0].text)
    told = observed.variables.get("ups.test.result")
    result = normalise_test(told)
    if result in _RANKS:
        return measured("test_rank", _RANKS[result], evidence=f"{told}")
    run = _newest_loaded_run(subject)
    if run is not None:
        rank = 2 if run.gave_up else 0
        return measured("test_rank", rank, evidence=f"uji kita / our test: {run.told()}")
    said = told or "-"
    return Skip(f"belum ada uji baterai: selftest guided UPS / battery not tested ({said})")


@check("ups", "UPS-103", essential=False, time_limit_s=_TEST_LIMIT_S)
def sag(subject: Subject) -> Measured | Skip:
    """Volts per 12 V block 10 s after the transfer, at 20 % load or more."""
    run = subject.once(battery_run)
    volts = sag_voltage(run.points)
    if volts is None:
        return Skip(f"kurang dari 10 detik / shorter than 10 s: {run.told()}")
    if not run.has_load:
        return Skip(f"beban terlalu kecil / load too small: {run.told()}")
    return measured("sag_voltage", volts, evidence=run.told(), confidence=_trust(run))


@check("ups", "UPS-104", essential=False, time_limit_s=_TEST_LIMIT_S)
def battery_health(subject: Subject) -> Measured | Skip:
    """Predicted time to an empty battery at 50 % load, against the commissioning value."""
    run = subject.once(battery_run)
    predicted_s, percent = predict_runtime_s(run.points), mean_load(run.points)
    if predicted_s is None or percent is None or not run.has_load:
        return Skip(f"terlalu singkat atau datar / too short or too flat: {run.told()}")
    slope = fit_slope(run.points)
    is_sure = slope is not None and slope.is_sure
    cal = parse_runtimecal(believe(subject).variables.get("driver.parameter.runtimecal"))
    minutes = scale_runtime_s(predicted_s, percent, runtimecal=cal) / 60
    return measured(
        "runtime_at_50",
        minutes,
        n=len(run.points),
        evidence=run.told(),
        confidence=_trust(run) if is_sure else Confidence.LIKELY,
    )


@check("ups", "UPS-106", essential=False)
def age(subject: Subject) -> Measured | Skip:
    """Age of the battery, by a date that can be one; a warm battery counts a year more."""
    observed = believe(subject)
    today = subject.bench.now().date()
    if observed.is_replayed:
        if subject.bench.dumped_on is None:
            return Skip("bacaan putar ulang tanpa tanggal / replayed readings without their day")
        today = subject.bench.dumped_on
    found = battery_age(observed.variables, today)
    if found is None:
        return Skip("UPS tidak memberi tanggal yang masuk akal / no date that can be believed")
    warm = read_number(observed.variables.get("battery.temperature")) or 0.0
    years = found.years + (1.0 if warm > _WARM_C else 0.0)
    trust = Confidence.LIKELY if found.is_original else Confidence.CONFIRMED
    return measured("age", years, evidence=found.origin, confidence=trust)


@check("ups", "UPS-107", essential=False)
def float_voltage(subject: Subject) -> Measured | Skip:
    """Volts per 12 V block while the battery is charged and the mains feeds the station."""
    observed = believe(subject)
    battery = observed.battery
    if battery is None:
        return Skip("tegangan baterai tidak diketahui / battery voltage or block count not known")
    if not battery.is_possible:
        return Skip(f"tegangan tidak mungkin / impossible: {battery.block_v:.3g} V per 12 V")
    charge = read_number(observed.variables.get("battery.charge"))
    if reason := _not_floating(observed, charge):
        return Skip(reason)
    # Less than an empty battery on a charger: rather the number of half a set than a voltage.
    is_whole = battery.block_v >= EMPTY_BLOCK_V
    is_sure = is_whole and not battery.is_inferred and not battery.is_rescaled
    is_full = charge is None or charge >= _CHARGED_PERCENT
    trust = Confidence.CONFIRMED if is_sure and is_full else Confidence.LIKELY
    return measured("float_voltage", battery.block_v, evidence=battery.note(), confidence=trust)


@check("ups", "UPS-109", essential=False)
def recharging(subject: Subject) -> Measured | Skip:
    """Charge 8 h after the last outage that the power log saw."""
    observed = believe(subject)
    charge = read_number(observed.variables.get("battery.charge"))
    if charge is None:
        return Skip("UPS tidak memberi isi baterai / the UPS tells no charge")
    ended = _last_transfer_end(subject)
    if ended is None or "OB" in observed.words:
        return Skip("tidak ada pemadaman selesai dalam catatan / no finished outage in the log")
    hours = (subject.bench.now() - ended).total_seconds() / 3600
    if hours < _RECHARGE_H:
        return Skip(f"baru / only {hours:.1f} h setelah pemadaman / after the outage")
    return measured("charge", charge, evidence=f"{hours:.0f} h setelah / after {ended:%Y-%m-%d}")


@check("ups", "UPS-110", essential=False, time_limit_s=_TEST_LIMIT_S)
def resistance(subject: Subject) -> Measured | Skip:
    """Inner resistance between two loads, against the commissioning value."""
    run = subject.once(battery_run)
    found = inner_resistance(run.points)
    if found is None:
        older = [other for other in _runs(subject) if other.has_step]
        found = inner_resistance(older[0].points) if older else None
        run = older[0] if older else run
    if found is None:
        return Skip(f"beban tidak berubah saat uji / the load did not change: {run.told()}")
    return measured("resistance", 1000 * found, n=len(run.points), evidence=run.told())


@check("ups", "UPS-112", essential=False)
def unsafe_shutdowns(subject: Subject) -> Measured | Skip:
    """Times that the station died on battery in the last 30 days, from the power log."""
    now = subject.bench.now()
    log = PowerLog(History(subject.bench.history_file))
    name = subject.name or ""
    if log.last_beat(name) is None:
        return Skip("catatan listrik kosong: selftest watch / the power log is empty")
    found = [e for e in log.events(name, now - _MONTH, now) if e.kind is EventKind.UNSAFE_SHUTDOWN]
    times = ", ".join(f"{event.began.astimezone():%Y-%m-%d %H:%M}" for event in found[-3:])
    return measured("unsafe_shutdowns", len(found), evidence=times)


@check("ups", "UPS-120", essential=False, mode=Mode.GUIDED, time_limit_s=_TEST_LIMIT_S)
def battery_test(subject: Subject) -> Measured | Skip:
    """Whether the battery carries the station through a test of a minute."""
    run = subject.once(battery_run)
    return dataclasses.replace(
        measured("gave_up", run.gave_up, n=len(run.points), evidence=run.told()),
        pictures=subject.once(tester_of).pictures(run),
    )


@check("ups", "UPS-121", essential=False, mode=Mode.GUIDED, time_limit_s=180)
def battery_lamp(subject: Subject) -> Answered:
    """A lamp on the front that the data does not tell of."""
    answer = subject.ask(_LAMP)
    text = f"{_LAMP.text_id} / {_LAMP.text_en}"
    return Answered(answer is Answer.NO, f"{text}: {answer.value}", subject.guide().person)


_LAMP = Question(
    key="ups-lamp",
    text_id="Apakah lampu baterai, lampu peringatan atau bunyi tanda UPS menyala?",
    text_en="Is a battery lamp, a warning lamp or the beeper of the UPS on?",
    answers=(Answer.YES, Answer.NO, Answer.SKIP),
)


def battery_run(subject: Subject) -> BatteryRun:
    """Make a stretch on battery where a person is there, else return the newest remembered."""
    believe(subject)
    if subject.bench.guide is not None:
        run = subject.once(tester_of).run()
        store_run(History(subject.bench.history_file), subject.unit or "", run)
        return run
    runs = _runs(subject)
    if not runs:
        raise NotReadyError(
            "belum ada uji baterai: selftest guided UPS / the battery was never tested on load"
        )
    return next((run for run in runs if run.has_load), runs[0])


def tester_of(subject: Subject) -> BatteryTester:
    """Return who makes the test of this run."""
    return BatteryTester(subject, believe(subject))


def _runs(subject: Subject) -> tuple[BatteryRun, ...]:
    if subject.unit is None:
        return ()
    history = History(subject.bench.history_file)
    return remembered_runs(history, subject.unit, subject.bench.now())


def _newest_loaded_run(subject: Subject) -> BatteryRun | None:
    """Return a run that says whether the battery carries the load."""
    found = [run for run in _runs(subject) if run.has_load and sag_voltage(run.points) is not None]
    return found[0] if found else None


def _trust(run: BatteryRun) -> Confidence:
    return Confidence.LIKELY if run.is_inferred else Confidence.CONFIRMED


def _settled(subject: Subject) -> Observed:
    """Return a reading after a running test, if it ends soon."""
    observed = observe(subject)
    if not observed.is_credible:
        return believe(subject)
    ups = subject.opened(PowerSupply)
    waited_s = 0.0
    while observed.is_testing and waited_s < _PATIENCE_S:
        subject.bench.sleep(_PATIENCE_STEP_S)
        waited_s += _PATIENCE_STEP_S
        try:
            reading = ups.read_power(timeout_s=_PATIENCE_STEP_S)
        except DriverError as error:
            raise NotReadyError(f"tidak ada bacaan / no reading: {error}") from error
        observed = Observed(reading, subject.bench.nominal_mains_v)
    return observed


def _not_floating(observed: Observed, charge: float | None) -> str:
    if observed.is_testing:
        return "uji baterai sedang berjalan / a battery test runs"
    if "OL" not in observed.words or observed.words & {"OB", "DISCHRG", "OFF"}:
        return "tidak sedang mengisi dari listrik / not floating on the mains"
    is_filling = "CHRG" in observed.words and charge is not None and charge < _CHARGED_PERCENT
    if is_filling or (charge is not None and charge < _FLOATING_PERCENT):
        return f"masih mengisi / still charging: {charge:.0f} %"
    return ""


def _last_transfer_end(subject: Subject) -> datetime.datetime | None:
    now = subject.bench.now()
    log = PowerLog(History(subject.bench.history_file))
    found = log.events(subject.name or "", now - _MONTH, now)
    ends = [e.ended for e in found if e.kind is EventKind.TRANSFER and e.ended is not None]
    return max(ends, default=None)
