"""A fault on paper: what, how much against which limit, why, what to do, and a picture of it."""

from collections.abc import Mapping

from selftest.exporters.evidence import draw_limits
from selftest.exporters.sheet import (
    AMBER,
    BLACK,
    GREY,
    MARGIN_MM,
    RED,
    TEXT_WIDTH_MM,
    VIOLET,
    Row,
    Sheet,
)
from selftest.exporters.words import (
    OUTCOME_ORDER,
    WORDS,
    Language,
    causes_text,
    effort_text,
    measured_against_limit,
    pick,
)
from selftest.report import CheckResult, Finding, Outcome, Report

_COLOURS = {Outcome.FAIL: RED, Outcome.ERROR: VIOLET, Outcome.WARN: AMBER}
_PICTURE_MM = 44.0
_PICTURE_MOST_MM = 26.0
_BAR_ROOM_MM = 9.0
_TITLE_MM = 4.4
_GAP_MM = 2.6


def faulty(report: Report) -> list[CheckResult]:
    """Return what needs hands, the most urgent first."""
    found = [result for result in report.results if result.outcome in OUTCOME_ORDER]
    return sorted(found, key=lambda result: OUTCOME_ORDER.index(result.outcome))


def fault_height_mm(
    sheet: Sheet, result: CheckResult, pictures: Mapping[str, bytes], language: Language
) -> float:
    """Return how much room a fault takes."""
    width_mm = TEXT_WIDTH_MM - _PICTURE_MM - 4
    rows_mm = sheet.rows_height_mm(_rows(result, language), width_mm=width_mm)
    return _TITLE_MM + max(rows_mm, _evidence_height_mm(result, pictures)) + _GAP_MM


def draw_fault(
    sheet: Sheet, result: CheckResult, pictures: Mapping[str, bytes], language: Language
) -> None:
    """Draw a fault below what is there."""
    colour = _COLOURS[result.outcome]
    top_mm = sheet.get_y()
    height_mm = fault_height_mm(sheet, result, pictures, language)
    sheet.set_fill_color(*colour)
    sheet.rect(MARGIN_MM - 3, top_mm, 1.2, height_mm - _GAP_MM, "F")
    named, where = result.finding or result, f" ({result.asset})" if result.asset else ""
    title = f"{result.outcome} {result.code}{where}  {pick(language, named.name_id, named.name_en)}"
    sheet.write_line(title, size_pt=9, is_bold=True, colour=colour)
    _draw_evidence(sheet, result, pictures, top_mm + _TITLE_MM)
    sheet.set_xy(MARGIN_MM, top_mm + _TITLE_MM)
    sheet.write_rows(_rows(result, language), width_mm=TEXT_WIDTH_MM - _PICTURE_MM - 4)
    sheet.set_xy(MARGIN_MM, top_mm + height_mm)


def _rows(result: CheckResult, language: Language) -> list[Row]:
    words = WORDS[language]
    measured = "; ".join(measured_against_limit(item) for item in result.measurements)
    rows = [Row(words.measured, measured)] if measured else []
    rows += [Row(words.evidence, result.reason)] if result.reason else []
    if result.finding is None:
        return [*rows, Row(words.retest, f"selftest only {result.code}")]
    return rows + _action_rows(result.finding, language)


def _action_rows(finding: Finding, language: Language) -> list[Row]:
    words, action = WORDS[language], finding.action
    rows = [Row(words.cause, causes_text(finding, language))]
    if finding.confirm_id and finding.confirm_en:
        confirm = pick(language, finding.confirm_id, finding.confirm_en)
        rows.append(Row(words.confirm, f"{words.unsure} ({finding.confidence.value}). {confirm}"))
    if action.warning_id and action.warning_en:
        warning = pick(language, action.warning_id, action.warning_en)
        rows.append(Row(words.warning, warning, is_bold=True, colour=RED))
    rows.append(Row(words.do, pick(language, action.text_id, action.text_en), is_bold=True))
    rows.append(Row("", effort_text(action, language)))
    return [*rows, Row(words.retest, finding.retest)]


def _shown_picture(result: CheckResult, pictures: Mapping[str, bytes]) -> bytes | None:
    return next((pictures[note.name] for note in result.pictures if note.name in pictures), None)


def _evidence_height_mm(result: CheckResult, pictures: Mapping[str, bytes]) -> float:
    if _shown_picture(result, pictures) is not None:
        return _PICTURE_MOST_MM
    return _BAR_ROOM_MM if result.measurements else 0.0


def _draw_evidence(
    sheet: Sheet, result: CheckResult, pictures: Mapping[str, bytes], top_mm: float
) -> None:
    """Draw the picture of a fault, else its worst value among the limits."""
    left_mm = MARGIN_MM + TEXT_WIDTH_MM - _PICTURE_MM
    picture = _shown_picture(result, pictures)
    if picture is not None:
        sheet.picture(picture, left_mm, top_mm, (_PICTURE_MM, _PICTURE_MOST_MM))
        return
    sheet.set_text_color(*GREY)
    any(draw_limits(sheet, item, left_mm, top_mm + 3, _PICTURE_MM) for item in result.measurements)
    sheet.set_text_color(*BLACK)
