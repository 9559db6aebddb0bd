"""Each fault of the computer raises its own code and no other FAIL; a healthy one raises none."""

import datetime

import pytest

from selftest.bench import DiskUse
from selftest.catalog import all_checks
from selftest.mode import Mode
from selftest.programs import ProgramOutput
from selftest.report import Outcome
from selftest.runner import run_checks
from tests.selftest.host import BOOT, NOW, UP, Programs, journal, tree, write

PASSED, WARN, FAIL, SKIP = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.SKIP
COMPONENTS = ("clock", "cpu", "disk", "memory", "network", "services", "usb")
CHRONY = "C0A80101,192.168.1.1,3,{when},{offset},0.0,0.0,1.0,0.0,0.1,0.01,0.001,64.0,{leap}\n"
PINGS = "{sent} packets transmitted, {got} received, {loss}% packet loss, time 1800ms\n{rtt}"
RTT = "rtt min/avg/max/mdev = 20.1/{mean}/900.0/3.1 ms\n"
ROUTE = "Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0101A8C0\t0003\n"
LAST = "{kind}   system {what}  6.1.0-13-amd64   {when}   still running\n"


def chrony(offset=0.0001, leap="Normal"):
    return CHRONY.format(when=1e9, offset=offset, leap=leap)


def pings(got=10, sent=10, mean=31.0):
    rtt = RTT.format(mean=mean) if got else ""
    return PINGS.format(sent=sent, got=got, loss=100 - 100 * got / sent, rtt=rtt)


def starts(*kinds):
    """Return `last`'s text of starts ("r") and shutdowns ("s"), the newest first, hours apart."""
    rows = []
    for hours, letter in enumerate(kinds):
        when = (NOW - datetime.timedelta(hours=1 + hours)).isoformat()
        kind, what = ("reboot", "boot") if letter == "r" else ("shutdown", "down")
        rows.append(LAST.format(kind=kind, what=what, when=when))
    return "".join(rows) + "\nwtmp begins 2026-10-01T07:00:00+07:00\n"


def clock_set(told):
    """Return the kernel's line, two seconds after the start at 08:00."""
    text = f"rtc_cmos 00:04: setting system clock to {told} UTC (1)"
    return journal(text, ago_s=UP.total_seconds() - 2)


HEALTHY = {
    "journalctl": clock_set("2026-11-24T08:00:02"),
    "chronyc": chrony(),
    "systemctl": "[]",
    "ping": pings(),
    "last": starts("r", "s", "r", "s"),
}


@pytest.fixture
def computer(make_bench, healthy_root):
    """Return a maker of benches of a computer where everything can be tested."""
    tree(
        healthy_root,
        proc__mounts="/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sdb1 /mnt/stick ext4 ro 0 0\n",
        proc__sys__kernel__random__boot_id=f"{BOOT}\n",
        proc__net__route=ROUTE,
        sys__class__rtc__rtc0__since_epoch=f"{NOW.timestamp():.0f}\n",
        sys__class__hwmon__hwmon0__name="coretemp\n",
        sys__class__hwmon__hwmon0__temp1_input="51000\n",
        sys__class__hwmon__hwmon1__fan1_input="1180\n",
        sys__class__hwmon__hwmon1__fan2_input="0\n",
        sys__devices__system__edac__mc__mc0__ce_count="0\n",
        sys__devices__system__edac__mc__mc0__ue_count="0\n",
        sys__devices__system__cpu__cpu0__thermal_throttle__package_throttle_count="0\n",
        sys__block__sda__removable="0\n",
        sys__block__sdb__removable="1\n",
        sys__fs__ext4__sda1__errors_count="0\n",
        sys__fs__ext4__sdb1__errors_count="4\n",
    )
    write(healthy_root, "sys/block/sda/sda1/partition", "1\n")
    write(healthy_root, "sys/block/sdb/sdb1/partition", "1\n")
    write(healthy_root, "sys/bus/usb/devices/1-0:1.0/usb1-port4/over_current_count", "0\n")

    def make(files=None, programs=None, **changes):
        for name, text in (files or {}).items():
            write(healthy_root, name, text)
        answers = {k: v for k, v in (HEALTHY | (programs or {})).items() if v is not None}
        changes = {"now": lambda: NOW, "run_program": Programs(**answers), **changes}
        return make_bench(**changes)

    return make


