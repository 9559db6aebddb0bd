"""The self-test inside the station: one run at a time, in a thread of its own.

It lends the station's own devices (device_loan.py), so that it and a recording never meet, and
hands its questions to the panel. What a run found is stored as `selftest` stores it.
"""

import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import get_args

import apsw
import structlog

from drivers.devices import Device
from selftest.bench import Bench
from selftest.catalog import all_checks, select_checks
from selftest.check import Check
from selftest.errors import NotReadyError, SelftestError, UnknownCodeError
from selftest.exporters.words import Language
from selftest.guide import Answer
from selftest.mode import Mode
from selftest.report import CheckResult, Report
from selftest.runner import Trigger
from selftest.session import boot_run_due, close_cut_off_runs, run_session
from selftest.simulated_hands import guided_bench
from selftest.tickets import Ticket
from station.device_loan import WAIT_LIMIT_S, DeviceLoans
from station.device_room import DeviceRoom
from station.refusals import SelfTestRunningError
from station.selftest_board import Board, RunState
from station.selftest_guide import PanelGuide
from station.selftest_records import SelftestRecords

__all__ = ["RunState", "SelfTesting"]

log = structlog.get_logger()

CLOSE_LIMIT_S = 10.0  # the longest wait at the end of the program for a check; our choice
_MODES: dict[str, frozenset[Mode]] = {
    "guided": frozenset({Mode.QUICK, Mode.GUIDED}),
    "depot": frozenset(Mode),
}
_WITH_PERSON = frozenset(_MODES)
_STOPPED = "dihentikan / stopped"


class _RunStopped(Exception):  # noqa: N818 - ends a run, is no error
    """Ends a run after the check that was running."""


class _Teller:
    """Listens to a run and writes it on the board."""

    def __init__(self, board: Board, is_stopped: Callable[[], bool]) -> None:
        self._board = board
        self._is_stopped = is_stopped

    def planned(self, checks: Sequence[Check]) -> None:
        """Tell how many checks there will be."""
        self._board.change(planned=len(checks))

    def began(self, item: Check, asset: str | None) -> None:
        """Tell which check runs, on whichever device."""
        del asset
        self._board.change(current=item.code)

    def ended(self, result: CheckResult) -> None:
        """Tell a result; raises _RunStopped where the run was cancelled meanwhile."""
        self._board.add_result(result)
        if self._is_stopped():
            raise _RunStopped


