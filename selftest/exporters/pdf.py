"""The report on paper: one page that says it all, then the rest.

Page 1: verdict, faults with what to do, a signed code that a phone reads, room for signatures.
Further pages: what did not fit, steps for the hands, every result, the units, pictures.
"""

import io
from collections.abc import Mapping, Sequence

import segno

from selftest.digest import digest_of, encode_digest
from selftest.exporters.pdf_faults import draw_fault, fault_height_mm, faulty
from selftest.exporters.pdf_pages import add_further_pages
from selftest.exporters.sheet import (
    AMBER,
    BLACK,
    FAMILY,
    GREEN,
    GREY,
    MARGIN_MM,
    PAGE_HEIGHT_MM,
    RED,
    TEXT_WIDTH_MM,
    VIOLET,
    WHITE,
    Sheet,
)
from selftest.exporters.sms import render_sms
from selftest.exporters.words import (
    VERDICTS,
    WORDS,
    Language,
    change_text,
    local,
    notes_on_verdict,
    pick,
)
from selftest.report import CheckResult, Outcome, Report, Verdict
from selftest.signing import Sign

CODE_MM = 58.0
"""With its quiet zone; see digest.MAX_BYTES for the modules."""
_BOTTOM_TOP_MM = PAGE_HEIGHT_MM - MARGIN_MM - CODE_MM
_NOTE_MM = 3.8  # 8.5 pt with its leading
_COLOURS = {
    Verdict.CAN_RECORD: GREEN,
    Verdict.WITH_LIMITS: AMBER,
    Verdict.CANNOT_RECORD: RED,
    Verdict.NOT_PROVEN: VIOLET,
}


def render_pdf(
    report: Report,
    pictures: Mapping[str, bytes] | None = None,
    *,
    language: Language = "id",
    sign: Sign | None = None,
) -> bytes:
    """Return the report as PDF; `pictures` are those that lie beside it, by name."""
    foot = f"KTP-el {report.set_code}   {report.run_id}   sha256 {(report.sha256 or '-')[:16]}"
    sheet = Sheet(foot, report.ended)
    sheet.set_title(f"KTP-el {report.set_code} {local(report.started):%Y-%m-%d %H:%M}")
    sheet.set_lang("en" if language == "en" else "id")
    shown = pictures or {}
    sheet.add_page()
    _draw_head(sheet, report, language)
    left = _draw_faults(sheet, report, shown, language)
    _draw_bottom(sheet, report, language, sign)
    add_further_pages(sheet, report, left, shown, language)
    return bytes(sheet.output())


def _draw_head(sheet: Sheet, report: Report, language: Language) -> None:
    title = pick(language, "Periksa mandiri stasiun rekam KTP-el", "Self-test of a KTP-el station")
    sheet.write_line(f"{title}  {report.set_code}", size_pt=13, is_bold=True)
    number = f"no. {report.number}   " if report.number else ""
    person = f"   {report.operator}" if report.operator else ""
    when = f"{local(report.started):%Y-%m-%d %H:%M %Z}   {report.trigger}{person}"
    versions = f"{report.run_id}   v{report.app_version}, limits {report.limits_version}"
    sheet.write_line(f"{number}{when}   {versions}", size_pt=7, colour=GREY)
    sheet.ln(1.5)
    _draw_banner(sheet, report, language)


def _draw_banner(sheet: Sheet, report: Report, language: Language) -> None:
    notes = [line for note in notes_on_verdict(report, language) for line in _broken(sheet, note)]
    counts = {o: sum(r.outcome is o for r in report.results) for o in Outcome}
    tally = "   ".join(f"{o.value} {n}" for o, n in counts.items() if n)
    lines = [*notes, f"  {tally}"]
    top_mm, height_mm = sheet.get_y(), 11 + _NOTE_MM * len(lines)
    sheet.band(height_mm, _COLOURS[report.verdict])
    sheet.set_y(top_mm + 1.5)
    words = (VERDICTS[report.verdict], report.verdict.value)
    verdict = " / ".join(words if language == "id" else words[::-1])
    sheet.write_line(f" {verdict}", size_pt=15, is_bold=True, colour=WHITE)
    for line in lines:
        sheet.write_line(line, size_pt=8.5, colour=WHITE)
    sheet.set_y(top_mm + height_mm + 3)


