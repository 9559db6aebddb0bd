"""A trend as a picture: daily medians, the weighted mean, the band that is normal, alarm days."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from selftest.daily import Day
from selftest.trend import BASELINE_DAYS, Trend, judge_days

# Okabe and Ito, "Color Universal Design", 2008: told apart with every kind of colour blindness.
_BLUE, _GREY, _RED, _BAND = "#0072B2", "#6b6b6b", "#D55E00", "#dfe8f3"
_SIZE_INCH = (9.0, 3.6)
_WORDS = {
    "background_level": ("Terang kaca kosong", "Level of the empty glass", "gl"),
    "quality_score": ("Skor mutu stasiun", "Station's quality score", "0-100"),
    "grey_levels": ("Tingkat abu-abu per jari", "Grey levels of a finger", ""),
    "ridge_period": ("Jarak alur", "Ridge period", "px"),
    "ridge_excess": ("Ketajaman alur", "Sharpness of ridges", "dB"),
    "gaps": ("Celah histogram", "Gaps in the histogram", "%"),
    "frame_rate": ("Laju gambar", "Frame rate", "fps"),
    "capture_latency": ("Lama tangkapan", "Capture latency", "s"),
}


def plot_trend(unit: str, metric: str, days: Sequence[Day]) -> bytes:
    """Return a PNG, also of few days or of none."""
    name_id, name_en, measure = _WORDS[metric]
    figure = Figure(figsize=_SIZE_INCH, dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.set_title(f"{name_id} / {name_en}\n{unit}", fontsize=10, loc="left")
    axes.set_ylabel(measure)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if days:
        _draw(axes, days, judge_days(days, metric))
    else:
        words = "belum ada tangkapan / no captures yet"
        axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", color=_GREY)
    target = io.BytesIO()
    figure.savefig(target, format="png")
    return target.getvalue()


def _draw(axes: Axes, days: Sequence[Day], trend: Trend | None) -> None:
    when = np.array([day.day for day in days])
    medians = [day.median for day in days]
    axes.plot(when, medians, ".", color=_GREY, markersize=4, label="median harian / daily median")
    locator = mdates.AutoDateLocator()  # type: ignore[no-untyped-call]  # untyped library
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        mdates.ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    )
    if trend is None:
        axes.set_xlabel(f"batas setelah {BASELINE_DAYS} hari / limits after {BASELINE_DAYS} days")
    else:
        low, high = trend.middle - trend.limit, trend.middle + trend.limit
        axes.axhspan(low, high, color=_BAND, zorder=0, label="batas / limits")
        axes.axhline(trend.middle, color=_GREY, linewidth=0.8)
        axes.plot(when, trend.weighted, color=_BLUE, label="rata-rata berbobot / weighted mean")
        alarm = trend.is_alarm
        if alarm.any():
            axes.plot(
                when[alarm], trend.weighted[alarm], "o", color=_RED, label="peringatan / alarm"
            )
    axes.legend(fontsize=7, frameon=False, loc="lower left", ncols=4)
