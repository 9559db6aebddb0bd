"""What a plan is made from, and what a person may choose."""

import datetime
from dataclasses import dataclass

from selftest.fleet import routing, spares
from selftest.fleet.hosting_problem import CAPACITY, PENALTY_KM, HostingProblem
from selftest.fleet.jobs import PHONE_DAYS
from selftest.fleet.offices import Offices
from selftest.fleet.rules import Rules
from selftest.fleet.state import FleetState, State
from selftest.fleet.supplies import Supply
from selftest.fleet.travel import Travel

DEPOT = "61.71.01"
"""Pontianak Selatan stands for the province's workshop, since all offices of the city are near."""
HUBS = 3
"""CHECKS F: three temporary workshops cut the way to the bench by 60 %."""


@dataclass(frozen=True)
class PlanOptions:
    """What a person may choose."""

    depot: str = DEPOT
    technicians: int = routing.TECHNICIANS
    tour_hours: float = routing.TOUR_HOURS
    day_hours: float = routing.DAY_HOURS
    visit_minutes: float = routing.VISIT_MINUTES
    iterations: int = routing.ITERATIONS
    seed: int = 1
    hubs: int = HUBS
    capacity: int = CAPACITY
    penalty_km: float = PENALTY_KM
    lead_days: int = spares.LEAD_DAYS
    phone_days: int = PHONE_DAYS
    limited_hosts: bool = False
    """Whether an office that records with limits may take guests."""


@dataclass(frozen=True)
class PlanInput:
    """What the plan is made from."""

    state: FleetState
    offices: Offices
    travel: Travel
    rules: Rules
    supplies: tuple[Supply, ...] = ()
    first_day: datetime.date | None = None
    """Of the oldest report: how long the fleet was watched."""


def hosting_problem(given: PlanInput, options: PlanOptions) -> HostingProblem:
    """Return who is blocked and who can host."""
    able = [State.RECORDS, State.LIMITED] if options.limited_hosts else [State.RECORDS]
    return HostingProblem(
        offices=given.offices,
        travel=given.travel,
        blocked=given.state.codes_in(State.BLOCKED),
        hosts=given.state.codes_in(*able),
        rules=given.rules.host,
        decided_by=given.rules.by,
        capacity=options.capacity,
        penalty_km=options.penalty_km,
    )
