"""Print the figures of an evaluation for people."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from biometrics.evaluation.discard_report import OWN_SCORE

_WIDE = 132  # columns where the output is no terminal
_COLUMNS = (
    ("EER %", "eer_all"),
    ("FMR100 %", "fmr100"),
    ("FMR1000 %", "fmr1000"),
    ("ZeroFMR %", "zero_fmr"),
)


def print_evaluation(described: dict[str, Any]) -> None:
    """Print figures with their intervals, a row for each set and one for the mean.

    Parameters
    ----------
    described : dict
        From `describe_results`.
    """
    console = _console()
    sets = described.get("sets") or {described["set"]: described}
    rows = [row for name, figures in sets.items() for row in _rows(name, figures)]
    if "mean" in described:
        rows += _rows("mean", described["mean"])
    console.print(_error_table(rows))
    _print_discard_tables(console, described)


def print_discard(described: dict[str, Any]) -> None:
    """Print how well quality scores foretell errors.

    Parameters
    ----------
    described : dict
        From `describe_quality`.
    """
    console = _console()
    _print_discard_tables(console, described)
    parts = {**described["sets"], "all sets": described}
    for set_name, part in parts.items():
        for name, correlation in part["rank_correlation"].items():
            console.print(f"Spearman's rank correlation with {name}, {set_name}: {correlation:.3f}")


def print_benchmark(figures: dict[str, Any]) -> None:
    """Print time and memory of every stage.

    Parameters
    ----------
    figures : dict
        From `run_benchmark`.
    """
    console = _console()
    table = Table(box=box.SIMPLE)
    table.add_column("stage")
    table.add_column("median ms", justify="right")
    table.add_column("arrays, peak MB", justify="right")
    for name, elapsed_ms in figures["stages"].items():
        table.add_row(name, f"{elapsed_ms:.2f}", f"{figures['stage_peak_mb'][name]:.1f}")
    table.add_section()
    table.add_row("whole check", f"{figures['median_check_ms']:.2f}", "")
    console.print(table)
    console.print(
        f"{figures['images']} images, 95th percentile {figures['p95_check_ms']:.1f} ms, process "
        f"{figures['peak_rss_mb']:.0f} MB at most; cv2.dft of 512 x 512 in the same minute: "
        f"{figures['transform_ms']:.2f} ms"
    )


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


def _print_discard_tables(console: Console, described: dict[str, Any]) -> None:
    sets = described.get("sets") or {described["set"]: described}
    parts = {**sets, "all sets": described} if len(sets) > 1 else sets
    console.print(_discard_table(parts))
    bootstrap = described["bootstrap"]
    console.print(
        f"In brackets: {bootstrap['level']:.0%} intervals by drawing fingers anew "
        f"{bootstrap['replicates']} times."
    )


def _rows(name: str, figures: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    if "images" not in figures:
        return [(name, figures)]
    return [
        (f"{name} templates".strip(), figures),
        (f"{name} images".strip(), figures["images"]),
        (f"{name} images - templates".strip(), figures["difference"]),
    ]


def _error_table(rows: list[tuple[str, dict[str, Any]]]) -> Table:
    table = Table(box=box.SIMPLE, title="Errors (FVC protocol)", title_justify="left")
    table.add_column("set", no_wrap=True)
    for title, _ in _COLUMNS:
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("AUC", "check ms", "compare ms", "failed"):
        table.add_column(title, justify="right")
    for name, figures in rows:
        cells = [_with_interval(figures, key) for _, key in _COLUMNS]
        times = (
            _number(figures.get("median_check_ms"), 1),
            _number(figures.get("median_compare_ms"), 2),
        )
        failures = f"{figures['failures']}/{figures['samples']}" if "failures" in figures else ""
        table.add_row(name, *cells, _number(figures["auc"], 4), *times, failures)
    return table


def _with_interval(figures: dict[str, Any], key: str) -> str:
    interval = figures["intervals"][key]
    reach = f" [{interval[0]:.1f}, {interval[1]:.1f}]" if interval else ""
    return f"{figures[key]:.2f}{reach}"


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _discard_table(sets: dict[str, dict[str, Any]]) -> Table:
    table = Table(
        box=box.SIMPLE,
        title="Error versus discard: mean FNMR over 0-30 % discarded, relative to that of all",
        title_justify="left",
    )
    rows = [
        _discard_row(set_name, row, name)
        for set_name, figures in sets.items()
        for row in figures["discard"]
        for name in row
        if isinstance(row[name], dict)
    ]
    titles = ("set", "FMR", "errors", "quality", "ratio", f"{OWN_SCORE} minus this")
    used = 6 if any(row[-1] for row in rows) else 5  # nothing to subtract without another score
    for title in titles[:used]:
        table.add_column(title, no_wrap=True)
    for row in rows:
        table.add_row(*row[:used])
    return table


def _discard_row(set_name: str, row: dict[str, Any], name: str) -> tuple[str, ...]:
    found = row[name]
    difference = found.get("own_minus_this")
    return (
        set_name,
        f"{100 * row['false_match_rate']:g} %",
        f"{row['errors']} of {row['pairs']}",
        name,
        _ratio(found["ratio"], found["interval"]),
        "" if difference is None else _ratio(difference, found["difference_interval"]),
    )


def _ratio(value: float | None, interval: list[float] | None) -> str:
    if value is None:
        return "no errors"
    reach = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
    return f"{value:.3f}{reach}"
