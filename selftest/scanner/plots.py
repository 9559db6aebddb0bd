"""Plots as evidence, drawn with cv2: one or more curves in a frame with two labelled axes."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.uint8]
Colour = tuple[int, int, int]

# BGR; told apart by people who do not see red and green (Okabe and Ito, 2008).
INK: Colour = (60, 60, 60)
BLUE: Colour = (178, 114, 0)
ORANGE: Colour = (0, 94, 213)
GREY: Colour = (225, 225, 225)
WHITE: Colour = (255, 255, 255)
_WIDTH_PX, _HEIGHT_PX = 900, 420
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 78, 20, 52, 58  # margins
_TICKS = 5
_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, eq=False)
class Curve:
    """One line of a plot."""

    label: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    colour: Colour = BLUE
    dots: bool = False
    """Marks instead of a line."""


@dataclass(frozen=True, slots=True)
class Axes:
    """What the plot says of itself; plain ASCII, the font has no more."""

    title: str
    x_label: str
    y_label: str
    band: tuple[float, float] | None = None
    """Part of the x axis that is shaded."""


@dataclass(frozen=True, slots=True)
class _Scale:
    low_x: float
    high_x: float
    low_y: float
    high_y: float

    def place(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return pixel places, x to the right and y down."""
        width = _WIDTH_PX - _LEFT_PX - _RIGHT_PX
        height = _HEIGHT_PX - _TOP_PX - _BOTTOM_PX
        across = (np.asarray(x) - self.low_x) / (self.high_x - self.low_x)
        up = (np.asarray(y) - self.low_y) / (self.high_y - self.low_y)
        return _LEFT_PX + across * width, _TOP_PX + (1 - up) * height


def draw_plot(curves: Sequence[Curve], axes: Axes) -> bytes:
    """Return the plot as PNG."""
    canvas: Canvas = np.full((_HEIGHT_PX, _WIDTH_PX, 3), 255, dtype=np.uint8)
    scale = _scale_of(curves)
    _draw_band(canvas, scale, axes)
    _draw_frame(canvas, scale, axes)
    for number, curve in enumerate(curves):
        _draw_curve(canvas, scale, curve)
        _draw_legend(canvas, number, curve)
    return encode_png(canvas)


def write(canvas: Canvas, text: str, place: tuple[int, int], colour: Colour = INK) -> None:
    """Write a line of ASCII whose lower left corner is at (x, y)."""
    cv2.putText(canvas, text, place, _FONT, 0.5, colour, 1, cv2.LINE_AA)


def encode_png(canvas: Canvas) -> bytes:
    """Return a picture as PNG."""
    done, data = cv2.imencode(".png", canvas)
    if not done:
        raise ValueError(f"a picture of shape {canvas.shape} cannot be written as PNG")
    return data.tobytes()


def _scale_of(curves: Sequence[Curve]) -> _Scale:
    x = np.concatenate([curve.x for curve in curves])
    y = np.concatenate([curve.y for curve in curves])
    spare = max(0.05 * float(np.ptp(y)), 1e-6)
    high_x = float(x.max()) if np.ptp(x) > 0 else float(x.min()) + 1
    return _Scale(float(x.min()), high_x, float(y.min()) - spare, float(y.max()) + spare)


def _draw_band(canvas: Canvas, scale: _Scale, axes: Axes) -> None:
    if axes.band is None:
        return
    ends, _ = scale.place(np.array(axes.band), np.full(2, scale.low_y))
    canvas[_TOP_PX : _HEIGHT_PX - _BOTTOM_PX, int(ends[0]) : int(ends[1])] = (236, 246, 255)


def _draw_frame(canvas: Canvas, scale: _Scale, axes: Axes) -> None:
    bottom, right = _HEIGHT_PX - _BOTTOM_PX, _WIDTH_PX - _RIGHT_PX
    for x in _round_ticks(scale.low_x, scale.high_x):
        across, _ = scale.place(np.array([x]), np.array([scale.low_y]))
        write(canvas, f"{x:.3g}", (int(across[0]) - 14, bottom + 20))
    for y in _round_ticks(scale.low_y, scale.high_y):
        _, down = scale.place(np.array([scale.low_x]), np.array([y]))
        cv2.line(canvas, (_LEFT_PX, int(down[0])), (right, int(down[0])), GREY, 1)
        write(canvas, f"{y:.4g}", (6, int(down[0]) + 5))
    cv2.rectangle(canvas, (_LEFT_PX, _TOP_PX), (right, bottom), INK, 1)
    write(canvas, axes.title, (_LEFT_PX, 22))
    write(canvas, axes.x_label, (_LEFT_PX + 300, _HEIGHT_PX - 12))
    write(canvas, axes.y_label, (6, 34))


def _round_ticks(low: float, high: float) -> NDArray[np.float64]:
    """Return round numbers between two values, about as many as fit."""
    rough = (high - low) / _TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next(factor for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough)
    return np.asarray(np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step)


def _draw_curve(canvas: Canvas, scale: _Scale, curve: Curve) -> None:
    across, down = scale.place(curve.x, curve.y)
    points = np.rint(np.stack([across, down], axis=1)).astype(np.int32)
    if curve.dots:
        for point in points:
            cv2.circle(canvas, (int(point[0]), int(point[1])), 6, curve.colour, 2, cv2.LINE_AA)
    else:
        cv2.polylines(
            canvas,
            [points[:, None, :]],
            isClosed=False,
            color=curve.colour,
            thickness=1,
            lineType=cv2.LINE_AA,
        )


def _draw_legend(canvas: Canvas, number: int, curve: Curve) -> None:
    left = _LEFT_PX + 190 + 225 * number
    cv2.line(canvas, (left, 40), (left + 22, 40), curve.colour, 3)
    write(canvas, curve.label, (left + 28, 45))
