"""The review page, worked out from the station's review sheet."""

from dataclasses import dataclass

from station.panel.i18n import Translator
from station.panel.phrases import EXCEPTION_KINDS, MISSING, PARTS, STEP_STATES, STEPS, Word
from station.panel.steps import step_path
from station.panel.views import hands_view
from station.recording import Case, Missing
from station.review import ReviewSheet, StepSummary

LARGEST_EDGE_PX = 560


@dataclass(frozen=True, slots=True)
class MissingView:
    """Something that keeps the case from being sealed, with the page that settles it."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class StepCard:
    """One step on the review page."""

    step: str
    text: str
    icon: str
    word: Word
    pictures: tuple[str, ...]
    summary: str
    note: str


@dataclass(frozen=True, slots=True)
class ExceptionView:
    """One exception in words."""

    label: str
    kind: str
    note: str


def review_context(sheet: ReviewSheet, say: Translator) -> dict[str, object]:
    """Return everything that the review page shows."""
    case = sheet.case
    return {
        "case": case,
        "hands": hands_view(case, None, say),
        "base": step_path(case.case_id, case.order[0]),
        "missing": tuple(_missing(case, item, say) for item in sheet.missing),
        "steps": tuple(_card(case, summary, say) for summary in sheet.steps),
        "exceptions": tuple(
            ExceptionView(say(PARTS[part]), say(EXCEPTION_KINDS[item.kind]), item.note)
            for part, item in case.exceptions.items()
        ),
    }


def _missing(case: Case, item: Missing, say: Translator) -> MissingView:
    step = say(STEPS[item.step.value].text)
    return MissingView(f"{step}: {say(MISSING[item.code])}", step_path(case.case_id, item.step))


def _card(case: Case, summary: StepSummary, say: Translator) -> StepCard:
    step = summary.step
    word = STEP_STATES[summary.state.value]
    pictures = tuple(
        f"{step_path(case.case_id, step)}/attempts/{attempt.number}/{name}?edge={LARGEST_EDGE_PX}"
        for attempt in summary.kept
        for name in attempt.pictures[:2]
    )
    scores = [part.score for attempt in summary.kept for part in attempt.parts]
    known = [score for score in scores if score is not None]
    text = say("Percobaan: %(count)s", count=summary.attempts_count)
    if known:
        text = say("%(tries)s · skor terendah %(score)s", tries=text, score=min(known))
    return StepCard(
        step=step.value,
        text=say(STEPS[step.value].text),
        icon=STEPS[step.value].icon,
        word=Word(say(word.text), word.icon, word.tone),
        pictures=pictures[:2],
        summary=text,
        note=case.owed.get(step, ""),
    )
