"""What is known of every office on one day: from its reports, from people's words, or nothing.

The reports of a station are folded in the order of time. A result stays until the same check is
made again: SKIP tests nothing, so it removes no fault; another unit under the same name does.

    fresh report (7 days)  ->  its folded verdict
    older report or none   ->  the latest statement of a person, else unknown
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from selftest.fleet.offices import Offices
from selftest.fleet.statements import Statement
from selftest.fleet.units import Register, Stay, Unit, kind_of, unit_id
from selftest.report import (
    CheckResult,
    Confidence,
    Outcome,
    RepairAction,
    Report,
    Severity,
    Verdict,
)
from selftest.verdict import decide_verdict

STALE_DAYS = 7
"""A station silent for longer is unknown, not healthy; CHECKS F and G."""
_WHOLE_RUNS = frozenset({"quick", "boot", "nightly"})
"""Runs that name every component; one they leave out is gone."""


class State(StrEnum):
    """What an office can do."""

    RECORDS = "records"
    LIMITED = "limited"
    BLOCKED = "blocked"
    UNPROVEN = "unproven"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """How we know."""

    REPORT = "report"
    STATEMENT = "statement"
    STALE = "stale report"
    NOTHING = "not reported"


_STATES = {
    Verdict.CAN_RECORD: State.RECORDS,
    Verdict.WITH_LIMITS: State.LIMITED,
    Verdict.CANNOT_RECORD: State.BLOCKED,
    Verdict.NOT_PROVEN: State.UNPROVEN,
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OfficeState(_Record):
    """One office on the day."""

    code: str
    state: State
    basis: Basis
    last_report: datetime.datetime | None = None
    limited_by: tuple[str, ...] = ()
    person: str | None = None
    """Whose word it is, of a statement."""


class Fault(_Record):
    """One open finding of one unit."""

    station: str
    unit: str
    kind: str
    component: str
    critical: bool
    code: str
    severity: Severity
    confidence: Confidence
    name_id: str
    name_en: str
    since: datetime.datetime
    action: RepairAction
    retest: str


@dataclass(frozen=True, order=True, slots=True)
class Onset:
    """The day that a unit began to fail."""

    day: datetime.date
    kind: str
    unit: str


@dataclass(frozen=True)
class FleetState:
    """Everything that planning starts from."""

    as_of: datetime.date
    offices: dict[str, OfficeState]
    """By code, all of the table."""
    units: tuple[Unit, ...]
    faults: tuple[Fault, ...]
    """By station, unit and code."""
    onsets: tuple[Onset, ...]
    """Every FAIL that began, closed ones too."""

    def codes_in(self, *states: State) -> tuple[str, ...]:
        """Return the offices in any of these states, by code."""
        return tuple(code for code, office in self.offices.items() if office.state in states)


def fold_fleet(
    reports: Iterable[Report],
    statements: Sequence[Statement],
    offices: Offices,
    as_of: datetime.date,
) -> FleetState:
    """Return what is known on a day from reports, the oldest first, and statements up to then."""
    folds: dict[str, _Fold] = {}
    register = Register()
    for report in reports:
        if report.ended.astimezone(datetime.UTC).date() <= as_of:
            folds.setdefault(report.station_code, _Fold(report.station_code)).add(report, register)
    known = [one for one in statements if one.day <= as_of]
    states = {code: _office_state(code, folds.get(code), known, as_of) for code in offices}
    faults = [fault for fold in folds.values() for fault in fold.faults(register)]
    faults.sort(key=lambda one: (one.station, one.unit, one.code))
    onsets = {onset for fold in folds.values() for onset in fold.onsets}
    return FleetState(as_of, states, register.units(), tuple(faults), tuple(sorted(onsets)))


_Key = tuple[str, str | None]
"""Code and name of the asset."""


@dataclass
class _Fold:
    """One station's reports, folded one after the other."""

    station: str
    last: Report | None = None
    results: dict[_Key, CheckResult] = field(default_factory=dict)
    since: dict[_Key, datetime.datetime] = field(default_factory=dict)
    unit_by_name: dict[str, str] = field(default_factory=dict)
    onsets: set[Onset] = field(default_factory=set)

    def add(self, report: Report, register: Register) -> None:
        """Take one report, not older than those before."""
        self.last = report
        for asset in report.assets:
            name = unit_id(asset, self.station)
            if self.unit_by_name.get(asset.name, name) != name:
                self._forget(asset.name)
            self.unit_by_name[asset.name] = name
            register.see(asset, self.station, report.ended)
        for result in report.results:
            self._take(result, report.started)
        if report.trigger in _WHOLE_RUNS and not report.unfinished:
            named = {(result.component, result.asset) for result in report.results}
            self._keep_only(named)

    def faults(self, register: Register) -> list[Fault]:
        """Return the open findings of the units that are still here."""
        found = []
        for key, result in self.results.items():
            if result.finding is None or result.finding.severity is Severity.INFO:
                continue
            unit = self._unit(result, self.since[key], register)
            if register.station_of(unit) == self.station:
                found.append(_fault(self.station, unit, result, self.since[key]))
        return found

    def verdict(self) -> tuple[Verdict, tuple[str, ...]]:
        """Return what the folded results say."""
        return decide_verdict(tuple(self.results.values()))

    def _take(self, result: CheckResult, started: datetime.datetime) -> None:
        key = (result.code, result.asset)
        before = self.results.get(key)
        had_finding = before is not None and before.finding is not None
        if result.outcome is Outcome.SKIP and had_finding:
            return
        self.results[key] = result
        if result.finding is None:
            self.since.pop(key, None)
            return
        if key not in self.since and result.outcome is Outcome.FAIL:
            kind = kind_of(result.component)
            name = result.asset or kind
            unit = self.unit_by_name.get(name, f"{kind} @{self.station}/{name}")
            self.onsets.add(Onset(started.astimezone(datetime.UTC).date(), kind, unit))
        self.since.setdefault(key, started)

    def _forget(self, name: str) -> None:
        for key in [key for key in self.results if key[1] == name]:
            del self.results[key]
            self.since.pop(key, None)

    def _keep_only(self, named: set[tuple[str, str | None]]) -> None:
        for key, result in list(self.results.items()):
            if (result.component, result.asset) not in named:
                del self.results[key]
                self.since.pop(key, None)

    def _unit(self, result: CheckResult, since: datetime.datetime, register: Register) -> str:
        kind = kind_of(result.component)
        name = result.asset or kind
        if name in self.unit_by_name:
            return self.unit_by_name[name]
        last_seen = self.last.ended if self.last else since
        stay = Stay(station=self.station, first_seen=since, last_seen=last_seen)
        return register.see_nameless(kind, name, stay)


