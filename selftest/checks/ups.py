"""What the uninterruptible power supply says of itself; any word about a bad battery wins.

Readings that contradict themselves judge nothing (UPS-002); their alarms stay as hints. What the
UPS does not tell is SKIP, never PASS.
"""

import time

from drivers.devices import PowerSupply
from drivers.errors import DeviceBusyError, DriverError
from drivers.protocols.nut_reading import read_number
from selftest.check import Measured, Skip, Unproven, Value, check, measured
from selftest.errors import NotReadyError
from selftest.report import Confidence
from selftest.subject import Subject
from selftest.ups.observed import Observed
from selftest.ups.words import Alarm, AlarmKind, read_alarms

_READ_LIMIT_S = 5.0
_FALSE_BEFORE = (2, 6, 0)  # NUT drivers that said "No battery installed!" of healthy UPS
_NO_RUNTIME_S = frozenset({65535.0})  # all bits set: not known
_HOT_ABOVE_C = 0.0  # a sensor that is not there tells 0


def take_observation(subject: Subject) -> Observed:
    """Open the UPS and read it once."""
    ups = subject.device(PowerSupply)
    ups.open()
    return Observed(ups.read_power(timeout_s=_READ_LIMIT_S), subject.bench.nominal_mains_v)


def observe(subject: Subject) -> Observed:
    """Return the run's reading, credible or not; NotReadyError without one."""
    try:
        observed = subject.once(take_observation)
    except DriverError as error:
        raise NotReadyError(f"tidak ada bacaan / no reading: {error}") from error
    if "upsd.error" in observed.variables:
        raise NotReadyError(f"data basi / stale: {observed.variables['upsd.error']}")
    return observed


def believe(subject: Subject) -> Observed:
    """Return the run's reading; NotReadyError where it cannot be believed."""
    observed = observe(subject)
    if not observed.is_credible:
        raise NotReadyError("bacaan tidak masuk akal: UPS-002 / readings not credible")
    return observed


@check("ups", "UPS-001", time_limit_s=15)
def data_age(subject: Subject) -> Measured | Skip:
    """Age of the reading; no reading is infinitely old."""
    try:
        observed = subject.once(take_observation)
    except DeviceBusyError:  # somebody else reads it: no fault
        raise
    except DriverError as error:
        return measured("data_missing", 1, evidence=str(error))
    age_s = max(0.0, time.monotonic() - observed.reading.read_at_s)
    return measured("data_age", age_s, evidence=observed.variables.get("upsd.error", ""))


@check("ups", "UPS-002")
def credibility(subject: Subject) -> Measured | Unproven:
    """Contradictions in the reading; two make every number of it worthless."""
    observed = observe(subject)
    evidence = "; ".join(observed.contradictions)
    if not observed.is_credible:
        return Unproven(f"bacaan tidak masuk akal / readings not credible: {evidence}")
    return measured("contradictions", len(observed.contradictions), evidence=evidence)


@check("ups", "UPS-101", essential=False)
def battery_alarm(subject: Subject) -> Measured | Skip:
    """Words of the UPS that ask for a new battery, against its own test if need be."""
    observed = observe(subject)
    if not observed.words and not observed.variables.get("ups.alarm"):
        return Skip("UPS tidak memberi status / the UPS tells no status words")
    alarms = read_alarms(observed.variables)
    bad = [alarm.text for alarm in alarms if alarm.kind is AlarmKind.REPLACE_BATTERY]
    bad += ["RB"] if "RB" in observed.words else []
    other = [alarm.text for alarm in alarms if alarm.kind is AlarmKind.BATTERY]
    values = (Value("battery_alarms", len(bad)), Value("battery_notes", len(other)))
    return Measured(values, _alarm_evidence(observed, bad + other), _alarm_trust(observed, bad))


@check("ups", "UPS-105", essential=False)
def runtime(subject: Subject) -> Measured | Skip:
    """Minutes that the UPS promises on battery."""
    observed = believe(subject)
    runtime_s = read_number(observed.variables.get("battery.runtime"))
    charge = read_number(observed.variables.get("battery.charge"))
    is_answer = runtime_s is not None and runtime_s not in _NO_RUNTIME_S
    is_empty = runtime_s == 0 and "OB" not in observed.words and (charge or 0) > 50
    if runtime_s is None or not is_answer or is_empty:
        return Skip("UPS tidak memberi waktu / the UPS tells no runtime")
    return measured("runtime", runtime_s / 60, evidence=_charge_note(charge))


