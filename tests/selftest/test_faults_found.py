"""Each injected fault raises its own code and no other FAIL."""

import dataclasses
import sqlite3
import time

import pytest

from drivers.devices import DeviceOptions, PowerSupply
from drivers.frames import DeviceIdentity, PowerReading, PowerState
from selftest.bench import DiskUse
from selftest.catalog import all_checks
from selftest.report import Outcome
from selftest.runner import run_checks


def run_component(bench, component):
    checks = [item for item in all_checks() if item.component == component]
    report = run_checks(bench, checks).report
    return {result.code: result for result in report.results}


def assert_only(results, code, outcome):
    assert results[code].outcome is outcome, results[code]
    failed = {c for c, r in results.items() if r.outcome in {Outcome.FAIL, Outcome.ERROR}}
    assert failed <= {code}
    if outcome in {Outcome.FAIL, Outcome.WARN}:
        assert results[code].finding.retest == f"selftest only {code}"


@pytest.mark.parametrize(
    ("component", "fault", "code", "outcome"),
    [
        ("scanner", "unplug_at=0", "FPS-001", Outcome.FAIL),
        ("scanner", "stall@3", "FPS-006", Outcome.FAIL),
        ("scanner", "short", "FPS-006", Outcome.FAIL),
        ("scanner", "banding=2.4", "FPS-103", Outcome.WARN),
        ("scanner", "banding=5", "FPS-103", Outcome.FAIL),
        ("scanner", "dead_pixels=40", "FPS-105", Outcome.WARN),
        ("scanner", "dead_column=12", "FPS-106", Outcome.WARN),
        ("scanner", "dead_row=5", "FPS-106", Outcome.WARN),
        ("scanner", "dust=2", "FPS-107", Outcome.WARN),
        ("scanner", "residue=3", "FPS-108", Outcome.WARN),
        ("scanner", "residue=14", "FPS-108", Outcome.WARN),
        ("scanner", "residue=1", "FPS-108", Outcome.WARN),
        ("scanner", "noise=6", "FPS-109", Outcome.FAIL),
        ("camera", "unplug_at=0", "CAM-001", Outcome.FAIL),
        ("camera", "unplug_at=2", "CAM-001", Outcome.FAIL),
        ("camera", "cap_on", "CAM-102", Outcome.FAIL),
        ("iris", "short", "IRS-001", Outcome.FAIL),
        ("pad", "unplug_at=0", "SIG-001", Outcome.FAIL),
        ("pad", "ghost=3@0", "SIG-105", Outcome.WARN),
        ("ups", "unplug_at=0", "UPS-001", Outcome.FAIL),
        ("ups", "on_battery=4", "UPS-105", Outcome.FAIL),
        ("ups", "on_battery=8", "UPS-105", Outcome.WARN),
    ],
)
def test_a_simulated_fault_raises_its_code(make_bench, simulated, component, fault, code, outcome):
    bench = make_bench(simulated(component, fault))
    assert_only(run_component(bench, component), code, outcome)


def test_a_slow_preview_is_told(make_bench, simulated):
    bench = make_bench(simulated("scanner", frame_rate=2.8))
    assert_only(run_component(bench, "scanner"), "FPS-006", Outcome.WARN)


class ReplayedUps(PowerSupply):
    """A UPS that gives one recorded reading."""

    def __init__(self, **changes):
        super().__init__("ups", DeviceOptions())
        variables = changes.pop("variables", {"ups.status": "OL"})
        self.reading = dataclasses.replace(
            PowerReading(PowerState.MAINS, time.monotonic(), 226.0, 27.3, 100.0, 30.0, 1500.0),
            variables=variables,
            **changes,
        )

    def _open(self):
        pass

    def _close(self):
        pass

    def _identity(self):
        return DeviceIdentity("Replayed", "UPS")

    def _read_power(self, timeout_s):
        return self.reading


@pytest.mark.parametrize(
    ("changes", "code", "outcome"),
    [
        ({"variables": {"ups.status": "OL RB"}}, "UPS-101", Outcome.FAIL),
        (
            {"variables": {"ups.status": "OL", "ups.alarm": "Replace battery!"}},
            "UPS-101",
            Outcome.FAIL,
        ),
        ({"load_percent": 85.0}, "UPS-108", Outcome.WARN),
        ({"variables": {"ups.status": "OL OVER"}}, "UPS-108", Outcome.FAIL),
        ({"read_at_s": time.monotonic() - 3600}, "UPS-001", Outcome.WARN),
        ({"runtime_s": None}, "UPS-105", Outcome.SKIP),
    ],
)
def test_what_a_ups_says_raises_its_code(make_bench, changes, code, outcome):
    assert_only(run_component(make_bench(ReplayedUps(**changes)), "ups"), code, outcome)


@pytest.mark.parametrize(
    ("component", "name", "text", "code", "outcome"),
    [
        ("memory", "proc/meminfo", "MemAvailable: 90000 kB\n", "MEM-104", Outcome.FAIL),
        ("cpu", "sys/class/thermal/thermal_zone0/temp", "91000\n", "CPU-101", Outcome.WARN),
        ("network", "sys/class/net/eth0/operstate", "down\n", "NET-001", Outcome.FAIL),
        ("clock", "sys/class/rtc/rtc0/since_epoch", "1000000\n", "TIM-102", Outcome.FAIL),
    ],
)
def test_what_the_kernel_says_raises_its_code(
    make_bench, healthy_root, component, name, text, code, outcome
):
    place = healthy_root / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    assert_only(run_component(make_bench(), component), code, outcome)


def test_a_full_disk_fails(make_bench):
    bench = make_bench(disk_use=lambda folder: DiskUse(0.03, 0.9))
    assert_only(run_component(bench, "disk"), "DSK-161", Outcome.FAIL)


def test_a_damaged_database_fails_and_a_whole_one_passes(make_bench, tmp_path):
    database = tmp_path / "station.db"
    link = sqlite3.connect(database)
    link.execute("CREATE TABLE t (x)")
    link.executemany("INSERT INTO t VALUES (?)", [("x" * 3000,) for _ in range(20)])
    link.commit()
    bench = make_bench(database=database)
    assert_only(run_component(bench, "store"), "STO-101", Outcome.PASS)
    link.execute("PRAGMA locking_mode=EXCLUSIVE")
    link.execute("BEGIN EXCLUSIVE")
    assert_only(run_component(bench, "store"), "STO-101", Outcome.SKIP)
    link.rollback()
    link.close()
    pages = bytearray(database.read_bytes())
    pages[4096:12288] = b"\x00" * 8192
    database.write_bytes(pages)
    assert_only(run_component(bench, "store"), "STO-101", Outcome.FAIL)


def test_a_package_of_another_version_is_told(make_bench, tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("numpy==0.0.1 \\\n    --hash=sha256:00\n")
    bench = make_bench(lock_file=lock)
    assert_only(run_component(bench, "software"), "SYS-103", Outcome.WARN)
