"""The acquisition of one resident: steps, attempts, exceptions, and which moves are legal.

A step (one thing the resident is asked to present) moves like this::

    TODO  --attempt, every limit reached------------------> DONE
    TODO  --attempt, something missed---------------------> RETRY
    RETRY --attempt---------------------------------------> DONE | RETRY
    RETRY --the last allowed attempt, a usable one exists--> BEST_OF   best kept, flagged
    RETRY --accept_best (kind, note)----------------------> BEST_OF   the operator's decision
    any   --redo------------------------------------------> TODO      a new series of attempts
    any   --every part excepted---------------------------> EXCEPTED  lifting one goes back
    any   --owe-------------------------------------------> OWED      a device could not
    OWED  --take_up---------------------------------------> TODO

The state of a step is never stored: it follows from the attempts and decisions, which are. So does
the attempt that is kept: anyone can compute it again from the stored scores and limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from biometrics.finger.position import LEFT_SLAP, RIGHT_SLAP, THUMBS, FingerPosition
from biometrics.finger.results import Reason
from biometrics.finger.rules import AttemptScores, Purpose, choose_best
from drivers.frames import DeviceIdentity
from station.errors import StationError
from station.resident import Resident


class Step(StrEnum):
    """What the resident is asked to present, in the national order (FIELD.md 3.1)."""

    PORTRAIT = "portrait"
    LEFT_SLAP = "left_slap"
    RIGHT_SLAP = "right_slap"
    THUMBS = "thumbs"
    VERIFICATION = "verification"
    IRISES = "irises"
    SIGNATURE = "signature"


class StepState(StrEnum):
    """Where a step stands; the module docstring draws the moves."""

    TODO = "todo"
    RETRY = "retry"
    DONE = "done"
    BEST_OF = "best_of"
    EXCEPTED = "excepted"
    OWED = "owed"


SETTLED_STATES = frozenset({StepState.DONE, StepState.BEST_OF, StepState.EXCEPTED, StepState.OWED})

ExceptionKind = Literal["missing", "amputated", "bandaged", "contracted", "unreadable"]
VetoKind = Literal["ok_obvious", "ok", "nok"]


def part_of(position: FingerPosition) -> str:
    """Return the part name of a finger, for instance "right_index"."""
    return position.name.lower()


def position_of(part: str) -> FingerPosition:
    """Return the finger of a part name; raises KeyError for another part."""
    return FingerPosition[part.upper()]


STEP_PARTS: dict[Step, tuple[str, ...]] = {
    Step.PORTRAIT: ("portrait",),
    Step.LEFT_SLAP: tuple(part_of(position) for position in LEFT_SLAP),
    Step.RIGHT_SLAP: tuple(part_of(position) for position in RIGHT_SLAP),
    Step.THUMBS: tuple(part_of(position) for position in THUMBS),
    Step.IRISES: ("right_iris", "left_iris"),
    Step.SIGNATURE: ("signature",),
}
FINGER_STEPS = (Step.LEFT_SLAP, Step.RIGHT_SLAP, Step.THUMBS)
FINGER_PARTS = tuple(part for step in FINGER_STEPS for part in STEP_PARTS[step])
EXCEPTABLE_PARTS = frozenset((*FINGER_PARTS, "right_iris", "left_iris", "signature"))

# The finger verified on each hand: the chip's index finger, else the next that the hand has
# (FIELD.md 3.1: "or the fingers that go to the chip"). The order after the index is our choice.
VERIFICATION_PREFERENCE = ("index", "thumb", "middle", "ring", "little")


# A doubt about who or what was captured. BSI TR-03121 rule 3 makes it a warning: it may be false
# (measured: 2 in 98 virtual residents), so it never blocks for good, and it may be fraud, so only a
# person's decision takes the attempt, never the mere number of attempts.
DOUBT_CODES = frozenset({"same_finger"})


class IllegalMoveError(StationError):
    """A move that the state machine does not allow; nothing was changed."""

    text_id = "Langkah ini tidak diperbolehkan pada keadaan sekarang."
    text_en = "This move is not allowed in the present state."


class PartResult(BaseModel):
    """How one part of an attempt was judged."""

    model_config = ConfigDict(frozen=True)

    part: str
    score: int | None
    """0..100, or None where nothing was found to score."""
    threshold: int | None
    is_passed: bool
    reasons: tuple[Reason, ...] = ()
    similarity_score: float | None = None
    """Against the captured finger; verification only."""
    similarity_threshold: float | None = None


class Attempt(BaseModel):
    """One try at a step, as it is stored for good."""

    model_config = ConfigDict(frozen=True)

    step: Step
    number: int
    """1, 2, ... over all series of the step."""
    series: int
    taken_at: str
    """Wall clock, ISO 8601 in UTC."""
    device: DeviceIdentity
    parts: tuple[PartResult, ...]
    reasons: tuple[Reason, ...] = ()
    """About the whole: too few fingers, wrong hand ..."""
    is_usable: bool
    """Whether it may be kept as the best of failed attempts: the right parts, of this person."""
    pictures: tuple[str, ...]
    """Names of the pictures stored with it."""
    is_kept: bool = False
    """Filled in by `Case.attempts`; not stored."""

    @property
    def is_passed(self) -> bool:
        """Tell whether every part reached its limit and nothing is wrong with the whole."""
        return self.is_usable and not self.is_doubtful and all(p.is_passed for p in self.parts)

    @property
    def is_doubtful(self) -> bool:
        """Tell whether a person must decide before this attempt counts."""
        return any(reason.code in DOUBT_CODES for reason in self.reasons)


class PartException(BaseModel):
    """A part of this resident that cannot be captured; a broken device is owed, never this."""

    model_config = ConfigDict(frozen=True)

    part: str
    kind: ExceptionKind
    note: str
    by: str
    """User name of the operator."""
    at: str


class Veto(BaseModel):
    """The operator's decision over the software, with its kind (BSI TR-03121 rule 6)."""

    model_config = ConfigDict(frozen=True)

    step: Step
    series: int
    kind: VetoKind
    note: str
    by: str
    at: str


