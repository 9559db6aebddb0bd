"""The clocks, and how far the wall clock is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from station.clock import Clock, ClockTrust, judge_clock, read_boot_id, utc_now
from tests.station.core_rooms import HandClock


def test_a_moment_reads_all_clocks():
    clock = Clock()
    first, second = clock.now(), clock.now()
    assert second.monotonic_ms >= first.monotonic_ms
    assert first.boot_id == second.boot_id == read_boot_id() == clock.boot_id
    assert abs(utc_now() - first.wall) < timedelta(minutes=1)
    assert first.trust in ClockTrust


def test_time_is_written_in_utc_with_milliseconds():
    clock = HandClock()
    clock.wall_time = datetime(2026, 11, 24, 7, 57, 21, 123999, tzinfo=UTC)
    assert clock.now().wall_text == "2026-11-24T07:57:21.123Z"


@pytest.mark.parametrize("year", [1970, 2016, 2025, 2060, 2099])
def test_a_year_in_which_this_software_cannot_run_is_implausible(year):
    assert judge_clock(datetime(year, 6, 1, tzinfo=UTC)) is ClockTrust.IMPLAUSIBLE


@pytest.mark.parametrize("year", [2026, 2038, 2059])
def test_a_possible_year_is_as_good_as_the_kernel_says(year):
    judged = judge_clock(datetime(year, 6, 1, tzinfo=UTC))
    assert judged in (ClockTrust.SYNCHRONISED, ClockTrust.FREE_RUNNING)
