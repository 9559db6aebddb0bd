"""A live view that nobody watches ends; one that somebody is about to watch does not."""

import time

import pytest

from station.panel.viewers import Viewers

SOON_S = 0.05


@pytest.fixture
def viewers() -> Viewers:
    return Viewers()


def test_nothing_was_watched_yet(viewers: Viewers) -> None:
    assert not viewers.take_gone_since(0.0)


def test_the_last_one_to_leave_is_told_once(viewers: Viewers) -> None:
    with viewers.watching():
        with viewers.watching():
            pass
        assert not viewers.take_gone_since(0.0)
    assert not viewers.take_gone_since(60.0)
    assert viewers.take_gone_since(0.0)
    assert not viewers.take_gone_since(0.0)


def test_who_is_expected_gets_the_whole_time_again(viewers: Viewers) -> None:
    with viewers.watching():
        pass
    time.sleep(SOON_S)
    viewers.expect_one()
    assert not viewers.take_gone_since(SOON_S)
    with viewers.watching():
        viewers.expect_one()
        assert not viewers.take_gone_since(0.0)


def test_who_is_expected_and_never_comes_does_not_keep_a_view_alive(viewers: Viewers) -> None:
    viewers.expect_one()
    time.sleep(SOON_S)
    assert viewers.take_gone_since(SOON_S)
