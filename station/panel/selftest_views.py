"""Reports of the self-test as the pages show them.

The state of the office is that of the newest run of everything, with what was tested again since.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from babel.dates import format_timedelta

from selftest.exporters.words import PARTIAL_TRIGGERS, measured_against_limit, part_text, value_text
from selftest.faults import fault_text
from selftest.report import (
    CheckResult,
    Confidence,
    Finding,
    Measurement,
    Outcome,
    Report,
    Severity,
    Verdict,
)
from selftest.verdict import decide_verdict
from station.panel.i18n import Translator
from station.panel.number_line import NumberLine, number_line
from station.panel.phrases import Phrase, Word
from station.panel.selftest_words import (
    COMPONENTS,
    LEVELS,
    NEVER_TESTED,
    NOTED,
    OUTCOMES,
    TRIGGERS,
    VERDICTS,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the office stands by all that is stored."""

    full: Report
    """The newest run of everything; the newest of all where none was whole."""
    newest: Report
    results: tuple[CheckResult, ...]
    verdict: Verdict
    limited_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """One value: with its unit, with its limits in words, and as a drawing."""

    name: str
    value: str
    text: str
    line: NumberLine | None


@dataclass(frozen=True, slots=True)
class Step:
    """What the card of a finding says to do."""

    text: str
    steps: tuple[str, ...]
    warning: str | None
    minutes: int
    part: str | None
    tools: str
    level: str


@dataclass(frozen=True, slots=True)
class Card:
    """One fault: what, measured against which limit, why, and what to do."""

    result: CheckResult
    word: Word
    title: str
    component: Phrase
    measured: tuple[Measured, ...]
    causes: tuple[str, ...]
    confirm: str | None
    action: Step


@dataclass(frozen=True, slots=True)
class Line:
    """One result in a table."""

    result: CheckResult
    word: Word
    name: str
    measured: tuple[Measured, ...]


def standing_of(reports: Sequence[Report]) -> Standing | None:
    """Return how the office stands; None where nothing was ever tested."""
    ordered = sorted(reports, key=lambda report: report.number or 0, reverse=True)
    if not ordered:
        return None
    whole = (index for index, report in enumerate(ordered) if _is_whole(report))
    place = next(whole, 0)
    results = _merged(reversed(ordered[: place + 1]))
    verdict, limited_by = decide_verdict(results)
    if not _is_whole(ordered[place]):
        verdict = Verdict.NOT_PROVEN
    return Standing(ordered[place], ordered[0], results, verdict, limited_by)


def cards_of(results: Iterable[CheckResult], say: Translator) -> tuple[Card, ...]:
    """Return a card for each fault and note, the most urgent first."""
    order = list(OUTCOMES)
    bad = {Outcome.FAIL, Outcome.ERROR, Outcome.WARN}
    found = [r for r in results if r.outcome in bad or r.finding is not None]
    return tuple(_card(r, say) for r in sorted(found, key=lambda r: order.index(r.outcome)))


def groups_of(
    results: Iterable[CheckResult], say: Translator
) -> tuple[tuple[Phrase, tuple[Line, ...]], ...]:
    """Return all results by component, in the order of the run."""
    groups: dict[str, list[Line]] = {}
    for result in results:
        groups.setdefault(result.component, []).append(line_of(result, say))
    return tuple((component_of(name, say), tuple(lines)) for name, lines in groups.items())


def line_of(result: CheckResult, say: Translator) -> Line:
    """Return one result for a table."""
    name = say.pick(result.name_id, result.name_en)
    return Line(result, outcome_word(result, say), name, _measured(result.measurements))


def outcome_word(result: CheckResult, say: Translator) -> Word:
    """Return how a check ended in words; a note beside a PASS is said."""
    is_noted = result.finding is not None and result.finding.severity is Severity.INFO
    return said(NOTED if is_noted else OUTCOMES[result.outcome], say)


