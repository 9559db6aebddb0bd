"""The station: what the panel, the demonstration and the command line work with.

It owns the open cases, the one live view, the devices and the register. Every method that changes
something returns only after the change is durable; every error says what to do next.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any
from uuid import uuid4

import structlog

from drivers.devices import Device, FaceCamera, FingerprintScanner, IrisCamera, SignaturePad
from drivers.frames import PadGeometry, SignatureStroke
from station.attempt_file import Strokes
from station.case_file import CaseFile
from station.case_fingers import CaseFingers
from station.device_slot import DeviceSlot
from station.disk import GATE_FREE_BYTES, disk_gate, free_bytes
from station.eligibility import judge_eligibility
from station.live import LiveCapture
from station.live_source import LiveSource
from station.operators import Role, SignedInOperator
from station.power_watching import PowerWatching
from station.readiness import DeviceCard, Readiness, describe_devices, judge_readiness
from station.recording import (
    Attempt,
    Case,
    CaseHead,
    ExceptionKind,
    PartException,
    Step,
    Veto,
    VetoKind,
)
from station.refusals import (
    AlreadyRecordedError,
    NoSuchCaseError,
    NotAllowedError,
    NotCompleteError,
    NotEligibleError,
)
from station.register import CaseRow, CaseState
from station.resident import Resident
from station.review import ReviewSheet, review_case
from station.rooms import StationRooms
from station.sealing import SealedCase
from station.selftest_readiness import judge_selftests
from station.selftest_schedule import SelftestSchedule
from station.selftesting import SelfTesting
from station.sources.context import OpenCase
from station.sources.face import FaceSource
from station.sources.fingers import FingerSource
from station.sources.irises import IrisSource
from station.sources.signature import PadSource, judge_screen_signature
from station.upkeep import Upkeep

log = structlog.get_logger()

# Three attempts at five captures of 14 MB raw in all (FIELD.md 6), drafts and both sealed tiers.
WORST_CASE_BYTES = 120_000_000


class Station:
    """One station; thread-safe."""

    def __init__(self, rooms: StationRooms) -> None:
        self._rooms = rooms
        self.config = rooms.config
        self.keys = rooms.keys
        self.audit = rooms.audit
        self.operators = rooms.operators
        self.register = rooms.register
        self.devices = rooms.devices
        self._lock = threading.RLock()
        self._open: dict[str, OpenCase] = {}
        self._live: tuple[str, Step, LiveCapture[Any]] | None = None
        training = rooms.training
        self.selftesting = SelfTesting(
            rooms.selftest_bench,
            rooms.devices,
            is_recording=self.is_recording,
            empty_room=nullcontext if training is None else training.empty_room,
        )
        self._schedule = SelftestSchedule(self.selftesting, rooms.config.selftest)
        self._power = PowerWatching(rooms.devices, rooms.selftest_bench)
        self._upkeep = Upkeep(rooms, self.readiness)

    # ---- life

    def start(self) -> None:
        """Put the spool in order, watch the devices, offer packages and take in receipts.

        Raises AuditBrokenError when the log of actions was changed from outside, and
        ChildProcessError when the pull interface cannot run.
        """
        self.audit.verify()
        self._upkeep.put_in_order()
        self.devices.start()
        self._upkeep.publish_state()
        self._rooms.pull_service.start()
        self._upkeep.start()
        self._power.start()
        self._schedule.start()

    def close(self) -> None:
        """End the live view, the devices and the store; drafts stay."""
        self._upkeep.stop()
        self._schedule.close()
        self.stop_live()
        self._rooms.pull_service.stop()
        self.selftesting.close()
        self._power.close()
        self.devices.close()
        self._upkeep.join()
        if (statistics := self._rooms.source_context.statistics) is not None:
            statistics.close()
        self._rooms.store.close()

    @property
    def pull_url(self) -> str | None:
        """Address of the pull interface, or None while no centre is enrolled."""
        return self._rooms.pull_service.url

    # ---- people

    def sign_in(self, user_name: str, password: str) -> SignedInOperator:
        """Sign a person in; open drafts that others lack a key for are shared with them.

        Raises WrongCredentialsError or LockedOutError.
        """
        who = self.operators.sign_in(user_name, password)
        if who.operator.holds_drafts:
            self._rooms.drafts.share_with_all(who)
        return who

    # ---- cases

    def start_case(self, who: SignedInOperator, resident: Resident) -> Case:
        """Begin the recording of a resident.

        Raises NotEligibleError, AlreadyRecordedError (with the earlier rows) or DiskGateError;
        nothing is written then.
        """
        self._require(who, Role.OPERATOR, Role.SUPERVISOR)
        eligibility = judge_eligibility(resident, self._rooms.clock.wall().astimezone().date())
        if not eligibility.may_record:
            raise NotEligibleError(reason_id=eligibility.text_id, reason_en=eligibility.text_en)
        with self._lock:
            earlier = self.find_earlier(resident.nik)
            if earlier:
                raise AlreadyRecordedError(number=earlier[0].number, state=earlier[0].state)
            disk_gate(self.config.paths.database.parent, WORST_CASE_BYTES)
            file = self._create_case(who, resident)
            self._open[file.case.case_id] = self._opened(file)
        if self._rooms.training is not None:
            self._rooms.training.prepare(resident)
        return file.case

    def find_earlier(self, nik: str) -> tuple[CaseRow, ...]:
        """Return the recordings of this NIK on this station that were not abandoned."""
        rows = self.register.find_by_nik(nik)
        return tuple(row for row in rows if row.state is not CaseState.ABANDONED)

    def open_cases(self) -> tuple[CaseRow, ...]:
        """Return the drafts that can be resumed, newest first."""
        return self.register.all(states=(CaseState.DRAFT, CaseState.REVIEWED))

    def resume_case(self, who: SignedInOperator, case_id: str) -> Case:
        """Open a draft again, after a restart or by another operator."""
        self._require(who, Role.OPERATOR, Role.SUPERVISOR)
        with self._lock:
            opened = self._open.get(case_id)
            if opened is None:
                key = self._rooms.drafts.unlock(case_id, who)
                file = CaseFile.load(case_id, self._rooms.store, self._rooms.drafts, key)
                opened = self._open[case_id] = self._opened(file)
        if self._rooms.training is not None:
            self._rooms.training.prepare(opened.file.case.resident)
        return opened.file.case

    def case(self, case_id: str) -> Case:
        """Return an open case; raises NoSuchCaseError."""
        return self._file(case_id).case

    def picture(self, case_id: str, step: Step, number: int, name: str) -> bytes:
        """Return one picture of an attempt as PNG; raises NoSuchCaseError or KeyError."""
        return self._file(case_id).stored(step, number).pictures_png[name]

    def signature_strokes(self, case_id: str, number: int) -> Strokes:
        """Return the strokes of a signature attempt; empty for another attempt."""
        ink = self._file(case_id).stored(Step.SIGNATURE, number).ink
        return ink.strokes if ink is not None else ()

    # ---- decisions

    def except_part(
        self, who: SignedInOperator, case_id: str, part: str, kind: ExceptionKind, note: str
    ) -> None:
        """Mark a finger, an eye or the signature as not capturable on this resident."""
        exception = PartException(
            part=part,
            kind=kind,
            note=note,
            by=who.operator.user_name,
            at=self._rooms.clock.now().wall_text,
        )
        with self._deciding(who, case_id, f"part.excepted:{part}:{kind}") as case:
            case.except_part(exception)

    def lift_exception(self, who: SignedInOperator, case_id: str, part: str) -> None:
        """Take an exception back."""
        with self._deciding(who, case_id, f"exception.lifted:{part}") as case:
            case.lift_exception(part)

    def owe_step(self, who: SignedInOperator, case_id: str, step: Step, reason: str) -> None:
        """Go on without a step because a device cannot do it."""
        self.stop_live()
        with self._deciding(who, case_id, f"step.owed:{step}") as case:
            case.owe(step, reason)

    def take_up_step(self, who: SignedInOperator, case_id: str, step: Step) -> None:
        """Capture an owed step after all."""
        with self._deciding(who, case_id, f"step.taken_up:{step}") as case:
            case.take_up(step)

    def redo_step(self, who: SignedInOperator, case_id: str, step: Step) -> None:
        """Start a new series of attempts; the old ones stay in the record."""
        with self._deciding(who, case_id, f"step.redone:{step}") as case:
            case.redo(step)

    def accept_best(
        self, who: SignedInOperator, case_id: str, step: Step, kind: VetoKind, note: str
    ) -> None:
        """Decide over the software; verification by a supervisor only."""
        if step is Step.VERIFICATION:
            self._require(who, Role.SUPERVISOR)
        with self._deciding(who, case_id, f"step.decided:{step}:{kind}") as case:
            case.decide(
                Veto(
                    step=step,
                    series=case.series(step),
                    kind=kind,
                    note=note,
                    by=who.operator.user_name,
                    at=self._rooms.clock.now().wall_text,
                )
            )

    def save_signature(
        self,
        who: SignedInOperator,
        case_id: str,
        strokes: Sequence[SignatureStroke],
        geometry: PadGeometry,
    ) -> Attempt:
        """Store a signature drawn on the screen."""
        opened = self._opened_case(case_id)
        stored = judge_screen_signature(opened, strokes, geometry)
        return opened.file.save_attempt(stored, actor=who.operator.user_name)

    # ---- capture

    def live(self, who: SignedInOperator, case_id: str, step: Step) -> LiveCapture[Any]:
        """Return the live view of a step, started if it does not run; ends any other.

        Raises DeviceNotFoundError where no device of the kind is configured; one that is there but
        cannot be used fails the view.
        """
        with self._lock:
            file = self._file(case_id)
            if self._live is not None and self._live[:2] == (case_id, step):
                running = self._live[2]
                if running.is_running:
                    return running
            self.stop_live()
            slot, source = self._source(self._opened_case(case_id), step)
            live = LiveCapture(
                slot,
                source,
                accept=lambda stored: file.save_attempt(stored, actor=who.operator.user_name),
                is_automatic=self.config.recording.auto_capture,
            )
            self._live = (case_id, step, live)
        live.start()  # may wait for its device: the lock of the station is free meanwhile
        return live

    def stop_live(self, *, only_if: Callable[[], bool] | None = None) -> None:
        """End the live view, if one runs; it stores no attempt any more.

        `only_if` is asked while no view can begin, so that a newer one is never ended instead.
        """
        with self._lock:
            if self._live is not None and (only_if is None or only_if()):
                self._live[2].stop()
                self._live = None

    def is_recording(self) -> bool:
        """Tell whether a live view is open."""
        live = self._live
        return live is not None and live[2].is_running

    # ---- end of a case

    def review(self, case_id: str) -> ReviewSheet:
        """Return everything about a case at a glance."""
        return review_case(self.case(case_id))

    def seal_case(self, who: SignedInOperator, case_id: str) -> SealedCase:
        """Seal a complete case into the spool; its draft key is destroyed in the same step.

        Raises NotCompleteError, NoRecipientError or DiskFullError; the draft stays then.
        """
        self._require(who, Role.OPERATOR, Role.SUPERVISOR)
        with self._lock:
            file = self._file(case_id)
            if file.case.missing():
                raise NotCompleteError(f"{len(file.case.missing())} steps are missing")
            self.stop_live()
            sealed = self._rooms.sealing.seal(self._open[case_id], who)
            del self._open[case_id]
        return sealed

    def abandon_case(self, who: SignedInOperator, case_id: str, note: str) -> None:
        """Give a draft up: its key and parts are destroyed, the register keeps that it was."""
        self._require(who, Role.OPERATOR, Role.SUPERVISOR)
        with self._lock:
            self.stop_live()
            self._open.pop(case_id, None)
            with self._rooms.store.transaction():
                self.register.advance(
                    case_id, CaseState.ABANDONED, actor=who.operator.user_name, note=note
                )
                self._rooms.drafts.destroy(case_id)

    # ---- the station itself

    def readiness(self) -> Readiness:
        """Return what can be recorded now, and what stands in the way of the rest."""
        return judge_readiness(
            self.devices.status(),
            has_recipients=bool(self._rooms.sealing.recipients()),
            has_space=free_bytes(self.config.paths.database.parent) >= GATE_FREE_BYTES,
            tested=judge_selftests(
                self.selftesting.standing(), self.devices.status(), self._rooms.clock.wall()
            ),
        )

    def device_strip(self) -> tuple[DeviceCard, ...]:
        """Return one card per configured device; never waits for a device."""
        return describe_devices(self.devices.status())

    def packages_aside(self) -> tuple[str, ...]:
        """Return the sealed packages that no recording owns; somebody must look at them."""
        return self._rooms.spool.set_aside()

    def apply_inbox(self) -> int:
        """Take in what the central system left: receipts, marks, notices. Returns how many."""
        return self._upkeep.apply_inbox()

    # ---- inside

    def _create_case(self, who: SignedInOperator, resident: Resident) -> CaseFile:
        case_id = str(uuid4())
        drafts = self._rooms.drafts
        with self._rooms.store.transaction():
            row = self.register.open_case(
                case_id,
                nik=resident.nik,
                origin_code=resident.district_code,
                host_code=self.config.station.code,
                operator=who.operator,
            )
            key = drafts.create(case_id, who)
            head = CaseHead(
                case_id=case_id,
                number=row.number,
                resident=resident,
                order=tuple(Step(step) for step in self.config.recording.order),
                max_attempts=self.config.recording.max_attempts,
                started_at=row.created_at,
                started_by=who.operator.user_name,
            )
            return CaseFile.create(Case(head), self._rooms.store, drafts, key)

    def _source(self, opened: OpenCase, step: Step) -> tuple[DeviceSlot[Any], LiveSource[Any]]:
        if step is Step.PORTRAIT:
            return self.devices.first(FaceCamera), FaceSource(opened)
        if step is Step.IRISES:
            return self.devices.first(IrisCamera), IrisSource(opened)
        if step is Step.SIGNATURE:
            return self.devices.first(SignaturePad), PadSource(opened)
        return self.devices.first(FingerprintScanner), FingerSource(opened, step)

    def has_device(self, kind: type[Device]) -> bool:
        """Tell whether a device of this kind is configured."""
        return self.devices.has(kind)

    def _file(self, case_id: str) -> CaseFile:
        return self._opened_case(case_id).file

    def _opened_case(self, case_id: str) -> OpenCase:
        with self._lock:
            found = self._open.get(case_id)
        if found is None:
            raise NoSuchCaseError(f"case {case_id} is not open")
        return found

    def _opened(self, file: CaseFile) -> OpenCase:
        return OpenCase(file, CaseFingers(file), self._rooms.source_context, self._role_of)

    def _role_of(self, user_name: str) -> str:
        return next(
            (one.role for one in self.operators.all() if one.user_name == user_name), "unknown"
        )

    @contextmanager
    def _deciding(self, who: SignedInOperator, case_id: str, action: str) -> Iterator[Case]:
        self._require(who, Role.OPERATOR, Role.SUPERVISOR)
        with self._lock:
            file = self._file(case_id)
            with file.deciding(actor=who.operator.user_name) as case:
                yield case
                self._note(action, who, case_id)

    def _note(self, action: str, who: SignedInOperator, case_id: str) -> None:
        self.audit.append(
            action,
            actor=who.operator.user_name,
            role=who.operator.role,
            object_id=case_id,
        )

    def _require(self, who: SignedInOperator, *roles: Role) -> None:
        if who.operator.role not in roles:
            raise NotAllowedError(f"role {who.operator.role} may not do this")