def _broken(sheet: Sheet, note: str) -> list[str]:
    return sheet.lines_of(f"  {note}", size_pt=8.5)


def _draw_faults(
    sheet: Sheet, report: Report, pictures: Mapping[str, bytes], language: Language
) -> list[CheckResult]:
    """Draw what fits above the code and return the rest."""
    left = faulty(report)
    room_mm = _BOTTOM_TOP_MM - 8  # a line that counts the rest, and what changed
    while left and sheet.get_y() + fault_height_mm(sheet, left[0], pictures, language) < room_mm:
        draw_fault(sheet, left.pop(0), pictures, language)
    if left:
        more = pick(language, "temuan lagi di halaman berikut", "more findings on the next page")
        sheet.write_line(f"+ {len(left)} {more}", is_bold=True)
    changes = [
        f"{name}: " + ", ".join(change_text(c, language) for c in report.changes if c.kind == kind)
        for kind, name in WORDS[language].kinds.items()
        if any(c.kind == kind for c in report.changes)
    ]
    if changes and sheet.get_y() < _BOTTOM_TOP_MM - 4:
        _write_changes(sheet, changes, language)
    return left


def _write_changes(sheet: Sheet, changes: Sequence[str], language: Language) -> None:
    text = f"{WORDS[language].changes}: {'; '.join(changes)}"
    room = int((_BOTTOM_TOP_MM - sheet.get_y()) // 3)  # lines of 6.5 pt
    fits = sheet.lines_of(text, size_pt=6.5)
    shown = " ".join(fits[:room])
    if len(fits) > room:  # without its last word the line has room for the dots
        shown = shown.rpartition(" ")[0] + " …"
    sheet.write_line(shown, size_pt=6.5, colour=GREY)


def _draw_bottom(sheet: Sheet, report: Report, language: Language, sign: Sign | None) -> None:
    code = segno.make(
        encode_digest(digest_of(report), sign), error="m", mode="alphanumeric", boost_error=False
    )
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=8, border=4)
    sheet.picture(picture.getvalue(), MARGIN_MM, _BOTTOM_TOP_MM, (CODE_MM, CODE_MM))
    left_mm, top_mm = MARGIN_MM + CODE_MM + 4, _BOTTOM_TOP_MM + 2
    for text, size_pt in _beside_code(report, language, sign):
        sheet.set_xy(left_mm, top_mm)
        sheet.set_font(FAMILY, size=size_pt)
        sheet.set_text_color(*BLACK)
        sheet.multi_cell(TEXT_WIDTH_MM - CODE_MM - 4, size_pt * 0.44, text, align="L")
        top_mm = sheet.get_y() + 1.2
    _draw_signatures(sheet, language, left_mm)


def _beside_code(
    report: Report, language: Language, sign: Sign | None
) -> tuple[tuple[str, float], ...]:
    signed = pick(language, "Kode ditandatangani stasiun", "The code is signed by the station")
    seal = signed if sign is not None else WORDS[language].unsigned.capitalize()
    check = pick(language, "periksa", "verify")
    return (
        ("SMS / WhatsApp:", 6.5),
        (render_sms(report), 7.5),
        (f"{seal}; {check}: selftest verify", 6.5),
        (f"sha256 {report.sha256 or '-'}", 5.5),
    )


def _draw_signatures(sheet: Sheet, language: Language, left_mm: float) -> None:
    people = (
        pick(language, "Teknisi", "Technician"),
        pick(language, "Petugas kecamatan", "Officer of the camat"),
    )
    name = pick(language, "nama, tanggal, tanda tangan", "name, date, signature")
    width_mm, line_mm = (TEXT_WIDTH_MM - CODE_MM - 10) / 2, PAGE_HEIGHT_MM - MARGIN_MM - 6
    sheet.set_draw_color(*BLACK)
    for place, person in enumerate(people):
        start_mm = left_mm + place * (width_mm + 6)
        sheet.line(start_mm, line_mm, start_mm + width_mm, line_mm)
        sheet.set_font(FAMILY, style="B", size=7)
        sheet.set_text_color(*BLACK)
        sheet.text(start_mm, line_mm - 15, person)
        sheet.set_font(FAMILY, size=6)
        sheet.set_text_color(*GREY)
        sheet.text(start_mm, line_mm + 3, name)
