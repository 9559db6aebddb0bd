"""The attributes of ATA drives, unpacked from what vendors put into 48 bits."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from selftest.smart.fields import Fields, block, number, rows, text_of

REALLOCATED, REPORTED_UNCORRECT, COMMAND_TIMEOUT = 5, 187, 188
UNSAFE_SHUTDOWNS, LOAD_CYCLES = 192, 193
PENDING, OFFLINE_UNCORRECTABLE, CRC_ERRORS = 197, 198, 199
SPINNING = frozenset({3, 7, 8, 10})
"""Spin-up time, seek errors, seek time, spin retries: only of platters."""
_WORD = 0xFFFF
_PACKED_WORDS = re.compile(r"\s*(\d+)\s*\(")
"""smartctl's raw16(raw16): the counter, then older words in brackets."""
_LARGEST_COUNT = 2**32  # no counter of sectors or errors reaches it: words are packed


class Failed(StrEnum):
    """When an attribute was at or below its threshold."""

    NEVER = ""
    PAST = "past"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One row of the table."""

    id: int
    name: str
    count: float | None
    """The raw value as a counter, unpacked."""
    raw: float | None
    """All 48 bits."""
    is_prefail: bool
    failed: Failed


def attributes_of(smart: Fields) -> dict[int, Attribute]:
    """Return the rows that can be read, by id."""
    found: dict[int, Attribute] = {}
    for row in rows(block(smart, "ata_smart_attributes").get("table")):
        number_of_row = number(row.get("id"))
        if number_of_row is not None:
            found.setdefault(int(number_of_row), _attribute(int(number_of_row), row))
    return found


def _attribute(id_: int, row: dict[str, Any]) -> Attribute:
    raw = row.get("raw")
    told = block(row, "raw") if isinstance(raw, dict) else {"value": raw}
    words = str(told.get("string", ""))
    value = number(told.get("value"))
    if value is None:
        leading = re.match(r"\s*\d+", words)
        value = float(leading[0]) if leading else None
    return Attribute(
        id=id_,
        name=text_of(row, "name") or f"#{id_}",
        count=None if value is None else _unpacked(id_, value, words),
        raw=value,
        is_prefail=_is_prefail(row),
        failed=_failed(row),
    )


def _unpacked(id_: int, value: float, words: str) -> float:
    """Return the counter of packed 16-bit words: the lowest (CHECKS C.3; smartctl's raw16)."""
    packed = _PACKED_WORDS.match(words)
    is_packed = value >= _LARGEST_COUNT or (packed is not None and value > _WORD)
    if id_ == COMMAND_TIMEOUT or is_packed:
        return float(int(value) & _WORD)
    return value


def _is_prefail(row: dict[str, Any]) -> bool:
    flags = block(row, "flags")
    if "prefailure" in flags:
        return flags["prefailure"] is True
    bits = number(flags.get("value"))
    return bits is not None and int(bits) & 1 == 1  # bit 0 of the flags: prefailure


def _failed(row: dict[str, Any]) -> Failed:
    """Take smartctl's word; without one compare with the threshold as smartctl does."""
    said = row.get("when_failed")
    if isinstance(said, str):
        word = said.strip().lower().replace("failing_", "").replace("in_the_", "")
        return Failed(word) if word in set(Failed) else Failed.NEVER
    threshold = number(row.get("thresh")) or 0.0
    if threshold <= 0:
        return Failed.NEVER
    now, worst = number(row.get("value")), number(row.get("worst"))
    if now is not None and now <= threshold:
        return Failed.NOW
    return Failed.PAST if worst is not None and worst <= threshold else Failed.NEVER
