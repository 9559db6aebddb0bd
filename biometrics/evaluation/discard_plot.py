"""Draw error versus discard: how fast the errors go when the samples a score refuses go."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from biometrics.evaluation.bootstrap import interval_of
from biometrics.evaluation.chart import (
    COLOURS,
    LINE_STYLES,
    MUTED,
    new_figure,
    save_figure,
    style_axes,
)
from biometrics.evaluation.discard import DISCARD_SHARES
from biometrics.evaluation.discard_report import DiscardCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_discard(curves: Sequence[DiscardCurve], *, title: str, path: Path) -> None:
    """Draw one panel for each false match rate.

    Parameters
    ----------
    curves : sequence of DiscardCurve
    title : str
        What was measured.
    path : Path
        Where the picture goes; its ending says the format.

    Raises
    ------
    OSError
        If the file cannot be written.
    ImportError
        If matplotlib, the extra `report`, is not installed.
    """
    figure = new_figure(4.6 * len(curves), 4.9)
    panels = figure.subplots(1, len(curves), squeeze=False)[0]
    for axes, curve in zip(panels, curves, strict=True):
        _draw_curve(axes, curve)
    panels[0].set_ylabel("false non-match rate of what remains, %")
    figure.suptitle(title, size=12)
    save_figure(figure, path)


def _draw_curve(axes: "Axes", curve: DiscardCurve) -> None:
    percent = 100 * DISCARD_SHARES
    for number, (name, rates) in enumerate(curve.rates.items()):
        axes.plot(
            percent,
            100 * rates,
            LINE_STYLES[number % len(LINE_STYLES)],
            color=COLOURS[number % len(COLOURS)],
            linewidth=2,
            label=_label(curve, name),
        )
    share = curve.errors / curve.pairs if curve.pairs else 0.0
    best = np.maximum(0, share - DISCARD_SHARES) / (1 - DISCARD_SHARES)
    axes.plot(percent, 100 * best, color=MUTED, linewidth=1, linestyle=":", label="ideal score")
    axes.axhline(100 * share, color="#c8c8c8", linewidth=1)
    axes.set(xlim=(0, percent[-1]), ylim=(0, max(100 * share * 1.6, 0.1)))
    axes.set_xlabel("genuine pairs discarded, worst quality first, %")
    axes.set_title(
        f"FMR {100 * curve.false_match:g} %: {curve.errors} errors in {curve.pairs:,} pairs"
    )
    axes.legend(fontsize=8.5, loc="upper right", framealpha=0.95, title="ratio [95 % interval]")
    style_axes(axes)


def _label(curve: DiscardCurve, name: str) -> str:
    interval = interval_of(curve.replicates[name])
    if interval is None:
        return f"{name}: no errors"
    return f"{name}: {curve.ratios[name]:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]"
