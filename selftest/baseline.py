"""Commissioning baselines: what a unit measured when it was known to be good.

A baseline belongs to a serial number. It is taken after commissioning, a repair or a cleaning, by
the checks whose limits compare with it; a unit with a fault that needs no baseline to be seen is
refused, unless a person gives the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from selftest.bench import Bench
from selftest.check import Check, Value
from selftest.errors import BaselineRefusedError
from selftest.history import Author, BaselineNote, History, Row, unit_of
from selftest.limits import judge, load_limits
from selftest.report import Asset, Outcome, Report
from selftest.runner import Listener, Run, run_checks

_AGAINST_BASELINE = frozenset({"baseline_difference", "baseline_percent"})


@dataclass(frozen=True, slots=True)
class Line:
    """One value of a new baseline beside that of the one before."""

    code: str
    value: Value
    before: float | None


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline as it was taken."""

    id: str
    asset: Asset
    unit: str
    before: BaselineNote | None
    lines: tuple[Line, ...]


def baseline_codes() -> frozenset[str]:
    """Return the codes that have a limit against the baseline."""
    return frozenset(
        limit.code for limit in load_limits().limits if limit.against in _AGAINST_BASELINE
    )


def take_baselines(
    bench: Bench, checks: Sequence[Check], author: Author, listener: Listener | None = None
) -> tuple[Report, tuple[Baseline, ...]]:
    """Run the checks and keep what each unit measured.

    Raises BaselineRefusedError, before anything is kept, where a unit has a fault and the author
    gave no note, or where nothing could be measured.
    """
    run = run_checks(bench, checks, listener, trigger="baseline")
    if not author.note:
        _refuse_faults(run)
    history = History(bench.history_file)
    taken = tuple(
        baseline
        for asset in run.report.assets
        if (baseline := _keep(history, run, asset, author)) is not None
    )
    if not taken:
        raise BaselineRefusedError(
            "tidak ada yang terukur / nothing was measured that a baseline holds: "
            + "; ".join(f"{r.code} {r.reason}" for r in run.report.results if r.reason)[:300]
        )
    return run.report, taken


def undo_baseline(history: History, unit: str, bench: Bench) -> BaselineNote | None:
    """Withdraw the newest baseline of a unit; return the one that holds again, or None.

    Raises BaselineRefusedError for a unit without a baseline.
    """
    note = history.baseline_of(unit)
    if note is None:
        raise BaselineRefusedError(f"{unit}: belum ada garis dasar / has no baseline")
    history.withdraw_baseline(note.id, bench.now())
    return history.baseline_of(unit)


def _keep(history: History, run: Run, asset: Asset, author: Author) -> Baseline | None:
    unit = unit_of(asset)
    rows = _rows(run, unit)
    if not rows:
        return None
    before = history.baseline_of(unit)
    lines = tuple(Line(code, value, _before(history, before, code, value)) for code, value in rows)
    name = history.store_baseline(unit, run.report.started, author, rows)
    return Baseline(name, asset, unit, before, lines)


def _rows(run: Run, unit: str) -> list[Row]:
    compared = {
        (limit.code, limit.measurement)
        for limit in load_limits().limits
        if limit.against in _AGAINST_BASELINE
    }
    return [
        (code, value)
        for whose, code, value in run.values
        if whose == unit and (code, value.name) in compared
    ]


def _before(history: History, note: BaselineNote | None, code: str, value: Value) -> float | None:
    return None if note is None else history.baseline_value(note.id, code, value.name)


def _refuse_faults(run: Run) -> None:
    # What only the old baseline calls a fault is what a new baseline is for.
    failed = [result for result in run.report.results if result.outcome is Outcome.FAIL]
    bad = [result.code for result in failed if _fails_by_itself(run, result.code)]
    if bad:
        raise BaselineRefusedError(
            f"ada gangguan / there are faults: {', '.join(bad)}; perbaiki dahulu, atau beri alasan"
            " / repair first, or give a reason with --anyway"
        )


def _fails_by_itself(run: Run, code: str) -> bool:
    values = [value for _, other, value in run.values if other == code]
    return judge(code, values).outcome is Outcome.FAIL
