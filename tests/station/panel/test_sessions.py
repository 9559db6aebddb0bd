"""Sessions end by idleness, by age and by hand; the token itself is kept nowhere."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from station.accounts import Operator, Role
from station.operators import SignedInOperator
from station.panel.sessions import ABSOLUTE_LIMIT_S, IDLE_LIMIT_S, Sessions


class Hands:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def person(operator_id: int = 1) -> SignedInOperator:
    account = Operator(operator_id, "sari", "Sari", Role.OPERATOR, True, b"k" * 32)
    return SignedInOperator(account, X25519PrivateKey.generate())


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def sessions(clock):
    return Sessions(clock)


def test_nobody_is_signed_in_at_first(sessions):
    assert sessions.find(None, is_activity=True) is None
    assert sessions.find("", is_activity=True) is None
    assert sessions.find("guess", is_activity=True) is None
    sessions.end("guess")


def test_a_token_has_256_bits_and_is_not_kept(sessions):
    token, session = sessions.begin(person())
    assert len(token) >= 43
    assert token not in repr(vars(sessions))
    assert session.csrf_token != token
    assert sessions.find(token, is_activity=True) is session


def test_every_log_in_has_its_own_token(sessions):
    assert sessions.begin(person())[0] != sessions.begin(person())[0]


def test_idleness_ends_it_and_activity_does_not(sessions, clock):
    token, _ = sessions.begin(person())
    clock.now_s += IDLE_LIMIT_S - 1
    assert sessions.find(token, is_activity=True) is not None
    clock.now_s += IDLE_LIMIT_S - 1
    assert sessions.find(token, is_activity=False) is not None, "polling alone"
    clock.now_s += 1
    assert sessions.find(token, is_activity=True) is None


def test_a_busy_session_ends_after_a_shift(sessions, clock):
    token, _ = sessions.begin(person())
    end_s = clock.now_s + ABSOLUTE_LIMIT_S
    while clock.now_s < end_s - 60:
        clock.now_s += 60
        assert sessions.find(token, is_activity=True) is not None
    clock.now_s += 60
    assert sessions.find(token, is_activity=True) is None


def test_ending_a_person_ends_all_their_sessions(sessions):
    first, second = sessions.begin(person(1))[0], sessions.begin(person(1))[0]
    other = sessions.begin(person(2))[0]
    sessions.end_of_operator(1)
    assert sessions.find(first, is_activity=True) is None
    assert sessions.find(second, is_activity=True) is None
    assert sessions.find(other, is_activity=True) is not None
