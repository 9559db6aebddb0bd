"""The uninterruptible power supply; any word about a bad battery wins over everything else."""

import time

from drivers.devices import PowerSupply
from drivers.errors import DriverError
from drivers.frames import PowerReading
from selftest.check import Measured, Skip, check, measured
from selftest.errors import NotReadyError
from selftest.subject import Subject

_READ_LIMIT_S = 5.0
_BATTERY_ALARMS = ("replace battery", "no battery", "disconnected")


def take_reading(subject: Subject) -> PowerReading:
    """Open the UPS and read it once."""
    ups = subject.device(PowerSupply)
    ups.open()
    return ups.read_power(timeout_s=_READ_LIMIT_S)


def _reading(subject: Subject) -> PowerReading:
    try:
        return subject.once(take_reading)
    except DriverError as error:
        raise NotReadyError(f"tidak ada bacaan / no reading: {error}") from error


@check("ups", "UPS-001", time_limit_s=15)
def data_age(subject: Subject) -> Measured | Skip:
    """Age of the reading; no reading is infinitely old."""
    try:
        reading = subject.once(take_reading)
    except DriverError as error:
        return measured("data_missing", 1, evidence=str(error))
    return measured("data_age", max(0.0, time.monotonic() - reading.read_at_s))


@check("ups", "UPS-101")
def battery_alarm(subject: Subject) -> Measured | Skip:
    """Words of the UPS that ask for a new battery."""
    variables = _reading(subject).variables
    status, alarm = variables.get("ups.status", ""), variables.get("ups.alarm", "").lower()
    if not status and not alarm:
        return Skip("UPS tidak memberi status / the UPS tells no status words")
    found = [word for word in status.split() if word == "RB"]
    found += [text for text in _BATTERY_ALARMS if text in alarm]
    return measured("battery_alarms", len(found), evidence=", ".join(found) or status)


@check("ups", "UPS-105")
def runtime(subject: Subject) -> Measured | Skip:
    """Minutes that the UPS promises on battery."""
    runtime_s = _reading(subject).runtime_s
    if runtime_s is None:
        return Skip("UPS tidak memberi waktu / the UPS tells no runtime")
    return measured("runtime", runtime_s / 60)


@check("ups", "UPS-108")
def load(subject: Subject) -> Measured | Skip:
    """Load in per cent of what the UPS can feed."""
    reading = _reading(subject)
    if reading.load_percent is None:
        return Skip("UPS tidak memberi beban / the UPS tells no load")
    is_over = "OVER" in reading.variables.get("ups.status", "").split()
    percent = max(reading.load_percent, 101.0) if is_over else reading.load_percent
    return measured("load", percent, evidence="OVER" if is_over else "")
