"""Plan and inventory as workbooks: a sheet per list, every device, both languages in the heads."""

import datetime
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from selftest.fleet import rows as lists
from selftest.fleet.inventory import DeviceRow, Inventory, RegencyRow
from selftest.fleet.jobs import part_name
from selftest.fleet.names import BASIS_NAMES, METHOD_NAMES, STATE_NAMES, kind_name
from selftest.fleet.offices import Offices
from selftest.fleet.plan import RepairPlan

_WIDEST = 60
Sheet = tuple[str, Sequence[str], Iterable[lists.Cells]]


def write_workbook(plan: RepairPlan, offices: Offices) -> bytes:
    """Return the bytes of an XLSX file; the same plan gives the same bytes."""
    return _write(f"Rencana perbaikan {plan.as_of}", plan.as_of, _sheets(plan, offices))


def write_inventory(found: Inventory, offices: Offices) -> bytes:
    """Return the inventory as an XLSX file; the same inventory gives the same bytes."""
    return _write(f"Inventaris {found.as_of}", found.as_of, _inventory_sheets(found, offices))


def _write(title: str, day: datetime.date, sheets: Iterable[Sheet]) -> bytes:
    buffer = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, plain)
    made = datetime.datetime.combine(day, datetime.time())
    book.set_properties({"title": title, "created": made})
    head = book.add_format(
        {"bold": True, "bg_color": "#DDE7F0", "text_wrap": True, "valign": "top"}
    )
    for name, columns, rows in sheets:
        _fill(book.add_worksheet(name), columns, [list(row) for row in rows], head)
    book.close()
    return buffer.getvalue()


def _fill(
    sheet: "xlsxwriter.worksheet.Worksheet",
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    head: "xlsxwriter.format.Format",
) -> None:
    for column, title in enumerate(columns):
        texts = [str(row[column]) for row in rows if row[column] is not None]
        width = max([len(text) for text in texts] + [12])
        sheet.set_column(column, column, min(width + 1, _WIDEST))
        sheet.write_string(0, column, title.lstrip("#"), head)
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            sheet.write(line, column, cell)
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)


def _sheets(plan: RepairPlan, offices: Offices) -> Iterable[Sheet]:
    yield "Ringkasan", ["Rencana / plan"], _summary(plan)
    yield (
        "Perangkat",
        ("jenis / kind", *lists.JOB_COLUMNS, "uji ulang / re-test"),
        [
            (kind_name(job.kind), *cells, job.retest)
            for job, cells in zip(plan.jobs, lists.job_rows(plan, offices), strict=True)
        ],
    )
    yield "Pilihan", _OPTION_COLUMNS, _options(plan)
    yield "Menumpang", _HOST_COLUMNS, _hosting(plan)
    yield "Prioritas", lists.PRIORITY_COLUMNS, lists.priority_rows(plan)
    yield "Tur", _STOP_COLUMNS, _stops(plan, offices)
    yield "Muatan", lists.TOUR_COLUMNS, lists.tour_rows(plan)
    yield "Dua jadi satu", lists.PAIR_COLUMNS, lists.pair_rows(plan, offices)
    yield (
        "Kelompok",
        ("bengkel / bench", "suku cadang / part", "#n", "perangkat / devices"),
        [
            (offices[b.bench].title, part_name(b.part), len(b.units), ", ".join(b.units))
            for b in plan.batches
        ],
    )
    yield "Suku cadang", lists.PART_COLUMNS, lists.part_rows(plan)
    yield "Stok", lists.SPARE_COLUMNS, lists.spare_rows(plan)


def _summary(plan: RepairPlan) -> list[lists.Cells]:
    lines = [*lists.plan_banner(plan).splitlines(), *plan.assumptions]
    return [(line,) for line in lines]


_OPTION_COLUMNS = (
    "perangkat / device", "cara / how", "dipilih / chosen", "#jam teknisi / technician h",
    "#jam kantor / office h", "di / at",
)  # fmt: skip


