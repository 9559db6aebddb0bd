"""From open faults to jobs: one per broken device, with the options to deal with it.

Every device stands in the list once, whatever it has wrong. Its level is the highest of its
faults' first actions (A1 phone < A2 visit < A3 bench; A4, a third party, only where all are).
A1 that is still open after some days is a visit: the telephone evidently did not help.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from selftest.faults import load_parts
from selftest.fleet.errors import RulesError
from selftest.fleet.methods import Method
from selftest.fleet.state import Fault, FleetState, State
from selftest.fleet.travel import Travel
from selftest.report import RepairAction, Severity

COLLECT_MINUTES = 15
"""To take a device down, pack it and sign for it; our assumption."""
PHONE_DAYS = 3
"""After which a fault that an operator could mend is visited; our choice."""
_METHODS = {
    "A1": Method.PHONE,
    "A2": Method.VISIT,
    "A3": Method.HUB,
    "A4": Method.THIRD_PARTY,
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Record):
    """One way to deal with a job, priced."""

    method: Method
    technician_hours: float
    """Travel from the depot and back for this device alone, and the work."""
    office_hours: float
    """Travel of the office's own people."""
    where: str | None = None
    """Office code of the bench."""


class Job(_Record):
    """One broken device."""

    unit: str
    kind: str
    station: str
    codes: tuple[str, ...]
    severity: Severity
    critical: bool
    """Nobody can be recorded without it."""
    level: str
    minutes: int
    parts: tuple[str, ...]
    tools: tuple[str, ...]
    since: datetime.datetime
    action_id: str
    action_en: str
    retest: str
    method: Method
    decided: bool = False
    """By a named person."""
    bench: str | None = None
    """Office code where it is repaired, if not on site."""
    options: tuple[Option, ...] = ()

    def site_minutes(self) -> int:
        """Return how long a technician works on it on site."""
        if self.method is Method.VISIT:
            return self.minutes
        return COLLECT_MINUTES if self.method is Method.COLLECT else 0


def list_jobs(state: FleetState, phone_days: int = PHONE_DAYS) -> tuple[Job, ...]:
    """Return one job for every device with an open fault, by station and unit."""
    asked_before = state.as_of - datetime.timedelta(days=phone_days)
    by_unit: dict[tuple[str, str], list[Fault]] = {}
    for fault in state.faults:
        by_unit.setdefault((fault.station, fault.unit), []).append(fault)
    return tuple(_job(faults, asked_before) for _, faults in sorted(by_unit.items()))


def _method(level: str, severity: Severity, *, is_old: bool) -> Method:
    method = _METHODS[level]
    if severity is Severity.WARN:
        return Method.NEXT_VISIT if method in {Method.VISIT, Method.HUB} else method
    return Method.VISIT if method is Method.PHONE and is_old else method


def _job(faults: Sequence[Fault], asked_before: datetime.date) -> Job:
    first = max(faults, key=_urgency)
    level = _level([fault.action for fault in faults])
    severity = first.severity
    since = min(fault.since for fault in faults)
    return Job(
        unit=first.unit,
        kind=first.kind,
        station=first.station,
        codes=tuple(dict.fromkeys(fault.code for fault in faults)),
        severity=severity,
        critical=any(fault.critical and fault.severity is Severity.FAIL for fault in faults),
        level=level,
        minutes=sum(fault.action.minutes for fault in faults),
        parts=_keys(fault.action.part for fault in faults),
        tools=_keys(tool for fault in faults for tool in fault.action.tools),
        since=since,
        action_id=first.action.text_id,
        action_en=first.action.text_en,
        retest="selftest only " + " ".join(dict.fromkeys(fault.code for fault in faults)),
        method=_method(level, severity, is_old=since.date() < asked_before),
    )


def _urgency(fault: Fault) -> tuple[bool, str, str]:
    return fault.severity is Severity.FAIL, _level([fault.action]), fault.code


def _level(actions: Iterable[RepairAction]) -> str:
    levels = {action.level for action in actions}
    return max(levels - {"A4"}, default="A4")


