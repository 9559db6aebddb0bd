"""The scramble generator against the vectors of PROTOCOLS.md 4.6 and a bit-by-bit emulator."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.uareu_scramble import key_states, scramble_bytes, step_key
from drivers.simulation.wire.uareu4500_picture import scramble_block

KEYS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(("key", "after"), [(1, 0x80000000), (2, 1), (0x80000000, 0xC0000000)])
def test_one_step(key, after):
    assert step_key(key) == after


@pytest.mark.parametrize(
    ("key", "after_1", "after_16", "first_bytes"),
    [
        (0x544409D6, 0x2A2204EB, 0x6B265444, "17a04103d9a0402598605284b8608b14"),
        (0xDB896F5F, 0xEDC4B7AF, 0x16CBDB89, "4fd2afe6e11ff37146f9b96ab59c7cd3"),
    ],
)
def test_recorded_keys(key, after_1, after_16, first_bytes):
    states = key_states(key, 16)
    assert (states[0], states[1], states[16]) == (key, after_1, after_16)
    assert scramble_bytes(states[:16]).tobytes().hex() == first_bytes


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 255, 256, 257])
def test_as_many_states_as_asked_for(steps):
    states = key_states(0x544409D6, steps)
    assert len(states) == steps + 1
    key = 0x544409D6
    for state in states:
        assert state == key
        key = step_key(key)


def test_the_zero_key_stays_zero():
    assert not key_states(0, 1000).any()


@given(KEYS, st.integers(0, 600), st.integers(0, 600))
def test_going_on_from_a_state_continues_the_sequence(key, first, second):
    whole = key_states(key, first + second)
    assert np.array_equal(key_states(int(whole[first]), second), whole[first:])


@given(KEYS, st.binary(min_size=1, max_size=300))
def test_the_emulator_scrambles_with_the_same_bytes(key, plain):
    wire, key_after = scramble_block(plain, 0x02, key)
    states = key_states(key, len(plain))
    scramble = scramble_bytes(states)[: len(plain) - 1].tobytes()
    assert bytes(a ^ b for a, b in zip(plain, scramble, strict=False)) == wire[1:]
    assert key_after == states[-1]


def test_a_picture_takes_far_less_than_100_ms():
    key_states(1, 290 * 384)
    times_s = []
    for key in range(1, 8):
        started_s = time.perf_counter()
        scramble_bytes(key_states(key, 290 * 384))
        times_s.append(time.perf_counter() - started_s)
    assert sorted(times_s)[3] < 0.05
