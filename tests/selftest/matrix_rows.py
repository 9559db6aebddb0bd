"""The rows of the fault matrix: what is injected, and the one code that must tell of it.

A row's `also` names codes that warn as a plain consequence of the same fault; nothing else may.
FPS-120 compares signal with noise: it warns of most strong faults of the glass, and never says
which. Pixels that are dead or hot show with the light on and off.
"""

import contextlib
import datetime
import os
import sqlite3
from pathlib import Path

from selftest.bench import DiskUse
from selftest.check import Value
from selftest.daily import DailyStatistics
from selftest.drives import drive_asset
from selftest.history import History, unit_of
from selftest.report import Outcome
from selftest.simulated_drive import SimulatedDrive
from selftest.smart.status import Kind
from tests.selftest import test_computer_faults as computer
from tests.selftest.host import NOW, journal, write
from tests.selftest.matrix_power import POWER
from tests.selftest.matrix_row import Prepare, Row
from tests.selftest.matrix_world import World
from tests.selftest.test_faults_found import ReplayedUps
from tests.selftest.test_store_checks import add_package, cut_a_part, draft_database

PASSED, WARN, FAIL, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.SKIP
ERROR = Outcome.ERROR


def of_device(kind: str, *faults: str, **options: object) -> Prepare:
    """Return what gives a simulated device faults."""

    def put(world: World) -> None:
        world.faults[kind] = faults
        world.options[kind] = options
        world.build()

    return put


def of_ups(**reading: object) -> Prepare:
    """Return what replays one reading of a UPS, as NUT gives it."""
    return lambda world: world.replace("ups", ReplayedUps(**reading))


def of_computer(files: dict[str, str], programs: dict[str, object]) -> Prepare:
    """Return what changes files of the system and what programs say."""

    def put(world: World) -> None:
        for name, text in files.items():
            write(world.root, name, text)
        world.programs |= programs

    return put


def of_drive(
    fault: str, kind: Kind, earlier: tuple[str, str, float, float] | None = None
) -> Prepare:
    """Return what gives a drive a fault; `earlier` is code, name, value and age in days."""

    def put(world: World) -> None:
        world.drive = SimulatedDrive((fault,), kind)
        if earlier:
            code, name, value, days = earlier
            unit = unit_of(drive_asset(world.drive.name, world.drive.read()))
            taken = world.now() - datetime.timedelta(days=days)
            history = History(world.bench().history_file)
            history.add_readings(unit, taken, [(code, Value(name, value))])

    return put


def of_disk(space: float, inodes: float) -> Prepare:
    """Return what fills the disk."""

    def put(world: World) -> None:
        world.changes["disk_use"] = lambda folder: DiskUse(space, inodes)

    return put


def of_days(role: str, count: int, **metrics: float) -> Prepare:
    """Return what writes the same figures of as many captures of today."""

    def put(world: World) -> None:
        statistics = DailyStatistics(History(world.bench().history_file))
        for _ in range(count):
            statistics.add(world.unit(role), NOW.date(), metrics)

    return put


def of_counts(role: str, **counts: int) -> Prepare:
    """Return what counts events of today."""

    def put(world: World) -> None:
        statistics = DailyStatistics(History(world.bench().history_file))
        for name, count in counts.items():
            for _ in range(count):
                statistics.count(world.unit(role), NOW.date(), [name])

    return put


def of_decline(metric: str, before: float, after: float) -> Prepare:
    """Return what writes 60 good days and then 60 worse ones."""

    def put(world: World) -> None:
        statistics = DailyStatistics(History(world.bench().history_file))
        unit = world.unit("scanner")
        for age in range(120):
            day = (NOW - datetime.timedelta(days=age)).date()
            statistics.add(unit, day, {metric: after if age < 60 else before})

    return put


def corrupt_database(world: World) -> None:
    """Overwrite two pages."""
    place = world.folder / "station.db"
    pages = bytearray(place.read_bytes())
    pages[8192:16384] = b"\x00" * 8192
    place.write_bytes(pages)


def corrupt_package(world: World) -> None:
    """Cut a part of a package short."""
    cut_a_part(add_package(world.folder / "spool", "b"))


def old_package(world: World) -> None:
    """Leave a package without a receipt for 15 days."""
    folder = add_package(world.folder / "spool", "a")
    old_s = NOW.timestamp() - 15 * 86400
    for place in [*folder.iterdir(), folder]:
        os.utime(place, (old_s, old_s))


