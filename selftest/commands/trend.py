"""`selftest trend`: how a device changes over weeks."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from selftest.commands.setting import (
    FOUND_BAD,
    ConfigOption,
    JsonOption,
    SimulatedOption,
    explained,
    find_bench,
)

if TYPE_CHECKING:
    from selftest.daily import DailyStatistics, Day

UnitArgument = Annotated[str | None, typer.Argument(help="part of the unit's name; default all")]
MetricOption = Annotated[str, typer.Option("--metric", help="background_level, quality_score, ...")]
PlotOption = Annotated[Path | None, typer.Option("--plot", help="write a picture of one unit")]


def trend(
    unit: UnitArgument = None,
    metric: MetricOption = "background_level",
    plot: PlotOption = None,
    config: ConfigOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show daily medians of ordinary captures against the unit's first 60 days."""
    from selftest.daily import DailyStatistics
    from selftest.history import History

    with explained():
        bench = find_bench(config, simulated=simulated)
        statistics = DailyStatistics(History(bench.history_file))
        shown = _chosen(statistics, unit, metric)
        if plot is not None:
            _write_plot(plot, shown, metric)
        rows = [_row(name, days, metric) for name, days in shown.items()]
        if as_json:
            sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        else:
            Console().print(_table(rows, metric))
    if any(row["alarm"] for row in rows):
        raise typer.Exit(FOUND_BAD)


def _chosen(
    statistics: "DailyStatistics", unit: str | None, metric: str
) -> "dict[str, tuple[Day, ...]]":
    from selftest.daily import STEPS
    from selftest.errors import NoReportError, UnknownCodeError

    if metric not in STEPS:
        raise UnknownCodeError(f"no metric '{metric}'; known: {', '.join(STEPS)}")
    names = [name for name in statistics.units() if (unit or "").lower() in name.lower()]
    if not names:
        known = "; ".join(statistics.units()) or "none yet, record residents first"
        raise NoReportError(f"no statistics of '{unit or 'any unit'}'; known: {known}")
    return {name: statistics.since_baseline(name, metric) for name in names}


def _write_plot(place: Path, shown: "dict[str, tuple[Day, ...]]", metric: str) -> None:
    from selftest.errors import UnknownCodeError
    from selftest.trend_plot import plot_trend

    if len(shown) > 1:
        raise UnknownCodeError(f"--plot wants one unit; these fit: {'; '.join(shown)}")
    ((name, days),) = shown.items()
    place.write_bytes(plot_trend(name, metric, days))


def _row(name: str, days: "tuple[Day, ...]", metric: str) -> dict[str, object]:
    from selftest.trend import judge_days

    judged = judge_days(days, metric)
    return {
        "unit": name,
        "metric": metric,
        "days": len(days),
        "captures": sum(day.n for day in days),
        "last": days[-1].median if days else None,
        "baseline": judged.middle if judged else None,
        "weighted": round(float(judged.weighted[-1]), 3) if judged else None,
        "limit": round(judged.limit, 3) if judged else None,
        "days_beyond": judged.days_beyond if judged else None,
        "alarm": bool(judged.is_alarm[-1]) if judged else False,
    }


def _table(rows: list[dict[str, object]], metric: str) -> Table:
    table = Table(title=metric)
    heads = ("alat / unit", "hari / days", "tangkapan / captures", "terakhir / last")
    for head in (*heads, "garis dasar / baseline", "berbobot / weighted", "batas / limit", ""):
        table.add_column(head, justify="left" if head.startswith("alat") else "right")
    for row in rows:
        keys = ("unit", "days", "captures", "last", "baseline", "weighted", "limit")
        cells = ["-" if row[key] is None else str(row[key]) for key in keys]
        table.add_row(*cells, "[red]peringatan / alarm[/]" if row["alarm"] else "")
    return table
