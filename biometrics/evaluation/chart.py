"""What all charts share: a canvas, colours that colour-blind people tell apart, percent axes."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Okabe and Ito, "Color Universal Design", 2008: told apart with every kind of colour blindness.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINE_STYLES = ("-", "--", "-.", ":")
MUTED = "#6b6b6b"
_DOTS_PER_INCH = 120
_PERCENT_TICKS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


def require_matplotlib() -> None:
    """Make sure that charts can be drawn, before any long work.

    Raises
    ------
    ImportError
        If the extra `report` is not installed.
    """
    # Importing matplotlib takes longer than a whole check, and most commands draw nothing.
    try:
        import matplotlib.figure  # noqa: F401, PLC0415
    except ImportError as error:
        raise ImportError(
            "charts need matplotlib, which is not installed: pip install 'ktpel-station[report]', "
            "or leave the options --plot and --discard away"
        ) from error


def new_figure(width_inch: float, height_inch: float) -> "Figure":
    """Make an empty figure.

    Parameters
    ----------
    width_inch, height_inch : float

    Returns
    -------
    figure : matplotlib.figure.Figure

    Raises
    ------
    ImportError
        If the extra `report` is not installed.
    """
    require_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width_inch, height_inch), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: "Figure", path: Path) -> None:
    """Write a figure to a file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : Path
        Its ending says the format.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    figure.savefig(path, dpi=_DOTS_PER_INCH, facecolor="white")


def style_axes(axes: "Axes") -> None:
    """Draw a light grid behind the data and no frame above and right of it.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    """
    axes.grid(visible=True, which="major", color="#e2e2e2", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.title.set_fontsize(11)


def show_percent(axis: "Axis", *, floor: float) -> None:
    """Label a logarithmic axis of rates in percent.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    floor : float
        Lowest rate on the axis.
    """
    ticks = [tick for tick in _PERCENT_TICKS if tick >= floor]
    axis.set_ticks(ticks, labels=[f"{100 * tick:g} %" for tick in ticks])
    axis.set_ticks([], minor=True)


def line_styles(count: int) -> Iterable[tuple[str, str]]:
    """Return a colour and a line style for each of several lines.

    Parameters
    ----------
    count : int

    Returns
    -------
    styles : iterable of (str, str)
    """
    return [
        (COLOURS[n % len(COLOURS)], LINE_STYLES[(n // len(COLOURS)) % len(LINE_STYLES)])
        for n in range(count)
    ]
