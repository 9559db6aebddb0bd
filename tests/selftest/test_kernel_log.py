"""The kernel's log: which lines mean trouble, whose port they name, and where they come from."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.devices import AttachedDevice
from drivers.errors import AccessDeniedError
from drivers.models.sim_scanner import SimScanner, SimScannerOptions
from selftest.bench import EMPTY_ROOM
from selftest.catalog import all_checks
from selftest.check import Value
from selftest.errors import NotReadyError
from selftest.history import Author, History, unit_of
from selftest.kernel_log import (
    DAY,
    WEEK,
    KernelLine,
    KernelLog,
    Trouble,
    events,
    read_kernel_log,
    usb_port_of,
)
from selftest.report import Outcome
from selftest.runner import run_checks
from selftest.subject import Subject
from selftest.usb_tree import over_current_counts, usb_port_of_device
from tests.selftest.host import BOOT, NOW, Programs, journal, journal_row, write


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("usb 1-4: reset high-speed USB device number 5 using xhci_hcd", Trouble.USB_RESET),
        ("usb 2-1: reset SuperSpeed USB device number 2 using xhci_hcd", Trouble.USB_RESET),
        ("usb 2-1: reset SuperSpeed Plus Gen 2x1 USB device number 2", Trouble.USB_RESET),
        ("usb 1-4: device descriptor read/64, error -71", Trouble.USB_DESCRIPTOR),
        ("usb 1-4: device descriptor read/all, error -71", Trouble.USB_DESCRIPTOR),
        ("usb 1-4: device not accepting address 9, error -71", Trouble.USB_ADDRESS),
        ("usb usb1-port4: unable to enumerate USB device", Trouble.USB_ENUMERATE),
        ("usb 1-4: USB disconnect, device number 5", Trouble.USB_DISCONNECT),
        ("usb 1-4: not running at top speed; connect to a high speed hub", Trouble.USB_SLOW),
        ("EXT4-fs error (device sda2): __ext4_get_inode_loc:4432:", Trouble.FILE_SYSTEM),
        ("EXT4-fs (sda2): Remounting filesystem read-only", Trouble.FILE_SYSTEM),
        ("I/O error, dev sda, sector 81 op 0x1:(WRITE) flags 0x0", Trouble.DISK),
        ("critical medium error, dev nvme0n1, sector 81", Trouble.DISK),
        ("Out of memory: Killed process 81 (python3)", Trouble.OUT_OF_MEMORY),
        ("mce: [Hardware Error]: Machine check events logged", Trouble.HARDWARE),
        ("EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0", Trouble.MEMORY),
        ("CPU3: Core temperature above threshold, cpu clock throttled", Trouble.THROTTLED),
        ("NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out", Trouble.NETWORK),
    ],
)
def test_each_pattern_finds_its_line_and_no_other(text, trouble):
    assert [one for one in Trouble if one.search(text)] == [trouble]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "usb 1-4: new high-speed USB device number 5 using xhci_hcd",
        "EXT4-fs (sda2): mounted filesystem with ordered data mode",
        "EDAC MC: Ver: 3.0.0",
        "mce: CPU0: Thermal monitoring enabled (TM1)",
        "Memory cgroup out of memory: Killed process 81 (python3)",
    ],
)
def test_harmless_lines_are_none(text):
    assert [one for one in Trouble if one.search(text)] == []


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("usb 1-4: USB disconnect, device number 5", "1-4"),
        ("usb 1-4.2.1: reset full-speed USB device number 5", "1-4.2.1"),
        ("usb usb3-port10: unable to enumerate USB device", "3-10"),
        ("usb 1-4-port2: unable to enumerate USB device", "1-4.2"),
        ("usb 1-4.1-port2: unable to enumerate USB device", "1-4.1.2"),
        ("usb usb1: New USB device found", None),
        ("hub 1-0:1.0: USB hub found", None),
        ("", None),
    ],
)
def test_a_line_names_its_port(text, port):
    assert usb_port_of(text) == port


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    usb_port_of(text)
    for one in Trouble:
        one.search(text)


def line(ago_s, text="x"):
    return KernelLine(NOW - datetime.timedelta(seconds=ago_s), text)


def test_lines_close_together_are_one_event():
    assert events([]) == 0
    assert events([line(30)]) == 1
    assert events([line(30), line(29.5), line(29), line(10), line(9.1)]) == 2


def test_lines_are_chosen_by_age_and_port():
    text = "usb 1-{}: USB disconnect, device number 5"
    lines = tuple(line(days * 86400, text.format(port)) for days, port in ((9, 4), (2, 4), (0, 3)))
    log = KernelLog(lines, NOW)
    assert len(log.find(Trouble.USB_DISCONNECT)) == 2
    assert len(log.find(Trouble.USB_DISCONNECT, within=DAY)) == 1
    assert len(log.find(Trouble.USB_DISCONNECT, within=WEEK, port="1-4")) == 1
    assert log.find(Trouble.DISK) == ()


def read(bench):
    return read_kernel_log(Subject(bench))


def test_the_journal_tells_of_this_start_and_of_earlier_ones(make_bench, healthy_root):
    write(healthy_root, "proc/sys/kernel/random/boot_id", f"{BOOT}\n")
    text = journal_row("early", ago_s=90000, boot="a" * 32) + "\n" + journal_row("now", ago_s=60)
    log = read(make_bench(run_program=Programs(journalctl=text), now=lambda: NOW))
    assert [(one.text, one.since_start_s) for one in log.lines] == [("early", None), ("now", 3540)]
    assert log.is_journal


def test_damaged_rows_of_the_journal_are_passed_over(make_bench):
    rows = [
        "",
        "-- No entries --",
        '{"MESSAGE": "no time"}',
        '{"__REALTIME_TIMESTAMP": "x"}',
        "[1, 2]",
        "7",
        '{"__REALTIME_TIMESTAMP": "1795510800000000", "MESSAGE": [104, 105, 255, 999, "x"]}',
        '{"__REALTIME_TIMESTAMP": "1795510800000000", "MESSAGE": null}',
        journal_row("whole", ago_s=5)[:-9],
    ]
    text = "\n".join(rows)
    log = read(make_bench(run_program=Programs(journalctl=text), now=lambda: NOW))
    assert sorted(one.text for one in log.lines) == ["", "hi\ufffd"]


def test_without_a_journal_the_kernels_buffer_is_read(make_bench, healthy_root):
    write(
        healthy_root, "dev/kmsg", "6,9,3000000,-;I/O error, dev sda, sector 1\n SUB=x\nnonsense\n"
    )
    log = read(make_bench(now=lambda: NOW))
    (only,) = log.lines
    assert (only.text, only.since_start_s) == ("I/O error, dev sda, sector 1", 3.0)
    assert only.when == NOW - datetime.timedelta(seconds=3597)
    assert not log.is_journal


def test_without_either_the_next_step_is_told(make_bench):
    with pytest.raises(NotReadyError, match="systemd-journal"):
        read(make_bench())


class ScannerOnPort(SimScanner):
    """A simulated scanner that the system sees at ports of the computer."""

    places = ("USB 1-4",)

    @classmethod
    def find_attached(cls):
        if cls.places is None:
            raise AccessDeniedError("no permission", device="USB")
        return tuple(AttachedDevice(place, "scanner") for place in cls.places)


@pytest.fixture
def scanner(make_bench, monkeypatch):
    """Return a maker of the results of the link's checks."""
    device = ScannerOnPort("scanner", SimScannerOptions(scene=EMPTY_ROOM, model="single"))

    def make(*texts, places=("USB 1-4",), **changes):
        monkeypatch.setattr(ScannerOnPort, "places", places)
        programs = Programs(journalctl=journal("quiet", *texts))
        settings = {"run_program": programs, "now": lambda: NOW, **changes}
        bench = make_bench(device, **settings)
        wanted = ("FPS-001", "FPS-002", "FPS-004", "FPS-005")
        checks = [item for item in all_checks() if item.code in wanted]
        return {r.code: r for r in run_checks(bench, checks).report.results}, bench

    return make