def results_of(bench, *components):
    wanted = components or COMPONENTS
    checks = [item for item in all_checks() if item.component in wanted]
    report = run_checks(bench, checks, mode=Mode.QUICK).report
    return {result.code: result for result in report.results}


def bad(results):
    kinds = {WARN, FAIL, Outcome.ERROR}
    return {code: r.outcome for code, r in results.items() if r.outcome in kinds}


def test_a_healthy_computer_passes_everything_it_can_show(computer):
    results = results_of(computer())
    assert bad(results) == {}
    skips = {code: r.reason for code, r in results.items() if r.outcome is SKIP}
    assert set(skips) == {"MEM-102", "NET-102", "NET-103", "NET-104"}
    assert all(skips.values())


OOM = "Out of memory: Killed process 437 (chrome) total-vm:9kB, anon-rss:8kB"
IO = "blk_update_request: I/O error, dev sda, sector 2056 op 0x0:(READ)"
EXT4 = "EXT4-fs error (device sda1): ext4_lookup:1855: inode #2: comm cp: deleted inode"
REMOUNT = "EXT4-fs (sda1): Remounting filesystem read-only"
THROTTLED = (
    "CPU0: Package temperature is above threshold, cpu clock is throttled (total events = 9)"
)
MCE = "mce: [Hardware Error]: CPU 2: Machine Check: 0 Bank 5: be00000000800400"
WATCHDOG = "NETDEV WATCHDOG: enp2s0 (r8169): transmit queue 0 timed out 5012 ms"
TEMPERATURE = "sys/class/hwmon/hwmon0/temp1_input"
EDAC_LINE = "EDAC MC0: 1 {} memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0"
EDAC = "sys/devices/system/edac/mc/mc0/"
FANS = {"sys/class/hwmon/hwmon1/fan1_input": "0\n", TEMPERATURE: "66000\n"}
PORT = "sys/bus/usb/devices/1-0:1.0/usb1-port4/over_current_count"
READ_ONLY = "/dev/sda1 / ext4 ro,relatime 0 0\n"
NUT_FAILED = '[{"unit": "nut-server.service", "active": "failed"}]'


