"""The whole repair plan of one day, put together from its parts.

faults -> jobs (one per device) -> hosting of the blocked -> workshops -> priorities
       -> tours in rounds -> half sets of those left for later -> parts, spares, packing lists
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from selftest.fleet import spares
from selftest.fleet.hosting import Hosted, HostingPlan, plan_hosting
from selftest.fleet.hubs import HubPlan, HubProblem, plan_hubs
from selftest.fleet.jobs import (
    Job,
    count_parts,
    joined_to_visits,
    list_jobs,
    visited_stations,
    with_methods,
    with_options,
)
from selftest.fleet.methods import Method
from selftest.fleet.pairing import Pair, PairingProblem, propose_pairs
from selftest.fleet.plan_input import PlanInput, PlanOptions, hosting_problem
from selftest.fleet.priority import Priority, rank_offices, work_hours_of
from selftest.fleet.routing import RoutingProblem, plan_routes
from selftest.fleet.spares import Spare, plan_spares
from selftest.fleet.state import State
from selftest.fleet.supplies import PartNeed, count_needs, on_hand, stations_waiting
from selftest.fleet.tours import Routes, Tour
from selftest.fleet.travel import DETOUR, SPEED_KM_PER_HOUR
from selftest.fleet.units import NO_DEVICES
from selftest.report import Severity


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Batch(_Record):
    """Devices that need the same part at the same bench."""

    bench: str
    part: str
    units: tuple[str, ...]


class Packing(_Record):
    """What one technician loads for one tour."""

    round: int
    technician: int
    parts: dict[str, int]
    tools: tuple[str, ...]
    devices: tuple[str, ...]
    """To be dealt with on the way."""


class RepairPlan(_Record):
    """Everything that a province decides on."""

    as_of: datetime.date
    broken_devices: int
    devices_with_warnings: int
    network_and_mains: int
    """Jobs that are no device."""
    depot: str
    hosting: HostingPlan
    jobs: tuple[Job, ...]
    """Every device with an open fault, once."""
    priorities: tuple[Priority, ...]
    hubs: HubPlan
    routes: Routes
    pairs: tuple[Pair, ...]
    late: tuple[str, ...]
    """Blocked offices that this round of repairs does not bring back."""
    batches: tuple[Batch, ...]
    packing: tuple[Packing, ...]
    parts: tuple[PartNeed, ...]
    spares: tuple[Spare, ...]
    ask_by_phone: tuple[str, ...]
    """Offices of which nobody knows whether they record."""
    decided_by: str
    assumptions: tuple[str, ...]


def make_plan(given: PlanInput, options: PlanOptions) -> RepairPlan:
    """Return the plan of the day; the same input and options give the same plan."""
    given.offices.named(options.depot, "--depot")
    hosts = plan_hosting(hosting_problem(given, options))
    jobs = _jobs_with_methods(given, options)
    hubs = plan_hubs(_hub_problem(given, options, jobs))
    jobs = with_options(jobs, given.travel, options.depot, hubs.hubs)
    waiting = stations_waiting(jobs, given.supplies, _order_of_need(given, jobs))
    priorities = _priorities(given, options, jobs, hosts.hosted, waiting)
    routes = plan_routes(_routing_problem(given, options, jobs, priorities))
    late = _late_offices(given, jobs, routes, waiting)
    pairing = PairingProblem(jobs, late, given.offices, given.travel, given.rules.pair)
    devices = [job for job in jobs if job.kind not in NO_DEVICES]
    failing = sum(job.severity is Severity.FAIL for job in devices)
    return RepairPlan(
        as_of=given.state.as_of,
        broken_devices=failing,
        devices_with_warnings=len(devices) - failing,
        network_and_mains=len(jobs) - len(devices),
        depot=options.depot,
        hosting=hosts,
        jobs=jobs,
        priorities=priorities,
        hubs=hubs,
        routes=routes,
        pairs=propose_pairs(pairing),
        late=late,
        batches=_batches(jobs, hubs),
        packing=tuple(_packing(tour, jobs) for tour in routes.tours),
        parts=count_needs(count_parts(jobs), given.supplies),
        spares=_spares(given, options),
        ask_by_phone=given.state.codes_in(State.UNKNOWN, State.UNPROVEN),
        decided_by=given.rules.by,
        assumptions=_assumptions(given, options),
    )


def _jobs_with_methods(given: PlanInput, options: PlanOptions) -> tuple[Job, ...]:
    jobs = with_methods(list_jobs(given.state, options.phone_days), given.rules.method)
    visited = visited_stations(jobs)
    return joined_to_visits(jobs, visited, given.rules.visit.skip)


def _hub_problem(given: PlanInput, options: PlanOptions, jobs: Iterable[Job]) -> HubProblem:
    devices: dict[str, int] = {}
    for job in jobs:
        if job.severity is Severity.FAIL and job.kind not in NO_DEVICES:
            devices[job.station] = devices.get(job.station, 0) + 1
    return HubProblem(
        travel=given.travel,
        depot=options.depot,
        candidates=given.state.codes_in(State.RECORDS, State.LIMITED),
        devices=devices,
        count=options.hubs,
        rules=given.rules.hub,
    )


def _order_of_need(given: PlanInput, jobs: Iterable[Job]) -> dict[str, int]:
    """Return the order in which parts are handed out: blocked first, then by residents."""
    blocked = frozenset(given.state.codes_in(State.BLOCKED))
    codes = sorted(
        {job.station for job in jobs},
        key=lambda code: (code not in blocked, -given.offices[code].residents, code),
    )
    return {code: place for place, code in enumerate(codes)}


def _priorities(
    given: PlanInput,
    options: PlanOptions,
    jobs: Sequence[Job],
    hosted: Iterable[Hosted],
    waiting: frozenset[str],
) -> tuple[Priority, ...]:
    codes = {job.station for job in jobs}
    extra_km = extra_km_of(given, codes, {one.code: one.km for one in hosted})
    part_days = {code: float(options.lead_days * (code in waiting)) for code in codes}
    hours = work_hours_of(jobs, given.travel, options.depot)
    return rank_offices(jobs, given.state, given.offices, extra_km, hours, part_days)


def extra_km_of(
    given: PlanInput, codes: Iterable[str], hosted_km: Mapping[str, float]
) -> dict[str, float]:
    """Return how far residents go: to the host, or to the nearest other office that records."""
    working = given.state.codes_in(State.RECORDS)
    return {
        code: hosted_km.get(code)
        or min(
            (given.travel.km_between(code, other) for other in working if other != code),
            default=0.0,
        )
        for code in codes
    }


def _routing_problem(
    given: PlanInput, options: PlanOptions, jobs: Iterable[Job], priorities: Iterable[Priority]
) -> RoutingProblem:
    minutes: dict[str, float] = {}
    visited = visited_stations(jobs)
    for job in jobs:
        if job.station in visited:
            so_far = minutes.get(job.station, options.visit_minutes)
            minutes[job.station] = so_far + job.site_minutes()
    return RoutingProblem(
        travel=given.travel,
        depot=options.depot,
        work_hours={code: total / 60 for code, total in minutes.items()},
        scores={one.station: one.score for one in priorities},
        rules=given.rules.visit,
        technicians=options.technicians,
        tour_hours=options.tour_hours,
        day_hours=options.day_hours,
        seed=options.seed,
        iterations=options.iterations,
    )


def _late_offices(
    given: PlanInput, jobs: Sequence[Job], routes: Routes, waiting: frozenset[str]
) -> tuple[str, ...]:
    """Return the blocked offices with a critical device that this round does not mend on site."""
    rounds = routes.round_of()
    late = {
        job.station
        for job in jobs
        if job.critical
        and job.method is not Method.PHONE
        and (
            job.method is not Method.VISIT or rounds.get(job.station) != 1 or job.station in waiting
        )
    }
    return tuple(code for code in given.state.codes_in(State.BLOCKED) if code in late)


def _batches(jobs: Iterable[Job], hubs: HubPlan) -> tuple[Batch, ...]:
    units: dict[tuple[str, str], list[str]] = {}
    for job in jobs:
        bench = job.bench or hubs.nearest.get(job.station, hubs.depot)
        for part in job.parts:
            units.setdefault((bench, part), []).append(job.unit)
    return tuple(
        Batch(bench=bench, part=part, units=tuple(mine))
        for (bench, part), mine in sorted(units.items())
    )


def _packing(tour: Tour, jobs: Iterable[Job]) -> Packing:
    on_the_way = {stop.station for stop in tour.stops}
    mine = [job for job in jobs if job.station in on_the_way and job.site_minutes()]
    repaired = [job for job in mine if job.method is Method.VISIT]
    return Packing(
        round=tour.round,
        technician=tour.technician,
        parts=count_parts(repaired),
        tools=tuple(sorted({tool for job in repaired for tool in job.tools})),
        devices=tuple(job.unit for job in mine),
    )


def _spares(given: PlanInput, options: PlanOptions) -> tuple[Spare, ...]:
    stations: dict[str, int] = {}
    for office in given.offices.values():
        stations[office.regency] = stations.get(office.regency, 0) + 1
    observed = spares.observed_per_year(given.state.onsets, given.first_day, given.state.as_of)
    return plan_spares(stations, observed, on_hand(given.supplies), options.lead_days)


def _assumptions(given: PlanInput, options: PlanOptions) -> tuple[str, ...]:
    estimated = given.travel.estimated_pairs
    pairs = len(given.travel.codes) * (len(given.travel.codes) - 1)
    return (
        f"Jarak perkiraan / estimated distances: {estimated} dari / of {pairs}; "
        f"garis lurus / straight line x {DETOUR}, {SPEED_KM_PER_HOUR:.0f} km/jam / km/h",
        f"Satu kunjungan / a visit: {options.visit_minutes:.0f} menit + perbaikan / min + repairs",
        f"Satu tur / a tour: {options.tour_hours:.0f} jam / h, hari kerja / working day "
        f"{options.day_hours:.0f} jam / h",
        "Persediaan tidak diketahui / store room unknown"
        if not given.supplies
        else f"Waktu tunggu suku cadang / lead time of parts: {options.lead_days} hari / days",
    )
