"""Run checks one after the other, each under a time limit, and judge what they measured.

A check that raises or hangs is ERROR for that check; a device whose check hung is left alone for
the rest of the run, since its thread is still inside it. Results go out as they come.

    subjects of a component -> each check on the subject's own thread -> judge -> result
                                                                     -> history of the unit
"""

import contextlib
import datetime
import hashlib
import secrets
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, Protocol

from selftest.bench import Bench
from selftest.catalog import all_checks
from selftest.check import Check, Measured, Picture, Skip, Value
from selftest.errors import HungError, NotReadyError
from selftest.history import History, UnitHistory, unit_of
from selftest.judging import result_of
from selftest.limits import load_limits
from selftest.mode import WRONG_MODE, Mode
from selftest.owner import Answer, Owner
from selftest.report import Asset, CheckResult, PictureNote, Report
from selftest.subjects import owners_of
from selftest.verdict import decide_verdict, is_all_clear

Trigger = Literal["quick", "boot", "nightly", "guided", "depot", "baseline", "only", "diagnose"]
COMPUTER_UNIT = "computer"


class Listener(Protocol):
    """Who follows a run."""

    def planned(self, checks: Sequence[Check]) -> None:
        """Told once, before the first check."""

    def began(self, item: Check, asset: str | None) -> None:
        """Told before a check."""

    def ended(self, result: CheckResult) -> None:
        """Told after a check."""


class NobodyListens:
    """Follows nothing."""

    def planned(self, checks: Sequence[Check]) -> None:
        """Do nothing."""

    def began(self, item: Check, asset: str | None) -> None:
        """Do nothing."""

    def ended(self, result: CheckResult) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    report: Report
    pictures: dict[str, bytes]
    """PNG by the name in the report's notes."""
    values: tuple[tuple[str, str, Value], ...]
    """Unit, code and value of everything that was measured, judged or not."""


@dataclass
class _Notes:
    """What a run gathers."""

    bench: Bench
    history: History
    mode: Mode | None
    listener: Listener
    results: list[CheckResult] = field(default_factory=list)
    assets: list[Asset] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    values: list[tuple[str, str, Value]] = field(default_factory=list)


def run_quick(bench: Bench, listener: Listener | None = None) -> Run:
    """Run every check that needs no person."""
    return run_checks(bench, all_checks(), listener, trigger="quick", mode=Mode.QUICK)


def run_checks(
    bench: Bench,
    checks: Sequence[Check],
    listener: Listener | None = None,
    *,
    trigger: Trigger = "only",
    mode: Mode | None = None,
) -> Run:
    """Run the given checks in their order and return the judged report.

    With a `mode`, checks of another mode are SKIP; without one every given check is run.
    """
    started = bench.now()
    notes = _Notes(bench, History(bench.history_file), mode, listener or NobodyListens())
    notes.listener.planned(checks)
    for component in dict.fromkeys(item.component for item in checks):
        mine = [item for item in checks if item.component == component]
        for owner in owners_of(bench, component):
            _run_subject(notes, owner, mine)
    _remember(notes)
    return Run(_report(notes, started, trigger), notes.pictures, tuple(notes.values))


def _run_subject(notes: _Notes, owner: Owner, checks: Sequence[Check]) -> None:
    try:
        with contextlib.closing(_answers(notes, owner, checks)) as answers:  # gives it back first
            for item, answer, duration_s in answers:
                asset = owner.asset()
                owner.subject.unit = unit_of(asset) if asset else COMPUTER_UNIT
                result = _judged(notes, owner, item, answer)
                notes.results.append(result.model_copy(update={"duration_s": duration_s}))
                notes.listener.ended(notes.results[-1])
        notes.assets += [_with_baseline(notes, asset)] if (asset := owner.asset()) else []
    finally:
        owner.finish()


def _answers(
    notes: _Notes, owner: Owner, checks: Sequence[Check]
) -> Generator[tuple[Check, Answer, float], None, None]:
    """Yield what each check said; a device that is being recorded with makes them all SKIP."""
    due = [item for item in checks if notes.mode in (None, item.mode)]
    try:
        if owner.device is None or not due:
            yield from _run_all(notes, owner, checks)
            return
        with contextlib.suppress(HungError), notes.bench.lend(owner.device), owner.using():
            yield from _run_all(notes, owner, checks)
    except NotReadyError as error:
        for item in checks:
            yield item, error, 0.0


def _run_all(
    notes: _Notes, owner: Owner, checks: Sequence[Check]
) -> Iterator[tuple[Check, Answer, float]]:
    for item in checks:
        if notes.mode not in (None, item.mode):
            yield item, Skip(WRONG_MODE[item.mode]), 0.0
            continue
        notes.listener.began(item, owner.subject.name)
        began_s = time.monotonic()
        answer = _HUNG if owner.is_hung else owner.run(item)
        yield item, answer, round(time.monotonic() - began_s, 3)


_HUNG = HungError("perangkat macet / the device hangs")


def _judged(notes: _Notes, owner: Owner, item: Check, answer: Answer) -> CheckResult:
    unit = owner.subject.unit or COMPUTER_UNIT
    references = UnitHistory(notes.history, unit, notes.bench.now())
    result = result_of(item, owner.subject.name, answer, references)
    if not isinstance(answer, Measured):
        return result
    notes.values += [(unit, item.code, value) for value in answer.values]
    pictures = tuple(_kept(notes, owner, item, picture) for picture in answer.pictures)
    return result.model_copy(update={"pictures": pictures})


def _kept(notes: _Notes, owner: Owner, item: Check, picture: Picture) -> PictureNote:
    whose = f"{owner.subject.name}-" if owner.subject.name else ""
    name = f"{whose}{item.code}-{picture.name}.png".replace("/", "_")
    notes.pictures[name] = picture.png
    return PictureNote(
        name=name,
        caption_id=picture.caption_id,
        caption_en=picture.caption_en,
        sha256=hashlib.sha256(picture.png).hexdigest(),
    )


def _with_baseline(notes: _Notes, asset: Asset) -> Asset:
    note = notes.history.baseline_of(unit_of(asset))
    if note is None:
        return asset
    return asset.model_copy(update={"baseline_id": note.id, "commissioned": note.taken.date()})


def _remember(notes: _Notes) -> None:
    for unit in dict.fromkeys(unit for unit, _, _ in notes.values):
        rows = [(code, value) for other, code, value in notes.values if other == unit]
        notes.history.add_readings(unit, notes.bench.now(), rows)


def _report(notes: _Notes, started: datetime.datetime, trigger: Trigger) -> Report:
    guide = notes.bench.guide
    verdict, limited_by = decide_verdict(notes.results)
    return Report(
        run_id=f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        station_code=notes.bench.station_code,
        trigger=trigger,
        operator=guide.person if guide else None,
        started=started,
        ended=notes.bench.now(),
        app_version=app_version(),
        limits_version=load_limits().version,
        assets=tuple(notes.assets),
        results=tuple(notes.results),
        verdict=verdict,
        limited_by=limited_by,
        all_clear=is_all_clear(notes.results),
    )


def app_version() -> str:
    """Return the version of the installed station."""
    try:
        return version("ktpel-station")
    except PackageNotFoundError:
        return "unversioned"