RESET = "usb 1-4: reset high-speed USB device number 5 using xhci_hcd"
SPEED = "sys/bus/usb/devices/1-4/speed"


@pytest.mark.parametrize(
    ("texts", "outcome"),
    [
        ([RESET] * 2, Outcome.PASS),
        ([RESET] * 3, Outcome.WARN),
        ([RESET] * 9, Outcome.WARN),
        ([RESET] * 10, Outcome.FAIL),
        ([RESET.replace("1-4", "1-3")] * 10, Outcome.PASS),
        (["usb 1-4: device descriptor read/64, error -71"] * 3, Outcome.WARN),
    ],
)
def test_resets_of_the_scanners_own_port_count(scanner, texts, outcome):
    results, _ = scanner(*texts)
    assert results["FPS-004"].outcome is outcome
    assert "USB 1-4" in results["FPS-004"].reason


def test_a_scanner_whose_port_nobody_knows_is_skipped(scanner):
    for places, word in (((), "not seen"), (("USB 1-4", "USB 1-5"), "option port"), (None, "read")):
        results, _ = scanner(places=places)
        assert {results[code].outcome for code in ("FPS-004", "FPS-005")} == {Outcome.SKIP}
        assert word in results["FPS-004"].reason


def test_a_slow_link_is_told_by_the_kernel(scanner, healthy_root):
    results, _ = scanner()
    assert results["FPS-005"].outcome is Outcome.SKIP
    slow = "usb 1-4: not running at top speed; connect to a high speed hub"
    for speed, outcome in (("12\n", Outcome.WARN), ("480\n", Outcome.PASS)):
        write(healthy_root, SPEED, speed)
        assert scanner(slow)[0]["FPS-005"].outcome is outcome
    write(healthy_root, SPEED, "12\n")  # a scanner that can do no more
    assert scanner()[0]["FPS-005"].outcome is Outcome.PASS