def verdict_word(verdict: Verdict | None, say: Translator) -> Word:
    """Return the verdict in words."""
    return said(NEVER_TESTED if verdict is None else VERDICTS[verdict], say)


def tally(results: Iterable[CheckResult], say: Translator) -> tuple[tuple[Word, int], ...]:
    """Return how many results ended in which way, the most urgent first."""
    counts = Counter(result.outcome for result in results)
    return tuple((said(word, say), counts[o]) for o, word in OUTCOMES.items() if counts[o])


def component_of(name: str, say: Translator) -> Phrase:
    """Return what a component is called; one without a name is shown as it is."""
    phrase = COMPONENTS.get(name, Phrase(name))
    return Phrase(say(phrase.text), phrase.icon)


def trigger_text(trigger: str, say: Translator) -> str:
    """Return what kind of run it was."""
    return say(TRIGGERS[trigger])


def age_text(moment: datetime.datetime, now: datetime.datetime, say: Translator) -> str:
    """Return how long ago something was: "3 jam yang lalu"."""
    return str(format_timedelta(moment - now, add_direction=True, locale=say.language))


def said(word: Word, say: Translator) -> Word:
    """Return a word in the language of the visit."""
    return Word(say(word.text), word.icon, word.tone)


def action_of(finding: Finding, say: Translator) -> Step:
    """Return what to do about a finding."""
    action, language = finding.action, say.language
    warning_id, warning_en = action.warning_id, action.warning_en
    return Step(
        text=say.pick(action.text_id, action.text_en),
        steps=action.steps_id if language == "id" else action.steps_en,
        warning=say.pick(warning_id, warning_en) if warning_id and warning_en else None,
        minutes=action.minutes,
        part=part_text(action.part, language) if action.part else None,
        tools=", ".join(part_text(tool, language) for tool in action.tools),
        level=f"{action.level} · {say(LEVELS[action.level])}",
    )


def causes_of(finding: Finding, say: Translator) -> tuple[str, ...]:
    """Return the causes, the likeliest first, with their weights where there are several."""
    texts = [(say.pick(c.text_id, c.text_en), c.weight) for c in finding.causes]
    if len(texts) == 1:
        return (texts[0][0],)
    return tuple(f"{text} ({weight:.0%})" for text, weight in texts)


def _card(result: CheckResult, say: Translator) -> Card:
    finding = result.finding or _told_of(result)
    has_confirm = finding.confirm_id and finding.confirm_en
    return Card(
        result=result,
        word=outcome_word(result, say),
        title=say.pick(finding.name_id, finding.name_en),
        component=component_of(result.component, say),
        measured=_measured(result.measurements),
        causes=causes_of(finding, say),
        confirm=say.pick(finding.confirm_id or "", finding.confirm_en or "")
        if has_confirm
        else None,
        action=action_of(finding, say),
    )


def _told_of(result: CheckResult) -> Finding:
    """Return what is known of a check that did not come to measure anything."""
    sure = Severity.FAIL if result.outcome is Outcome.FAIL else Severity.WARN
    text = fault_text(result.code)
    return text.finding(result.code, sure, Confidence.HINT).model_copy(
        update={"name_id": result.name_id, "name_en": result.name_en}
    )


def _measured(items: Iterable[Measurement]) -> tuple[Measured, ...]:
    return tuple(
        Measured(i.name, value_text(i), measured_against_limit(i), number_line(i)) for i in items
    )


def _is_whole(report: Report) -> bool:
    return report.trigger not in PARTIAL_TRIGGERS and not report.unfinished


def _merged(reports: Iterable[Report]) -> tuple[CheckResult, ...]:
    """Return the newest result of each check of each unit; a SKIP hides nothing older."""
    known: dict[tuple[str, str | None], CheckResult] = {}
    for report in reports:
        for result in report.results:
            key = (result.code, result.asset)
            if result.outcome is not Outcome.SKIP or key not in known:
                known[key] = result
    return tuple(known.values())
