"""A run that is cut off leaves a report; the next run stores it; who runs is not disturbed."""

import contextlib
import datetime
import os
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from selftest.archive import last_report, read_report, stored_places
from selftest.bench import Bench
from selftest.check import Measured, Skip, Value, check
from selftest.report import Outcome, Verdict
from selftest.session import boot_run_due, close_cut_off_runs, run_session
from selftest.stream import (
    Stream,
    cut_off_runs,
    is_running,
    newest_cut_off,
    read_stream,
    running_folder,
)

GOOD = check("camera", "CAM-102")(lambda subject: Measured((Value("frame_mean", 100.0),)))
LATER = check("scanner", "FPS-101")(lambda subject: Skip("never reached"))
KILLED = """
import sys, time
from pathlib import Path
from selftest.bench import Bench
from selftest.check import Measured, Value, check
from selftest.session import run_session
good = check("camera", "CAM-102")(lambda subject: Measured((Value("frame_mean", 100.0),)))
hangs = check("camera", "CAM-101", time_limit_s=60)(lambda subject: time.sleep(60))
later = check("scanner", "FPS-101")(lambda subject: None)
run_session(Bench((), Path(sys.argv[1])), [good, hangs, later], trigger="boot")
"""


class PowerCutError(BaseException):
    """Ends a run as a power cut would."""


def cut(subject):
    raise PowerCutError


def test_a_killed_run_is_shown_as_unfinished_and_stored_by_the_next(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)])
    bench = Bench((), tmp_path)
    try:
        _wait_for(lambda: b'{"began": {"code": "CAM-101"' in _streamed(bench))
        assert is_running(bench)
        assert newest_cut_off(bench) is None
        assert close_cut_off_runs(bench) == ()
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    assert not is_running(bench)
    shown = newest_cut_off(bench)
    assert {r.code: r.outcome for r in shown.results} == {
        "CAM-102": Outcome.PASS,
        "CAM-101": Outcome.ERROR,
        "FPS-101": Outcome.SKIP,
    }
    assert (shown.unfinished, shown.verdict) == (True, Verdict.NOT_PROVEN)
    assert stored_places(bench) == ()
    after = run_session(bench, [GOOD], trigger="only")
    stored = [read_report(place) for place in stored_places(bench)]
    assert [(r.unfinished, r.number) for r in stored] == [(True, 1), (False, 2)]
    assert stored[0].results == shown.results
    assert after.previous_run_id == shown.run_id
    assert not list(running_folder(bench).iterdir())


def _streamed(bench):
    return b"".join(place.read_bytes() for place in running_folder(bench).glob("*.jsonl"))


def _wait_for(condition):
    end_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def test_a_finished_run_leaves_no_stream(make_bench):
    bench = make_bench()
    report = run_session(bench, [GOOD], trigger="only")
    assert not list(running_folder(bench).iterdir())
    assert last_report(bench) == report
    assert not report.unfinished


@pytest.fixture
def stream_of_two(make_bench):
    """Return what a stream of one result, one check begun and one not reached holds."""
    bench = make_bench()
    with Stream(bench, "quick") as stream:
        stream.planned([GOOD, LATER])
        stream.began(GOOD, "kamera")
    return stream.place.read_bytes()


def test_a_power_cut_at_any_byte_leaves_what_is_whole(stream_of_two):
    for length in range(len(stream_of_two) + 1):
        report = read_stream(stream_of_two[:length])
        assert (report is None) is (b"\n" not in stream_of_two[:length])
        if report is not None:
            assert report.unfinished
            assert report.verdict is Verdict.NOT_PROVEN
    assert [(r.code, r.outcome, r.asset) for r in report.results] == [
        ("CAM-102", Outcome.ERROR, "kamera"),
        ("FPS-101", Outcome.SKIP, None),
    ]


def test_a_line_of_zeros_is_passed_over(stream_of_two):
    head, _, rest = stream_of_two.partition(b"\n")
    assert read_stream(head + b"\n\0\0\0\n" + rest).results


def test_a_stream_without_a_whole_line_is_removed(make_bench):
    bench = make_bench()
    running_folder(bench).mkdir(parents=True)
    (running_folder(bench) / "a.jsonl").write_bytes(b'{"run": {"ru')
    assert list(cut_off_runs(bench)) == []
    assert not list(running_folder(bench).iterdir())


@pytest.mark.parametrize(
    "line", [b'{"run": 7}', b'{"ended": {}}', b'{"planned": [{"code": "X"}]}', b'{"planned": 7}']
)
def test_a_damaged_stream_is_put_aside_and_stops_nobody(make_bench, stream_of_two, line):
    bench = make_bench()
    place = next(running_folder(bench).glob("*.jsonl"))
    first = b"" if b"run" in line else stream_of_two.partition(b"\n")[0] + b"\n"
    place.write_bytes(first + line + b"\n")
    assert run_session(bench, [GOOD], trigger="only").number == 1
    assert place.with_suffix(".damaged").is_file()


def test_codes_of_another_version_are_reported_too(stream_of_two):
    report = read_stream(stream_of_two.replace(b"CAM-102", b"XYZ-999"))
    assert (report.results[0].code, report.results[0].name_id) == ("XYZ-999", "XYZ-999")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2000), put=st.binary(max_size=4))
def test_any_damage_is_a_report_or_told(stream_of_two, place, put):
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        read_stream(stream_of_two[:place] + put + stream_of_two[place + len(put) :])


def test_the_boot_run_is_due_once_a_day(make_bench):
    morning = datetime.datetime(2026, 11, 24, 8, 0).astimezone()
    clock = [morning]
    bench = make_bench(now=lambda: clock[0])
    assert boot_run_due(bench, morning)
    run_session(bench, [GOOD], trigger="only")
    assert boot_run_due(bench, morning)
    run_session(bench, [GOOD], trigger="boot")
    assert not boot_run_due(bench, morning + datetime.timedelta(hours=8))
    assert boot_run_due(bench, morning + datetime.timedelta(hours=24))
    stored_places(bench)[-1].write_text("damaged")
    assert boot_run_due(bench, morning)


def test_a_clock_that_was_ahead_puts_no_boot_run_off(make_bench):
    morning = datetime.datetime(2026, 11, 24, 8, 0).astimezone()
    clock = [morning + datetime.timedelta(days=900)]
    bench = make_bench(now=lambda: clock[0])
    run_session(bench, [GOOD], trigger="boot")
    assert boot_run_due(bench, morning)
    clock[0] = morning
    run_session(bench, [GOOD], trigger="boot")
    assert not boot_run_due(bench, morning)


def test_a_run_that_was_cut_off_is_no_boot_run(make_bench):
    morning = datetime.datetime(2026, 11, 24, 8, 0).astimezone()
    bench = make_bench(now=lambda: morning)
    with Stream(bench, "boot") as stream:
        stream.planned([GOOD])
    (report,) = close_cut_off_runs(bench)
    assert report.trigger == "boot"
    assert boot_run_due(bench, morning)
