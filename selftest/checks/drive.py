"""Every drive, whatever it speaks: readable, status, self-tests, temperature, speed, power cuts."""

from selftest.check import Measured, Skip, Unproven, Value, check, measured
from selftest.counters import growth_in
from selftest.drive_readings import counted, readable_smart
from selftest.drives import Smart
from selftest.errors import NotReadyError
from selftest.smart.attributes import LOAD_CYCLES, UNSAFE_SHUTDOWNS, attributes_of
from selftest.smart.fields import block
from selftest.smart.logs import last_self_test
from selftest.smart.nvme import health_number, is_only_hot
from selftest.smart.status import Exit, exit_bits, has_passed, kind_of, why_unreadable
from selftest.smart.temperature import is_spinning, temperature_cel
from selftest.subject import Subject, read_smart

_MONTH_DAYS = 30.0


@check("drive", "DSK-001", time_limit_s=90)
def readable(subject: Subject) -> Measured | Unproven | Skip:
    """Whether SMART data could be read; without them the drive is not proven."""
    if subject.name is None:
        subject.bench.find_drives()  # says why none is seen
    smart = subject.once(read_smart)
    if why := why_unreadable(smart):
        return Unproven(f"SMART tidak terbaca / not readable: {why}")
    bits = exit_bits(smart)
    partly = "satu perintah SMART gagal, data tetap dipakai / one SMART command failed, data usable"
    kind = kind_of(smart)
    evidence = partly if bits & Exit.COMMAND_FAILED else kind.value if kind else ""
    return measured("readable", 1, evidence=evidence)


@check("drive", "DSK-101")
def status(subject: Subject) -> Measured | Skip:
    """What the drive says of itself as a whole."""
    smart = readable_smart(subject)
    passed = has_passed(smart)
    if passed is None:
        return Skip("cakram tidak memberi status / the drive gives no status")
    if not passed and is_only_hot(smart):
        return measured("failing", 0, evidence="hanya panas / only hot: DSK-130")
    return measured("failing", not passed, evidence="" if passed else "SMART status FAILED")


@check("drive", "DSK-116", essential=False)
def self_test(subject: Subject) -> Measured | Skip:
    """The newest self-test that came to an end."""
    smart = readable_smart(subject)
    test = last_self_test(smart)
    if test is None:
        return Skip("belum ada uji diri yang selesai / no finished self-test")
    return measured("failed", test.has_failed, evidence=test.text)


@check("drive", "DSK-135", essential=False)
def unsafe_shutdowns(subject: Subject) -> Measured | Skip:
    """Shutdowns without warning; the mains, the UPS or the way people switch off."""
    smart = readable_smart(subject)
    total = _unsafe_shutdowns(smart)
    values = [Value("unsafe_shutdowns", total)]
    month = growth_in(subject, "DSK-135", "unsafe_shutdowns", total, days=_MONTH_DAYS)
    if month is not None:
        values.append(Value("unsafe_month", month))
    return Measured(tuple(values), evidence=f"{total:.0f} seumur cakram / in the drive's life")


def _unsafe_shutdowns(smart: Smart) -> float:
    told = health_number(smart, "unsafe_shutdowns")
    if told is not None:
        return told
    known = attributes_of(smart)
    total = counted(smart, UNSAFE_SHUTDOWNS)
    # Hitachi, HGST and some WD drives count every parking of the heads under 192 too: both rows
    # hold the same number, and it says nothing about power.
    if LOAD_CYCLES in known and known[LOAD_CYCLES].count == total and total > 0:
        raise NotReadyError("penghitung 192 = 193: parkir kepala / counts parked heads")
    return total


@check("drive", "DSK-150", essential=False)
def temperature(subject: Subject) -> Measured | Skip:
    """Present temperature; zero means that the drive does not tell it."""
    smart = readable_smart(subject)
    told = temperature_cel(smart)
    if told is None:
        return Skip("suhu tidak dilaporkan / temperature not reported")
    return measured("temperature_hdd" if is_spinning(smart) else "temperature_ssd", told)


@check("drive", "DSK-160", essential=False)
def read_speed(subject: Subject) -> Measured | Skip:
    """Sequential reading for two seconds at most, against the baseline of this drive."""
    speed = subject.drive().read_speed_mb_per_s()
    smart = readable_smart(subject)
    size = block(smart, "user_capacity").get("bytes")
    return measured("read_speed", speed, evidence=f"{size} bytes" if size else "")