@pytest.mark.parametrize(
    ("code", "outcome", "files", "programs"),
    [
        ("TIM-101", FAIL, {}, {"journalctl": clock_set("2000-01-01T00:00:06")}),
        ("TIM-101", WARN, {}, {"journalctl": clock_set("2026-11-24T07:49:00")}),
        ("TIM-102", WARN, {}, {"chronyc": chrony(offset=-2.5)}),
        ("TIM-102", FAIL, {}, {"chronyc": chrony(offset=61.0)}),
        ("TIM-102", FAIL, {"sys/class/rtc/rtc0/since_epoch": "1000000\n"}, {}),
        ("CPU-101", WARN, {TEMPERATURE: "85000\n"}, {}),
        ("CPU-101", FAIL, {}, {"journalctl": journal(THROTTLED)}),
        ("CPU-102", FAIL, FANS, {}),
        ("CPU-103", WARN, {}, {"journalctl": journal(MCE, MCE, apart_s=0.1)}),
        ("CPU-103", FAIL, {}, {"journalctl": journal(MCE, MCE, MCE)}),
        ("DSK-162", WARN, {}, {"journalctl": journal(IO)}),
        ("DSK-162", FAIL, {}, {"journalctl": journal(*[IO] * 10)}),
        ("FSY-101", FAIL, {}, {"journalctl": journal(EXT4)}),
        ("FSY-101", FAIL, {}, {"journalctl": journal(REMOUNT)}),
        ("FSY-101", FAIL, {"proc/mounts": READ_ONLY}, {}),
        ("FSY-101", FAIL, {"sys/fs/ext4/sda1/errors_count": "2\n"}, {}),
        ("MEM-101", WARN, {EDAC + "ce_count": "1\n"}, {}),
        ("MEM-101", FAIL, {EDAC + "ue_count": "1\n"}, {}),
        ("MEM-101", WARN, {}, {"journalctl": journal(EDAC_LINE.format("CE"))}),
        ("MEM-101", FAIL, {}, {"journalctl": journal(EDAC_LINE.format("UE"))}),
        (  # months of uptime must not hide a module that began to fail today
            "MEM-101",
            WARN,
            {EDAC + "ce_count": "2\n", "proc/uptime": "8640000.0 1.0\n"},
            {"journalctl": journal(EDAC_LINE.format("CE"), EDAC_LINE.format("CE"))},
        ),
        ("MEM-103", WARN, {"proc/vmstat": "oom_kill 1\n"}, {"journalctl": journal(OOM)}),
        ("MEM-104", WARN, {"proc/meminfo": "MemAvailable: 200000 kB\n"}, {}),
        ("MEM-104", FAIL, {"proc/meminfo": "MemAvailable: 90000 kB\n"}, {}),
        ("NET-001", FAIL, {"sys/class/net/eth0/operstate": "down\n"}, {}),
        ("NET-101", WARN, {}, {"ping": pings(got=6)}),
        ("NET-101", WARN, {}, {"ping": pings(mean=912.0)}),
        ("NET-105", WARN, {}, {"journalctl": journal(WATCHDOG)}),
        ("SYS-101", FAIL, {}, {"systemctl": NUT_FAILED}),
        ("SYS-102", WARN, {}, {"last": starts("r", "r", "r", "r")}),
        ("USB-101", WARN, {PORT: "1\n"}, {}),
        ("USB-101", FAIL, {PORT: "5\n"}, {}),
    ],
)
def test_a_fault_raises_its_own_code_and_no_other(computer, code, outcome, files, programs):
    results = results_of(computer(files, programs))
    assert bad(results) == {code: outcome}
    assert results[code].finding.retest == f"selftest only {code}"
    assert results[code].finding.action.steps_id


@pytest.mark.parametrize(("space", "inodes", "outcome"), [(0.1, 0.9, WARN), (0.9, 0.04, FAIL)])
def test_a_full_disk_raises_its_code(computer, space, inodes, outcome):
    bench = computer(disk_use=lambda folder: DiskUse(space, inodes))
    assert bad(results_of(bench)) == {"DSK-161": outcome}


@pytest.mark.parametrize(
    ("files", "programs"),
    [
        ({}, {"journalctl": journal(IO.replace("sda", "sdb"), IO.replace("sda", "loop3"))}),
        ({}, {"journalctl": journal(EXT4.replace("sda1", "sdb1"))}),
        ({}, {"journalctl": journal(EXT4, boot="ee" * 16)}),  # repaired at this start
        ({}, {"journalctl": journal(IO, THROTTLED, WATCHDOG, ago_s=8 * 86400)}),
        ({}, {"journalctl": journal("usb 1-4: new high-speed USB device number 3")}),
        ({"sys/class/hwmon/hwmon1/fan1_input": "0\n"}, {}),  # cool: a fan may rest
        ({TEMPERATURE: "130000\n"}, {}),  # no credible temperature
        ({}, {"systemctl": '[{"unit": "cups.service"}]'}),
        ({}, {"last": starts("r", "s", "r", "r", "r")}),
        ({}, {"ping": pings(got=9)}),
    ],
)
def test_what_is_no_fault_raises_nothing(computer, files, programs):
    assert bad(results_of(computer(files, programs))) == {}


