"""A part under way: only proved chunks reach the disk, whatever arrives in whatever pieces."""

import hashlib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.centre.chunks import BadChunkError, PartFile

CHUNK = 16


def part_file(path, payload: bytes) -> PartFile:
    hashes = [
        hashlib.sha256(payload[at : at + CHUNK]).hexdigest() for at in range(0, len(payload), CHUNK)
    ]
    return PartFile(path, size_bytes=len(payload), chunk_hashes=hashes, chunk_bytes=CHUNK)


@pytest.mark.parametrize("size", [1, 15, 16, 17, 32, 33])
def test_every_size_arrives(tmp_path, size):
    payload = os.urandom(size)
    with part_file(tmp_path / "part", payload) as file:
        file.append(payload)
        assert file.is_complete
    assert (tmp_path / "part").read_bytes() == payload
    assert (tmp_path / "part").stat().st_mode & 0o077 == 0


def test_a_chunk_that_is_not_whole_is_not_on_disk(tmp_path):
    payload = os.urandom(40)
    with part_file(tmp_path / "part", payload) as file:
        file.append(payload[:20])
        assert file.proved_bytes == 16
    assert (tmp_path / "part").read_bytes() == payload[:16]


def test_a_bad_chunk_is_named_and_dropped(tmp_path):
    payload = os.urandom(48)
    bad = bytearray(payload)
    bad[20] ^= 1
    with part_file(tmp_path / "part", payload) as file:
        with pytest.raises(BadChunkError) as refused:
            file.append(bytes(bad))
        assert refused.value.index == 1
        assert file.proved_bytes == 16
        file.append(payload[16:])
        assert file.is_complete


def test_bytes_behind_the_end_are_not_written(tmp_path):
    payload = os.urandom(20)
    with part_file(tmp_path / "part", payload) as file:
        file.append(payload + b"more")
        assert file.is_complete
    assert (tmp_path / "part").read_bytes() == payload


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    payload=st.binary(min_size=1, max_size=100),
    left=st.binary(max_size=120),
    kept=st.integers(0, 100),
)
def test_whatever_a_crash_left_the_proved_start_is_kept(tmp_path, payload, left, kept):
    """The file on disk begins with some right bytes and goes on with anything."""
    path = tmp_path / "part"
    path.write_bytes(payload[:kept] + left)
    with part_file(path, payload) as file:
        start = file.proved_bytes
        assert payload[:start] == (payload[:kept] + left)[:start]
        assert start % CHUNK == 0 or start == len(payload)
        assert start >= min(kept, len(payload)) // CHUNK * CHUNK
        file.append(payload[start:])
        assert file.is_complete
    assert path.read_bytes() == payload


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.binary(min_size=1, max_size=120), cuts=st.lists(st.integers(1, 40), max_size=40))
def test_cut_anywhere_resumed_at_the_chunk(tmp_path, payload, cuts):
    """At every cut the connection is lost; the next one begins where the proved bytes end."""
    path = tmp_path / "part"
    path.unlink(missing_ok=True)
    sent = 0
    for length in [*cuts, len(payload)]:
        with part_file(path, payload) as file:
            piece = payload[file.proved_bytes : file.proved_bytes + length]
            file.append(piece)
            sent += len(piece)
    assert path.read_bytes() == payload
    assert sent - len(payload) <= len(cuts) * CHUNK
