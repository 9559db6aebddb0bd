"""The capture page of one step: what it shows in which mode.

live      preview, bars and the capture key
draw      the canvas, where no signature pad is there
kept      the step is settled: the kept picture, next or again
excepted  no part is left to capture
owed      a device could not; take it up or go on
"""

import secrets
from typing import Literal

from drivers.devices import SignaturePad
from station.panel.i18n import Translator
from station.panel.phrases import (
    EXCEPTION_KINDS,
    PARTS,
    STEP_HINTS,
    STEP_STATES,
    STEPS,
    VETO_KINDS,
    Word,
)
from station.panel.views import (
    attempt_reasons,
    attempt_views,
    hands_view,
    last_attempt,
    rail,
    step_parts,
)
from station.panel.visit import Visit
from station.readiness import DeviceCard
from station.recording import Case, Step, StepState

KEPT_EDGE_PX = 1000
Mode = Literal["live", "draw", "kept", "excepted", "owed"]
FINGER_PAGES = frozenset({Step.LEFT_SLAP, Step.RIGHT_SLAP, Step.THUMBS, Step.VERIFICATION})
EXCEPTABLE_PAGES = frozenset({Step.IRISES, Step.SIGNATURE})
SETTLED_MODES: dict[StepState, Mode] = {
    StepState.DONE: "kept",
    StepState.BEST_OF: "kept",
    StepState.EXCEPTED: "excepted",
    StepState.OWED: "owed",
}


def step_path(case_id: str, step: Step | None) -> str:
    """Return the address of a step, or of the review where none is left."""
    return f"/cases/{case_id}/{step.value if step is not None else 'review'}"


def mode_of(visit: Visit, case: Case, step: Step) -> Mode:
    """Return what the page shows for the present state of a step."""
    settled = SETTLED_MODES.get(case.step_state(step))
    if settled is not None:
        return settled
    is_drawn = step is Step.SIGNATURE and not has_pad(visit)
    return "draw" if is_drawn else "live"


def has_pad(visit: Visit) -> bool:
    """Tell whether a signature pad is configured and there."""
    pads = (card for card in visit.station.device_strip() if card.kind == SignaturePad.kind)
    return any(is_usable(card) for card in pads)


def is_usable(card: DeviceCard) -> bool:
    """Tell whether a device answers, or has not been looked at yet."""
    return card.state.value in {"ready", "busy", "off"}


def step_context(visit: Visit, case: Case, step: Step) -> dict[str, object]:
    """Return everything that the templates of a step show."""
    say = visit.say
    mode = mode_of(visit, case, step)
    parts = step_parts(case, step, say)
    last = last_attempt(case, step)
    return {
        "title": say(STEPS[step.value].text),
        "base": step_path(case.case_id, step),
        "case": case,
        "step": step.value,
        "mode": mode,
        "mode_note": _note(case, step, parts[0].exception if parts else None),
        "coach": _coach(case, step, say),
        "parts": parts,
        "hands": hands_view(case, step, say) if step in FINGER_PAGES else None,
        "rail": rail(case, step, say),
        "reasons": [] if last is None or last.is_passed else attempt_reasons(last, say),
        "attempts": attempt_views(case, step, say),
        "exceptable": parts if step in EXCEPTABLE_PAGES and mode in {"live", "draw"} else (),
        "can_accept": last is not None and not last.is_passed and bool(case.kept(step)),
        "nonce": secrets.token_hex(4),
        "is_refresh": False,
        **_progress(case, step, mode, say),
        **_kept(case, step),
        **_next(case, step, say),
        **_choices(visit, step),
    }


def _coach(case: Case, step: Step, say: Translator) -> Word:
    state = case.step_state(step)
    if state in SETTLED_MODES:
        word = STEP_STATES[state.value]
        title = say(STEPS[step.value].text)
        return Word(f"{title}: {say(word.text)}", word.icon, word.tone)
    return Word(say(STEP_HINTS[step.value]), STEPS[step.value].icon, "info")


def _note(case: Case, step: Step, exception: str | None) -> str:
    return case.owed.get(step) or exception or ""


def _progress(case: Case, step: Step, mode: Mode, say: Translator) -> dict[str, object]:
    """Return which attempt this is, and which finger is asked for where it is one alone."""
    if mode not in {"live", "draw"}:
        return {"attempt_number": None, "asked_part": None, "max_attempts": case.max_attempts}
    number = case.max_attempts - case.attempts_left(step) + 1
    part = case.next_part(step) if step is Step.VERIFICATION else None
    return {
        "attempt_number": min(case.max_attempts, number),
        "asked_part": None if part is None else say(PARTS[part]),
        "max_attempts": case.max_attempts,
    }


def _kept(case: Case, step: Step) -> dict[str, object]:
    """Return what is kept: one picture, or one for each eye or verified finger."""
    attempts = case.kept(step)
    base = f"{step_path(case.case_id, step)}/attempts"
    pictures = [
        f"{base}/{attempt.number}/{name}?edge={KEPT_EDGE_PX}"
        for attempt in attempts
        for name in attempt.pictures
    ]
    numbers = ", ".join(str(attempt.number) for attempt in attempts)
    return {"kept_pictures": pictures[:2], "kept_numbers": numbers}


def _next(case: Case, step: Step, say: Translator) -> dict[str, object]:
    following = case.next_step(step)
    text = say("Tinjauan") if following is None else say(STEPS[following.value].text)
    return {
        "next_href": step_path(case.case_id, following),
        "next_text": say("Lanjut: %(step)s", step=text),
    }


def _choices(visit: Visit, step: Step) -> dict[str, object]:
    say = visit.say
    return {
        "exception_kinds": [(kind, say(text)) for kind, text in EXCEPTION_KINDS.items()],
        "veto_kinds": [(kind, say(text)) for kind, text in VETO_KINDS.items()],
        "owe_reason": "",
    }
