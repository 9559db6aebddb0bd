"""The plan as a map and the codes as a Pareto chart, drawn without a display."""

import io
import math

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from selftest.fleet.inventory import Inventory
from selftest.fleet.names import STATE_NAMES
from selftest.fleet.plan import RepairPlan
from selftest.fleet.plan_input import PlanInput
from selftest.fleet.state import Basis, State

_DPI = 130
_COLOURS = {
    State.RECORDS: "#1b7837",
    State.LIMITED: "#e08214",
    State.BLOCKED: "#b2182b",
    State.UNPROVEN: "#762a83",
    State.UNKNOWN: "#8a8a8a",
}
_MARKS = {
    State.RECORDS: "o",
    State.LIMITED: "D",
    State.BLOCKED: "X",
    State.UNPROVEN: "s",
    State.UNKNOWN: "v",
}
"""Shapes beside colours, for people who do not tell red from green and for grey prints."""
_ROUTES = ("#1f78b4", "#ff7f00", "#6a3d9a", "#b15928", "#e7298a", "#00796b", "#555555", "#a6761d")


def draw_map(plan: RepairPlan, given: PlanInput) -> bytes:
    """Return a PNG: offices by state, arrows to hosts on the left, tours on the right."""
    figure = Figure(figsize=(16, 8.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_offices(left, given)
    _draw_hosting(left, plan, given)
    left.set_title(f"Menumpang / hosting: {len(plan.hosting.hosted)}")
    left.legend(loc="lower right", fontsize=8)
    _draw_offices(right, given, faint=True)
    _draw_tours(right, plan, given)
    right.set_title(f"Tur / tours: {len(plan.routes.tours)}, {plan.routes.total_hours:.0f} jam / h")
    right.legend(loc="lower right", fontsize=8)
    figure.suptitle(f"Rencana perbaikan / repair plan {plan.as_of}")
    return _png(figure)


def _draw_offices(axes: Axes, given: PlanInput, *, faint: bool = False) -> None:
    for state, colour in _COLOURS.items():
        for is_reported in (True, False):
            codes = [
                code
                for code in given.state.codes_in(state)
                if (given.state.offices[code].basis is Basis.REPORT) is is_reported
            ]
            mine = [given.offices[code] for code in codes]
            word = "laporan / report" if is_reported else "tanpa laporan / no report"
            axes.scatter(
                [one.lng_deg for one in mine],
                [one.lat_deg for one in mine],
                facecolor=colour if is_reported else "white",
                edgecolor=colour,
                marker=_MARKS[state],
                s=14 if faint else 34,
                alpha=0.45 if faint else 1.0,
                linewidths=1.0,
                zorder=2,
                label=f"{STATE_NAMES[state][0]}, {word} ({len(mine)})"
                if mine and not faint
                else None,
            )
    latitudes = [office.lat_deg for office in given.offices.values()]
    axes.set_aspect(1 / math.cos(math.radians(sum(latitudes) / len(latitudes))))
    axes.set_xlabel("bujur / longitude (°)")
    axes.set_ylabel("lintang / latitude (°)")
    axes.grid(visible=True, linewidth=0.3, alpha=0.5)


def _draw_hosting(axes: Axes, plan: RepairPlan, given: PlanInput) -> None:
    for one in plan.hosting.hosted:
        start, end = given.offices[one.code], given.offices[one.host]
        axes.annotate(
            "",
            xy=(end.lng_deg, end.lat_deg),
            xytext=(start.lng_deg, start.lat_deg),
            arrowprops={
                "arrowstyle": "-|>",
                "color": "#b2182b" if one.crosses_regency else "#333333",
                "linewidth": 1.0,
                "shrinkA": 2,
                "shrinkB": 2,
            },
            zorder=3,
        )


def _draw_tours(axes: Axes, plan: RepairPlan, given: PlanInput) -> None:
    depot = given.offices[plan.depot]
    for place, tour in enumerate(plan.routes.tours):
        way = [depot, *(given.offices[stop.station] for stop in tour.stops), depot]
        label = (
            f"{tour.round}.{tour.technician}: {len(tour.stops)} kantor / offices, "
            f"{tour.hours:.0f} jam / h"
        )
        axes.plot(
            [one.lng_deg for one in way],
            [one.lat_deg for one in way],
            color=_ROUTES[place % len(_ROUTES)],
            linestyle="-" if tour.round == 1 else "--",
            linewidth=1.5,
            marker=".",
            markersize=6,
            zorder=3,
            label=label,
        )
    hubs = [given.offices[code] for code in plan.hubs.hubs]
    axes.scatter(
        [one.lng_deg for one in hubs],
        [one.lat_deg for one in hubs],
        marker="P",
        s=120,
        facecolor="white",
        edgecolor="black",
        zorder=4,
        label="bengkel sementara / workshop",
    )
    axes.scatter(
        [depot.lng_deg], [depot.lat_deg], marker="*", s=260, c="black", zorder=5, label="depot"
    )


def draw_pareto(found: Inventory) -> bytes:
    """Return a PNG: devices by code, with the cumulated share."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots()
    rows = found.pareto
    axes.bar([row.code for row in rows], [row.devices for row in rows], color="#2166ac")
    axes.set_ylabel("perangkat / devices")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(axis="x", rotation=60)
    share = axes.twinx()
    share.plot(
        [row.code for row in rows], [row.cumulated_percent for row in rows], "o-", c="#b2182b"
    )
    share.set_ylabel("kumulatif / cumulated (%)")
    share.set_ylim(0, 105)
    axes.set_title(f"Pareto {found.as_of}: {found.broken_devices} perangkat rusak / broken devices")
    return _png(figure)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()
