"""The plan as a PDF: summary and map, then what each technician and each office has to do."""

import datetime
from collections.abc import Iterable, Sequence

from fpdf.fonts import FontFace

from selftest.exporters.sheet import FAMILY, MARGIN_MM, PAGE_WIDTH_MM, TEXT_WIDTH_MM, Sheet
from selftest.fleet import rows as lists
from selftest.fleet.jobs import part_name
from selftest.fleet.methods import Method
from selftest.fleet.offices import Offices
from selftest.fleet.plan import RepairPlan

_PICTURE_SHAPE = 8.6 / 16
_HEAD = FontFace(emphasis="BOLD", fill_color=(221, 231, 240))


def write_document(plan: RepairPlan, offices: Offices, picture: bytes) -> bytes:
    """Return the bytes of a PDF; the same plan gives the same bytes."""
    made = datetime.datetime.combine(plan.as_of, datetime.time(), datetime.UTC)
    sheet = Sheet(f"Rencana perbaikan / repair plan {plan.as_of}", made)
    sheet.add_page()
    sheet.write_line(f"Rencana perbaikan / repair plan {plan.as_of}", size_pt=14, is_bold=True)
    sheet.write_line(lists.plan_banner(plan), size_pt=8)
    top_mm = sheet.get_y() + 2
    height_mm = TEXT_WIDTH_MM * _PICTURE_SHAPE
    sheet.picture(picture, MARGIN_MM, top_mm, (TEXT_WIDTH_MM, height_mm))
    sheet.set_y(top_mm + height_mm + 3)
    _table(sheet, "Tur / tours", (_TOURS, (8, 8, 10, 8, 100, 52)), _tours(plan, offices))
    for title, columns, widths, rows in _lists(plan, offices):
        _table(sheet, title, (columns, widths), rows)
    sheet.ln(3)
    sheet.write_line("\n".join(f"* {line}" for line in plan.assumptions), size_pt=6.5)
    _signatures(sheet)
    return bytes(sheet.output())


_TOURS = ("#", "tek.", "jam / h", "hari", "kantor (hari) / offices (day)", "dibawa / to bring")


def _tours(plan: RepairPlan, offices: Offices) -> list[lists.Cells]:
    packing = {(one.round, one.technician): one for one in plan.packing}
    return [
        (
            tour.round,
            tour.technician,
            f"{tour.hours:.0f}",
            tour.days,
            ", ".join(f"{offices[s.station].title} ({s.day})" for s in tour.stops),
            ", ".join(
                f"{n} {part_name(part)}"
                for part, n in packing[tour.round, tour.technician].parts.items()
            ),
        )
        for tour in plan.routes.tours
    ]


_List = tuple[str, Sequence[str], Sequence[int], Iterable[lists.Cells]]


def _lists(plan: RepairPlan, offices: Offices) -> Iterable[_List]:
    yield (
        "Prioritas / priority (20)",
        ("no", "kantor / office", "skor / score", "km", "jam / h", "cadangan / runner-up"),
        (8, 60, 25, 20, 20, 40),
        [(p[0], p[1], p[2], p[3], p[4], p[6]) for p in lists.priority_rows(plan)[:20]],
    )
    yield (
        "Menumpang / hosting",
        ("dari / from", "ke / to", "km", "jam / h", "penduduk / residents"),
        (65, 65, 16, 16, 24),
        [
            (f"{h.code} {h.name}", f"{h.host} {h.host_name}", h.km, h.hours, h.residents)
            for h in plan.hosting.hosted
        ],
    )
    jobs = (
        "kantor / office", "perangkat / device", "kode / code", "cara / how", "menit",
        "suku cadang", "lakukan / do",
    )  # fmt: skip
    widths = (32, 38, 14, 22, 10, 22, 48)
    yield "Telepon dahulu / phone first", jobs, widths, lists.job_rows(plan, offices, Method.PHONE)
    others = [method for method in Method if method is not Method.PHONE]
    yield "Perangkat lain / other devices", jobs, widths, lists.job_rows(plan, offices, *others)
    yield (
        "Dua jadi satu / two into one",
        ("hidup lagi / comes back", "memberi / gives", "dipindah / moved", "km", "jam", "penduduk"),
        (48, 48, 40, 16, 14, 20),
        lists.pair_rows(plan, offices),
    )
    yield (
        "Suku cadang / parts",
        _plain(lists.PART_COLUMNS),
        (70, 38, 38, 40),
        lists.part_rows(plan),
    )
    yield (
        "Stok / stock",
        _plain(lists.SPARE_COLUMNS),
        (40, 32, 26, 30, 20, 38),
        lists.spare_rows(plan),
    )


def _plain(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(column.lstrip("#") for column in columns)


def _table(
    sheet: Sheet,
    title: str,
    columns: tuple[Sequence[str], Sequence[int]],
    rows: Iterable[lists.Cells],
) -> None:
    cells = list(rows)
    if not cells:
        return
    sheet.ln(2)
    sheet.write_line(f"{title}: {len(cells)}", size_pt=10, is_bold=True)
    sheet.set_font(FAMILY, size=6.5)
    with sheet.table(
        col_widths=columns[1],
        width=TEXT_WIDTH_MM,
        line_height=3.2,
        padding=0.6,
        text_align="LEFT",
        headings_style=_HEAD,
    ) as table:
        for line in [columns[0], *cells]:
            table.row(["" if cell is None else str(cell) for cell in line])


def _signatures(sheet: Sheet) -> None:
    if sheet.will_page_break(26):
        sheet.add_page()
    sheet.ln(14)
    half = (PAGE_WIDTH_MM - 2 * MARGIN_MM) / 2
    for text in ("Disusun oleh / planned by", "Disetujui oleh / approved by"):
        sheet.cell(half, 4, f"________________________  {text}")
    sheet.ln(6)
