"""Which office first: people waiting times the way they have to go, over what the repair takes.

    score = residents waiting a week x extra km to the host x weight
            / (technician hours + part days)

The weight is 1.0 for an office that cannot record, 0.4 for a limited one, 0.1 for a warning. An
office that records has its residents at home: its extra way is what would come if it failed too.
"""

import datetime
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from selftest.fleet.jobs import Job, state_weight
from selftest.fleet.methods import Method
from selftest.fleet.offices import Offices
from selftest.fleet.state import FleetState
from selftest.fleet.travel import Travel

WAITING_SHARE = 0.0006
"""Residents who come in a week, over all: about one in 33 a year; placeholder until counted."""


class Priority(BaseModel):
    """One office in the order of repair."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: int
    station: str
    name: str
    regency: str
    score: float
    waiting_per_week: float
    extra_km: float
    weight: float
    technician_hours: float
    part_days: float
    oldest: datetime.datetime
    runner_up: str | None = None
    """Who would come instead if a person overruled."""
    runner_up_score: float | None = None


def rank_offices(
    jobs: Iterable[Job],
    state: FleetState,
    offices: Offices,
    extra_km: Mapping[str, float],
    work_hours: Mapping[str, float],
    part_days: Mapping[str, float],
) -> tuple[Priority, ...]:
    """Return the offices with jobs, the highest score first; ties: the oldest fault first."""
    by_station: dict[str, list[Job]] = {}
    for job in jobs:
        by_station.setdefault(job.station, []).append(job)
    ranked = sorted(
        (
            _priority(mine, state, offices, extra_km[code], (work_hours[code], part_days[code]))
            for code, mine in by_station.items()
        ),
        key=lambda one: (-one.score, one.oldest, one.station),
    )
    return tuple(
        one.model_copy(
            update={
                "rank": place,
                "runner_up": after.station if after else None,
                "runner_up_score": after.score if after else None,
            }
        )
        for place, (one, after) in enumerate(zip(ranked, [*ranked[1:], None], strict=True), start=1)
    )


def _priority(
    mine: list[Job],
    state: FleetState,
    offices: Offices,
    extra_km: float,
    takes: tuple[float, float],
) -> Priority:
    office = offices[mine[0].station]
    waiting = office.residents * WAITING_SHARE
    weight = state_weight(state.offices[office.code].state)
    hours, days = takes
    return Priority(
        rank=0,
        station=office.code,
        name=office.name,
        regency=office.regency,
        score=round(waiting * extra_km * weight / max(hours + days, 0.25), 3),
        waiting_per_week=round(waiting, 1),
        extra_km=round(extra_km, 1),
        weight=weight,
        technician_hours=round(hours, 2),
        part_days=round(days, 1),
        oldest=min(job.since for job in mine),
    )


def work_hours_of(jobs: Iterable[Job], travel: Travel, depot: str) -> dict[str, float]:
    """Return a technician's hours for each office: the work, and the way where one has to go."""
    hours: dict[str, float] = {}
    away: set[str] = set()
    for job in jobs:
        work = 0.0 if job.method in {Method.THIRD_PARTY, Method.SKIPPED} else job.minutes / 60
        hours[job.station] = hours.get(job.station, 0.0) + work
        if job.method is Method.VISIT:
            away.add(job.station)
    for code in away:
        hours[code] += travel.hours_between(depot, code) + travel.hours_between(code, depot)
    return hours