def open_recording(world: World) -> None:
    """Leave a recording open for four days."""
    place = world.folder / "station.db"
    place.unlink()
    draft_database(place, 96)
    when = (NOW - datetime.timedelta(hours=96)).isoformat(timespec="milliseconds")
    with contextlib.closing(sqlite3.connect(place)) as link, link:
        link.execute("UPDATE drafts SET created_at = ?", (when.replace("+00:00", "Z"),))


def other_versions(world: World) -> None:
    """Ask for a version of numpy that is not installed."""
    lock = world.folder / "requirements.lock"
    lock.write_text("numpy==0.0.1 \\\n    --hash=sha256:00\n")
    world.changes["lock_file"] = lock


def inventory_says(text: str) -> Prepare:
    """Return what writes the province's list of units."""

    def put(world: World) -> None:
        place: Path = world.folder / "inventory.toml"
        place.write_text(text)
        world.changes["inventory"] = place

    return put


def _simulated(kind: str, *rows: tuple, **more) -> tuple[Row, ...]:
    """Return rows of fault, code, outcome and the codes that warn besides."""
    return tuple(
        Row(f"{kind}: {fault}", "drivers/simulation/faults.py", code, outcome,
            of_device(kind, fault), also=tuple(also), **more)
        for fault, code, outcome, *also in rows
    )  # fmt: skip


def _drive(kind: Kind, *rows: tuple[str, str, Outcome]) -> tuple[Row, ...]:
    return tuple(
        Row(f"{kind.value} drive: {fault}", "smartctl JSON", code, outcome, of_drive(fault, kind))
        for fault, code, outcome in rows
    )


def _grown(*rows: tuple[str, str, str, float, Outcome]) -> tuple[Row, ...]:
    return tuple(
        Row(f"ATA drive: {fault}, {before:g} a week ago", "smartctl JSON and history", code,
            outcome, of_drive(fault, Kind.ATA, (code, name, before, 7)))
        for fault, code, name, before, outcome in rows
    )  # fmt: skip


def _nut(*rows: tuple[str, str, Outcome, dict[str, object]]) -> tuple[Row, ...]:
    return tuple(
        Row(f"UPS says {said}", "NUT reading", code, outcome, of_ups(**reading))
        for said, code, outcome, reading in rows
    )


def _files(code: str, outcome: Outcome, fault: str, name: str, text: str) -> Row:
    return Row(fault, f"/{name}", code, outcome, of_computer({name: text}, {}))


def _log(code: str, outcome: Outcome, *lines: str) -> Row:
    fault = f"{len(lines)} x {lines[0][:46]}"
    put = of_computer({}, {"journalctl": journal(*lines)})
    return Row(fault, "kernel log", code, outcome, put)


def _says(code: str, outcome: Outcome, fault: str, program: str, text: object) -> Row:
    return Row(fault, f"what {program} says", code, outcome, of_computer({}, {program: text}))