class SelfTesting:
    """Starts, follows and ends runs; thread-safe."""

    def __init__(
        self,
        bench: Bench,
        room: DeviceRoom,
        *,
        is_recording: Callable[[], bool] = lambda: False,
        empty_room: Callable[[], AbstractContextManager[None]] = nullcontext,
        wait_limit_s: float = WAIT_LIMIT_S,
    ) -> None:
        self._board = Board()
        self._stop = threading.Event()
        self._is_recording = is_recording
        self._empty_room = empty_room
        self._loans = DeviceLoans(room, told_waiting=self._tell_waiting, wait_limit_s=wait_limit_s)
        self._bench = dataclasses.replace(bench, lend=self._lend, sleep=self._sleep)
        self._records = SelftestRecords(self._bench)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._guide: PanelGuide | None = None
        self._is_closed = False

    # ---- a run

    def state(self) -> RunState:
        """Return what is going on; never waits."""
        return self._board.state()

    def wait_for_change(self, after: int, timeout_s: float) -> RunState:
        """Return the state once its number is above `after`, or when the time is over."""
        return self._board.wait_for_change(after, timeout_s)

    def start(self, trigger: str, person: str | None, *, codes: tuple[str, ...] = ()) -> None:
        """Begin a run in the background.

        Raises SelfTestRunningError while one runs, UnknownCodeError for a code of no check or an
        unknown trigger.
        """
        chosen = _known_trigger(trigger)
        checks = _chosen(chosen, codes)
        with self._lock:
            if self._is_closed or self.state().is_running:
                raise SelfTestRunningError
            self._stop.clear()
            asks = _asks_a_person(chosen, checks)
            self._guide = PanelGuide(person, self._board) if person and asks else None
            self._board.replace(RunState(is_running=True, trigger=trigger, person=person))
            self._thread = threading.Thread(
                target=self._run, args=(chosen, checks, self._guide), name="selftest", daemon=True
            )
            self._thread.start()

    def answer(self, key: str, answer: Answer) -> None:
        """Answer the question that is pending; ignored if it is another."""
        if (guide := self._guide) is not None:
            guide.answer(key, answer)

    def cancel(self) -> None:
        """End the run after the check that runs; what was found is stored."""
        self._stop.set()
        if (guide := self._guide) is not None:
            guide.stop()

    def boot_run_if_due(self) -> bool:
        """Begin the run of the day where there was none yet, and nobody records now."""
        if self._is_recording() or not boot_run_due(self._bench, self._bench.now()):
            return False
        return self._start_alone("boot")

    def nightly_run(self) -> bool:
        """Begin the nightly run, unless somebody records or tests now."""
        return not self._is_recording() and self._start_alone("nightly")

    def close(self) -> None:
        """End the run that is under way and wait for it, for a while."""
        with self._lock:
            self._is_closed = True
        self.cancel()
        if self._thread is not None:
            self._thread.join(CLOSE_LIMIT_S)

    # ---- what runs left

    def last(self) -> Report | None:
        """Return the newest report; None before the first."""
        return self._records.last()

    def reports(self, last: int) -> tuple[Report, ...]:
        """Return so many of the newest reports, the newest first."""
        return self._records.reports(last)

    def standing(self) -> tuple[Report, ...]:
        """Return the newest full run and what was tested after it, the newest first."""
        return self._records.standing()

    def report(self, number: int) -> tuple[Report, dict[str, bytes]]:
        """Return a report with its pictures by name; raises NoReportError."""
        return self._records.report(number)

    def open_tickets(self) -> tuple[Ticket, ...]:
        """Return faults that no re-test has closed, the worst first."""
        return self._records.tickets(with_closed=False)

    def all_tickets(self) -> tuple[Ticket, ...]:
        """Return open and closed faults."""
        return self._records.tickets(with_closed=True)

    def units(self) -> tuple[str, ...]:
        """Return every unit that has statistics of captures."""
        return self._records.units()

    def trend_png(self, unit: str, metric: str) -> bytes:
        """Return a trend as a picture; raises UnknownCodeError for an unknown metric."""
        return self._records.trend_png(unit, metric)

    def pdf(self, number: int, language: Language) -> bytes:
        """Return a report as PDF; raises NoReportError."""
        return self._records.pdf(number, language)

    # ---- inside

    def _start_alone(self, trigger: str) -> bool:
        try:
            self.start(trigger, None)
        except SelfTestRunningError:
            return False
        return True

    def _run(self, trigger: Trigger, checks: tuple[Check, ...], guide: PanelGuide | None) -> None:
        teller = _Teller(self._board, self._stop.is_set)
        try:
            with _with_person(self._bench, guide) as bench:
                run_session(bench, checks, teller, trigger=trigger)
        except _RunStopped:
            self._store_what_was_found()
        except (SelftestError, apsw.Error, OSError) as error:
            self._tell_failure(error)
        finally:
            self._board.change(is_running=False, current=None, question=None)

    def _store_what_was_found(self) -> None:
        try:
            close_cut_off_runs(self._bench)
        except (SelftestError, apsw.Error, OSError) as error:
            self._tell_failure(error)

    def _tell_failure(self, error: Exception) -> None:
        log.error("the self-test could not be stored", cause=str(error))
        self._board.change(
            said_id=f"Hasil uji mandiri tidak tersimpan: {error}",
            said_en=f"The self-test could not be stored: {error}",
        )

    @contextmanager
    def _lend(self, device: Device) -> Iterator[None]:
        """Lend a device; virtual residents wait outside unless one is being recorded."""
        with self._loans.lend(device), self._room_for_it():
            yield

    def _room_for_it(self) -> AbstractContextManager[None]:
        return nullcontext() if self._is_recording() else self._empty_room()

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise NotReadyError(_STOPPED)

    def _tell_waiting(self, device: str | None) -> None:
        self._board.change(
            waiting_id=device and f"menunggu {device}: alat sedang dipakai merekam",
            waiting_en=device and f"waiting for {device}: a recording is using it",
        )


def _known_trigger(trigger: str) -> Trigger:
    found: Trigger | None = next((one for one in get_args(Trigger) if one == trigger), None)
    if found is None:
        raise UnknownCodeError(f"no kind of run is called '{trigger}'")
    return found


def _chosen(trigger: Trigger, codes: tuple[str, ...]) -> tuple[Check, ...]:
    checks = select_checks(codes) if codes else all_checks()
    modes = _MODES.get(trigger, frozenset(Mode))
    return tuple(item for item in checks if item.mode in modes)


def _asks_a_person(trigger: Trigger, checks: Sequence[Check]) -> bool:
    """Tell whether a run may ask; a quick one never does, a re-test where its check needs it."""
    if trigger == "only":
        return any(item.mode is not Mode.QUICK for item in checks)
    return trigger in _WITH_PERSON


@contextmanager
def _with_person(bench: Bench, guide: PanelGuide | None) -> Iterator[Bench]:
    if guide is None:
        yield bench
        return
    with guided_bench(bench, guide) as with_person:
        yield with_person
