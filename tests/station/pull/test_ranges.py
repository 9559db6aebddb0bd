"""The table of conditional and range requests, and laws over all of them."""

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.pull.ranges import Selection, entity_tag, select

TAG = entity_tag("ab" * 32)
OTHER = entity_tag("cd" * 32)
SIZE = 1000


def ask(headers: dict[str, str], *, size_bytes: int = SIZE, is_get: bool = True) -> Selection:
    return select(headers, tag=TAG, size_bytes=size_bytes, is_get=is_get)


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "length"),
    [
        ("bytes=0-0", 206, "bytes 0-0/1000", 1),
        ("bytes=0-", 206, "bytes 0-999/1000", 1000),
        ("bytes=999-", 206, "bytes 999-999/1000", 1),
        ("bytes=10-19", 206, "bytes 10-19/1000", 10),
        ("bytes=10-5000", 206, "bytes 10-999/1000", 990),
        ("bytes=-1", 206, "bytes 999-999/1000", 1),
        ("bytes=-5000", 206, "bytes 0-999/1000", 1000),
        ("BYTES=10-19", 206, "bytes 10-19/1000", 10),
        ("bytes= 10-19 ", 206, "bytes 10-19/1000", 10),
        ("bytes=1000-", 416, "bytes */1000", 0),
        ("bytes=5000-6000", 416, "bytes */1000", 0),
        ("bytes=-0", 416, "bytes */1000", 0),
        ("bytes=", 200, None, 1000),
        ("bytes=-", 200, None, 1000),
        ("bytes=a-b", 200, None, 1000),
        ("bytes=20-10", 200, None, 1000),
        ("bytes=0-0,5-6", 200, None, 1000),
        ("bytes=0-0,-1", 200, None, 1000),
        ("items=0-5", 200, None, 1000),
        ("bytes 0-5", 200, None, 1000),
        ("bytes=+1-5", 200, None, 1000),
        ("bytes=٣-5", 200, None, 1000),
        ("bytes=" + "9" * 40 + "-", 200, None, 1000),
    ],
)
def test_range(asked, status, content_range, length):
    selection = ask({"range": asked})
    assert selection.status == status
    assert selection.content_range == content_range
    assert selection.length_bytes == length


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-range": TAG}, 206),
        ({"if-range": OTHER}, 200),
        ({"if-range": "W/" + TAG}, 200),
        ({"if-range": "Tue, 24 Nov 2026 00:00:00 GMT"}, 200),
        ({"if-none-match": TAG}, 304),
        ({"if-none-match": "W/" + TAG}, 304),
        ({"if-none-match": f"{OTHER}, {TAG}"}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": OTHER}, 206),
        ({"if-none-match": TAG.strip('"')}, 206),
        ({"if-match": TAG}, 206),
        ({"if-match": "*"}, 206),
        ({"if-match": "W/" + TAG}, 412),
        ({"if-match": OTHER}, 412),
        ({"if-match": OTHER, "if-none-match": TAG}, 412),
    ],
)
def test_conditions_come_before_the_range(headers, status):
    assert ask({"range": "bytes=0-9", **headers}).status == status


def test_an_empty_part_has_no_range():
    assert (
        ask({"range": "bytes=0-"}, size_bytes=0).status
        == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    )
    assert (
        ask({"range": "bytes=-5"}, size_bytes=0).status
        == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    )
    assert ask({}, size_bytes=0).status == HTTPStatus.OK


def test_head_ignores_the_range():
    selection = ask({"range": "bytes=0-0"}, is_get=False)
    assert (selection.status, selection.length_bytes) == (HTTPStatus.OK, SIZE)


RANGE_TEXT = st.one_of(
    st.text(max_size=40),
    st.builds("bytes={}-{}".format, st.integers(-5, 3000) | st.just(""), st.integers(-5, 3000)),
    st.text("bytes=-, 0123456789", max_size=25),
)


@given(asked=RANGE_TEXT, size_bytes=st.integers(0, 2000))
def test_a_selection_never_leaves_the_part(asked, size_bytes):
    selection = ask({"range": asked}, size_bytes=size_bytes)
    assert 0 <= selection.start <= selection.stop <= size_bytes
    if selection.status == HTTPStatus.PARTIAL_CONTENT:
        assert selection.length_bytes > 0
    elif selection.status == HTTPStatus.OK:
        assert selection.length_bytes == size_bytes


@given(start=st.integers(0, 999), length=st.integers(1, 1000))
def test_consecutive_ranges_cover_the_part_once(start, length):
    first = ask({"range": f"bytes={start}-{start + length - 1}"})
    assert first.start == start
    if first.stop < SIZE:
        rest = ask({"range": f"bytes={first.stop}-"})
        assert first.length_bytes + rest.length_bytes == SIZE - start
