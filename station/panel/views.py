"""What the templates of an open recording show, worked out from the case."""

from collections.abc import Sequence
from dataclasses import dataclass

from biometrics.finger.results import Reason
from station.panel import hands
from station.panel.i18n import N_, Translator
from station.panel.phrases import (
    EXCEPTION_KINDS,
    PARTS,
    STEP_STATES,
    STEPS,
    Word,
)
from station.panel.reasons import describe_reason
from station.recording import (
    FINGER_STEPS,
    STEP_PARTS,
    Attempt,
    Case,
    PartResult,
    Step,
    StepState,
)

MARK_ICONS = {
    "todo": "dot",
    "now": "dot",
    "good": "check",
    "low": "warn",
    "best": "star",
    "excepted": "ban",
    "owed": "clock",
}
IN_PROGRESS = Word(N_("sedang direkam"), "dot", "info")
PASSED_TEXT = N_("lulus")
BELOW_TEXT = N_("di bawah batas")
SLAP_SIZES = {Step.LEFT_SLAP: "4", Step.RIGHT_SLAP: "4", Step.THUMBS: "2"}


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why something is not better, in words, with the numbers behind it."""

    text: str
    numbers: str


@dataclass(frozen=True, slots=True)
class PartView:
    """One finger, eye, portrait or signature with its state."""

    part: str
    label: str
    mark: str
    """todo, now, good, low, best, excepted or owed: the class of its colour."""
    icon: str
    score: int | None
    threshold: int | None
    reasons: tuple[ReasonView, ...]
    spoken: str
    """Everything in one line, for a screen reader."""
    exception: str | None = None
    shape: hands.FingerShape | None = None


@dataclass(frozen=True, slots=True)
class HandsView:
    """The two-hand drawing."""

    fingers: tuple[PartView, ...]
    palm: str = hands.LEFT_PALM
    width: int = hands.VIEW_WIDTH
    height: int = hands.VIEW_HEIGHT


@dataclass(frozen=True, slots=True)
class RailEntry:
    """One step in the rail."""

    step: str
    text: str
    icon: str
    size: str | None
    """4, 4 or 2 for the slaps."""
    word: Word
    state_text: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt as a thumbnail."""

    number: int
    step: str
    picture: str
    is_kept: bool
    is_passed: bool
    word: str
    taken_at: str


def rail(case: Case, current: Step | None, say: Translator) -> tuple[RailEntry, ...]:
    """Return the steps in the order of the case."""
    return tuple(_rail_entry(case, step, current, say) for step in case.order)


def hands_view(case: Case, current: Step | None, say: Translator) -> HandsView:
    """Return all ten fingers with their states."""
    verified = case.verification_parts() if current is Step.VERIFICATION else ()
    fingers = tuple(
        part_view(
            case,
            Step.VERIFICATION if shape.part in verified else step_of_finger(shape.part),
            shape.part,
            say,
            current=current,
            shape=shape,
        )
        for shape in hands.FINGERS
    )
    return HandsView(fingers)


def step_parts(case: Case, step: Step, say: Translator) -> tuple[PartView, ...]:
    """Return the parts of one step, the excepted ones too."""
    names = case.verification_parts() if step is Step.VERIFICATION else STEP_PARTS[step]
    return tuple(part_view(case, step, part, say, current=step) for part in names)


def part_view(
    case: Case,
    step: Step,
    part: str,
    say: Translator,
    *,
    current: Step | None,
    shape: hands.FingerShape | None = None,
) -> PartView:
    """Return one part with its newest result and its state."""
    result = latest_result(case, step, part)
    mark = _mark(case, step, part, result, current)
    shown = None if mark in {"excepted", "owed"} else result
    score = None if shown is None else shown.score
    exception = case.exceptions.get(part)
    label = say(PARTS[part])
    state = say(_MARK_TEXTS[mark])
    return PartView(
        part=part,
        label=label,
        mark=mark,
        icon=MARK_ICONS[mark],
        score=score,
        threshold=None if shown is None else shown.threshold,
        reasons=() if shown is None else reason_views(step, shown.reasons, say),
        spoken=f"{label}: {state}" + ("" if score is None else f", {score}"),
        exception=None if exception is None else say(EXCEPTION_KINDS[exception.kind]),
        shape=shape,
    )