def test_a_slow_link_is_told_by_the_baseline(scanner, healthy_root):
    write(healthy_root, SPEED, "12\n")
    _, bench = scanner()
    report = run_checks(bench, [item for item in all_checks() if item.code == "FPS-001"]).report
    who = report.assets[0]
    rows = [("FPS-005", Value("link_speed", 480.0))]
    History(bench.history_file).store_baseline(unit_of(who), NOW, Author("Ani"), rows)
    assert scanner()[0]["FPS-005"].outcome is Outcome.WARN


def test_a_driver_may_name_the_port(monkeypatch):
    class Options(SimScannerOptions):
        port: str | None = None

    monkeypatch.setattr(ScannerOnPort, "places", ("USB 1-4", "USB 1-5"))
    device = ScannerOnPort("scanner", Options(scene=EMPTY_ROOM, port="1-5"))
    assert usb_port_of_device(device) == "1-5"


def test_counts_of_over_current_are_read_below_every_hub(healthy_root):
    devices = "sys/bus/usb/devices"
    write(healthy_root, f"{devices}/1-0:1.0/usb1-port4/over_current_count", "2\n")
    write(healthy_root, f"{devices}/usb1/1-0:1.0/usb1-port4/over_current_count", "2\n")
    write(healthy_root, f"{devices}/1-4:1.0/1-4-port1/over_current_count", "1\n")
    write(healthy_root, f"{devices}/1-4:1.0/1-4-port2/over_current_count", "?\n")
    assert over_current_counts(healthy_root) == {"1-4-port1": 1.0, "usb1-port4": 2.0}


def test_a_line_of_json_that_is_no_object_is_no_line(make_bench):
    text = json.dumps([{"MESSAGE": "x"}])
    with pytest.raises(NotReadyError):
        read(make_bench(run_program=Programs(journalctl=text)))
