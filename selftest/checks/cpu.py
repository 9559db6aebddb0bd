"""The processor: heat and throttling, its fan, and errors of the hardware."""

from pathlib import Path

from selftest.check import Measured, Skip, Value, check, measured
from selftest.counters import growth_in
from selftest.errors import NotReadyError
from selftest.host_files import numbers_of, read_number, read_text
from selftest.kernel_log import DAY, Trouble, events, read_kernel_log
from selftest.subject import Subject

_ZONES = ("x86_pkg_temp", "cpu", "soc", "acpitz", "tcpu")
"""Types of thermal zones of a processor; others (radio, battery) are not it."""
_CHIPS = ("coretemp", "k10temp", "zenpower", "cpu_thermal")
_CREDIBLE_CEL = (-40.0, 125.0)
_HOT_CEL = 60.0  # CHECKS E.4 row 105: a fan that stands still below this may do so
_THROTTLES = "sys/devices/system/cpu/cpu*/thermal_throttle/*_throttle_count"


@check("cpu", "CPU-101", essential=False, time_limit_s=20)
def temperature(subject: Subject) -> Measured | Skip:
    """The hottest sensor of the processor, and how often it slowed down to cool."""
    found = processor_temperatures_cel(subject.bench.root)
    values = [Value("temperature", max(found), len(found))] if found else []
    values += _throttles(subject)
    if not values:
        return Skip("tidak ada sensor suhu / no temperature sensor")
    return Measured(tuple(values))


@check("cpu", "CPU-102", essential=False)
def fan(subject: Subject) -> Measured | Skip:
    """Whether every fan stands still although the processor is hot."""
    root = subject.bench.root
    rates = numbers_of(root / "sys/class/hwmon", "hwmon*/fan*_input")
    found = processor_temperatures_cel(root)
    if not rates or not found:
        return Skip("tidak ada sensor kipas / no fan sensor")
    stands = max(rates.values()) == 0 and max(found) > _HOT_CEL
    evidence = f"{', '.join(f'{rate:.0f} rpm' for rate in rates.values())}; {max(found):.0f} °C"
    return measured("stopped_hot", stands, n=len(rates), evidence=evidence)


@check("cpu", "CPU-103", essential=False, time_limit_s=20)
def hardware_errors(subject: Subject) -> Measured | Skip:
    """Machine checks within a week; the lines of one event count once."""
    lines = subject.once(read_kernel_log).find(Trouble.HARDWARE)
    return measured("machine_checks", events(lines), evidence=lines[-1].text if lines else "")


def processor_temperatures_cel(root: Path) -> list[float]:
    """Return credible temperatures of the processor; of all zones where none names it."""
    zones = sorted((root / "sys/class/thermal").glob("thermal_zone*"))
    named = [zone for zone in zones if _is_processor(zone)]
    raw = [read_number(zone / "temp") for zone in named or zones]
    for chip in sorted((root / "sys/class/hwmon").glob("hwmon*")):
        if (read_text(chip / "name") or "").strip() in _CHIPS:
            raw += numbers_of(chip, "temp*_input").values()
    lowest, highest = _CREDIBLE_CEL
    found = [value / 1000 for value in raw if value is not None]  # the kernel's unit: 0.001 °C
    return [value for value in found if lowest <= value <= highest and value]


def _is_processor(zone: Path) -> bool:
    kind = (read_text(zone / "type") or "").strip().lower()
    return any(kind.startswith(word) for word in _ZONES)


def _throttles(subject: Subject) -> list[Value]:
    """Return the count since the start, and what came in a day by count and by log."""
    counts = numbers_of(subject.bench.root, _THROTTLES)
    values, day = [], []
    if counts:
        total = max(counts.values())  # each core repeats the count of its package
        values.append(Value("throttle_count", total))
        day.append(growth_in(subject, "CPU-101", "throttle_count", total, days=1.0))
    try:
        lines = subject.once(read_kernel_log).find(Trouble.THROTTLED, within=DAY)
        day.append(float(len(lines)) if counts or lines else None)
    except NotReadyError:  # the counters are enough
        pass
    known = [count for count in day if count is not None]
    return values + ([Value("throttles_day", max(known))] if known else [])