def _options(plan: RepairPlan) -> list[lists.Cells]:
    return [
        (
            job.unit,
            METHOD_NAMES[option.method][0],
            "x" if option.method is job.method and option.where in {None, job.bench} else "",
            option.technician_hours,
            option.office_hours,
            option.where,
        )
        for job in plan.jobs
        for option in job.options
    ]


_HOST_COLUMNS = (
    "kode / code", "kantor / office", "kabupaten / regency", "tuan rumah / host", "nama / name",
    "#km", "#jam / h", "#penduduk / residents",
)  # fmt: skip


def _hosting(plan: RepairPlan) -> list[lists.Cells]:
    return [
        (h.code, h.name, h.regency, h.host, h.host_name, h.km, h.hours, h.residents)
        for h in plan.hosting.hosted
    ]


_STOP_COLUMNS = (
    "#putaran / round", "#teknisi / technician", "#urutan / order", "kantor / office",
    "#hari / day", "#tiba jam ke / arrival h", "#kerja jam / work h",
)  # fmt: skip


def _stops(plan: RepairPlan, offices: Offices) -> list[lists.Cells]:
    return [
        (
            tour.round,
            tour.technician,
            order,
            offices[stop.station].title,
            stop.day,
            stop.arrival_hours,
            stop.work_hours,
        )
        for tour in plan.routes.tours
        for order, stop in enumerate(tour.stops, start=1)
    ]


_REGENCY_COLUMNS = (
    "kabupaten / regency", "kantor / offices", "bisa merekam / can record", "terbatas / limited",
    "terblokir / blocked", "belum terbukti / not proven", "laporan lama / stale",
    "belum melapor / not reported", "kata orang: aktif / by word: active",
    "kata orang: blokir / by word: blocked", "perangkat / devices", "rusak / broken",
)  # fmt: skip
_DEVICE_COLUMNS = (
    "jenis / kind", "merek / make", "model", "nomor seri / serial", "kantor / office",
    "mulai dipakai / commissioned", "kode / codes", "riwayat tempat / places",
)  # fmt: skip


def _inventory_sheets(found: Inventory, offices: Offices) -> Iterable[Sheet]:
    yield "Kabupaten", _REGENCY_COLUMNS, [_regency(row) for row in (*found.regencies, found.total)]
    yield (
        "Kantor",
        ("kantor / office", "keadaan / state", "dasar / basis", "laporan / report"),
        [
            (
                offices[one.code].title,
                STATE_NAMES[one.state][0],
                BASIS_NAMES[one.basis][0] + (f": {one.person}" if one.person else ""),
                f"{one.last_report:%Y-%m-%d}" if one.last_report else "",
            )
            for one in found.states
        ],
    )
    yield "Perangkat", _DEVICE_COLUMNS, [_device(row) for row in found.devices]
    yield (
        "Pareto",
        ("kode / code", "gangguan / fault", "perangkat / devices", "%", "kumulatif %"),
        [
            (p.code, p.name_id, p.devices, p.share_percent, p.cumulated_percent)
            for p in found.pareto
        ],
    )
    yield (
        "Persediaan",
        ("barang / item", "jumlah / count", "tempat / place"),
        [(part_name(one.item), one.count, one.place) for one in found.supplies],
    )


def _regency(row: RegencyRow) -> lists.Cells:
    silent = [row.not_reported, row.stated_active, row.stated_blocked]
    if not row.reporting:
        return (row.regency, row.offices, *["belum melapor / not reported"] * 5, *silent, "?", "?")
    counts = (row.records, row.limited, row.blocked, row.unproven, row.stale)
    return (row.regency, row.offices, *counts, *silent, row.devices, row.broken_devices)


def _device(row: DeviceRow) -> lists.Cells:
    unit = row.unit
    places = [f"{s.station} {s.first_seen:%Y-%m-%d}..{s.last_seen:%Y-%m-%d}" for s in unit.stays]
    return (
        kind_name(unit.kind),
        unit.make,
        unit.model,
        unit.serial,
        row.station,
        str(unit.commissioned or ""),
        " ".join(row.codes),
        ", ".join(places),
    )
