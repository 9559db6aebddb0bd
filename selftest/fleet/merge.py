"""Merge the reports of many stations into one fleet file, as often as one likes.

A report is known by its run and its hash. Each names the one before it by both, so within one
merge the newest is taken first and says what its predecessor must be: a changed one is refused by
its successor. What is missing in a station's numbering stays visible until it arrives.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from selftest.fleet.fleet_file import Entry, FleetFile
from selftest.fleet.intake import Arrival, Body, Refusal, find_bodies, read_arrival
from selftest.fleet.offices import Offices
from selftest.signing import Keys


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RefusedReport(_Record):
    """One thing that was not taken."""

    name: str
    reason: str


class Gap(_Record):
    """What is missing of one station's numbered reports."""

    station: str
    missing_numbers: tuple[int, ...]
    missing_runs: tuple[str, ...]
    """Named by a later report as the one before."""


class MergeResult(_Record):
    """What one merge did, and what the file holds now."""

    added: int
    already_known: int
    unproved: int
    """Of the added ones: not signed, or no key was given to check with."""
    statements_added: int
    refused: tuple[RefusedReport, ...]
    stations: int
    reports: int
    gaps: tuple[Gap, ...]


def merge_reports(
    fleet: FleetFile,
    sources: Iterable[Path],
    offices: Offices,
    keys: Keys,
    tell: Callable[[str], None] = lambda name: None,
    *,
    signed_only: bool = False,
) -> MergeResult:
    """Take every report that is whole and new; `tell` hears the name of each one looked at."""
    refused: list[Refusal] = []
    arrivals: list[Arrival] = []
    for body in find_bodies(sources):
        tell(body.name)
        found = read_arrival(body, keys, offices) if isinstance(body, Body) else body
        if signed_only and isinstance(found, Arrival) and not found.is_proved:
            found = Refusal(found.name, "tanpa tanda tangan / not signed, or no key was given")
        (refused if isinstance(found, Refusal) else arrivals).append(found)  # type: ignore[arg-type]
    added = [one for one in _newest_first(arrivals) if _take(fleet, one, refused)]
    entries = fleet.entries()
    return MergeResult(
        added=len(added),
        already_known=sum(_is_known(fleet, one) for one in arrivals) - len(added),
        unproved=sum(not one.is_proved for one in added),
        statements_added=0,
        refused=tuple(RefusedReport(name=r.name, reason=r.reason) for r in sorted_by_name(refused)),
        stations=len({entry.station for entry in entries}),
        reports=len(entries),
        gaps=find_gaps(entries),
    )


def sorted_by_name(refused: Iterable[Refusal]) -> list[Refusal]:
    """Return refusals in the order of names."""
    return sorted(refused, key=lambda one: (one.name, one.reason))


def _newest_first(arrivals: Sequence[Arrival]) -> list[Arrival]:
    def age(one: Arrival) -> tuple[str, int, float, str]:
        return one.station, one.number or 0, one.ended.timestamp(), one.run_id

    return sorted(arrivals, key=age, reverse=True)


def _take(fleet: FleetFile, arrival: Arrival, refused: list[Refusal]) -> bool:
    """Keep an arrival if it is new and fits its neighbours; return whether it was kept."""
    known = fleet.entry(arrival.run_id)
    if known is not None and known.hashes & arrival.hashes:
        return False
    reason = _conflict(known) or _chain_break(fleet, arrival)
    if reason:
        refused.append(Refusal(arrival.name, reason))
        return False
    fleet.add_report(arrival)
    return True


def _conflict(known: Entry | None) -> str:
    if known is None:
        return ""
    return (
        f"diubah: isi lain dengan nomor uji {known.run_id} sudah ada / tampered: the run "
        f"{known.run_id} is known with other content; ask the station for the original"
    )


def _chain_break(fleet: FleetFile, arrival: Arrival) -> str:
    for later in fleet.successors(arrival.run_id):
        if later.previous_sha256 not in arrival.hashes:
            return (
                f"diubah: laporan berikutnya {later.run_id} menyebut isi lain / tampered: the next "
                f"report {later.run_id} names other content; ask the station for the original"
            )
    before = fleet.entry(arrival.previous_run_id) if arrival.previous_run_id else None
    if before is not None and arrival.previous_sha256 not in before.hashes:
        return (
            f"rantai putus: tidak cocok dengan {before.run_id} / broken chain: does not fit the "
            f"report {before.run_id} merged before; ask the station for both"
        )
    return ""


def _is_known(fleet: FleetFile, arrival: Arrival) -> bool:
    known = fleet.entry(arrival.run_id)
    return known is not None and bool(known.hashes & arrival.hashes)


def find_gaps(entries: Iterable[Entry]) -> tuple[Gap, ...]:
    """Return what is missing in every station's numbering, by station."""
    by_station: dict[str, list[Entry]] = {}
    for entry in entries:
        by_station.setdefault(entry.station, []).append(entry)
    gaps = [_gap(station, mine) for station, mine in sorted(by_station.items())]
    return tuple(gap for gap in gaps if gap.missing_numbers or gap.missing_runs)


def _gap(station: str, mine: Sequence[Entry]) -> Gap:
    numbers = {entry.number for entry in mine if entry.number is not None}
    known = {entry.run_id for entry in mine}
    named = {entry.previous_run_id for entry in mine if entry.previous_run_id}
    missing = sorted(set(range(1, max(numbers, default=0))) - numbers)
    return Gap(
        station=station, missing_numbers=tuple(missing), missing_runs=tuple(sorted(named - known))
    )
