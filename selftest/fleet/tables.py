"""The planner's answers on a terminal: Indonesian first, English beside."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from selftest.fleet.hosting import HostingPlan
from selftest.fleet.inventory import Inventory, RegencyRow
from selftest.fleet.jobs import part_name
from selftest.fleet.merge import MergeResult
from selftest.fleet.methods import Method
from selftest.fleet.names import kind_name
from selftest.fleet.offices import Offices
from selftest.fleet.plan import RepairPlan
from selftest.fleet.rows import (
    JOB_COLUMNS,
    PAIR_COLUMNS,
    PART_COLUMNS,
    PRIORITY_COLUMNS,
    SPARE_COLUMNS,
    TOUR_COLUMNS,
    Cells,
    job_rows,
    pair_rows,
    part_rows,
    plan_banner,
    priority_rows,
    spare_rows,
    tour_rows,
)

_SHOWN = 15
"""Rows of the long lists; the workbook and --json hold them all."""


def table_of(
    title: str, columns: Sequence[str], rows: Iterable[Cells], *, is_first_short: bool = True
) -> Table:
    """Return a table; columns that begin with "#" hold numbers."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(
            column.lstrip("#"),
            justify="right" if column.startswith("#") else "left",
            overflow="fold",
        )
    table.columns[0].no_wrap = is_first_short
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    return table


def render_merge(done: MergeResult) -> RenderableType:
    """Return what was taken, what was not and why, and what is missing."""
    parts: list[RenderableType] = [
        Text(
            f"{done.added} laporan baru / new, {done.already_known} sudah ada / known, "
            f"{len(done.refused)} ditolak / refused, "
            f"{done.statements_added} keterangan / statements"
        ),
        Text(f"{done.stations} kantor / offices, {done.reports} laporan / reports"),
    ]
    if done.unproved:
        parts.append(Text(f"{done.unproved} tanpa bukti tanda tangan / signature not proved"))
    if done.refused:
        rows = [(one.name, one.reason) for one in done.refused]
        parts.append(
            table_of(
                "Ditolak / refused", ["berkas / file", "sebab / reason"], rows, is_first_short=False
            )
        )
    if done.gaps:
        gap_rows = [
            (gap.station, _short(gap.missing_numbers), _short(gap.missing_runs))
            for gap in done.gaps
        ]
        columns = ["kantor / office", "nomor hilang / missing numbers", "uji hilang / missing runs"]
        parts.append(table_of("Celah / gaps: minta lagi / ask again", columns, gap_rows))
    return Group(*parts)


def _short(items: Sequence[object]) -> str:
    more = f" … (+{len(items) - 8})" if len(items) > 8 else ""
    return ", ".join(str(item) for item in items[:8]) + more


def render_inventory(found: Inventory) -> RenderableType:
    """Return the tables of the inventory."""
    silent = ", ".join(found.silent_regencies) or "-"
    banner = Text(
        f"{found.active} aktif / active, {found.blocked} terblokir / blocked, "
        f"{found.broken_devices} perangkat rusak dari / broken devices from "
        f"{found.reporting_regencies} kabupaten/kota; belum melapor / not reported: {silent}"
    )
    kinds = ", ".join(f"{kind_name(kind)} {n}" for kind, n in found.broken_by_kind.items())
    return Group(
        Panel(banner, title=f"Inventaris / inventory {found.as_of}"),
        _regencies(found),
        Text(f"rusak menurut jenis / broken by kind: {kinds}\n"),
        table_of("Model", ["jenis / kind", "model", "#n", "#rusak / broken", "#umur / age"],
                 [(kind_name(m.kind), f"{m.make} {m.model}", m.count, m.broken,
                   f"{m.median_age_years or '?'} / {m.oldest_years or '?'}")
                  for m in found.models]),
        table_of("Pareto", ["kode / code", "gangguan / fault", "#n", "#%", "#Σ %"],
                 [(p.code, f"{p.name_id} / {p.name_en}", p.devices, p.share_percent,
                   p.cumulated_percent) for p in found.pareto]),
        table_of("Persediaan / on hand", ["barang / item", "#n", "tempat / place"],
                 [(part_name(s.item), s.count, s.place) for s in found.supplies]),
    )  # fmt: skip


_REGENCY_COLUMNS = (
    "kabupaten", "jml", "rekam", "batas", "blok", "ragu", "lama", "kata", "rusak", "catatan",
)  # fmt: skip
_REGENCY_LEGEND = (
    "jml: kantor / offices; menurut laporan / by reports: rekam: bisa merekam / can record, batas: "
    "terbatas / with limits, blok: tidak bisa / blocked, ragu: belum terbukti / not proven; lama: "
    "laporan lebih dari 7 hari / stale; kata: menurut orang, aktif+blok / by word, "
    "active+blocked; rusak: perangkat / broken devices; belum melapor: NOT REPORTED"
)


