"""The disk as the station uses it: room, errors of reading and writing, the file system."""

import re
from pathlib import Path

from selftest.bench import Bench
from selftest.check import Measured, Skip, Value, check
from selftest.errors import NotReadyError
from selftest.host_files import numbers_of, read_number, read_text
from selftest.kernel_log import DAY, KernelLine, Trouble, read_kernel_log
from selftest.subject import Subject

_NO_DISKS = re.compile(r"^(?:loop|zram|ram|sr|fd|nbd)\d")
"""Not the computer's own: images, memory, optical and floppy drives."""
_OCTAL = re.compile(r"\\([0-7]{3})")


@check("disk", "DSK-161")
def free_space(subject: Subject) -> Measured | Skip:
    """Room and inodes where recordings are stored."""
    use = subject.bench.disk_use(_nearest_folder(subject.bench.data_folder))
    space, inodes = 100 * use.free_share, 100 * use.free_inode_share
    return Measured((Value("free_space", space), Value("free_inodes", inodes)))


@check("disk", "DSK-162", essential=False, time_limit_s=20)
def read_errors(subject: Subject) -> Measured | Skip:
    """Errors of reading or writing that the kernel told; sticks and cards do not count."""
    log = subject.once(read_kernel_log)
    week = [
        line for line in log.find(Trouble.DISK) if not _is_foreign(subject.bench, _device_of(line))
    ]
    day = [line for line in week if log.now - line.when <= DAY]
    names = ", ".join(sorted({_device_of(line) for line in week}))
    return Measured((Value("io_week", len(week)), Value("io_day", len(day))), names)


@check("disk", "FSY-101", essential=False, time_limit_s=20)
def file_system(subject: Subject) -> Measured | Skip:
    """Errors since the last repair, and whether the station's folder can be written."""
    bench = subject.bench
    values = [*_recorded_errors(bench), *_read_only(bench)]
    lines = _logged_errors(subject)
    if lines is not None:
        values.append(Value("errors_since_start", len(lines)))
    if not values:
        return Skip("tidak terbaca / not readable: /proc/mounts, log kernel")
    return Measured(tuple(values), evidence=lines[-1].text if lines else "")


_ERROR_COUNTS = "sys/fs/ext4/*/errors_count"  # Documentation/ABI/testing/sysfs-fs-ext4


def _recorded_errors(bench: Bench) -> tuple[Value, ...]:
    """Return errors that ext4 wrote into its superblock; they stay until the file system check."""
    counts = numbers_of(bench.root, _ERROR_COUNTS)
    ours = [value for place, value in counts.items() if not _is_foreign(bench, place.parent.name)]
    return (Value("errors_since_repair", sum(ours), len(ours)),) if ours else ()


def _logged_errors(subject: Subject) -> tuple[KernelLine, ...] | None:
    """Return this start's lines; None where the log is not readable."""
    try:
        lines = subject.once(read_kernel_log).find(Trouble.FILE_SYSTEM)
    except NotReadyError:  # what /proc and /sys tell is judged all the same
        return None
    fresh = (line for line in lines if line.since_start_s is not None)
    return tuple(line for line in fresh if not _is_foreign(subject.bench, _device_of(line)))


def _nearest_folder(folder: Path) -> Path:
    """Return the folder, or the nearest above it that exists already."""
    return next(place for place in (folder, *folder.resolve().parents) if place.is_dir())


def _device_of(line: KernelLine) -> str:
    for trouble in (Trouble.DISK, Trouble.FILE_SYSTEM):
        if found := trouble.search(line.text):
            return next((name for name in found.groupdict().values() if name), "?")
    return "?"


def _is_foreign(bench: Bench, name: str) -> bool:
    """Tell whether a disk or partition is no fixed disk of this computer."""
    blocks = bench.root / "sys/block"
    owner = next((place.parent.name for place in blocks.glob(f"*/{name}")), name)
    return bool(_NO_DISKS.match(owner)) or read_number(blocks / owner / "removable") == 1


def _read_only(bench: Bench) -> tuple[Value, ...]:
    """Say whether the mount that holds the station's folder is read-only; nothing if unknown."""
    text = read_text(bench.root / "proc/mounts")
    folder = bench.data_folder.resolve()
    holding: tuple[int, bool] | None = None
    for line in (text or "").splitlines():
        fields = line.split()
        if len(fields) < 4:
            continue
        point = Path(_OCTAL.sub(lambda code: chr(int(code[1], 8)), fields[1]))
        depth = len(point.parts)
        if folder.is_relative_to(point) and (holding is None or depth >= holding[0]):
            holding = depth, "ro" in fields[3].split(",")
    return () if holding is None else (Value("read_only", holding[1]),)