def _keys(keys: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({key for key in keys if key}))


def with_methods(jobs: Sequence[Job], pinned: Mapping[str, Method]) -> tuple[Job, ...]:
    """Return the jobs as a named person wants them done; RulesError for a device without a job."""
    if unknown := sorted(set(pinned) - {job.unit for job in jobs}):
        raise RulesError(f"[method] '{unknown[0]}' has no open fault; see `selftest fleet plan`")
    return tuple(
        job.model_copy(update={"method": pinned[job.unit], "decided": True})
        if job.unit in pinned
        else job
        for job in jobs
    )


def visited_stations(jobs: Iterable[Job]) -> frozenset[str]:
    """Return the offices that a technician has to go to."""
    return frozenset(job.station for job in jobs if job.method is Method.VISIT)


def joined_to_visits(
    jobs: Iterable[Job], visited: frozenset[str], skipped: Iterable[str]
) -> tuple[Job, ...]:
    """Return the jobs after the list of visits is known: what is there anyway is done as well."""
    skip = frozenset(skipped)
    return tuple(_joined(job, visited - skip, skip) for job in jobs)


def _joined(job: Job, visited: frozenset[str], skipped: frozenset[str]) -> Job:
    if job.decided:
        return job
    if job.station in skipped and job.method in {Method.VISIT, Method.NEXT_VISIT}:
        return job.model_copy(update={"method": Method.SKIPPED, "decided": True})
    if job.station not in visited:
        return job
    if job.method is Method.NEXT_VISIT:
        method = Method.COLLECT if job.level == "A3" else Method.VISIT
        return job.model_copy(update={"method": method})
    if job.method is Method.HUB:
        return job.model_copy(update={"method": Method.COLLECT})
    return job


def with_options(
    jobs: Iterable[Job], travel: Travel, depot: str, hubs: Sequence[str]
) -> tuple[Job, ...]:
    """Return the jobs with the price of every way, and the bench of those repaired on one."""
    return tuple(_with_options(job, travel, depot, hubs) for job in jobs)


def _with_options(job: Job, travel: Travel, depot: str, hubs: Sequence[str]) -> Job:
    nearest = min(
        (*hubs, depot), key=lambda bench: (travel.hours_between(job.station, bench), bench)
    )
    options = []
    if job.level == "A1":
        options.append(_option(Method.PHONE, job.minutes / 60, 0.0))
    if job.level in {"A1", "A2"}:
        there_and_back = _round_trip(travel, depot, job.station)
        options.append(_option(Method.VISIT, there_and_back + job.minutes / 60, 0.0))
    if job.level != "A4":
        for bench in dict.fromkeys((nearest, depot)):
            carried = _round_trip(travel, job.station, bench)
            options.append(_option(Method.HUB, job.minutes / 60, carried, bench))
    where = {Method.HUB: nearest, Method.COLLECT: depot}.get(job.method)
    return job.model_copy(update={"options": tuple(options), "bench": where})


def _round_trip(travel: Travel, start: str, end: str) -> float:
    return travel.hours_between(start, end) + travel.hours_between(end, start)


def _option(method: Method, technician: float, office: float, where: str | None = None) -> Option:
    return Option(
        method=method,
        technician_hours=round(technician, 2),
        office_hours=round(office, 2),
        where=where,
    )


def part_name(key: str) -> str:
    """Return the Indonesian name of a part or tool; the key itself of one that has no text."""
    part = load_parts().get(key)
    return part.name_id if part else key


def count_parts(jobs: Iterable[Job]) -> dict[str, int]:
    """Return how many of each part these jobs take, by key."""
    counts: dict[str, int] = {}
    for job in jobs:
        for part in job.parts:
            counts[part] = counts.get(part, 0) + 1
    return dict(sorted(counts.items()))


def state_weight(state: State) -> float:
    """Return how much an office's state weighs in the priority; CHECKS F."""
    return {State.BLOCKED: 1.0, State.LIMITED: 0.4}.get(state, 0.1)
