"""Plots of the power log and of battery tests, as PNG.

Matplotlib is imported when something is drawn: it takes longer than all checks of the mains.
"""

import datetime
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from selftest.power.events import EventKind
from selftest.power.figures import HIGH_SHARE, HIGHEST_SHARE, LOW_SHARE, LOWEST_SHARE, Stretch
from selftest.power.log import TenMinutes
from selftest.ups.battery_run import EMPTY_BLOCK_V, BatteryPoint, fit_slope

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

# Okabe and Ito, "Color Universal Design", 2008: told apart with every kind of colour blindness.
_BLUE, _RED, _GREEN, _GREY = "#0072B2", "#D55E00", "#009E73", "#6b6b6b"
_DOTS_PER_INCH = 130
_MONTH_SIZE_INCH = (10.0, 3.6)
_BATTERY_SIZE_INCH = (6.4, 3.6)
_GAP_S = 1300.0  # more than two slots apart: the line is broken


def plot_battery(points: Sequence[BatteryPoint]) -> bytes:
    """Draw volts per block against time on battery, with the line that predicts the end."""
    figure = _new_figure(_BATTERY_SIZE_INCH)
    axes = figure.subplots()
    times = [point.at_s for point in points]
    axes.plot(
        times, [point.block_v for point in points], ".-", color=_BLUE, label="terukur / measured"
    )
    slope = fit_slope(points)
    if slope is not None:
        ends = (10.0, times[-1])
        line = [slope.start_v + slope.v_per_s * at_s for at_s in ends]
        axes.plot(ends, line, "--", color=_RED, label=f"{60 * slope.v_per_s:+.3f} V/min")
    axes.axhline(11.8, color=_GREY, linewidth=0.8, linestyle=":", label="WARN 11.8 V (10 s)")
    axes.axhline(11.3, color=_RED, linewidth=0.8, linestyle=":", label="FAIL 11.3 V (10 s)")
    axes.set_ylim(min([EMPTY_BLOCK_V, *(p.block_v for p in points)]), 13.5)
    axes.set_xlabel("detik memakai baterai / seconds on battery")
    axes.set_ylabel("V per 12 V")
    axes.legend(fontsize=8, loc="upper right")
    _tidy(axes)
    return _png(figure)


def plot_month(stretch: Stretch, zone: datetime.tzinfo | None) -> bytes:
    """Draw the band of the voltage over a month; outages and unknown times are shaded."""
    figure = _new_figure(_MONTH_SIZE_INCH)
    axes = figure.subplots()
    means = [mean for mean in stretch.means if mean.mains_s > 0]
    nominal_v = means[-1].nominal_v if means else 230.0
    for part in _unbroken(means):
        times = [_day(mean.began_s, stretch) for mean in part]
        lowest, highest = [m.lowest_v for m in part], [m.highest_v for m in part]
        axes.fill_between(times, lowest, highest, color=_BLUE, alpha=0.25, linewidth=0)
        axes.plot(times, [mean.mean_v for mean in part], color=_BLUE, linewidth=1.0)
    _draw_limits(axes, nominal_v)
    _shade(axes, stretch)
    axes.set_xlim(1.0, _day(stretch.end.timestamp(), stretch))
    lowest_v = min((m.lowest_v for m in means), default=nominal_v)
    highest_v = max((m.highest_v for m in means), default=nominal_v)
    axes.set_ylim(min(0.8 * nominal_v, lowest_v) - 5, max(1.12 * nominal_v, highest_v) + 5)
    axes.set_ylabel("V")
    axes.set_xlabel(f"hari / day, {stretch.begin.astimezone(zone):%Y-%m}")
    axes.xaxis.set_major_locator(_whole_days())
    _tidy(axes)
    return _png(figure)


def _draw_limits(axes: "Axes", nominal_v: float) -> None:
    for share, colour in (
        (LOW_SHARE, _GREEN),
        (HIGH_SHARE, _GREEN),
        (LOWEST_SHARE, _RED),
        (HIGHEST_SHARE, _RED),
    ):
        volts = share * nominal_v
        axes.axhline(volts, color=colour, linewidth=0.9, linestyle="--")
        axes.annotate(
            f"{volts:g} V", (1.0, volts), xycoords=("axes fraction", "data"),
            fontsize=7, color=colour, xytext=(3, -2), textcoords="offset points",
        )  # fmt: skip


def _shade(axes: "Axes", stretch: Stretch) -> None:
    shades = {
        EventKind.INTERRUPTION: (_RED, "padam / outage"),
        EventKind.NO_DATA: ("#bbbbbb", "tidak diketahui / unknown"),
    }
    for kind, (colour, label) in shades.items():
        for number, event in enumerate(stretch.of_kind(kind)):
            ended = event.ended or stretch.end
            axes.axvspan(
                _day(event.began.timestamp(), stretch), _day(ended.timestamp(), stretch),
                color=colour, alpha=0.35, linewidth=1.0, label=label if number == 0 else None,
            )  # fmt: skip
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=8, loc="upper left", ncols=2)


def _whole_days() -> "MaxNLocator":
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - see the module's docstring

    return MaxNLocator(nbins=16, integer=True)


def _unbroken(means: Sequence[TenMinutes]) -> list[list[TenMinutes]]:
    parts: list[list[TenMinutes]] = []
    for mean in means:
        if not parts or mean.began_s - parts[-1][-1].began_s > _GAP_S:
            parts.append([])
        parts[-1].append(mean)
    return parts


def _day(seconds: float, stretch: Stretch) -> float:
    """Return the day of the month, with its fraction; a stretch begins with day 1."""
    return 1.0 + (seconds - stretch.begin.timestamp()) / 86400


def _new_figure(size_inch: tuple[float, float]) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - as above
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    figure = Figure(figsize=size_inch, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _tidy(axes: "Axes") -> None:
    axes.grid(visible=True, color="#e2e2e2", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _png(figure: "Figure") -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DOTS_PER_INCH, facecolor="white")
    return buffer.getvalue()
