"""Draw the error rates of a comparison."""

from pathlib import Path

import numpy as np

from biometrics.evaluation.rates import ErrorCurve

_FLOOR = 1e-4  # where a rate of 0 is drawn on logarithmic axes


def plot_errors(curve: ErrorCurve, *, title: str, path: Path) -> None:
    """Draw both errors against each other and against the threshold.

    Parameters
    ----------
    curve : ErrorCurve
    title : str
        Above the picture.
    path : Path
        Where the picture goes; its ending says the format.

    Raises
    ------
    OSError
        If the file cannot be written.
    ImportError
        If matplotlib, the extra `report`, is not installed.
    """
    # Only this function needs matplotlib, and importing it takes longer than a whole check.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(11, 5), layout="constrained")
    FigureCanvasAgg(figure)
    trade_off, over_threshold = figure.subplots(1, 2)
    false_match = np.maximum(curve.false_match, _FLOOR)
    false_non_match = np.maximum(curve.false_non_match, _FLOOR)
    trade_off.loglog(false_match, false_non_match, drawstyle="steps-post", color="#00557f")
    trade_off.loglog([_FLOOR, 1], [_FLOOR, 1], color="#999999", linewidth=0.8, linestyle="--")
    trade_off.set(xlabel="false match rate", ylabel="false non-match rate", title=title)
    finite = np.isfinite(curve.thresholds)
    over_threshold.semilogy(curve.thresholds[finite], false_match[finite], label="false match")
    over_threshold.semilogy(
        curve.thresholds[finite], false_non_match[finite], label="false non-match"
    )
    over_threshold.set(xlabel="similarity score", ylabel="rate", title="errors over the threshold")
    over_threshold.legend()
    for axes in (trade_off, over_threshold):
        axes.grid(visible=True, which="both", alpha=0.25)
        axes.set_ylim(_FLOOR, 1)
    figure.savefig(path, dpi=120)
