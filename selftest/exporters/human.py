"""The report for people: verdict, faults and what to do, what changed, a line for the rest."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from selftest.exporters.words import (
    OUTCOME_ORDER,
    VERDICTS,
    WORDS,
    Language,
    causes_text,
    change_text,
    effort_text,
    local,
    measured_against_limit,
    notes_on_verdict,
    pick,
    value_text,
)
from selftest.mode import WRONG_MODE
from selftest.report import CheckResult, Finding, Outcome, Report, Severity, Verdict

VERDICT_COLOURS = {
    Verdict.CAN_RECORD: "green",
    Verdict.WITH_LIMITS: "yellow",
    Verdict.CANNOT_RECORD: "red",
    Verdict.NOT_PROVEN: "magenta",
}
_STYLES = {
    Outcome.PASS: ("✓", "green"),
    Outcome.WARN: ("!", "yellow"),
    Outcome.FAIL: ("✗", "red"),
    Outcome.SKIP: ("·", "bright_black"),
    Outcome.ERROR: ("?", "magenta"),
    Outcome.MANUAL: ("✋", "cyan"),
}
_OTHER_MODES = frozenset(WRONG_MODE.values())


def render_report(report: Report, language: Language = "id") -> RenderableType:
    """Return everything, the most urgent first; it fits the width where it is printed."""
    parts: list[RenderableType] = [_banner(report, language)]
    for outcome in OUTCOME_ORDER:
        found = [result for result in report.results if result.outcome is outcome]
        parts += [_fault(result, language) for result in found]
    parts += [_changes(report, language)] if report.changes else []
    rest = [result for result in report.results if result.outcome not in OUTCOME_ORDER]
    skipped = [result for result in rest if result.outcome is Outcome.SKIP]
    parts.append(_lines([result for result in rest if result not in skipped], language))
    parts.append(_skips(skipped, language))
    return Group(*parts)


def render_line(result: CheckResult, language: Language = "id") -> RenderableType:
    """Return one result as a line of the live progress."""
    return _lines([result], language)


def _banner(report: Report, language: Language) -> RenderableType:
    colour = VERDICT_COLOURS[report.verdict]
    text = Text(f"{VERDICTS[report.verdict]}\n", style=f"bold {colour}")
    text.append(f"{report.verdict}\n", style=colour)
    for note in notes_on_verdict(report, language):
        text.append(f"{note}\n", style=colour)
    counts = {o: sum(r.outcome is o for r in report.results) for o in Outcome}
    took_s = (report.ended - report.started).total_seconds()
    text.append(
        "   ".join(f"{o.value} {n}" for o, n in counts.items() if n) + f"   ({took_s:.0f} s)"
    )
    number = f"  no. {report.number}" if report.number else ""
    title = f"{report.set_code}  {local(report.started):%Y-%m-%d %H:%M}{number}"
    unsigned = "" if report.signature else f"  {WORDS[language].unsigned}"
    footer = f"{report.run_id}  limits {report.limits_version}{unsigned}"
    return Panel(text, title=title, subtitle=footer, border_style=colour, padding=(0, 2))


def _fault(result: CheckResult, language: Language) -> RenderableType:
    """Return a fault: what, measured against its limit, why, what to do and how to test again."""
    words = WORDS[language]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bright_black")
    table.add_column()
    measured = "; ".join(measured_against_limit(item) for item in result.measurements)
    if measured:
        table.add_row(words.measured, Text(measured))
    if result.reason:
        table.add_row(words.evidence, Text(result.reason))
    if result.finding is not None:
        for label, text in _action_rows(result.finding, language):
            table.add_row(label, text)
    else:
        table.add_row(words.retest, Text(f"selftest only {result.code}", style="cyan"))
    return Group(_title(result, language), Padding(table, (0, 0, 0, 2)), Text(""))


def _title(result: CheckResult, language: Language) -> Text:
    sign, colour = _STYLES[result.outcome]
    where = f" ({result.asset})" if result.asset else ""
    named = result.finding or result
    title = Text(f"{sign} {result.outcome} {result.code}{where}  ", style=f"bold {colour}")
    title.append(pick(language, named.name_id, named.name_en), style=f"bold {colour}")
    if language == "id":
        title.append(f" / {named.name_en}", style=colour)
    return title


def _action_rows(finding: Finding, language: Language) -> Iterable[tuple[str, Text]]:
    words, action = WORDS[language], finding.action
    yield words.cause, Text(causes_text(finding, language))
    if finding.confirm_id and finding.confirm_en:
        confirm = pick(language, finding.confirm_id, finding.confirm_en)
        yield words.confirm, Text(f"{words.unsure} ({finding.confidence.value}). {confirm}")
    if action.warning_id and action.warning_en:
        warning = pick(language, action.warning_id, action.warning_en)
        yield words.warning, Text(warning, style="bold red")
    do = Text(pick(language, action.text_id, action.text_en), style="bold")
    do.append(f"\n{effort_text(action, language)}", style="not bold")
    yield words.do, do
    yield words.retest, Text(finding.retest, style="cyan")


def _changes(report: Report, language: Language) -> RenderableType:
    words = WORDS[language]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for kind, name in words.kinds.items():
        mine = [change_text(c, language) for c in report.changes if c.kind == kind]
        if mine:
            table.add_row(f"  {name}", Text("; ".join(mine)))
    return Group(Text(words.changes, style="bold"), table, Text(""))


def _lines(results: Sequence[CheckResult], language: Language) -> RenderableType:
    """Return a line per result, cut where the width ends: details are in the JSON."""
    table = Table.grid(padding=(0, 1), expand=True)
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, max_width=34, overflow="ellipsis")
    table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    for result in results:
        table.add_row(*_line(result, language))
    return table


def _skips(results: Sequence[CheckResult], language: Language) -> RenderableType:
    """Return why each was skipped, one entry for a reason, in full; other modes in one line."""
    reasons: dict[str, list[CheckResult]] = {}
    for result in results:
        reasons.setdefault(result.reason, []).append(result)
    folded = sum(len(reasons.pop(reason, ())) for reason in _OTHER_MODES)
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, style=_STYLES[Outcome.SKIP][1])
    table.add_column()
    for reason, mine in reasons.items():
        codes = ", ".join(dict.fromkeys(result.code for result in mine))
        name = f" {pick(language, mine[0].name_id, mine[0].name_en)}" if len(mine) == 1 else ""
        text = Text.assemble((codes, "bold"), f"{name}: ", (reason, "bright_black"))
        table.add_row(f"{_STYLES[Outcome.SKIP][0]} {Outcome.SKIP}", text)
    if folded:
        table.add_row("·", Text(f"{folded} {WORDS[language].other_modes}", style="bright_black"))
    return table


def _line(result: CheckResult, language: Language) -> tuple[Text, Text, Text, Text]:
    sign, colour = _STYLES[result.outcome]
    values = ", ".join(value_text(item) for item in result.measurements if item.unit != "0/1")
    finding, notes = result.finding, [value for value in (values, result.reason) if value]
    if finding is not None and finding.severity is Severity.INFO:
        notes.insert(0, f"i {pick(language, finding.name_id, finding.name_en)}:")
    name = pick(language, result.name_id, result.name_en)
    where = f" ({result.asset})" if result.asset not in (None, result.component) else ""
    return (
        Text(f"{sign} {result.outcome}", style=colour),
        Text(result.code, style="bold"),
        Text(f"{name}{where}"),
        Text("  ".join(notes), style="bright_black"),
    )