def latest_result(case: Case, step: Step, part: str) -> PartResult | None:
    """Return the kept result of a part, or the newest where none is kept.

    A part of an attempt that cannot be kept (the wrong hand) has not passed, whatever its score.
    """
    newest = tuple(reversed(case.series_attempts(step)))
    attempts = (*case.kept(step), *newest) if case.is_settled(step) else newest
    for attempt in attempts:
        for result in attempt.parts:
            if result.part == part:
                is_passed = result.is_passed and attempt.is_usable
                return result.model_copy(update={"is_passed": is_passed})
    return None


def reason_views(step: Step, reasons: Sequence[Reason], say: Translator) -> tuple[ReasonView, ...]:
    """Return reasons in words."""
    return tuple(ReasonView(*describe_reason(step, reason, say)) for reason in reasons)


def attempt_reasons(attempt: Attempt, say: Translator) -> tuple[ReasonView, ...]:
    """Return why an attempt did not pass: about the whole first, then each part that failed."""
    found = list(reason_views(attempt.step, attempt.reasons, say))
    for result in attempt.parts:
        if not result.is_passed:
            found.extend(_part_reasons(attempt.step, result, say))
    return tuple(found)


def _part_reasons(step: Step, result: PartResult, say: Translator) -> tuple[ReasonView, ...]:
    label = say(PARTS[result.part])
    reasons = reason_views(step, result.reasons, say)
    if reasons and STEP_PARTS.get(step) == (result.part,):
        return reasons
    if not reasons:
        text = say("skor %(score)s, ambang %(limit)s", score=result.score, limit=result.threshold)
        return (ReasonView(label, text),)
    return tuple(ReasonView(f"{label}: {reason.text}", reason.numbers) for reason in reasons)


def attempt_views(case: Case, step: Step, say: Translator) -> tuple[AttemptView, ...]:
    """Return every attempt at a step, oldest first."""
    return tuple(_attempt_view(attempt, say) for attempt in case.attempts(step))


def last_attempt(case: Case, step: Step) -> Attempt | None:
    """Return the newest attempt of the present series."""
    attempts = case.series_attempts(step)
    return attempts[-1] if attempts else None


def step_word(case: Case, step: Step) -> Word:
    """Return the state of a step in words; between two fingers nothing has to be repeated."""
    state = case.step_state(step)
    last = last_attempt(case, step)
    if state is StepState.RETRY and last is not None and last.is_passed:
        return IN_PROGRESS
    return STEP_STATES[state.value]


def step_of_finger(part: str) -> Step:
    """Return the slap in which a finger is captured; raises KeyError for another part."""
    return _STEP_OF_FINGER[part]


_STEP_OF_FINGER = {part: step for step in FINGER_STEPS for part in STEP_PARTS[step]}
_MARK_TEXTS = {
    "todo": STEP_STATES["todo"].text,
    "now": STEP_STATES["todo"].text,
    "good": STEP_STATES["done"].text,
    "low": STEP_STATES["retry"].text,
    "best": STEP_STATES["best_of"].text,
    "excepted": STEP_STATES["excepted"].text,
    "owed": STEP_STATES["owed"].text,
}


def _mark(
    case: Case, step: Step, part: str, result: PartResult | None, current: Step | None
) -> str:
    if part in case.exceptions:
        return "excepted"
    state = case.step_state(step)
    if state is StepState.OWED:
        return "owed"
    if result is None:
        return "now" if _is_asked_for(case, part, step, current) else "todo"
    if result.is_passed:
        return "good"
    return "best" if state is StepState.BEST_OF else "low"


def _is_asked_for(case: Case, part: str, step: Step, current: Step | None) -> bool:
    if current is Step.VERIFICATION:
        return part == case.next_part(Step.VERIFICATION)
    return step is current


def _rail_entry(case: Case, step: Step, current: Step | None, say: Translator) -> RailEntry:
    word = step_word(case, step)
    return RailEntry(
        step=step.value,
        text=say(STEPS[step.value].text),
        icon=STEPS[step.value].icon,
        size=SLAP_SIZES.get(step),
        word=word,
        state_text=say(word.text),
        is_current=step is current,
    )


def _attempt_view(attempt: Attempt, say: Translator) -> AttemptView:
    scores = [result.score for result in attempt.parts if result.score is not None]
    word = say(PASSED_TEXT) if attempt.is_passed else say(BELOW_TEXT)
    return AttemptView(
        number=attempt.number,
        step=attempt.step.value,
        picture=attempt.pictures[0] if attempt.pictures else "",
        is_kept=attempt.is_kept,
        is_passed=attempt.is_passed,
        word=f"{word} · {min(scores)}" if scores else word,
        taken_at=attempt.taken_at,
    )
