"""The clock: times of recordings are evidence."""

import datetime

from selftest.check import Measured, Skip, check, measured
from selftest.subject import Subject


@check("clock", "TIM-101")
def year(subject: Subject) -> Measured | Skip:
    """Whether the year can be true, as it is not after a dead clock battery."""
    return measured("year", datetime.datetime.now(datetime.UTC).year)


@check("clock", "TIM-102", essential=False)
def hardware_clock(subject: Subject) -> Measured | Skip:
    """Difference between the computer's battery-backed clock and the system's time."""
    place = subject.bench.root / "sys/class/rtc/rtc0/since_epoch"
    try:
        hardware_s = float(place.read_text(encoding="ascii"))
    except OSError:
        return Skip("jam perangkat keras tidak terbaca / no readable hardware clock")
    now_s = datetime.datetime.now(datetime.UTC).timestamp()
    return measured("clock_offset", abs(now_s - hardware_s))
