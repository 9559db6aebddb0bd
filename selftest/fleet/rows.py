"""The plan's lists as rows of cells, for terminal, workbook and PDF alike.

Columns that begin with "#" hold numbers.
"""

from collections.abc import Sequence

from selftest.fleet.jobs import part_name
from selftest.fleet.methods import Method
from selftest.fleet.names import METHOD_NAMES, kind_name
from selftest.fleet.offices import Offices
from selftest.fleet.plan import RepairPlan
from selftest.report import Severity

Cells = Sequence[object]


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