@pytest.mark.parametrize(
    ("codes", "programs"),
    [
        ({"CPU-103", "DSK-162", "NET-105"}, {"journalctl": None}),
        ({"NET-101"}, {"ping": None}),
        ({"NET-101"}, {"ping": "ping: socket: Operation not permitted"}),
        ({"SYS-101"}, {"systemctl": ProgramOutput(1, b"", b"not booted with systemd")}),
        ({"SYS-101"}, {"systemctl": "Interactive authentication required."}),
        ({"SYS-102"}, {"last": None}),
        ({"SYS-102"}, {"last": "\nwtmp begins 2026-10-01T07:00:00+07:00\n"}),
    ],
)
def test_what_cannot_be_told_is_skipped_with_its_reason(computer, codes, programs):
    results = results_of(computer(programs=programs))
    assert bad(results) == {}
    for code in codes:
        assert results[code].outcome is SKIP
        assert len(results[code].reason) > 10


def test_a_container_shows_little_and_nothing_of_it_is_bad(make_bench, tmp_path):
    results = results_of(make_bench(root=tmp_path / "empty", now=lambda: NOW))
    assert bad(results) == {}
    assert {code for code, r in results.items() if r.outcome is PASSED} == {"TIM-101", "DSK-161"}
    assert all(r.reason for r in results.values() if r.outcome is SKIP)


def test_counters_are_judged_by_growth(computer):
    """An old kill or over-current does not warn for ever, and a new one does."""
    days = [0]
    now = lambda: NOW + datetime.timedelta(days=days[0])  # noqa: E731
    files = {"proc/vmstat": "oom_kill 3\n", "proc/uptime": "9000000 9\n", PORT: "2\n"}
    bench = computer(files, {"journalctl": journal("quiet", ago_s=60)}, now=now)
    first = results_of(bench, "memory", "usb")
    assert bad(first) == {}
    assert (first["MEM-103"].outcome, first["USB-101"].outcome) == (SKIP, SKIP)
    days[0] = 1
    assert results_of(bench, "memory", "usb")["MEM-103"].outcome is PASSED
    write(bench.root, "proc/vmstat", "oom_kill 4\n")
    write(bench.root, PORT, "7\n")
    days[0] = 3
    assert bad(results_of(bench, "memory", "usb")) == {"MEM-103": WARN, "USB-101": FAIL}
    days[0] = 12
    assert bad(results_of(bench, "memory", "usb")) == {}


def test_throttling_counts_by_the_day(computer):
    days = [0]
    count = "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count"
    bench = computer({count: "40\n"}, now=lambda: NOW + datetime.timedelta(days=days[0]))
    assert bad(results_of(bench, "cpu")) == {}
    days[0] = 1
    write(bench.root, count, "43\n")
    assert bad(results_of(bench, "cpu")) == {"CPU-101": FAIL}
    days[0] = 2.5
    assert results_of(bench, "cpu")["CPU-101"].outcome is PASSED


def depot_memory(computer, output):
    checks = [item for item in all_checks() if item.code == "MEM-102"]
    bench = computer(programs={"memtester": output})
    (result,) = run_checks(bench, checks, mode=Mode.DEPOT).report.results
    return result, bench.run_program.asked[-1]


def test_a_failing_memory_module_is_found_at_the_depot(computer):
    result, asked = depot_memory(computer, "  Solid Bits : ok\n")
    assert (result.outcome, asked) == (PASSED, ("memtester", "976M", "1"))
    text = b"  Random Value : FAILURE: 0x1 != 0x0 at offset 0x0003.\n"
    result, _ = depot_memory(computer, ProgramOutput(4, text))
    assert result.outcome is FAIL
    assert "FAILURE" in result.reason
    result, _ = depot_memory(computer, ProgramOutput(1))
    assert result.outcome is SKIP
