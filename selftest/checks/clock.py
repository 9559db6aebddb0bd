"""The clock: times of recordings are evidence."""

import datetime

from selftest.check import Measured, Skip, Value, check
from selftest.errors import NotReadyError
from selftest.host_files import read_number, read_text
from selftest.kernel_log import KernelLine, KernelLog, Trouble, read_kernel_log, system_start
from selftest.subject import Subject
from selftest.time_service import ask_time_service

_LEAST_OFF_DAYS = 1.0
"""Off for less, an error counts as that of a day: a cell that loses minutes at once is bad."""


@check("clock", "TIM-101", time_limit_s=30)
def battery(subject: Subject) -> Measured | Skip:
    """The year, and what the hardware clock said when the computer was last switched on."""
    values = [Value("year", subject.bench.now().year)]
    try:
        log = subject.once(read_kernel_log)
    except NotReadyError as error:
        return Measured(tuple(values), evidence=str(error))
    read = _read_at_start(log)
    if read is None:
        return Measured(tuple(values), evidence="log tanpa jam perangkat keras / not in the log")
    hardware, line = read
    values.append(Value("hardware_year", hardware.year))
    drift, evidence = _drift(subject, log, hardware, line)
    values += [Value("hardware_drift", drift)] if drift is not None else []
    return Measured(tuple(values), evidence=evidence)


@check("clock", "TIM-102", essential=False, time_limit_s=20)
def offset(subject: Subject) -> Measured | Skip:
    """Offset from the time server, and of the hardware clock from the system's."""
    values, evidence = [], []
    try:
        told = ask_time_service(subject.bench.run_program)
        evidence.append(told.text)
        values += [Value("server_offset", told.offset_s)] if told.offset_s is not None else []
    except NotReadyError as error:
        evidence.append(str(error))
    hardware_s = _hardware_offset_s(subject)
    values += [Value("hardware_offset", hardware_s)] if hardware_s is not None else []
    if not values:
        return Skip("; ".join([*evidence, "jam perangkat keras tidak terbaca / no hardware clock"]))
    return Measured(tuple(values), evidence="; ".join(evidence))


def _read_at_start(log: KernelLog) -> tuple[datetime.datetime, KernelLine] | None:
    """Return what the hardware clock said at this start, and the line that tells it."""
    for line in reversed(log.find(Trouble.CLOCK_SET)):
        found = Trouble.CLOCK_SET.search(line.text)
        if found is None or line.since_start_s is None:
            continue
        try:
            return datetime.datetime.fromisoformat(found["time"]).replace(tzinfo=datetime.UTC), line
        except ValueError:  # a clock without power may hold the 32nd of a month
            continue
    return None


def _drift(
    subject: Subject, log: KernelLog, hardware: datetime.datetime, line: KernelLine
) -> tuple[float | None, str]:
    """Return the error per day of power-off in seconds; None while nobody knows the time."""
    shown = f"{hardware:%Y-%m-%d %H:%M:%S} UTC"
    try:
        told = ask_time_service(subject.bench.run_program)
    except NotReadyError as error:
        return None, f"{shown}; {error}"
    if not told.is_synchronised:
        return None, f"{shown}; jam belum disamakan / not synchronised"
    start = system_start(subject.bench)
    true = start + datetime.timedelta(seconds=line.since_start_s or 0.0)
    error_s = (hardware - true).total_seconds()
    off_days = _off_days(log, start)
    evidence = f"{shown}, {error_s:+.1f} s, mati / off {off_days:.1f} d"
    return abs(error_s) / max(_LEAST_OFF_DAYS, off_days), evidence


def _off_days(log: KernelLog, start: datetime.datetime) -> float:
    before = [line.when for line in log.lines if line.since_start_s is None and line.when < start]
    return (start - before[-1]) / datetime.timedelta(days=1) if before else 0.0


def _hardware_offset_s(subject: Subject) -> float | None:
    """Return the distance of the hardware clock from the system's; None without such a clock."""
    root = subject.bench.root
    hardware_s = read_number(root / "sys/class/rtc/rtc0/since_epoch")
    if hardware_s is None:
        return None
    now = subject.bench.now()
    if "LOCAL" in (read_text(root / "etc/adjtime") or "").split():  # hwclock(8), third line
        local = now.astimezone().utcoffset() or datetime.timedelta()
        hardware_s -= local.total_seconds()
    return abs(now.timestamp() - hardware_s)
