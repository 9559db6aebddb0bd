"""What is new, gone or still there since the runs before.

Faults of a unit are compared, not lines of two reports: a run that did not come to test something
says nothing about it, so what was found earlier stays until a test of it passes on that unit.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from selftest.history import unit_of
from selftest.report import Asset, Change, CheckResult, Outcome, Report, Severity
from selftest.runner import COMPUTER_UNIT

_FOUND = {Outcome.FAIL: Severity.FAIL, Outcome.WARN: Severity.WARN}
_PASSED = frozenset({Outcome.PASS, Outcome.MANUAL})
_KINDS = ("new", "still", "untested", "gone")
_SEVERITIES = (Severity.FAIL, Severity.WARN, Severity.INFO)
Key = tuple[str, str]
"""Code and unit."""


@dataclass(frozen=True, slots=True)
class KnownFault:
    """A fault that earlier runs found and that no test has passed since."""

    code: str
    unit: str
    asset: str | None
    severity: Severity
    since: datetime.datetime
    times: int


def place_unit(asset: str) -> str:
    """Return the name of a unit that did not say who it is: the place where it should be."""
    return f"tidak dikenal / unknown: {asset}"


def unit_under(result: CheckResult, assets: Sequence[Asset]) -> str:
    """Return the name under which the unit of a result is remembered."""
    if result.asset is None:
        return COMPUTER_UNIT
    known = next((asset for asset in assets if asset.name == result.asset), None)
    return unit_of(known) if known is not None else place_unit(result.asset)


def changes_of(report: Report, before: Iterable[KnownFault]) -> tuple[Change, ...]:
    """Compare a run with the faults known before it; an unfinished run changes nothing.

    A fault of a unit that never said who it is belongs to its place, and goes when whatever unit
    stands there now passes.
    """
    if report.unfinished:
        return ()
    found, passed = _found(report), _passed(report)
    known = {(fault.code, fault.unit): fault for fault in before}
    changes = [_changed(fault, found.get(key), key in passed) for key, fault in known.items()]
    changes += [_new(key, result, report) for key, result in found.items() if key not in known]
    return tuple(sorted(changes, key=_place))


def _found(report: Report) -> Mapping[Key, CheckResult]:
    return {
        (result.code, unit_under(result, report.assets)): result
        for result in report.results
        if result.outcome in _FOUND
    }


def _passed(report: Report) -> frozenset[Key]:
    good = [result for result in report.results if result.outcome in _PASSED]
    units = {(result.code, unit_under(result, report.assets)) for result in good}
    places = {(result.code, place_unit(result.asset)) for result in good if result.asset}
    return frozenset(units | places)


def _changed(fault: KnownFault, result: CheckResult | None, is_passed: bool) -> Change:
    seen = result is not None
    return Change(
        kind="still" if seen else "gone" if is_passed else "untested",
        code=fault.code,
        unit=fault.unit,
        asset=fault.asset,
        severity=_FOUND[result.outcome] if result is not None else fault.severity,
        since=fault.since,
        times=fault.times + seen,
    )


def _new(key: Key, result: CheckResult, report: Report) -> Change:
    return Change(
        kind="new",
        code=key[0],
        unit=key[1],
        asset=result.asset,
        severity=_FOUND[result.outcome],
        since=report.started,
    )


def _place(change: Change) -> tuple[int, int, str, str]:
    severity = _SEVERITIES.index(change.severity)
    return _KINDS.index(change.kind), severity, change.code, change.unit
