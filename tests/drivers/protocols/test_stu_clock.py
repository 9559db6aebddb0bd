"""The pad's clock on the host's time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.stu_clock import StuPenClock


def test_the_first_report_is_tied_to_the_host():
    assert StuPenClock(100.0).time_s(40_000, 100.8) == 0.8


def test_without_a_count_the_host_decides():
    clock = StuPenClock(100.0)
    assert [clock.time_s(None, 100.0 + t) for t in (0.5, 0.6)] == pytest.approx([0.5, 0.6])


@given(
    st.integers(0, 65535),
    st.lists(st.integers(0, 30_000), max_size=30),
    st.floats(0.95, 1.05),
    st.floats(0, 0.2),
)
def test_time_between_reports_is_the_pads_whatever_the_host_says(start, steps_ms, drift, late_s):
    clock, pad_ms = StuPenClock(0.0), 0
    assert clock.time_s(start, 0.0) == 0.0
    for step_ms in steps_ms:
        pad_ms += step_ms
        host_s = pad_ms / 1000 / drift + late_s
        assert clock.time_s((start + pad_ms) % 65536, host_s) == pad_ms / 1000


@pytest.mark.parametrize("pause_s", [66.0, 131.2, 300.0, 3600.0])
def test_wraps_while_the_pen_was_away_are_counted_by_the_host(pause_s):
    clock = StuPenClock(0.0)
    clock.time_s(5, 0.0)
    count_ms = (5 + round(1000 * pause_s)) % 65536
    assert clock.time_s(count_ms, pause_s * 1.001) == pytest.approx(pause_s)


def test_lost_reports_are_counted_over_a_wrap():
    clock = StuPenClock(0.0)
    assert [clock.note_sequence(n) for n in (65533, 65534, 1, 2)] == [0, 0, 2, 0]
    assert clock.lost_reports == 2


def test_no_counter_no_loss():
    clock = StuPenClock(0.0)
    assert [clock.note_sequence(n) for n in (None, 5, None, 9)] == [0, 0, 0, 0]
