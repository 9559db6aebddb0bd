"""A code explained: name, causes, evidence, action, steps, part, time and who may do it."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from selftest.exporters.words import WORDS, Language, causes_text, effort_text, pick
from selftest.faults import FaultText, retest_command
from selftest.report import Confidence, Severity


def render_explanation(code: str, text: FaultText, language: Language) -> RenderableType:
    """Return everything that is written about a code."""
    words = WORDS[language]
    finding = text.finding(code, Severity.WARN, Confidence.CONFIRMED)
    name, test = (
        pick(language, text.name_id, text.name_en),
        pick(language, text.test_id, text.test_en),
    )
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bright_black")
    table.add_column()
    rows = [
        (pick(language, "pemeriksaan", "test"), Text(test)),
        (words.cause, Text(causes_text(finding, language))),
        (words.evidence, Text(pick(language, text.evidence_id, text.evidence_en))),
    ]
    if text.confirm_id and text.confirm_en:
        rows.append((words.confirm, Text(pick(language, text.confirm_id, text.confirm_en))))
    if text.warning_id and text.warning_en:
        warning = pick(language, text.warning_id, text.warning_en)
        rows.append((words.warning, Text(warning, style="bold red")))
    rows.append((words.do, Text(pick(language, text.action_id, text.action_en), style="bold")))
    steps = text.steps_en if language == "en" else text.steps_id
    rows += [("", Text(f"{number}. {step}")) for number, step in enumerate(steps, 1)]
    effort = effort_text(finding.action, language)
    if finding.action.part is None:
        effort += f", {words.part}: {pick(language, 'tidak ada', 'none')}"
    rows.append((pick(language, "oleh", "by"), Text(effort)))
    rows.append((words.retest, Text(retest_command(code), style="cyan")))
    for label, cell in rows:
        table.add_row(label, cell)
    return Group(Text(f"{code}  {name}", style="bold"), table)
