"""The tar: one form, allowed names only, streamed."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.package.errors import BadMemberError, LimitExceededError, RefusedPackageError
from station.package.members import (
    FINGER_NAMES,
    MAX_MEMBER_BYTES,
    attempt_file,
    check_member_name,
)
from station.package.tar_stream import TarStream, header_of, read_members
from tests.station.package.forge import tar, tar_header

names = st.lists(
    st.sampled_from([f"fingers/{name}.{kind}" for name in FINGER_NAMES for kind in ("fmr", "wsq")]),
    unique=True,
    max_size=6,
)
archives = names.flatmap(
    lambda found: st.tuples(*(st.tuples(st.just(n), st.binary(max_size=1200)) for n in found))
)


def read_all(stream, count):
    pieces = []
    while piece := stream.read(count):
        assert len(piece) <= count
        pieces.append(piece)
    return b"".join(pieces)


@given(archives, st.integers(1, 3000))
def test_the_stream_is_what_tar_programs_write_and_read(members, count):
    data = read_all(TarStream("a", members), count)
    assert data == tar(*members)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert [(info.name, info.size) for info in archive] == [(n, len(c)) for n, c in members]
    read = read_members(io.BytesIO(data), "a")
    assert [(m.name, data[m.offset : m.offset + m.size_bytes]) for m in read] == list(members)


def test_an_empty_part_is_two_blocks():
    assert read_all(TarStream("b", ()), 10_000) == bytes(1024)
    assert read_members(io.BytesIO(bytes(1024)), "b") == ()


def test_members_are_made_when_they_are_asked_for():
    made = []

    def members():
        for name in ("right_thumb", "right_index"):
            made.append(name)
            yield f"fingers/{name}.fir", bytes(2000)

    stream = TarStream("b", members())
    assert made == []
    stream.read(100)
    assert made == ["right_thumb"]


def test_what_a_member_fails_with_is_kept():
    def members():
        yield "portrait.fac", b"x"
        raise ZeroDivisionError("broken camera")

    stream = TarStream("b", members())
    with pytest.raises(ZeroDivisionError):
        read_all(stream, 4096)
    assert isinstance(stream.failure, ZeroDivisionError)


@pytest.mark.parametrize(
    ("part", "members"),
    [
        ("a", (("record.json", b""), ("record.json", b""))),
        ("a", (("portrait.fac", b""),)),
        ("b", (("record.json", b""),)),
        ("a", (("SITI.json", b""),)),
    ],
)
def test_a_writer_refuses_names_too(part, members):
    with pytest.raises(BadMemberError):
        read_all(TarStream(part, members), 4096)


def test_a_member_has_a_limit():
    with pytest.raises(LimitExceededError):
        read_all(TarStream("b", (("portrait.fac", bytes(MAX_MEMBER_BYTES + 1)),)), 1 << 20)


@pytest.mark.parametrize(
    "name",
    [
        *("attempts/portrait-1.jp2", "attempts/left_slap-999.jp2", "attempts/verification-10.jp2"),
        *("slaps/thumbs.jp2", "exceptions/right_iris.jp2", "exceptions/signature.jp2"),
    ],
)
def test_names_of_part_b(name):
    check_member_name("b", name)
    with pytest.raises(BadMemberError):
        check_member_name("a", name)


@pytest.mark.parametrize(
    "name",
    [
        *("attempts/portrait-0.jp2", "attempts/portrait-01.jp2", "attempts/portrait-1000.jp2"),
        *("attempts/portrait.jp2", "attempts/iris-1.jp2", "attempts/portrait-²￼.jp2"),
        *("portrait-1.jp2", "attempts/portrait-1", "attempts/portrait--1.jp2"),
        *("", "/", "..", "fingers", "fingers/", "fingers/right_toe.fir", "slaps/portrait.jp2"),
        *("attempts/../portrait.fac", "./portrait.fac", "portrait.fac\n", "PORTRAIT.FAC"),
    ],
)
def test_names_that_no_part_holds(name):
    for part in ("a", "b"):
        with pytest.raises(BadMemberError):
            check_member_name(part, name)
    assert attempt_file("portrait", 1) == "attempts/portrait-1.jp2"


GOOD = tar(("record.json", b"{}"), ("portrait.jp2", b"x" * 700))


@pytest.mark.parametrize(
    "kind", [b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"L", b"x", b"g", b"\0"]
)
def test_only_plain_files(kind):
    with pytest.raises(BadMemberError):
        read_members(io.BytesIO(tar(tar_header("portrait.jp2", type=kind))), "a")


@pytest.mark.parametrize(
    "fields",
    [
        {"mode": 0o755},
        {"uid": 1},
        {"gid": 1},
        {"mtime": 1},
        {"uname": "sari"},
        {"gname": "sari"},
        {"linkname": "x"},
    ],
)
def test_every_other_field_is_fixed(fields):
    with pytest.raises(BadMemberError, match="only form"):
        read_members(io.BytesIO(tar(tar_header("portrait.jp2", **fields))), "a")


@pytest.mark.parametrize(
    "length", [0, 1, 511, 512, 600, 1023, 1024, len(GOOD) - 512, len(GOOD) - 1]
)
def test_a_cut_tar_is_refused(length):
    with pytest.raises(BadMemberError):
        read_members(io.BytesIO(GOOD[:length]), "a")


def test_sizes_are_octal_digits_within_the_limit():
    header = header_of("portrait.jp2", 0)
    for field in (b"0000000000x\0", b"\x80" + bytes(10) + b"\x05", b" " * 12):
        forged = header[:124] + field + header[136:]
        with pytest.raises(RefusedPackageError):
            read_members(io.BytesIO(tar(forged)), "a")


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_one_changed_byte_changes_content_only_or_is_refused(offset, difference):
    damaged = bytearray(GOOD)
    damaged[offset] ^= difference
    try:
        members = read_members(io.BytesIO(bytes(damaged)), "a")
    except RefusedPackageError:
        return
    assert [(m.name, m.size_bytes) for m in members] == [("record.json", 2), ("portrait.jp2", 700)]
    assert 512 <= offset < 514 or 1536 <= offset < 1536 + 700
