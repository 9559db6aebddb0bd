"""Conditional and range requests on one sealed part (RFC 9110, 13 and 14).

A part is one immutable representation: its entity tag is the SHA-256 of its bytes, so equal tags
mean equal bytes, across restarts, copies and courier runs. There is no Last-Modified.

    If-Match        no tag fits                       -> 412
    If-None-Match   a tag fits                        -> 304
    Range           absent, or If-Range does not fit  -> 200, all bytes
                    unit other than bytes, not a range, more than one range -> 200, all bytes
                    one range, from within the part   -> 206
                    one range, from beyond the end    -> 416
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

_ONE_RANGE = re.compile(
    r"bytes[ \t]*=[ \t,]*(\d{0,18})-(\d{0,18})[ \t,]*", re.ASCII | re.IGNORECASE
)
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


@dataclass(frozen=True)
class Selection:
    """Which bytes to send, and under which status."""

    status: HTTPStatus
    start: int
    stop: int
    """One past the last byte."""
    size_bytes: int
    """Of the whole part."""

    @property
    def length_bytes(self) -> int:
        """Bytes to send."""
        return self.stop - self.start

    @property
    def content_range(self) -> str | None:
        """Value of Content-Range, or None where the status carries none."""
        if self.status == HTTPStatus.PARTIAL_CONTENT:
            return f"bytes {self.start}-{self.stop - 1}/{self.size_bytes}"
        if self.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return f"bytes */{self.size_bytes}"
        return None


def entity_tag(sha256_hex: str) -> str:
    """Return the strong entity tag of bytes with this digest."""
    return f'"sha-256-{sha256_hex}"'


def select(headers: Mapping[str, str], *, tag: str, size_bytes: int, is_get: bool) -> Selection:
    """Decide what a request gets; `headers` has lower-case names (or ignores case)."""
    if not _if_match(headers.get("if-match"), tag):
        return Selection(HTTPStatus.PRECONDITION_FAILED, 0, 0, size_bytes)
    if _if_none_match(headers.get("if-none-match"), tag):
        return Selection(HTTPStatus.NOT_MODIFIED, 0, 0, size_bytes)
    whole = Selection(HTTPStatus.OK, 0, size_bytes, size_bytes)
    asked = headers.get("range")
    # Range is defined for GET only; a weak or other tag, or a date, makes If-Range fail
    if asked is None or not is_get or headers.get("if-range", tag).strip() != tag:
        return whole
    return _one_range(asked, size_bytes) or whole


def _one_range(asked: str, size_bytes: int) -> Selection | None:
    """Return what one range selects; None if the header is to be ignored."""
    found = _ONE_RANGE.fullmatch(asked.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, stop = max(size_bytes - int(found[2]), 0), size_bytes
    else:
        start = int(found[1])
        stop = min(int(found[2]) + 1, size_bytes) if found[2] else size_bytes
        if found[2] and int(found[2]) < start:
            return None  # not a valid range at all
    if start >= size_bytes:
        return Selection(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, 0, 0, size_bytes)
    return Selection(HTTPStatus.PARTIAL_CONTENT, start, stop, size_bytes)


def _if_match(header: str | None, tag: str) -> bool:
    return header is None or header.strip() == "*" or tag in _TAG.findall(header)


def _if_none_match(header: str | None, tag: str) -> bool:
    """Compare weakly, as RFC 9110 wants for If-None-Match."""
    if header is None:
        return False
    tags = (found.removeprefix("W/") for found in _TAG.findall(header))
    return header.strip() == "*" or tag in tags
