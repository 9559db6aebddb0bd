"""Spare parts and devices on hand, and who gets them first where there are too few.

A table `item;count;place`: the item is a key of parts.toml or a kind of device.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from selftest.faults import load_parts
from selftest.fleet.errors import RulesError
from selftest.fleet.jobs import Job
from selftest.fleet.names import KIND_NAMES


class Supply(BaseModel):
    """One line of the store room."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: str
    count: int
    place: str


class PartNeed(BaseModel):
    """One part over the whole plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: str
    needed: int
    on_hand: int | None
    """None where nobody gave a table."""
    to_buy: int


def read_supplies(place: Path | None) -> tuple[Supply, ...]:
    """Read a table of supplies; RulesError names the line and what is wrong there."""
    if place is None:
        return ()
    try:
        lines = place.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{place}: cannot be read ({error}); name a CSV file") from error
    separator = ";" if lines and ";" in lines[0] else ","
    rows = csv.DictReader(lines, delimiter=separator)
    return tuple(_supply(row, f"{place}, line {line}") for line, row in enumerate(rows, start=2))


def _supply(row: Mapping[str, str | None], where: str) -> Supply:
    item, count = (row.get("item") or "").strip(), (row.get("count") or "").strip()
    if item not in load_parts() and item not in KIND_NAMES:
        known = ", ".join(sorted({*load_parts(), *KIND_NAMES}))
        raise RulesError(f"{where}: '{item}' is no part and no kind of device; known: {known}")
    if not count.isdecimal():
        raise RulesError(f"{where}: the count is '{count}'; write a whole number")
    return Supply(item=item, count=int(count), place=row.get("place") or "")


def on_hand(supplies: Iterable[Supply]) -> dict[str, int]:
    """Return the counts over all places."""
    counts: dict[str, int] = {}
    for one in supplies:
        counts[one.item] = counts.get(one.item, 0) + one.count
    return counts


def count_needs(parts: Mapping[str, int], supplies: Sequence[Supply]) -> tuple[PartNeed, ...]:
    """Return what the plan needs of every part, against the store room."""
    have = on_hand(supplies)
    return tuple(
        PartNeed(
            part=part,
            needed=needed,
            on_hand=have.get(part, 0) if supplies else None,
            to_buy=max(needed - have.get(part, 0), 0),
        )
        for part, needed in parts.items()
    )


def stations_waiting(
    jobs: Iterable[Job], supplies: Sequence[Supply], order: Mapping[str, int]
) -> frozenset[str]:
    """Return the offices for which a part must be bought; the first in order are served first.

    Without a table nothing is known of the store room, and nobody waits.
    """
    if not supplies:
        return frozenset()
    left = on_hand(supplies)
    waiting = set()
    for job in sorted(jobs, key=lambda job: (order[job.station], job.unit)):
        for part in job.parts:
            left[part] = left.get(part, 0) - 1
            if left[part] < 0:
                waiting.add(job.station)
    return frozenset(waiting)
