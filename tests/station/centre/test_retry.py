"""Patience with a link: progress makes it new, silence uses it up."""

import pytest

from station.centre.retry import Patience, RetryPolicy


@pytest.fixture
def waits() -> list[float]:
    return []


def test_it_ends_after_so_many_failures_without_progress(waits):
    patience = Patience(RetryPolicy(tries_without_progress=4), sleep=waits.append)
    assert [patience.failed() for _ in range(4)] == [True, True, True, False]
    assert patience.cuts == 4
    assert len(waits) == 3


def test_waits_double_up_to_a_limit(waits):
    policy = RetryPolicy(tries_without_progress=12, first_wait_s=1.0, longest_wait_s=10.0)
    patience = Patience(policy, sleep=waits.append)
    while patience.failed():
        pass
    for number, wait in enumerate(waits):
        expected = min(2.0**number, 10.0)
        assert expected / 2 <= wait <= expected


def test_progress_makes_it_new(waits):
    patience = Patience(RetryPolicy(tries_without_progress=2), sleep=waits.append)
    for _ in range(50):
        assert patience.failed()
        patience.progressed()
    assert patience.cuts == 50


def test_what_the_other_side_asks_for_is_kept_within_the_limit(waits):
    policy = RetryPolicy(first_wait_s=0.1, longest_wait_s=30.0)
    patience = Patience(policy, sleep=waits.append)
    patience.failed(least_wait_s=20.0)
    patience.failed(least_wait_s=9000.0)
    assert waits == [20.0, 30.0]


def test_a_night_ends(waits):
    now = [0.0]
    patience = Patience(RetryPolicy(time_limit_s=100.0), sleep=waits.append, clock_s=lambda: now[0])
    assert patience.failed()
    now[0] = 101.0
    patience.progressed()
    assert not patience.failed()