SCANNER = _simulated(
    "scanner",
    ("unplug_at=0", "FPS-001", FAIL),
    ("stall@3", "FPS-006", FAIL),
    ("short", "FPS-006", FAIL),
    ("repeated_frame", "FPS-006", FAIL),
    ("led_bank", "FPS-102", FAIL, "FPS-120"),
    ("banding=2.4", "FPS-103", WARN),
    ("banding=5", "FPS-103", FAIL, "FPS-120"),
    ("dead_pixels=40", "FPS-105", WARN, "FPS-120"),
    ("dead_pixels=150", "FPS-105", FAIL, "FPS-103", "FPS-112", "FPS-113", "FPS-120"),
    ("dead_cluster=3", "FPS-105", FAIL, "FPS-120"),
    ("dead_column=5", "FPS-106", WARN),
    ("dead_row=5", "FPS-106", WARN),
    ("dead_columns=2", "FPS-106", FAIL),
    ("dust=2", "FPS-107", WARN, "FPS-120"),
    ("scratch=15", "FPS-107", WARN, "FPS-120"),
    ("residue=1", "FPS-108", WARN),
    ("residue=14", "FPS-108", WARN, "FPS-107", "FPS-120"),
    ("noise=3", "FPS-109", WARN, "FPS-120"),
    ("noise=6", "FPS-109", FAIL, "FPS-120"),
    ("dim_light=1.06", "FPS-110", FAIL),
    ("ambient=12", "FPS-111", WARN),
    ("ambient=40", "FPS-111", FAIL, "FPS-120"),
    ("hot_pixels=60", "FPS-112", WARN, "FPS-105"),
    ("dark_drift=5", "FPS-113", WARN),
    ("dark_banding=2", "FPS-113", WARN, "FPS-103"),
)
FADED = _simulated(
    "scanner",
    ("dim_light=0.97", "FPS-101", WARN),
    ("dim_light=0.9", "FPS-101", FAIL),
    needs_baseline=True,
)
CARDS = _simulated(
    "scanner",
    ("defocus=0.6", "FPS-121", FAIL),
    ("wrong_resolution=507", "FPS-122", WARN),
    ("wrong_resolution=512", "FPS-122", FAIL),
    ("stretch=0.012", "FPS-123", WARN),
    ("stretch=0.025", "FPS-123", FAIL, "FPS-122"),
    ("gamma=1.4", "FPS-124", WARN),
    hands=("FPS-12",),
)
OVER_DAYS = (
    Row("fingers with 150 grey levels", "statistics of captures", "FPS-130", WARN,
        of_days("scanner", 60, grey_levels=150)),
    Row("fingers with gaps in the greys", "statistics of captures", "FPS-131", WARN,
        of_days("scanner", 60, gaps=25)),
    Row("ridges 12.5 px apart", "statistics of captures", "FPS-132", WARN,
        of_days("scanner", 60, ridge_period=12.5)),
    Row("background falls by 10 gl", "statistics of 120 days", "FPS-140", WARN,
        of_decline("background_level", 240.0, 230.0)),
    Row("quality falls by 25", "statistics of 120 days", "FPS-141", WARN,
        of_decline("quality_score", 70.0, 45.0)),
    Row("two attempts for each finger", "statistics of captures", "FPS-142", WARN,
        of_counts("scanner", attempts=120, accepted=60)),
    Row("half of the captures time out", "statistics of captures", "FPS-143", WARN,
        of_counts("scanner", attempts=60, accepted=55, capture_timeouts=30)),
    Row("iris captures time out", "statistics of captures", "IRS-104", WARN,
        of_counts("iris", attempts=40, capture_timeouts=40)),
    Row("cards are read again and again", "statistics of captures", "CRD-104", WARN,
        of_counts("card", reads=40, read_retries=40)),
    Row("another scanner in its place", "inventory file", "FPS-003", WARN,
        inventory_says('[scanner]\nserial = "X"\n')),
    Row("certificate of 2012", "inventory file", "FPS-008", WARN,
        inventory_says("[scanner]\ncertified = 2012-03-01\n")),
)  # fmt: skip
SENSORS = (
    *_simulated("camera", ("unplug_at=0", "CAM-001", FAIL), ("unplug_at=2", "CAM-001", FAIL),
                ("cap_on", "CAM-102", FAIL)),
    *_simulated("iris", ("short", "IRS-001", FAIL), ("unplug_at=0", "IRS-001", FAIL)),
    *_simulated("pad", ("unplug_at=0", "SIG-001", FAIL), ("ghost=30@0", "SIG-105", WARN)),
    *_simulated("card", ("unplug_at=0", "CRD-001", FAIL)),
    *_simulated("camera", ("dead_pixels=60", "CAM-104", WARN), ("lamp_out=1.7", "CAM-105", WARN),
                ("lamp_out=2.6", "CAM-105", FAIL), ("colour_cast=1.3", "CAM-106", WARN),
                ("frozen", "CAM-107", FAIL), hands=("CAM",)),
    *_simulated("iris", ("one_lamp=0.6", "IRS-102", WARN), hands=("IRS",)),
    *_simulated("pad", ("slow_reports=0.7", "SIG-101", WARN), ("slow_reports=0.4", "SIG-101", FAIL),
                hands=("SIG-101",)),
    *_simulated("pad", ("dead_zone=0.3", "SIG-102", FAIL), hands=("SIG-102",)),
    *_simulated("pad", ("weak_pen=0.4", "SIG-103", WARN), hands=("SIG-103",)),
    *_simulated("pad", ("jitter=0.12", "SIG-104", WARN), hands=("SIG-104",)),
    *_simulated("card", ("misses=1", "CRD-101", WARN), ("misses=4", "CRD-101", FAIL),
                hands=("CRD",)),
    Row("card: no_sam", "drivers/simulation/faults.py", "CRD-103", FAIL,
        of_device("card", "no_sam", sam=True), hands=("CRD",)),
    *_simulated("camera", ("blur=1.6", "CAM-103", WARN), ("blur=4", "CAM-103", FAIL),
                hands=("CAM",), needs_baseline=True),
    *_simulated("iris", ("dim_light=0.75", "IRS-101", WARN), ("dim_light=0.5", "IRS-101", FAIL),
                ("blur=1.6", "IRS-103", WARN), ("blur=4", "IRS-103", FAIL),
                hands=("IRS",), needs_baseline=True),
    *_simulated("card", ("slow_card=3", "CRD-102", WARN), hands=("CRD",), needs_baseline=True),
)  # fmt: skip
UPS = (
    *_simulated(
        "ups",
        ("unplug_at=0", "UPS-001", FAIL),
        ("replace_battery", "UPS-101", FAIL),
        ("test_result=1", "UPS-102", WARN),
        ("test_result=2", "UPS-102", FAIL),
        ("on_battery=8", "UPS-105", WARN),
        ("on_battery=4", "UPS-105", FAIL),
        ("battery_year=2023", "UPS-106", WARN),
        ("battery_year=2019", "UPS-106", FAIL),
        ("float_voltage=13.0", "UPS-107", WARN),
        ("float_voltage=14.8", "UPS-107", FAIL),
        ("overload=90", "UPS-108", WARN),
        ("overload=118", "UPS-108", FAIL),
        ("bypass", "UPS-111", FAIL),
        ("switched_off", "UPS-111", FAIL),
        ("hot_battery=38", "UPS-113", WARN),
        ("hot_battery=48", "UPS-113", FAIL),
        ("fan_failure", "UPS-114", FAIL),
    ),
    *_simulated("ups", ("garbage", "UPS-002", ERROR, "UPS-101")),  # alarms are kept as hints
    *_nut(
        ("OL RB", "UPS-101", FAIL, {"variables": {"ups.status": "OL RB"}}),
        ("Replace battery!", "UPS-101", FAIL,
         {"variables": {"ups.status": "OL", "ups.alarm": "Replace battery!"}}),
        ("OL OVER", "UPS-108", FAIL, {"variables": {"ups.status": "OL OVER"}}),
        ("load 85 %", "UPS-108", WARN, {"load_percent": 85.0}),
    ),
    *_simulated("ups", ("weak_cell=1.0", "UPS-103", WARN), ("weak_cell=1.5", "UPS-103", FAIL),
                hands=("UPS",)),
    *_simulated("ups", ("aged_battery=0.7", "UPS-104", WARN, "UPS-110"), hands=("UPS",),
                needs_baseline=True),
    *_simulated("ups", ("high_resistance=1.35", "UPS-110", WARN),
                ("high_resistance=1.7", "UPS-110", FAIL), hands=("UPS",), needs_baseline=True),
)  # fmt: skip
DRIVES = (
    *_drive(
        Kind.ATA,
        ("unreadable", "DSK-001", ERROR),
        ("status_failed", "DSK-101", FAIL),
        ("prefail_now", "DSK-102", FAIL),
        ("prefail_past", "DSK-103", WARN),
        ("reallocated=1", "DSK-110", WARN),
        ("reallocated=50", "DSK-110", FAIL),
        ("pending=9", "DSK-111", WARN),
        ("pending=10", "DSK-111", FAIL),
        ("offline=9", "DSK-112", WARN),
        ("offline=10", "DSK-112", FAIL),
        ("uncorrect=1", "DSK-113", WARN),
        ("self_test_failed", "DSK-116", FAIL),
        ("timeouts=4", "DSK-114", PASSED),
        ("log=56", "DSK-115", PASSED),
        ("crc=108", "DSK-120", PASSED),
        ("hot=65", "DSK-150", WARN),
        ("hot=75", "DSK-150", FAIL),
    ),
    *_drive(
        Kind.NVME,
        ("warning=16", "DSK-130", FAIL),
        ("warning=2", "DSK-130", WARN),
        ("media_errors=7", "DSK-131", WARN),
        ("wear=80", "DSK-132", WARN),
        ("wear=100", "DSK-132", FAIL),
        ("spare=10", "DSK-133", FAIL),
    ),
    *_drive(
        Kind.SCSI,
        ("grown=5", "DSK-140", WARN),
        ("grown=50", "DSK-140", FAIL),
        ("uncorrected=3", "DSK-141", WARN),
    ),
    *_grown(
        ("uncorrect=2", "DSK-113", "uncorrect", 1, FAIL),
        ("timeouts=9", "DSK-114", "timeouts", 4, WARN),
        ("crc=109", "DSK-120", "crc", 108, WARN),
        ("unsafe=6", "DSK-135", "unsafe_shutdowns", 3, WARN),
    ),
    Row("ATA drive: slow=3", "simulated reading speed", "DSK-160", WARN,
        of_drive("slow=3", Kind.ATA), needs_baseline=True),
)  # fmt: skip
COMPUTER = (
    _says("TIM-101", FAIL, "hardware clock of 2000", "journalctl",
          computer.clock_set("2000-01-01T00:00:06")),
    _says("TIM-101", WARN, "hardware clock 11 min slow", "journalctl",
          computer.clock_set("2026-11-24T07:49:00")),
    _says("TIM-102", WARN, "clock 2.5 s wrong", "chronyc", computer.chrony(offset=-2.5)),
    _says("TIM-102", FAIL, "clock 61 s wrong", "chronyc", computer.chrony(offset=61.0)),
    _files("TIM-102", FAIL, "clock of 1970", "sys/class/rtc/rtc0/since_epoch", "1000000\n"),
    _files("CPU-101", WARN, "processor at 85 C", computer.TEMPERATURE, "85000\n"),
    _log("CPU-101", FAIL, computer.THROTTLED),
    Row("a fan stands still at 66 C", "/sys/class/hwmon", "CPU-102", FAIL,
        of_computer(computer.FANS, {})),
    _log("CPU-103", WARN, computer.MCE),
    _log("CPU-103", FAIL, *[computer.MCE] * 3),
    _log("DSK-162", WARN, computer.IO),
    _log("DSK-162", FAIL, *[computer.IO] * 10),
    Row("free space 10 %", "statvfs", "DSK-161", WARN, of_disk(0.1, 0.9)),
    Row("free space 3 %", "statvfs", "DSK-161", FAIL, of_disk(0.03, 0.9)),
    Row("free inodes 4 %", "statvfs", "DSK-161", FAIL, of_disk(0.9, 0.04)),
    _log("FSY-101", FAIL, computer.EXT4),
    _files("FSY-101", FAIL, "root is mounted read-only", "proc/mounts", computer.READ_ONLY),
    _files("MEM-101", WARN, "one corrected memory error", computer.EDAC + "ce_count", "1\n"),
    _files("MEM-101", FAIL, "one lost memory error", computer.EDAC + "ue_count", "1\n"),
    Row("a program was ended for memory", "/proc/vmstat and kernel log", "MEM-103", WARN,
        of_computer({"proc/vmstat": "oom_kill 1\n"}, {"journalctl": journal(computer.OOM)})),
    _files("MEM-104", WARN, "195 MiB left", "proc/meminfo", "MemAvailable: 200000 kB\n"),
    _files("MEM-104", FAIL, "88 MiB left", "proc/meminfo", "MemAvailable: 90000 kB\n"),
    _files("NET-001", FAIL, "network cable out", "sys/class/net/eth0/operstate", "down\n"),
    _says("NET-101", WARN, "4 of 10 pings lost", "ping", computer.pings(got=6)),
    _says("NET-101", WARN, "912 ms to the gateway", "ping", computer.pings(mean=912.0)),
    _log("NET-105", WARN, computer.WATCHDOG),
    _says("SYS-101", FAIL, "nut-server failed", "systemctl", computer.NUT_FAILED),
    _says("SYS-102", WARN, "starts without shutdowns", "last",
          computer.starts("r", "r", "r", "r")),
    _files("USB-101", WARN, "one over-current", computer.PORT, "1\n"),
    _files("USB-101", FAIL, "five over-currents", computer.PORT, "5\n"),
    Row("packages of other versions", "requirements.lock", "SYS-103", WARN, other_versions),
)  # fmt: skip
STORE = (
    Row("damaged database", "zeroed pages", "STO-101", FAIL, corrupt_database),
    Row("cut package", "a part one byte short", "STO-102", FAIL, corrupt_package),
    Row("recording open for four days", "drafts table", "STO-103", WARN, open_recording),
    Row("package waits for 15 days", "file times", "NET-104", FAIL, old_package),
)
ROWS = (
    *SCANNER, *FADED, *CARDS, *OVER_DAYS, *SENSORS, *UPS, *POWER, *DRIVES, *COMPUTER, *STORE,
)  # fmt: skip