@check("ups", "UPS-108", essential=False)
def load(subject: Subject) -> Measured | Skip:
    """Load in per cent of what the UPS can feed."""
    observed = believe(subject)
    told = read_number(observed.variables.get("ups.load"))
    is_over = "OVER" in observed.words
    if told is None and not is_over:
        return Skip("UPS tidak memberi beban / the UPS tells no load")
    percent = max(told or 0.0, 101.0) if is_over else told or 0.0
    return measured("load", percent, evidence="OVER" if is_over else "")


@check("ups", "UPS-111", essential=False)
def switched_on(subject: Subject) -> Measured | Skip:
    """Words that mean that the battery would not carry the station: bypass, off."""
    observed = believe(subject)
    if not observed.words:
        return Skip("UPS tidak memberi status / the UPS tells no status words")
    found = sorted(observed.words & {"BYPASS", "OFF"})
    return measured("not_protecting", len(found), evidence=" ".join(found))


@check("ups", "UPS-113", essential=False)
def temperature(subject: Subject) -> Measured | Skip:
    """Temperature of the battery; that of the electronics is noted only."""
    observed = believe(subject)
    names = {"battery.temperature": "battery", "ups.temperature": "electronics"}
    told = {name: read_number(observed.variables.get(name)) for name in names}
    values = [Value(names[n], t) for n, t in told.items() if t is not None and t > _HOT_ABOVE_C]
    if not values:
        return Skip("UPS tidak punya sensor suhu / the UPS has no temperature sensor")
    is_battery = values[0].name == "battery"
    return Measured(tuple(values), "" if is_battery else "suhu elektronik / of the electronics")


@check("ups", "UPS-114", essential=False)
def other_alarms(subject: Subject) -> Measured | Skip:
    """Alarms that are not about the battery: a failed part, an unavailable bypass."""
    observed = observe(subject)
    alarms = read_alarms(observed.variables)
    faults = [alarm for alarm in alarms if alarm.kind is AlarmKind.FAULT]
    others = [alarm for alarm in alarms if alarm.kind is AlarmKind.OTHER]
    trust = Confidence.CONFIRMED if observed.is_credible else Confidence.HINT
    return Measured(
        (Value("faults", len(faults)), Value("other_alarms", len(others))),
        _texts(faults + others),
        trust,
    )


@check("ups", "UPS-115", essential=False)
def mains_now(subject: Subject) -> Measured | Skip:
    """Mains voltage at this moment; what counts for the electricity company is the power log."""
    observed = believe(subject)
    mains = observed.mains
    if mains is None or observed.words & {"OB", "OFF"}:
        return Skip("UPS tidak memberi tegangan listrik / the UPS tells no mains voltage now")
    if mains.is_configured and observed.is_replayed:
        return Skip("tegangan nominal di sana tidak diketahui / nominal voltage there not known")
    volts = ", ".join(f"{v:g}" for v in mains.volts)
    return measured("mains", 100 * mains.share, evidence=f"{volts} V / {mains.nominal_v:.0f} V")


def _alarm_evidence(observed: Observed, found: list[str]) -> str:
    if not found:
        return " ".join(sorted(observed.words))
    test = observed.variables.get("ups.test.result")
    return ", ".join(found) + (f"; uji terakhir / last test: {test}" if test else "")


def _alarm_trust(observed: Observed, found: list[str]) -> Confidence:
    """Return how sure the alarm is; "No battery" of a driver that may be an old one is not."""
    if not observed.is_credible:
        return Confidence.HINT
    is_doubtful = all("no batter" in text.lower() for text in found)
    version = observed.driver_version
    is_new = version is not None and version >= _FALSE_BEFORE
    battery = observed.battery
    may_be_there = battery is None or battery.is_possible
    is_misread = battery is not None and battery.is_rescaled
    if found and is_doubtful and may_be_there and (is_misread or not is_new):
        return Confidence.LIKELY
    return Confidence.CONFIRMED


def _charge_note(charge: float | None) -> str:
    return "" if charge is None else f"terisi / charge {charge:.0f} %"


def _texts(alarms: list[Alarm]) -> str:
    return ", ".join(alarm.text for alarm in alarms)
