"""The month's sheet on one page of A4, as evidence for the electricity company."""

import io

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from selftest.power.sheet import MonthSheet
from selftest.power.sheet_rows import SheetRow, sheet_rows

_FONT = "Helvetica"
_MARGIN_MM, _WIDTH_MM = 16.0, 178.0
_VALUE_MM = 46.0
_ROW_MM = 6.2
_RED, _GREY, _BLACK = (176, 0, 32), (110, 110, 110), (0, 0, 0)
_PLOT_HEIGHT_MM = 62.0


def sheet_pdf(sheet: MonthSheet, plot_png: bytes) -> bytes:
    """Return the page."""
    page = FPDF(format="A4")
    page.set_margin(_MARGIN_MM)
    page.set_auto_page_break(auto=False)
    page.set_creation_date(sheet.end)
    page.set_title(f"Lembar mutu listrik {sheet.station_code} {sheet.month}")
    page.add_page()
    _draw_head(page, sheet)
    page.image(io.BytesIO(plot_png), x=_MARGIN_MM, w=_WIDTH_MM, h=_PLOT_HEIGHT_MM)
    page.ln(2)
    for number, row in enumerate(sheet_rows(sheet)):
        _draw_row(page, row, is_tinted=number % 2 == 0)
    _draw_foot(page, sheet)
    return bytes(page.output())


def _draw_head(page: FPDF, sheet: MonthSheet) -> None:
    page.set_font(_FONT, "B", 15)
    _line(page, "Lembar bulanan mutu listrik / Monthly power quality sheet", 8)
    page.set_font(_FONT, "", 9.5)
    begin, end = f"{sheet.begin:%d/%m/%Y %H:%M}", f"{sheet.end:%d/%m/%Y %H:%M %z}"
    _line(page, f"Kantor / office {sheet.station_code}     Bulan / month {sheet.month}", 5)
    _line(page, f"{begin} - {end}     nominal {sheet.nominal_v:g} V     UPS: {sheet.source}", 5)
    page.ln(2)


def _draw_row(page: FPDF, row: SheetRow, *, is_tinted: bool) -> None:
    page.set_fill_color(*((244, 244, 244) if is_tinted else (255, 255, 255)))
    page.set_text_color(*_BLACK)
    page.set_font(_FONT, "", 9)
    label_mm = page.get_string_width(row.text_id) + 2.5
    page.cell(_WIDTH_MM - _VALUE_MM, _ROW_MM, row.text_id, fill=True)
    page.set_font(_FONT, "B" if row.is_bad else "", 9)
    page.set_text_color(*(_RED if row.is_bad else _BLACK))
    page.cell(_VALUE_MM, _ROW_MM, row.value, align="R", fill=True)
    page.set_x(_MARGIN_MM + label_mm)
    page.set_font(_FONT, "I", 7.5)
    page.set_text_color(*_GREY)
    page.cell(0, _ROW_MM, row.text_en, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _draw_foot(page: FPDF, sheet: MonthSheet) -> None:
    page.ln(2)
    page.set_text_color(*_GREY)
    page.set_font(_FONT, "", 7.5)
    for text in (
        f"Dari {sheet.means} rata-rata 10 menit; {sheet.note_id}.",
        f"From {sheet.means} ten-minute means; {sheet.note_en}.",
        "Batas / limits: SPLN 1:1995 (+5/-10 %), EN 50160, IEEE 1159.",
    ):
        _line(page, text, 3.8)
    page.set_text_color(*_BLACK)
    page.set_font(_FONT, "", 9)
    page.set_y(-34)
    for place, text in enumerate(("Petugas / officer", "Camat / head of office")):
        x_mm = _MARGIN_MM + place * 95
        page.line(x_mm, 276, x_mm + 75, 276)
        page.text(x_mm, 281, text)


def _line(page: FPDF, text: str, height_mm: float) -> None:
    page.cell(0, height_mm, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
