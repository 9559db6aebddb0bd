"""Disk, memory and processor, from what the operating system tells everybody."""

from pathlib import Path

from selftest.check import Measured, Skip, Value, check, measured
from selftest.subject import Subject

_WEEK_S = 7 * 86400.0


def _nearest_folder(folder: Path) -> Path:
    """Return the folder, or the nearest above it that exists already."""
    return next(place for place in (folder, *folder.resolve().parents) if place.is_dir())


def _number_after(text: str, word: str) -> float | None:
    for line in text.splitlines():
        parts = line.split()
        if parts and parts[0].rstrip(":") == word:
            return float(parts[1])
    return None


def _read(place: Path) -> str | None:
    try:
        return place.read_text(encoding="utf-8")
    except OSError:
        return None


@check("disk", "DSK-161")
def free_space(subject: Subject) -> Measured | Skip:
    """Room and inodes where recordings are stored."""
    use = subject.bench.disk_use(_nearest_folder(subject.bench.data_folder))
    space, inodes = 100 * use.free_share, 100 * use.free_inode_share
    return Measured((Value("free_space", space), Value("free_inodes", inodes)))


@check("memory", "MEM-103", essential=False)
def out_of_memory_kills(subject: Subject) -> Measured | Skip:
    """Programs that the kernel ended for want of memory, per week since the start."""
    counters = _read(subject.bench.root / "proc/vmstat")
    uptime = _read(subject.bench.root / "proc/uptime")
    kills = _number_after(counters, "oom_kill") if counters else None
    if kills is None or uptime is None:
        return Skip("kernel tidak memberi hitungan / the kernel tells no count")
    weeks = max(1.0, float(uptime.split()[0]) / _WEEK_S)
    return measured("oom_kills", kills / weeks, evidence=f"{kills:.0f} sejak hidup / since start")


@check("memory", "MEM-104")
def available(subject: Subject) -> Measured | Skip:
    """Memory that programs can still get."""
    text = _read(subject.bench.root / "proc/meminfo")
    kibibytes = _number_after(text, "MemAvailable") if text else None
    if kibibytes is None:
        return Skip("tidak terbaca / not readable: /proc/meminfo")
    return measured("available", kibibytes / 1024)


@check("cpu", "CPU-101", essential=False)
def temperature(subject: Subject) -> Measured | Skip:
    """The hottest zone of the processor."""
    zones = sorted((subject.bench.root / "sys/class/thermal").glob("thermal_zone*/temp"))
    texts = [text for zone in zones if (text := _read(zone)) is not None]
    if not texts:
        return Skip("tidak ada sensor suhu / no temperature sensor")
    return measured("temperature", max(float(text) / 1000 for text in texts), n=len(texts))
