"""Draw the errors of a comparison: how they trade against each other, and how sure they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.bootstrap import interval_of
from biometrics.evaluation.chart import (
    COLOURS,
    MUTED,
    line_styles,
    new_figure,
    save_figure,
    show_percent,
    style_axes,
)
from biometrics.evaluation.evaluate import Measured, SetResult
from biometrics.evaluation.protocol import Summary
from biometrics.evaluation.rates import ErrorCurve, equal_error_rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FLOOR = 1e-4  # where a rate of 0 is drawn on logarithmic axes
_SETTLED = 0.25  # false non-match rate to which thresholds are drawn
_BAND_RATES = np.geomspace(_FLOOR, 1, 60)  # false match rates at which the interval is taken
_POINTS = (0.01, 0.001)  # false match rates that are marked, FMR100 and FMR1000


def plot_errors(results: Sequence[SetResult], *, path: Path) -> None:
    """Draw the detection error trade-off of every set, and errors by threshold or by set.

    Parameters
    ----------
    results : sequence of SetResult
    path : Path
        Where the picture goes; its ending says the format.

    Raises
    ------
    OSError
        If the file cannot be written.
    ImportError
        If matplotlib, the extra `report`, is not installed.
    """
    figure = new_figure(12.5, 5.6)
    trade_off, beside = figure.subplots(1, 2, width_ratios=(1.15, 1))
    lines = _lines(results)
    _draw_trade_off(trade_off, lines)
    if len(lines) == 1:
        _draw_thresholds(beside, lines[0][1].comparisons.curve())
    else:
        _draw_intervals(beside, lines)
    save_figure(figure, path)


def _lines(results: Sequence[SetResult]) -> list[tuple[str, Measured]]:
    """Name the curves: one for each set, two where templates of another extractor were read."""
    lines = []
    for one in results:
        if one.other:
            lines.append((f"{one.name}, templates", one.other))
            lines.append((f"{one.name}, images", one.own))
        else:
            lines.append((one.name, one.own))
    return lines


def _draw_trade_off(axes: "Axes", lines: Sequence[tuple[str, Measured]]) -> None:
    axes.plot([_FLOOR, 1], [_FLOOR, 1], color=MUTED, linewidth=0.8, linestyle=":", zorder=1)
    axes.annotate("equal errors", (3e-4, 3.6e-4), color=MUTED, size=8, rotation=42)
    for point in _POINTS:
        axes.axvline(point, color="#c8c8c8", linewidth=0.8, zorder=1)
    for (name, measured), (colour, style) in zip(lines, line_styles(len(lines)), strict=True):
        curve = measured.comparisons.curve()
        label = f"{name}: EER {measured.figures['eer_all']:.2f} %"
        axes.plot(*_steps(curve), style, color=colour, linewidth=1.8, label=label)
    if len(lines) == 1:
        _draw_band(axes, lines[0][1])
    axes.set(xscale="log", yscale="log", xlim=(_FLOOR, 1), ylim=(_FLOOR, 1))
    axes.set(
        xlabel=f"false match rate (0 drawn at {100 * _FLOOR:g} %)", ylabel="false non-match rate"
    )
    axes.set_title("Detection error trade-off, all impostors")
    axes.legend(fontsize=8.5, loc="upper right", framealpha=0.95)
    show_percent(axes.xaxis, floor=_FLOOR)
    show_percent(axes.yaxis, floor=_FLOOR)
    style_axes(axes)


def _draw_band(axes: "Axes", measured: Measured) -> None:
    """Shade the 95 % interval of the false non-match rate at each false match rate."""
    low, high = Summary(measured.comparisons).band(_BAND_RATES)
    label = "95 % interval over fingers"
    low, high = np.maximum(low, _FLOOR), np.maximum(high, _FLOOR)
    axes.fill_between(_BAND_RATES, low, high, color=COLOURS[0], alpha=0.15, lw=0, label=label)


def _steps(curve: ErrorCurve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of the curve, from strict thresholds to lenient ones."""
    false_match, false_non_match = curve.false_match[::-1], curve.false_non_match[::-1]
    across = np.repeat(np.maximum(false_match, _FLOOR), 2)[1:]
    down = np.repeat(np.maximum(false_non_match, _FLOOR), 2)[:-1]
    return across, down


def _draw_thresholds(axes: "Axes", curve: ErrorCurve) -> None:
    finite = np.isfinite(curve.thresholds)
    thresholds = curve.thresholds[finite]
    both = (
        ("false match rate", curve.false_match[finite], COLOURS[1], "--"),
        ("false non-match rate", curve.false_non_match[finite], COLOURS[0], "-"),
    )
    for label, rate, colour, style in both:
        shown = np.where(rate > 0, rate, np.nan)
        axes.plot(thresholds, shown, style, color=colour, linewidth=1.8, label=label)
    last = _last_shown(curve)
    equal = equal_error_rate(curve)
    if equal > 0:
        axes.axhline(equal, color=MUTED, linewidth=0.8, linestyle=":")
        axes.annotate(f"EER {100 * equal:.2f} %", (last, equal), ha="right", va="bottom", size=9)
    axes.set(yscale="log", ylim=(_FLOOR, 1), xlim=(0, last))
    axes.set(xlabel="threshold (similarity score)", ylabel="error rate")
    axes.set_title("Errors over the threshold")
    axes.legend(fontsize=8.5, loc="upper right", framealpha=0.95)
    show_percent(axes.yaxis, floor=_FLOOR)
    style_axes(axes)


def _last_shown(curve: ErrorCurve) -> float:
    """Return a threshold beyond which only the false non-match rate goes on, ever more slowly."""
    is_settled = (curve.false_match == 0) & (curve.false_non_match >= _SETTLED)
    return float(curve.thresholds[np.isfinite(curve.thresholds)][: is_settled.argmax() + 1][-1])


def _draw_intervals(axes: "Axes", lines: Sequence[tuple[str, Measured]]) -> None:
    """Draw each set's figures as points with their intervals, the first set on top."""
    shown = (("EER", "eer_all", "o"), ("FMR1000", "fmr1000", "s"))
    places = np.arange(len(lines), dtype=float)
    for number, (label, figure, marker) in enumerate(shown):
        values = np.array([measured.figures[figure] for _, measured in lines])
        ends = [interval_of(measured.replicates[figure]) for _, measured in lines]
        low, high = np.array([end or (v, v) for end, v in zip(ends, values, strict=True)]).T
        reach = np.maximum([values - low, high - values], 0)
        where = places + 0.22 * (number - 0.5)
        axes.errorbar(
            values, where, xerr=reach, fmt=marker, color=COLOURS[number], capsize=3, label=label
        )
    axes.set_yticks(places, labels=[name for name, _ in lines])
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.set_xlabel("error rate in %, with the 95 % interval over fingers")
    axes.set_title("How sure the figures are")
    axes.legend(fontsize=8.5, loc="best", framealpha=0.95)
    style_axes(axes)
