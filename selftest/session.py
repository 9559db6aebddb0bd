"""A whole run: what an earlier crash left, the checks, the stored report, the tickets.

The command line and the station both run checks through here.
"""

import datetime
from collections.abc import Sequence

from selftest.archive import read_report, store_run, stored_places
from selftest.bench import Bench
from selftest.check import Check
from selftest.errors import NoReportError
from selftest.mode import Mode
from selftest.report import CheckResult, Report
from selftest.runner import Listener, Trigger, run_checks
from selftest.stream import Stream, as_run, cut_off_runs

MODES: dict[Trigger, Mode] = {
    "quick": Mode.QUICK,
    "boot": Mode.QUICK,
    "nightly": Mode.QUICK,
}
"""Triggers whose runs skip what needs a person; other triggers run what they are given."""
_COUNT_AS_BOOT = frozenset(MODES)


class _Both:
    """Tells two listeners."""

    def __init__(self, first: Listener, second: Listener) -> None:
        self._all = (first, second)

    def planned(self, checks: Sequence[Check]) -> None:
        for listener in self._all:
            listener.planned(checks)

    def began(self, item: Check, asset: str | None) -> None:
        for listener in self._all:
            listener.began(item, asset)

    def ended(self, result: CheckResult) -> None:
        for listener in self._all:
            listener.ended(result)


def run_session(
    bench: Bench,
    checks: Sequence[Check],
    listener: Listener | None = None,
    *,
    trigger: Trigger = "only",
    mode: Mode | None = None,
) -> Report:
    """Run checks, store the report and return it as stored; results go out as they come.

    Without a `mode` the trigger decides which checks are skipped as another mode's.
    """
    close_cut_off_runs(bench)
    with Stream(bench, trigger) as stream:
        told = _Both(stream, listener) if listener is not None else stream
        run = run_checks(bench, checks, told, trigger=trigger, mode=mode or MODES.get(trigger))
        report = store_run(bench, run)
        stream.remove()
    return report


def close_cut_off_runs(bench: Bench) -> tuple[Report, ...]:
    """Store what runs had found that were cut off, as unfinished reports; return these."""
    closed: list[Report] = []
    for place, report in cut_off_runs(bench):
        closed.append(store_run(bench, as_run(report)))
        place.unlink()
    return tuple(closed)


def boot_run_due(bench: Bench, now: datetime.datetime) -> bool:
    """Tell whether no finished run of all quick checks began on this day, by the local calendar."""
    today = now.astimezone().date()
    for place in reversed(stored_places(bench)):
        try:
            report = read_report(place)
        except NoReportError:  # damaged: it proves nothing
            continue
        day = report.started.astimezone().date()
        if day < today:
            return True
        if day == today and report.trigger in _COUNT_AS_BOOT and not report.unfinished:
            return False  # one of a later day was made by a wrong clock, and proves nothing
    return True
