"""Memory: corrected and uncorrected errors, a test at the depot, and how much is left."""

from selftest.check import Measured, Skip, Value, check, measured
from selftest.counters import growth_in
from selftest.errors import NotReadyError
from selftest.host_files import numbers_of, read_text, uptime_days
from selftest.kernel_log import DAY, KernelLine, Trouble, read_kernel_log
from selftest.mode import Mode
from selftest.subject import Subject

_EDAC = "sys/devices/system/edac/mc"
_WEEK_DAYS = 7.0
_TEST_SHARE = 0.5  # of what is available: the system must go on; ours
_TEST_MOST_MIB = 4096
_TEST_LIMIT_S = 3600.0


@check("memory", "MEM-101", essential=False, time_limit_s=20)
def error_correction(subject: Subject) -> Measured | Skip:
    """Errors that the memory controller corrected, per day since the start, and those it lost."""
    root = subject.bench.root
    corrected = numbers_of(root / _EDAC, "mc*/ce_count")
    lost = numbers_of(root / _EDAC, "mc*/ue_count")
    logged = _logged_errors(subject)
    if not corrected and not lost and not logged:
        return Skip("memori tanpa ECC / memory without error correction: no EDAC")
    ce_total, ce_day = sum(corrected.values()), logged.count("CE")
    average = ce_total / max(1.0, uptime_days(root)) if corrected else 0.0
    ue_total = max(sum(lost.values()), logged.count("UE"))
    # The mean since the start hides a module that began to fail yesterday; the log does not.
    values = (Value("corrected_day", max(average, ce_day)), Value("uncorrected", ue_total))
    return Measured(values, evidence=f"{max(ce_total, ce_day):.0f} CE, {ue_total:.0f} UE")


@check("memory", "MEM-102", mode=Mode.DEPOT, time_limit_s=_TEST_LIMIT_S + 10)
def memory_test(subject: Subject) -> Measured | Skip:
    """One pass of memtester over half of the free memory."""
    free_mib = _available_mib(subject)
    tested_mib = min(_TEST_MOST_MIB, int(free_mib * _TEST_SHARE))
    done = subject.bench.run_program(("memtester", f"{tested_mib}M", "1"), _TEST_LIMIT_S)
    if done.exit_code & 1:  # memtester(8): bit 0, memory not allocated or not locked
        return Skip("memtester tidak mendapat memori; jalankan sebagai root / got no memory")
    failed = [line for line in done.text.splitlines() if "FAILURE" in line]
    count = max(len(failed), int(done.exit_code != 0))
    evidence = f"{tested_mib} MiB; {failed[0] if failed else 'ok'}"
    return measured("failures", count, evidence=evidence)


@check("memory", "MEM-103", essential=False, time_limit_s=20)
def out_of_memory_kills(subject: Subject) -> Measured | Skip:
    """Programs that the kernel ended for want of memory within a week, by growth."""
    kills = _number_after(read_text(subject.bench.root / "proc/vmstat"), "oom_kill")
    if kills is None:
        return Skip("kernel tidak memberi hitungan / the kernel tells no count")
    growth = growth_in(subject, "MEM-103", "kill_count", kills, days=_WEEK_DAYS)
    logged = _logged_kills(subject)
    known = [x for x in (growth, len(logged) if logged else None) if x is not None]
    since = f"{kills:.0f} sejak hidup / since start"
    if not known and kills:
        return measured("kill_count", kills, evidence=since)
    last = f"; {logged[-1].when:%Y-%m-%d %H:%M} UTC {logged[-1].text[:80]}" if logged else ""
    values = (Value("kill_count", kills), Value("kills_week", max(known, default=0.0)))
    return Measured(values, evidence=f"{since}{last}")


@check("memory", "MEM-104")
def available(subject: Subject) -> Measured | Skip:
    """Memory that programs can still get."""
    return measured("available", _available_mib(subject))


def _available_mib(subject: Subject) -> float:
    kibibytes = _number_after(read_text(subject.bench.root / "proc/meminfo"), "MemAvailable")
    if kibibytes is None:
        raise NotReadyError("tidak terbaca / not readable: /proc/meminfo")
    return kibibytes / 1024


def _logged_errors(subject: Subject) -> list[str]:
    """Return "CE" or "UE" of each line of a day; drivers without counters only write."""
    try:
        lines = subject.once(read_kernel_log).find(Trouble.MEMORY, within=DAY)
    except NotReadyError:  # the counters are judged all the same
        return []
    found = (Trouble.MEMORY.search(line.text) for line in lines)
    return [match["kind"] for match in found if match is not None]


def _logged_kills(subject: Subject) -> tuple[KernelLine, ...]:
    """Return kills of this system's own journal; a container's buffer tells the host's."""
    try:
        log = subject.once(read_kernel_log)
    except NotReadyError:  # the growth of the counter is judged all the same
        return ()
    return log.find(Trouble.OUT_OF_MEMORY) if log.is_journal else ()


def _number_after(text: str | None, word: str) -> float | None:
    for line in (text or "").splitlines():
        parts = line.split()
        if len(parts) > 1 and parts[0].rstrip(":") == word:
            return float(parts[1])
    return None
