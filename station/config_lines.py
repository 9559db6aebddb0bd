"""Find the line of a TOML document on which a key stands, for messages that name it.

The standard parser keeps no positions. This reads the two forms that station.toml uses, tables
with one key a line and arrays of tables; anything else gives the line of the table, or none.
"""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\"-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*\"?([A-Za-z0-9_-]+)\"?\s*(?:\.|=)")

Place = Sequence[str | int]
"""A path as pydantic gives it: ("devices", 1, "driver")."""


def find_line(text: str, place: Place) -> int | None:
    """Return the line (from 1) of the last part of `place` that can be found."""
    found: int | None = None
    longest = 0
    for number, here in _keys(text):
        depth = _common_depth(here, place)
        if depth > longest and depth in (len(here), len(place)):
            found, longest = number, depth
    return found


def _keys(text: str) -> list[tuple[int, tuple[str | int, ...]]]:
    """Return every line that names a table or a key, with its path."""
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    lines: list[tuple[int, tuple[str | int, ...]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _table_path(header.group(1), header.group(2), counts)
            lines.append((number, table))
        elif key := _KEY.match(line):
            lines.append((number, (*table, key.group(1))))
    return lines


def _table_path(bracket: str, name: str, counts: dict[str, int]) -> tuple[str | int, ...]:
    head, *rest = name.replace('"', "").split(".")
    if bracket == "[[":
        counts[head] = counts.get(head, -1) + 1
    if head in counts:
        return (head, counts[head], *rest)
    return (head, *rest)


def _common_depth(one: Place, other: Place) -> int:
    depth = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        depth += 1
    return depth
