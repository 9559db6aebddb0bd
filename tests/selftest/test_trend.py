"""Slow changes: what is warned of, when, and what is not."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selftest.daily import DailyStatistics
from selftest.history import History
from selftest.trend import (
    BASELINE_DAYS,
    FLOORS,
    Shift,
    judge_trend,
    tell_glass_from_fingers,
)
from selftest.trend_simulation import count_false_alarms, days_to_warning

FLOOR_GL = FLOORS["background_level"]


def steady(days, level=240.0):
    return np.full(days, level)


def test_without_a_full_baseline_nothing_is_judged():
    assert judge_trend(steady(BASELINE_DAYS - 1), floor=FLOOR_GL) is None
    assert judge_trend(np.array([]), floor=FLOOR_GL) is None


def test_a_level_that_never_moves_raises_nothing():
    trend = judge_trend(steady(200), floor=FLOOR_GL)
    assert not trend.is_beyond.any()
    assert (trend.shift, trend.days_beyond) == (0, 0)


def test_one_wild_day_is_no_alarm_and_a_step_is_one_on_the_third_day():
    wild = steady(100)
    wild[80] += 20
    assert not judge_trend(wild[:82], floor=FLOOR_GL).is_alarm.any()
    step = np.concatenate([steady(80), steady(20, 235.0)])
    trend = judge_trend(step, floor=FLOOR_GL)
    assert np.flatnonzero(trend.is_alarm)[0] == 82
    assert trend.days_beyond == 20
    assert trend.shift < -3


def test_wild_days_within_the_baseline_do_not_hide_a_fault():
    days = np.concatenate([steady(80), steady(20, 235.0)])
    days[10:20] = 100.0
    assert judge_trend(days, floor=FLOOR_GL).is_alarm[-1]


def test_a_decline_is_warned_of_within_fifteen_days():
    delays = [days_to_warning(seed) for seed in range(100)]
    assert None not in delays
    assert max(delays) <= 15


def test_two_hundred_healthy_years_give_two_alarms_at_most():
    assert count_false_alarms(200, seed=11) <= 2


@pytest.mark.parametrize(
    ("background_gl", "points", "shift"),
    [(240, 60, Shift.NONE), (225, 60, Shift.GLASS), (225, 40, Shift.GLASS), (240, 40, "fingers")],
)
def test_bad_glass_is_told_from_bad_fingers(background_gl, points, shift):
    background = np.concatenate([steady(70), steady(30, background_gl)])
    quality = np.concatenate([steady(70, 60.0), steady(30, points)])
    told = tell_glass_from_fingers(
        judge_trend(background, floor=FLOOR_GL),
        judge_trend(quality, floor=FLOORS["quality_score"]),
    )
    assert told == shift
    assert tell_glass_from_fingers(None, None) is Shift.NONE


@pytest.fixture
def statistics(tmp_path):
    return DailyStatistics(History(tmp_path / "selftest.db"))


DAY = datetime.date(2026, 11, 24)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 255), min_size=1, max_size=30))
def test_the_median_of_a_day_is_kept_to_one_step(tmp_path_factory, values):
    kept = DailyStatistics(History(tmp_path_factory.mktemp("day") / "selftest.db"))
    for value in values:
        kept.add("unit", DAY, {"background_level": value})
    (day,) = kept.days("unit", "background_level")
    assert day.n == len(values)
    assert day.median == pytest.approx(np.median(values), abs=0.1)


def test_units_days_and_metrics_are_kept_apart(statistics):
    statistics.add("one", DAY, {"background_level": 240.0, "quality_score": 71})
    statistics.add("one", DAY + datetime.timedelta(days=1), {"background_level": 236.0})
    statistics.add("two", DAY, {"background_level": 100.0})
    assert [day.median for day in statistics.days("one", "background_level")] == [240, 236]
    assert [day.median for day in statistics.days("one", "quality_score")] == [71]
    assert statistics.units() == ("one", "two")
    assert statistics.days("three", "background_level") == ()


def test_only_known_metrics_and_counters_are_kept(statistics):
    with pytest.raises(KeyError):
        statistics.add("one", DAY, {"nik": 6101010101010001})
    with pytest.raises(ValueError, match="name_of_the_resident"):
        statistics.count("one", DAY, ["name_of_the_resident"])


def test_counters_add_up_over_days(statistics):
    for days in (0, 0, 1, 9):
        statistics.count("one", DAY + datetime.timedelta(days=days), ["attempts", "accepted"])
    week = DAY + datetime.timedelta(days=6)
    assert statistics.counted("one", "attempts", DAY, week) == 3
    assert statistics.counted("one", "resets", DAY, week) == 0
    assert statistics.counted("two", "attempts", DAY, week) == 0


def test_the_newest_values_reach_back_over_days(statistics):
    for day, value in enumerate((8.0, 8.1, 9.0)):
        for _ in range(20):
            statistics.add("one", DAY + datetime.timedelta(days=day), {"ridge_period": value})
    newest = statistics.latest("one", "ridge_period", 30)
    assert len(newest) == 40
    assert sorted(set(np.round(newest, 2))) == [8.1, 9.0]
