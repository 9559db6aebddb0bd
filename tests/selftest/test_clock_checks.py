"""The clock: who keeps it right, and what the hardware clock said at the start."""

import datetime

import pytest

from selftest.boots import unclean_starts
from selftest.catalog import all_checks
from selftest.errors import NotReadyError
from selftest.programs import ProgramOutput
from selftest.report import Outcome
from selftest.runner import run_checks
from selftest.time_service import ask_time_service
from tests.selftest.host import BOOT, NOW, UP, Programs, journal, write

CHRONY = "C0A80101,192.168.1.1,3,1764000000.1,{},0.0,0.0,1.0,0.0,0.1,0.01,0.001,64.0,{}\n"
SYNCED = "NTP=yes\nNTPSynchronized=yes\nTimezone=Asia/Pontianak\n"
STATUS = "       Server: 10.1.1.1 (ntp.example.go.id)\n      Leap: normal\n       Offset: {}\n"


def result_of(bench, code):
    checks = [item for item in all_checks() if item.code == code]
    (result,) = run_checks(bench, checks).report.results
    return result


@pytest.mark.parametrize(
    ("answers", "synchronised", "offset_s"),
    [
        ({"chronyc": CHRONY.format("-0.25", "Normal")}, True, 0.25),
        ({"chronyc": CHRONY.format("0.0", "Not synchronised")}, False, None),
        ({"timedatectl": "NTPSynchronized=no\n"}, False, None),
        ({"timedatectl_show": SYNCED, "timedatectl": STATUS.format("-1.5ms")}, True, 0.0015),
        ({"timedatectl_show": SYNCED, "timedatectl": STATUS.format("+38us")}, True, 3.8e-05),
        ({"timedatectl_show": SYNCED, "timedatectl": STATUS.format("2min")}, True, 120.0),
        ({"timedatectl_show": SYNCED, "timedatectl": "no timesyncd"}, True, None),
        ({"chronyc": ProgramOutput(1, b"506 Cannot talk"), "timedatectl": SYNCED}, True, None),
    ],
)
def test_each_service_says_how_far_off_it_is(answers, synchronised, offset_s):
    told = ask_time_service(Programs(**answers))
    assert (told.is_synchronised, told.text != "") == (synchronised, True)
    assert told.offset_s == (None if offset_s is None else pytest.approx(offset_s))


@pytest.mark.parametrize("answers", [{}, {"timedatectl": ""}, {"timedatectl": ProgramOutput(1)}])
def test_without_a_service_nothing_is_known(answers):
    with pytest.raises(NotReadyError):
        ask_time_service(Programs(**answers))


def test_a_clock_that_nobody_keeps_is_skipped_with_the_reason(make_bench):
    result = result_of(
        make_bench(run_program=Programs(timedatectl="NTPSynchronized=no")), "TIM-102"
    )
    assert (result.outcome, "not synchronised" in result.reason) == (Outcome.SKIP, True)


def test_a_hardware_clock_in_local_time_is_understood(make_bench, healthy_root):
    now = NOW.astimezone(datetime.timezone(datetime.timedelta(hours=7)))
    offset_s = NOW.astimezone().utcoffset().total_seconds()
    write(healthy_root, "sys/class/rtc/rtc0/since_epoch", f"{NOW.timestamp() + offset_s:.0f}\n")
    write(healthy_root, "etc/adjtime", "0.0 1700000000 0.0\n1700000000\nLOCAL\n")
    assert result_of(make_bench(now=lambda: now), "TIM-102").outcome is Outcome.PASS


def clock_bench(make_bench, root, told, before="", synced=True, **changes):
    write(root, "proc/sys/kernel/random/boot_id", f"{BOOT}\n")
    text = f"rtc_cmos 00:04: setting system clock to {told} UTC (1)"
    log = before + journal(text, ago_s=UP.total_seconds() - 2)
    service = SYNCED if synced else "NTPSynchronized=no\n"
    programs = Programs(journalctl=log, timedatectl=service)
    return make_bench(run_program=programs, **{"now": lambda: NOW, **changes})


@pytest.mark.parametrize(
    ("told", "synced", "outcome", "values"),
    [
        ("2026-11-24T08:00:02", True, Outcome.PASS, {"hardware_drift": 0.0}),
        ("2026-11-24T08:00:07", True, Outcome.PASS, {"hardware_drift": 5.0}),
        ("2026-11-24T07:59:56", True, Outcome.WARN, {"hardware_drift": 6.0}),
        ("2026-11-24T07:59:56", False, Outcome.PASS, {}),
        ("2000-01-01T00:00:03", False, Outcome.FAIL, {"hardware_year": 2000}),
        ("2099-01-01T00:00:03", True, Outcome.FAIL, {"hardware_year": 2099}),
        ("2026-13-41T00:00:03", True, Outcome.PASS, {"year": 2026}),
    ],
)
def test_what_the_cell_kept_is_judged(make_bench, healthy_root, told, synced, outcome, values):
    result = result_of(clock_bench(make_bench, healthy_root, told, synced=synced), "TIM-101")
    found = {item.name: item.value for item in result.measurements}
    assert result.outcome is outcome
    assert found | values == found


def test_the_error_is_shared_among_the_days_of_power_off(make_bench, healthy_root):
    before = journal("last words", ago_s=UP.total_seconds() + 4 * 86400, boot="ab" * 16)
    bench = clock_bench(make_bench, healthy_root, "2026-11-24T07:59:46", before)
    result = result_of(bench, "TIM-101")
    found = {item.name: item.value for item in result.measurements}
    assert found["hardware_drift"] == pytest.approx(4.0, abs=0.01)  # 16 s in four days
    assert result.outcome is Outcome.PASS


@pytest.mark.parametrize("year", [1970, 2025, 2061])
def test_an_impossible_year_fails(make_bench, year):
    bench = make_bench(now=lambda: NOW.replace(year=year))
    assert result_of(bench, "TIM-101").outcome is Outcome.FAIL


ROWS = """\
reboot   system boot  6.1.0-13-amd64   2026-11-24T07:40:22+07:00   still running
reboot   system boot  6.1.0-13-amd64   2026-11-23T15:01:00+0700 - 2026-11-24T07:40:22+0700
shutdown system down  6.1.0-13-amd64   2026-11-22T16:02:11+07:00 - 2026-11-23T15:01:00+07:00
reboot   system boot  6.1.0-13-amd64   2026-11-22T07:31:00+07:00 - 2026-11-22T16:02:11+07:00
runlevel (to lvl 5)   6.1.0-13-amd64   2026-11-22T07:31:00+07:00 - 2026-11-22T16:02:11+07:00

wtmp begins 2026-11-22T07:31:00+07:00
"""


def test_a_start_without_a_shutdown_before_it_is_unclean():
    (only,) = unclean_starts(Programs(last=ROWS))
    assert only == datetime.datetime(2026, 11, 24, 0, 40, 22, tzinfo=datetime.UTC)
    assert unclean_starts(Programs(last="\nwtmp begins Tue\n")) is None
    assert unclean_starts(Programs(last=ROWS.splitlines()[2])) is None