class Decisions(BaseModel):
    """Everything people decided about a case; stored as one document."""

    exceptions: dict[str, PartException] = {}
    owed: dict[Step, str] = {}
    series: dict[Step, int] = {}
    vetoes: list[Veto] = []


class CaseHead(BaseModel):
    """What is fixed when a case begins."""

    model_config = ConfigDict(frozen=True)

    case_id: str
    number: str
    resident: Resident
    order: tuple[Step, ...]
    max_attempts: int
    started_at: str
    """Wall clock, ISO 8601 in UTC."""
    started_by: str
    """User name of the operator."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that keeps a case from being sealed."""

    step: Step
    code: Literal["not_captured", "verification_failed"]


class Case:
    """One open recording in memory: the resident, the attempts and the decisions."""

    def __init__(self, head: CaseHead) -> None:
        self.head = head
        self.decisions = Decisions()
        self._attempts: dict[Step, list[Attempt]] = {step: [] for step in Step}

    # ---- reading

    @property
    def case_id(self) -> str:
        """Identifier, also the transaction id for the devices."""
        return self.head.case_id

    @property
    def number(self) -> str:
        """Number for people, for instance "20261124-007"."""
        return self.head.number

    @property
    def resident(self) -> Resident:
        """The resident that is recorded."""
        return self.head.resident

    @property
    def order(self) -> tuple[Step, ...]:
        """The steps in the order of this case."""
        return self.head.order

    @property
    def max_attempts(self) -> int:
        """Attempts in one series (BSI TR-03121 rule 1: three)."""
        return self.head.max_attempts

    @property
    def exceptions(self) -> dict[str, PartException]:
        """Excepted parts by name."""
        return self.decisions.exceptions

    @property
    def owed(self) -> dict[Step, str]:
        """Owed steps with the reason."""
        return self.decisions.owed

    def expected_parts(self, step: Step) -> tuple[str, ...]:
        """Return the parts of a step that are not excepted."""
        parts = self.verification_parts() if step is Step.VERIFICATION else STEP_PARTS[step]
        return tuple(part for part in parts if part not in self.exceptions)

    def verification_parts(self) -> tuple[str, ...]:
        """Return the finger that is scanned again on each hand, right first."""
        chosen = []
        for hand in ("right", "left"):
            names = (f"{hand}_{finger}" for finger in VERIFICATION_PREFERENCE)
            present = [name for name in names if self._can_verify(name)]
            chosen.extend(present[:1])
        return tuple(chosen)

    def _can_verify(self, part: str) -> bool:
        step = next(step for step in FINGER_STEPS if part in STEP_PARTS[step])
        return part not in self.exceptions and step not in self.owed

    def series(self, step: Step) -> int:
        """Return the number of the present series of a step, from 1."""
        return self.decisions.series.get(step, 1)

    def attempts(self, step: Step) -> tuple[Attempt, ...]:
        """Return all attempts at a step, the kept ones marked."""
        kept = {attempt.number for attempt in self.kept(step)}
        return tuple(
            attempt.model_copy(update={"is_kept": attempt.number in kept})
            for attempt in self._attempts[step]
        )

    def series_attempts(self, step: Step) -> tuple[Attempt, ...]:
        """Return the attempts of the present series."""
        series = self.series(step)
        return tuple(attempt for attempt in self._attempts[step] if attempt.series == series)

    def kept(self, step: Step) -> tuple[Attempt, ...]:
        """Return the attempts whose pictures count: one, or one per finger captured alone."""
        found = (self._best_of(step, part) for part in self.expected_parts(step))
        by_number = {attempt.number: attempt for attempt in found if attempt is not None}
        return tuple(by_number.values())

    def step_state(self, step: Step) -> StepState:
        """Derive where a step stands."""
        if step in self.owed:
            return StepState.OWED
        expected = self.expected_parts(step)
        if not expected:
            return self._state_without_parts(step)
        states = {self._part_state(step, part) for part in expected}
        if states == {StepState.DONE}:
            return StepState.DONE
        if states <= {StepState.DONE, StepState.BEST_OF}:
            return StepState.BEST_OF
        return StepState.RETRY if self.series_attempts(step) else StepState.TODO

    def next_step(self, after: Step | None = None) -> Step | None:
        """Return the next step in the order that is not settled, or None when all are."""
        start = 0 if after is None else self.order.index(after) + 1
        rotated = (*self.order[start:], *self.order[:start])
        return next((step for step in rotated if not self.is_settled(step)), None)

    def is_settled(self, step: Step) -> bool:
        """Tell whether nothing more must be captured for a step."""
        return self.step_state(step) in SETTLED_STATES

    def attempts_left(self, step: Step) -> int:
        """Return how many attempts the present series still has for what is in hand."""
        part = self.next_part(step)
        used = 0 if part is None else len(self._attempts_with(step, part))
        return max(0, self.max_attempts - used)

    def next_part(self, step: Step) -> str | None:
        """Return the first part of a step that is not settled; None when all are."""
        unsettled = (StepState.TODO, StepState.RETRY)
        for part in self.expected_parts(step):
            if self._part_state(step, part) in unsettled:
                return part
        return None

    def missing(self) -> tuple[Missing, ...]:
        """Return what keeps this case from being sealed; empty when it may be."""
        found = []
        for step in self.order:
            if not self.is_settled(step):
                failed = step is Step.VERIFICATION and bool(self.series_attempts(step))
                found.append(Missing(step, "verification_failed" if failed else "not_captured"))
        return tuple(found)

    def veto(self, step: Step) -> Veto | None:
        """Return the operator's decision on the present series, if there is one."""
        series = self.series(step)
        found = [
            veto for veto in self.decisions.vetoes if veto.step is step and veto.series == series
        ]
        return found[-1] if found else None

    # ---- moves; the caller stores `decisions` or the attempt before it reports success

    def add_attempt(self, attempt: Attempt) -> None:
        """Add an attempt that is already stored."""
        if attempt.step in self.owed:
            raise IllegalMoveError(f"step {attempt.step} is owed; take it up first")
        self._attempts[attempt.step].append(attempt)

    def next_number(self, step: Step) -> int:
        """Return the number that the next attempt at a step gets."""
        return len(self._attempts[step]) + 1

    def except_part(self, exception: PartException) -> None:
        """Mark a part as not capturable; its step starts a new series."""
        if exception.part not in EXCEPTABLE_PARTS:
            raise IllegalMoveError(f"'{exception.part}' cannot be excepted")
        if not exception.note.strip():
            raise IllegalMoveError("an exception needs a note that says why")
        self.decisions.exceptions[exception.part] = exception
        self._restart_steps_with(exception.part)

    def lift_exception(self, part: str) -> None:
        """Take an exception back; the step of the part is to be captured again."""
        if part not in self.exceptions:
            raise IllegalMoveError(f"'{part}' is not excepted")
        del self.decisions.exceptions[part]
        self._restart_steps_with(part)

    def owe(self, step: Step, reason: str) -> None:
        """Leave a step for later because a device cannot do it."""
        if not reason.strip():
            raise IllegalMoveError("an owed step needs the reason")
        self.decisions.owed[step] = reason

    def take_up(self, step: Step) -> None:
        """Take an owed step up again."""
        if self.decisions.owed.pop(step, None) is None:
            raise IllegalMoveError(f"step {step} is not owed")

    def redo(self, step: Step) -> None:
        """Start a new series of attempts; fingers captured again are verified again."""
        if step in self.owed:
            raise IllegalMoveError(f"step {step} is owed; take it up first")
        affected = (step, Step.VERIFICATION) if step in FINGER_STEPS else (step,)
        for one in affected:
            if self.series_attempts(one):
                self.decisions.series[one] = self.series(one) + 1

    def decide(self, veto: Veto) -> None:
        """Accept the best attempt of the series, or refuse a passed one ("nok")."""
        if not self.series_attempts(veto.step):
            raise IllegalMoveError(f"step {veto.step} has no attempt to decide on")
        if not veto.note.strip() and veto.kind != "ok_obvious":
            raise IllegalMoveError("this decision needs a note that says why")
        if veto.kind != "nok" and not self.kept(veto.step):
            raise IllegalMoveError("no attempt shows what was asked for: capture again")
        self.decisions.vetoes.append(veto)
        if veto.kind == "nok":
            self.redo(veto.step)

    # ---- derivation

    def _state_without_parts(self, step: Step) -> StepState:
        if step is Step.VERIFICATION and any(source in self.owed for source in FINGER_STEPS):
            return StepState.OWED
        return StepState.EXCEPTED

    def _part_state(self, step: Step, part: str) -> StepState:
        attempts = self._attempts_with(step, part)
        if not attempts:
            return StepState.TODO
        if any(attempt.is_passed for attempt in attempts):
            return StepState.DONE
        return StepState.BEST_OF if self._is_over(step, attempts) else StepState.RETRY

    def _is_over(self, step: Step, attempts: Sequence[Attempt]) -> bool:
        # A finger that fails verification, or a doubt, is never accepted silently.
        usable = [attempt for attempt in attempts if attempt.is_usable]
        if self.veto(step) is not None:
            return bool(usable)
        has_clear = any(not attempt.is_doubtful for attempt in usable)
        is_used_up = len(attempts) >= self.max_attempts
        return step is not Step.VERIFICATION and has_clear and is_used_up

    def _attempts_with(self, step: Step, part: str) -> list[Attempt]:
        return [
            attempt
            for attempt in self.series_attempts(step)
            if any(result.part == part for result in attempt.parts)
        ]

    def _best_of(self, step: Step, part: str) -> Attempt | None:
        """Return the first passed attempt, else the best usable one."""
        usable = [attempt for attempt in self._attempts_with(step, part) if attempt.is_usable]
        passed = [attempt for attempt in usable if attempt.is_passed]
        if passed:
            return passed[0]
        return _choose_best([a for a in usable if not a.is_doubtful] or usable)

    def _restart_steps_with(self, part: str) -> None:
        for step in self.order:
            if part in STEP_PARTS.get(step, ()) and step not in self.owed:
                self.redo(step)


def _choose_best(attempts: Sequence[Attempt]) -> Attempt | None:
    """Choose by the lexicographic rule for fingers, by similarity or score for the rest."""
    if not attempts:
        return None
    if attempts[0].step in FINGER_STEPS:
        return attempts[choose_best([_scores_of(a) for a in attempts], purpose=Purpose.ENROLMENT)]
    return max(attempts, key=_merit)


def _scores_of(attempt: Attempt) -> AttemptScores:
    scores = {position_of(part.part): part.score for part in attempt.parts}
    return AttemptScores(
        expected=tuple(scores),
        scores={position: score for position, score in scores.items() if score is not None},
    )


def _merit(attempt: Attempt) -> tuple[float, ...]:
    return tuple(
        float(part.similarity_score if part.similarity_score is not None else part.score or 0)
        for part in attempt.parts
    )