def _fault(station: str, unit: str, result: CheckResult, since: datetime.datetime) -> Fault:
    finding = result.finding
    if finding is None:
        raise ValueError(f"{result.code} has no finding")
    return Fault(
        station=station,
        unit=unit,
        kind=kind_of(result.component),
        component=result.component,
        critical=result.critical,
        code=finding.code,
        severity=finding.severity,
        confidence=finding.confidence,
        name_id=finding.name_id,
        name_en=finding.name_en,
        since=since,
        action=finding.action,
        retest=finding.retest,
    )


def _office_state(
    code: str, fold: _Fold | None, statements: Sequence[Statement], as_of: datetime.date
) -> OfficeState:
    last = fold.last if fold is not None else None
    if fold is not None and last is not None:
        age_days = (as_of - last.ended.astimezone(datetime.UTC).date()).days
        if age_days <= STALE_DAYS:
            verdict, limited_by = fold.verdict()
            return OfficeState(
                code=code,
                state=_STATES[verdict],
                basis=Basis.REPORT,
                last_report=last.ended,
                limited_by=limited_by,
            )
    return _silent_state(code, last, statements)


def _silent_state(code: str, last: Report | None, statements: Sequence[Statement]) -> OfficeState:
    last_report = last.ended if last else None
    mine = [one for one in statements if one.station == code]
    if last is not None:
        mine = [one for one in mine if one.day >= last.ended.astimezone(datetime.UTC).date()]
    if not mine:
        basis = Basis.STALE if last else Basis.NOTHING
        return OfficeState(code=code, state=State.UNKNOWN, basis=basis, last_report=last_report)
    newest = max(mine, key=lambda one: (one.day, one.state == "blocked"))
    state = State.RECORDS if newest.state == "active" else State.BLOCKED
    return OfficeState(
        code=code,
        state=state,
        basis=Basis.STATEMENT,
        last_report=last_report,
        person=newest.person,
    )
