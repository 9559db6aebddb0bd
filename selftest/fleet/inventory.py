"""What the province has and what is wrong with it: by regency, by kind and model, by code.

"Not reported" is a column of its own: silence is never counted as healthy, and what a person said
by telephone stands beside the reports, not among them.
"""

import datetime
import statistics
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from selftest.fleet.offices import Offices
from selftest.fleet.state import Basis, Fault, FleetState, OfficeState, State
from selftest.fleet.supplies import Supply
from selftest.fleet.units import NO_DEVICES, Unit
from selftest.report import Severity


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RegencyRow(_Record):
    """One regency, or all of them together."""

    regency: str
    offices: int
    records: int
    """By a fresh report, as the next three."""
    limited: int
    blocked: int
    unproven: int
    stale: int
    """Last report older than a week: unknown."""
    not_reported: int
    """Never a report."""
    stated_active: int
    """Of the stale and not reported ones, by somebody's word."""
    stated_blocked: int
    devices: int
    broken_devices: int
    """With a confirmed fault (FAIL)."""
    reporting: bool
    """Whether at least one office ever reported."""

    @property
    def active(self) -> int:
        """Return how many record, limited or not, by report or word."""
        return self.records + self.limited + self.stated_active

    @property
    def all_blocked(self) -> int:
        """Return how many cannot record, by report or word."""
        return self.blocked + self.stated_blocked


class ModelRow(_Record):
    """All devices of one model."""

    kind: str
    make: str
    model: str
    count: int
    broken: int
    median_age_years: float | None
    oldest_years: float | None
    unknown_age: int


class ParetoRow(_Record):
    """One code."""

    code: str
    name_id: str
    name_en: str
    devices: int
    share_percent: float
    cumulated_percent: float


class DeviceRow(_Record):
    """One device with its history."""

    unit: Unit
    station: str
    codes: tuple[str, ...]
    moved: bool


class Inventory(_Record):
    """Everything on one day."""

    as_of: datetime.date
    active: int
    blocked: int
    broken_devices: int
    reporting_regencies: int
    silent_regencies: tuple[str, ...]
    regencies: tuple[RegencyRow, ...]
    total: RegencyRow
    broken_by_kind: dict[str, int]
    """The most first."""
    models: tuple[ModelRow, ...]
    pareto: tuple[ParetoRow, ...]
    devices: tuple[DeviceRow, ...]
    supplies: tuple[Supply, ...]
    states: tuple[OfficeState, ...]


def take_inventory(
    state: FleetState, offices: Offices, supplies: Sequence[Supply] = ()
) -> Inventory:
    """Return the inventory of the day that the state is of."""
    rows = tuple(
        _row(regency, [code for code in offices if offices[code].regency == regency], state)
        for regency in offices.regencies()
    )
    total = _row("Total", list(offices), state)
    failing = _failing_units(state.faults)
    return Inventory(
        as_of=state.as_of,
        active=total.active,
        blocked=total.all_blocked,
        broken_devices=total.broken_devices,
        reporting_regencies=sum(row.reporting for row in rows),
        silent_regencies=tuple(row.regency for row in rows if not row.reporting),
        regencies=rows,
        total=total,
        broken_by_kind=_count_kinds(state, failing),
        models=_models(state, failing),
        pareto=_pareto(state.faults),
        devices=tuple(_device(unit, state.faults) for unit in state.units),
        supplies=tuple(supplies),
        states=tuple(state.offices.values()),
    )


def _failing_units(faults: Iterable[Fault]) -> frozenset[str]:
    return frozenset(fault.unit for fault in faults if _is_broken_device(fault))


def _is_broken_device(fault: Fault) -> bool:
    return fault.severity is Severity.FAIL and fault.kind not in NO_DEVICES


def _row(name: str, codes: Sequence[str], state: FleetState) -> RegencyRow:
    mine = [state.offices[code] for code in codes]
    fresh = [one.state for one in mine if one.basis is Basis.REPORT]
    words = [one.state for one in mine if one.basis is Basis.STATEMENT]
    silent = [one for one in mine if one.basis is not Basis.REPORT]
    failing = {f.unit for f in state.faults if _is_broken_device(f) and f.station in codes}
    return RegencyRow(
        regency=name,
        offices=len(codes),
        records=fresh.count(State.RECORDS),
        limited=fresh.count(State.LIMITED),
        blocked=fresh.count(State.BLOCKED),
        unproven=fresh.count(State.UNPROVEN),
        stale=sum(one.last_report is not None for one in silent),
        not_reported=sum(one.last_report is None for one in silent),
        stated_active=words.count(State.RECORDS),
        stated_blocked=words.count(State.BLOCKED),
        devices=sum(u.station in codes and u.kind not in NO_DEVICES for u in state.units),
        broken_devices=len(failing),
        reporting=any(one.last_report is not None for one in mine),
    )


def _count_kinds(state: FleetState, failing: frozenset[str]) -> dict[str, int]:
    kinds = [unit.kind for unit in state.units if unit.id in failing]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _models(state: FleetState, failing: frozenset[str]) -> tuple[ModelRow, ...]:
    groups: dict[tuple[str, str, str], list[Unit]] = {}
    for unit in state.units:
        if unit.kind in NO_DEVICES:
            continue
        groups.setdefault((unit.kind, unit.make, unit.model), []).append(unit)
    return tuple(_model(key, mine, failing, state.as_of) for key, mine in sorted(groups.items()))


def _model(
    key: tuple[str, str, str],
    mine: Sequence[Unit],
    failing: frozenset[str],
    as_of: datetime.date,
) -> ModelRow:
    ages = [age for unit in mine if (age := unit.age_years(as_of)) is not None]
    kind, make, model = key
    return ModelRow(
        kind=kind,
        make=make,
        model=model,
        count=len(mine),
        broken=sum(unit.id in failing for unit in mine),
        median_age_years=round(statistics.median(ages), 1) if ages else None,
        oldest_years=round(max(ages), 1) if ages else None,
        unknown_age=len(mine) - len(ages),
    )


def _pareto(faults: Iterable[Fault]) -> tuple[ParetoRow, ...]:
    units: dict[str, set[str]] = {}
    names: dict[str, Fault] = {}
    for fault in faults:
        units.setdefault(fault.code, set()).add(fault.unit)
        names[fault.code] = fault
    total = sum(len(mine) for mine in units.values())
    rows, so_far = [], 0
    for code in sorted(units, key=lambda code: (-len(units[code]), code)):
        so_far += len(units[code])
        rows.append(
            ParetoRow(
                code=code,
                name_id=names[code].name_id,
                name_en=names[code].name_en,
                devices=len(units[code]),
                share_percent=round(100 * len(units[code]) / total, 1),
                cumulated_percent=round(100 * so_far / total, 1),
            )
        )
    return tuple(rows)


def _device(unit: Unit, faults: Iterable[Fault]) -> DeviceRow:
    codes = tuple(fault.code for fault in faults if fault.unit == unit.id)
    return DeviceRow(unit=unit, station=unit.station, codes=codes, moved=len(unit.stays) > 1)
