"""Maps of the platen as evidence: never its pixels, which may show a print that was left on it.

Levels are averaged over squares of at least 12 px (0.6 mm at 500 ppi, wider than a ridge period),
and only deviations of a few grey levels are coloured.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from selftest.scanner.blocks import SNR_LEAST
from selftest.scanner.geometry import Field, Mask
from selftest.scanner.plots import INK, ORANGE, WHITE, Canvas, encode_png, write
from selftest.scanner.stack import BlankStack

SQUARE_PX = 12
_LARGEST_PX = 760  # of the drawn map
_RANGE_GL = 10.0  # colours reach at least from so much below the median to so much above
_RANGE_PERCENTILE = 98.0  # of the squares get a colour of their own
_HEAD_PX, _FOOT_PX = 34, 44
_MARKS_AT_MOST = 200


def draw_glass(stack: BlankStack) -> bytes:
    """Draw levels, bad pixels (rings), bad rows and columns (lines) and specks (boxes) as PNG."""
    canvas, scale = _draw_levels(stack.mean, "platen, grey levels around the median")
    _mark_pixels(canvas, stack.bad_pixels, scale)
    _mark_lines(canvas, stack, scale)
    _mark_specks(canvas, stack.specks.mask, scale)
    return encode_png(canvas)


def draw_pixels(mean: Field, bad: Mask, title: str) -> bytes:
    """Draw levels with rings around some pixels as PNG."""
    canvas, scale = _draw_levels(mean, title)
    _mark_pixels(canvas, bad, scale)
    return encode_png(canvas)


def draw_block_values(values: NDArray[np.float64], title: str, least: float = SNR_LEAST) -> bytes:
    """Draw one number per quarter-inch block, those below `least` in orange, as PNG."""
    edge_px = int(np.clip(_LARGEST_PX // max(values.shape), 58, 120))
    rows, cols = values.shape
    canvas: Canvas = np.full(
        (_HEAD_PX + rows * edge_px, max(cols * edge_px, 420), 3), 255, dtype=np.uint8
    )
    write(canvas, title, (6, 22))
    for row, col in np.ndindex(values.shape):
        left, top = col * edge_px, _HEAD_PX + row * edge_px
        is_low = values[row, col] < least
        box = (left + 1, top + 1), (left + edge_px - 2, top + edge_px - 2)
        cv2.rectangle(canvas, *box, ORANGE if is_low else (222, 236, 214), -1)
        colour = WHITE if is_low else INK
        write(canvas, f"{values[row, col]:.0f}", (left + 8, top + edge_px // 2 + 5), colour)
    return encode_png(canvas)


def square_means(mean: Field, square_px: int = SQUARE_PX) -> Field:
    """Return the mean of every square; what does not fill one at the lower right is left out."""
    if square_px < SQUARE_PX:
        raise ValueError(f"squares of {square_px} px could show ridges; use {SQUARE_PX} or more")
    down, across = mean.shape[0] // square_px, mean.shape[1] // square_px
    whole = mean[: down * square_px, : across * square_px]
    means = whole.reshape(down, square_px, across, square_px).mean(axis=(1, 3))
    return np.asarray(means, dtype=np.float32)


def _draw_levels(mean: Field, title: str) -> tuple[Canvas, float]:
    """Return the map with title and legend, and how many drawn pixels a pixel has."""
    scale = min(1.0 if max(mean.shape) > _LARGEST_PX / 2 else 2.0, _LARGEST_PX / max(mean.shape))
    squares = square_means(mean)
    height, width = (round(side * SQUARE_PX * scale) for side in squares.shape)
    off_gl = squares - float(np.median(squares))
    range_gl = max(_RANGE_GL, float(np.percentile(np.abs(off_gl), _RANGE_PERCENTILE)))
    levels = np.clip(127.5 + off_gl / range_gl * 127.5, 0, 255).astype(np.uint8)
    coloured = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)
    coloured = cv2.resize(coloured, (width, height), interpolation=cv2.INTER_NEAREST)
    canvas: Canvas = np.full(
        (_HEAD_PX + height + _FOOT_PX, max(width, 420), 3), 255, dtype=np.uint8
    )
    canvas[_HEAD_PX : _HEAD_PX + height, :width] = coloured
    write(canvas, title, (6, 22))
    _draw_legend(canvas, _HEAD_PX + height, float(np.median(squares)), range_gl)
    return canvas, scale


def _draw_legend(canvas: Canvas, top: int, median_gl: float, range_gl: float) -> None:
    ramp = np.arange(256, dtype=np.uint8)[None, :].repeat(12, axis=0)
    canvas[top + 8 : top + 20, 8:264] = cv2.applyColorMap(ramp, cv2.COLORMAP_VIRIDIS)
    for share, place in ((-1.0, 8), (0.0, 118), (1.0, 228)):
        write(canvas, f"{median_gl + share * range_gl:.0f} gl", (place, top + 38))


def _mark_pixels(canvas: Canvas, bad: Mask, scale: float) -> None:
    for row, col in np.argwhere(bad)[:_MARKS_AT_MOST]:
        middle = round(float(col) * scale), _HEAD_PX + round(float(row) * scale)
        cv2.circle(canvas, middle, 7, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.circle(canvas, middle, 7, (255, 255, 255), 1, cv2.LINE_AA)


def _mark_lines(canvas: Canvas, stack: BlankStack, scale: float) -> None:
    height, width = (round(side * scale) for side in stack.mean.shape)
    for row in stack.bad_rows[:_MARKS_AT_MOST]:
        y = _HEAD_PX + round(float(row) * scale)
        cv2.line(canvas, (0, y), (width, y), ORANGE, 2)
    for col in stack.bad_cols[:_MARKS_AT_MOST]:
        x = round(float(col) * scale)
        cv2.line(canvas, (x, _HEAD_PX), (x, _HEAD_PX + height), ORANGE, 2)


def _mark_specks(canvas: Canvas, specks: Mask, scale: float) -> None:
    outlines, _ = cv2.findContours(
        specks.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    for outline in outlines[:_MARKS_AT_MOST]:
        left, top, width, height = (round(part * scale) for part in cv2.boundingRect(outline))
        box = (left - 5, _HEAD_PX + top - 5), (left + width + 5, _HEAD_PX + top + height + 5)
        cv2.rectangle(canvas, *box, (0, 0, 0), 3)
        cv2.rectangle(canvas, *box, (255, 255, 255), 1)
