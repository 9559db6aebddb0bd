"""The pages after the first: faults that did not fit, steps, every result, units, pictures."""

from collections.abc import Mapping, Sequence

from fpdf.fonts import FontFace

from selftest.exporters.pdf_faults import draw_fault, fault_height_mm, faulty
from selftest.exporters.sheet import (
    FAMILY,
    GREY,
    MARGIN_MM,
    PAGE_HEIGHT_MM,
    RED,
    TEXT_WIDTH_MM,
    WHITE,
    Row,
    Sheet,
)
from selftest.exporters.words import Language, measured_against_limit, pick
from selftest.report import CheckResult, PictureNote, RepairAction, Report

_BOTTOM_MM = PAGE_HEIGHT_MM - MARGIN_MM
_PICTURE_WIDTH_MM = 90.0
_PICTURE_HEIGHT_MM = 70.0
_HEADING = FontFace(emphasis="BOLD", fill_color=(232, 232, 232))


def add_further_pages(
    sheet: Sheet,
    report: Report,
    left: Sequence[CheckResult],
    pictures: Mapping[str, bytes],
    language: Language,
) -> None:
    """Add everything that the first page had no room for."""
    sheet.add_page()
    for result in left:
        if sheet.get_y() + fault_height_mm(sheet, result, pictures, language) > _BOTTOM_MM:
            sheet.add_page()
        draw_fault(sheet, result, pictures, language)
    _add_steps(sheet, report, language)
    _add_results(sheet, report, language)
    _add_units(sheet, report, language)
    _add_pictures(sheet, report, pictures, language)


def _add_steps(sheet: Sheet, report: Report, language: Language) -> None:
    with_steps = [
        (result.code, finding.action)
        for result in faulty(report)
        if (finding := result.finding) is not None and finding.action.steps_id
    ]
    if not with_steps:
        return
    _heading(sheet, pick(language, "Langkah perbaikan", "Steps of repair"))
    for code, action in dict(with_steps).items():
        rows = _step_rows(code, action, language)
        if sheet.get_y() + sheet.rows_height_mm(rows) > _BOTTOM_MM:
            sheet.add_page()
        sheet.write_rows(rows)
        sheet.ln(1.5)


def _step_rows(code: str, action: RepairAction, language: Language) -> list[Row]:
    text = pick(language, action.text_id, action.text_en)
    rows = [Row(code, text, is_bold=True)]
    if action.warning_id and action.warning_en:
        warning = pick(language, action.warning_id, action.warning_en)
        rows.append(Row("", warning, is_bold=True, colour=RED))
    steps = action.steps_en if language == "en" else action.steps_id
    return rows + [Row("", f"{number}. {step}") for number, step in enumerate(steps, 1)]


def _add_results(sheet: Sheet, report: Report, language: Language) -> None:
    _heading(sheet, pick(language, "Semua hasil", "All results"))
    titles = (
        ("Hasil", "Outcome"),
        ("Kode", "Code"),
        ("Pemeriksaan", "Test"),
        ("Terukur dan alasan", "Measured and reason"),
    )
    rows = [tuple(pick(language, *title) for title in titles)]
    rows += [_result_row(result, language) for result in report.results]
    _table(sheet, rows, (15, 14, 41, 116))


def _result_row(result: CheckResult, language: Language) -> tuple[str, ...]:
    values = [measured_against_limit(item) for item in result.measurements]
    where = f" ({result.asset})" if result.asset else ""
    name = pick(language, result.name_id, result.name_en)
    detail = "; ".join([*values, result.reason] if result.reason else values)
    return (result.outcome.value, result.code, f"{name}{where}", detail)


def _add_units(sheet: Sheet, report: Report, language: Language) -> None:
    if not report.assets:
        return
    _heading(sheet, pick(language, "Perangkat", "Units"))
    titles = (
        ("Nama", "Name"),
        ("Buatan, model", "Make, model"),
        ("Nomor seri", "Serial number"),
        ("Firmware", "Firmware"),
        ("Garis dasar", "Baseline"),
    )
    rows = [tuple(pick(language, *title) for title in titles)]
    rows += [
        (a.name, f"{a.make} {a.model}", a.serial or "-", a.firmware or "-", a.baseline_id or "-")
        for a in report.assets
    ]
    _table(sheet, rows, (26, 70, 40, 24, 26))


def _add_pictures(
    sheet: Sheet, report: Report, pictures: Mapping[str, bytes], language: Language
) -> None:
    notes = [note for result in report.results for note in result.pictures]
    shown = [note for note in notes if note.name in pictures]
    if not shown:
        return
    _heading(sheet, pick(language, "Gambar", "Pictures"))
    for place, note in enumerate(shown):
        if place % 2 == 0 and sheet.get_y() + _PICTURE_HEIGHT_MM + 10 > _BOTTOM_MM:
            sheet.add_page()
        _draw_picture(sheet, note, pictures[note.name], place % 2, language)


def _draw_picture(
    sheet: Sheet, note: PictureNote, png: bytes, column: int, language: Language
) -> None:
    top_mm, left_mm = sheet.get_y(), MARGIN_MM + column * (TEXT_WIDTH_MM - _PICTURE_WIDTH_MM)
    sheet.picture(png, left_mm, top_mm, (_PICTURE_WIDTH_MM, _PICTURE_HEIGHT_MM))
    sheet.set_font(FAMILY, size=6.5)
    sheet.set_text_color(*GREY)
    caption = f"{note.name}: {pick(language, note.caption_id, note.caption_en)}"
    sheet.text(left_mm, top_mm + _PICTURE_HEIGHT_MM + 3, caption)
    sheet.set_xy(MARGIN_MM, top_mm + (_PICTURE_HEIGHT_MM + 7 if column else 0))


def _heading(sheet: Sheet, text: str) -> None:
    if sheet.get_y() + 20 > _BOTTOM_MM:
        sheet.add_page()
    sheet.ln(2)
    sheet.write_line(text, size_pt=10, is_bold=True)
    sheet.ln(0.5)


def _table(sheet: Sheet, rows: Sequence[tuple[str, ...]], widths_mm: tuple[int, ...]) -> None:
    sheet.set_font(FAMILY, size=6.5)
    sheet.set_text_color(20, 20, 20)
    sheet.set_draw_color(200, 200, 200)
    sheet.set_fill_color(*WHITE)  # the table paints its cells with what was used last
    with sheet.table(
        rows,
        col_widths=widths_mm,
        width=TEXT_WIDTH_MM,
        line_height=3.1,
        text_align="LEFT",
        headings_style=_HEADING,
        padding=0.5,
    ):
        pass
