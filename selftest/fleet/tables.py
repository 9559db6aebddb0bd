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
from selftest.fleet.names import METHOD_NAMES, kind_name
from selftest.fleet.offices import Offices
from selftest.fleet.plan import RepairPlan
from selftest.report import Severity

_SHOWN = 15
"""Rows of the long lists; the workbook and --json hold them all."""
Cells = Sequence[object]


def table_of(title: str, columns: Sequence[str], rows: Iterable[Cells]) -> Table:
    """Return a table; columns that begin with "#" hold numbers."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column.lstrip("#"), justify="right" if column.startswith("#") else "left")
    table.columns[0].no_wrap = True
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
        parts.append(table_of("Ditolak / refused", ["berkas / file", "sebab / reason"], rows))
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


def plan_banner(plan: RepairPlan) -> str:
    """Return the plan in a few lines."""
    counts = {method: sum(job.method is method for job in plan.jobs) for method in Method}
    ways = ", ".join(f"{METHOD_NAMES[m][0]} {n}" for m, n in counts.items() if n)
    routes = plan.routes
    lines = [
        f"{plan.broken_devices} perangkat rusak / broken, "
        f"{plan.devices_with_warnings} peringatan / warnings: {ways}",
        f"{len(routes.tours)} tur dalam / tours in {routes.rounds} putaran / rounds, "
        f"{routes.total_hours} jam / h, {routes.total_km} km, terlama / longest "
        f"{routes.longest_hours} jam / h",
        f"bengkel sementara / workshops: {', '.join(plan.hubs.hubs) or '-'}; "
        f"jarak / distance {plan.hubs.mean_km} km (tanpa / without {plan.hubs.mean_km_without} km)",
    ]
    if plan.network_and_mains:
        lines.append(f"jaringan dan listrik / network and mains: {plan.network_and_mains}")
    lines += [f"{one.station}: {one.reason}" for one in routes.unreachable]
    if plan.decided_by:
        lines.append(f"keputusan / decided by: {plan.decided_by}")
    return "\n".join(lines)


PRIORITY_COLUMNS = (
    "#no", "kantor / office", "#skor / score", "#km", "#jam / h", "#hari part / part days",
    "cadangan / runner-up", "#skornya / its score",
)  # fmt: skip


def priority_rows(plan: RepairPlan) -> list[Cells]:
    """Return the offices in the order of repair, each with who would come instead."""
    return [
        (
            one.rank,
            f"{one.station} {one.name}",
            one.score,
            one.extra_km,
            one.technician_hours,
            one.part_days,
            one.runner_up,
            one.runner_up_score,
        )
        for one in plan.priorities
    ]


TOUR_COLUMNS = (
    "tur / tour", "#jam / h", "#hari / days", "#km",
    "kantor (hari) / offices (day)", "dibawa / to bring",
)  # fmt: skip


def tour_rows(plan: RepairPlan) -> list[Cells]:
    """Return the tours with stops and packing lists."""
    packing = {(one.round, one.technician): one for one in plan.packing}
    return [
        (
            f"{tour.round}.{tour.technician}",
            tour.hours,
            tour.days,
            tour.km,
            " ".join(f"{stop.station}({stop.day})" for stop in tour.stops),
            ", ".join(
                f"{n} {part_name(part)}"
                for part, n in packing[tour.round, tour.technician].parts.items()
            ),
        )
        for tour in plan.routes.tours
    ]


JOB_COLUMNS = (
    "kantor / office", "perangkat / device", "kode / codes", "cara / how", "#menit / min",
    "suku cadang / parts", "lakukan / do",
)  # fmt: skip


def job_rows(plan: RepairPlan, offices: Offices, *methods: Method) -> list[Cells]:
    """Return the jobs done in these ways, or all."""
    return [
        (
            offices[job.station].title,
            job.unit,
            " ".join(job.codes),
            METHOD_NAMES[job.method][0] + (f" {job.bench}" if job.bench else ""),
            job.minutes,
            ", ".join(part_name(part) for part in job.parts),
            job.action_id + ("" if job.severity is Severity.FAIL else " (peringatan / warning)"),
        )
        for job in plan.jobs
        if job.method in (methods or tuple(Method))
    ]


PAIR_COLUMNS = (
    "hidup lagi / comes back", "memberi / gives", "dipindah / moved", "#km", "#jam / h",
    "#penduduk / residents",
)  # fmt: skip


def pair_rows(plan: RepairPlan, offices: Offices) -> list[Cells]:
    """Return the half sets that make a whole one."""
    return [
        (
            offices[pair.comes_back].title,
            offices[pair.gives].title,
            ", ".join(kind_name(kind) for kind in pair.moved),
            pair.km,
            pair.hours,
            pair.residents,
        )
        for pair in plan.pairs
    ]


PART_COLUMNS = ("suku cadang / part", "#perlu / needed", "#ada / on hand", "#beli / to buy")


def part_rows(plan: RepairPlan) -> list[Cells]:
    """Return what the plan needs of every part."""
    return [
        (part_name(one.part), one.needed, "?" if one.on_hand is None else one.on_hand, one.to_buy)
        for one in plan.parts
    ]


SPARE_COLUMNS = (
    "jenis / kind", "#rusak per tahun / failures a year", "#satu gudang / one pool",
    "#per kabupaten / separate pools", "#ada / on hand", "dasar / basis",
)  # fmt: skip


def spare_rows(plan: RepairPlan) -> list[Cells]:
    """Return the base stock of every kind."""
    return [
        (
            kind_name(one.kind),
            one.failures_per_year,
            one.one_pool,
            one.separate_pools,
            one.on_hand,
            "perkiraan / placeholder" if one.is_placeholder else "laporan / own reports",
        )
        for one in plan.spares
    ]