def _regency_cells(row: RegencyRow) -> list[str]:
    counts = (row.records, row.limited, row.blocked, row.unproven, row.stale)
    words = f"{row.stated_active}+{row.stated_blocked}"
    return [
        row.regency.replace("Kabupaten", "Kab."),
        str(row.offices),
        *(str(count) if row.reporting else "-" for count in counts),
        words if row.stated_active or row.stated_blocked else "",
        str(row.broken_devices) if row.reporting else "?",
        f"belum melapor {row.not_reported}" if row.not_reported else "",
    ]


def _regencies(found: Inventory) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0)
    for column in _REGENCY_COLUMNS:
        is_text = column in {"kabupaten", "catatan"}
        table.add_column(column, justify="left" if is_text else "right", no_wrap=True)
    for row in found.regencies:
        table.add_row(*_regency_cells(row), style="" if row.reporting else "bold red")
    table.add_section()
    table.add_row(*_regency_cells(found.total))
    return Group(table, Text(_REGENCY_LEGEND, style="bright_black"))


def render_hosting(plan: HostingPlan, offices: Offices) -> RenderableType:
    """Return who goes where, or why it cannot be."""
    if not plan.is_feasible:
        return _impossible(plan, offices)
    proof = (
        "terbukti optimal / proved optimal" if plan.is_optimal else "TIDAK TERBUKTI / NOT PROVED"
    )
    banner = (
        f"{plan.blocked} kantor terblokir / blocked, {plan.hosts} tuan rumah / hosts, kapasitas / "
        f"capacity {plan.capacity}; {proof} (gap {plan.gap:g})\n"
        f"rata-rata / mean {plan.mean_km} km, "
        f"berbobot penduduk / by residents {plan.weighted_mean_km} km, terjauh / longest "
        f"{plan.longest_km} km, lintas kabupaten / crossing {plan.crossing_regency}"
    )
    if plan.decided_by:
        banner += f"\nkeputusan / decided by: {plan.decided_by}"
    rows = [
        (
            f"{one.code} {one.name}",
            f"{one.host} {one.host_name}",
            one.km,
            one.hours,
            one.residents,
            " ".join(
                word
                for word, holds in (
                    ("lintas / crossing", one.crosses_regency),
                    ("ditetapkan / pinned", one.pinned),
                )
                if holds
            ),
        )
        for one in plan.hosted
    ]
    columns = [
        "dari / from",
        "ke / to",
        "#km",
        "#jam / h",
        "#penduduk / residents",
        "catatan / note",
    ]
    return Group(Panel(banner, title="Menumpang / hosting"), table_of("", columns, rows))


def _impossible(plan: HostingPlan, offices: Offices) -> RenderableType:
    by_reason: dict[str, list[str]] = {}
    for one in plan.obstacles:
        title = offices[one.code].title if one.code else "bersama / together"
        by_reason.setdefault(one.reason, []).append(title)
    lines = [f"{_short(titles)}: {reason}" for reason, titles in by_reason.items()]
    if plan.relaxation is not None:
        lines.append(f"perubahan terkecil / smallest change: {plan.relaxation.text}")
        if extra := sum(plan.relaxation.extra_places.values()):
            lines.append(f"seluruhnya / in all: {extra} tempat lagi / more places")
    return Panel("\n".join(lines), title="TIDAK MUNGKIN / IMPOSSIBLE", border_style="red")


def render_plan(plan: RepairPlan, offices: Offices) -> RenderableType:
    """Return the plan, its long lists cut."""
    return Group(
        Panel(plan_banner(plan), title=f"Rencana perbaikan / repair plan {plan.as_of}"),
        render_hosting(plan.hosting, offices)
        if not plan.hosting.is_feasible
        else Text(f"menumpang / hosting: {plan.hosting.blocked}; selftest fleet host"),
        table_of("Prioritas / priority", PRIORITY_COLUMNS, priority_rows(plan)[:_SHOWN]),
        table_of("Tur / tours", TOUR_COLUMNS, tour_rows(plan)),
        table_of("Telepon dahulu / phone first", JOB_COLUMNS,
                 job_rows(plan, offices, Method.PHONE)[:_SHOWN]),
        table_of("Dibawa ke bengkel / to the workshop", JOB_COLUMNS,
                 job_rows(plan, offices, Method.HUB, Method.COLLECT)[:_SHOWN]),
        table_of("Dua jadi satu / two into one", PAIR_COLUMNS, pair_rows(plan, offices)),
        table_of("Suku cadang / parts", PART_COLUMNS, part_rows(plan)),
        table_of("Stok / stock", SPARE_COLUMNS, spare_rows(plan)),
        Text("\n".join(f"* {line}" for line in plan.assumptions), style="bright_black"),
    )  # fmt: skip
