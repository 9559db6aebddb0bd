"""Measure one print on the upright canvas: lean, tip, distal crease, edges, contact."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.slap_segmentation import Cells, Labels, Mask, as_cells
from biometrics.finger.slap_upright import UprightMaps

CELL_MM = p.CELL_PX / p.PX_PER_MM
_STEP_MM = 25.4 / p.WORK_RESOLUTION_PPI
_STEPS_PER_CELL = round(CELL_MM / _STEP_MM)

Line = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TipPrint:
    """A fingertip on the upright canvas; lengths in cells."""

    label: int
    tip: NDArray[np.float64]
    lean_rad: float
    length: float
    width: float
    grey: float
    contrast: float


@dataclass(frozen=True, slots=True, eq=False)
class _Strip:
    """A finger seen upright at 250 ppi: `darkness` below the paper, `ink` where its ridges are."""

    darkness: Cells
    ink: Mask
    top_mm: float
    left_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """Middle line of a finger on the canvas: a point near its tip, and its direction."""

    tip: NDArray[np.float64]
    lean_rad: float
    width: float


def measure_print(part: Mask, label: int, zones: Labels, turned: UprightMaps) -> TipPrint:
    """Measure one print.

    Parameters
    ----------
    part : (rows, cols) ndarray of bool
        Its cells on the upright canvas; at least one.
    label : int
        Its number in `zones`, carried over to the result.
    zones : (rows, cols) ndarray of int32
        Which print every cell of the canvas is nearest to.
    turned : UprightMaps
        The maps on the same canvas.

    Returns
    -------
    TipPrint
        The fingertip only, where a lower phalanx is part of the same print.
    """
    axis = _rough_axis(part)
    strip = _cut_strip(turned, axis, zones, label)
    axis = _follow_middle(axis, strip)
    strip = _cut_strip(turned, axis, zones, label)
    top, bottom, left, right = _edges_mm(strip)
    grey, contrast = float(turned.grey[part].mean()), float(turned.contrast[part].mean())
    return TipPrint(
        label,
        axis.tip + _turned(top / CELL_MM, (left + right) / 2 / CELL_MM, axis.lean_rad),
        axis.lean_rad,
        (bottom - top) / CELL_MM,
        (right - left) / CELL_MM,
        grey,
        contrast,
    )


def _rough_axis(part: Mask) -> _Axis:
    """Estimate lean, tip and width from the cells of a print."""
    rows, cols = (axis.astype(np.float64) for axis in np.nonzero(part))
    lean_rad = _estimate_lean(rows, cols)
    along, across = _project(rows, cols, lean_rad)
    start, widths, middles = _slice(along, across)
    width = float(np.percentile(widths, 85))
    first = int(np.argmax(widths >= 0.35 * width))
    upper = slice(first, first + max(3, int(p.CREASE_FROM_MM / CELL_MM)))
    middle = float(np.average(middles[upper], weights=widths[upper]))
    return _Axis(_turned(start + first, middle, lean_rad), lean_rad, width)


def _estimate_lean(rows: Line, cols: Line) -> float:
    """Estimate how far a print leans against the canvas from the drift of its middle line."""
    lean_rad = 0.0
    for _ in range(2):
        along, across = _project(rows, cols, lean_rad)
        upper = along < along.min() + p.MAX_TIP_LENGTH_MM / CELL_MM
        _, widths, middles = _slice(along[upper], across[upper])
        wide = np.flatnonzero(widths > 0.6 * widths.max())
        if wide.size < 4:
            return 0.0
        elongation = widths.size / max(float(widths.max()), 1.0)
        trust = float(np.clip((elongation - 0.9) / 0.5, 0, 1))
        drift = float(np.polyfit(wide, middles[wide], 1)[0])
        lean_rad += trust * float(np.arctan(drift))
    return float(np.clip(lean_rad, -p.MAX_SPLAY_RAD, p.MAX_SPLAY_RAD))


def _cut_strip(turned: UprightMaps, axis: _Axis, zones: Labels, label: int) -> _Strip:
    """Sample the finger upright, from above its tip to below its crease, wider than it is."""
    top_mm, half_mm = -p.STRIP_ABOVE_MM, axis.width * CELL_MM / 2 + p.STRIP_ASIDE_MM
    down = np.arange(top_mm, p.CREASE_TO_MM + p.STRIP_ABOVE_MM, _STEP_MM) / CELL_MM
    right = np.arange(-half_mm, half_mm, _STEP_MM) / CELL_MM
    cos, sin = np.cos(axis.lean_rad), np.sin(axis.lean_rad)
    rows = axis.tip[0] + down[:, None] * cos - right[None, :] * sin
    cols = axis.tip[1] + down[:, None] * sin + right[None, :] * cos
    own = cv2.remap(
        (zones == label).astype(np.uint8), as_cells(cols), as_cells(rows), cv2.INTER_NEAREST
    )
    x, y = turned.frame.to_slap(cols, rows)
    shift = (_STEPS_PER_CELL - 1) / 2  # from the middle of a cell to that of its first sample
    grey = cv2.remap(
        turned.work,
        as_cells(x * _STEPS_PER_CELL + shift),
        as_cells(y * _STEPS_PER_CELL + shift),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=float(turned.paper_grey),
    )
    darkness = np.maximum(turned.paper_grey - as_cells(grey), 0) * (own > 0)
    inner = darkness[(down > 0) & (down < p.CREASE_FROM_MM / CELL_MM)]
    ridge = float(np.percentile(inner, p.RIDGE_PERCENTILE))
    ink = darkness > max(p.INK_SHARE * ridge, p.INK_FLOOR)
    return _Strip(as_cells(darkness), ink, top_mm, -half_mm)


def _follow_middle(axis: _Axis, strip: _Strip) -> _Axis:
    """Turn the axis along the middle between the edges of the ink, row by row."""
    _, bottom, *_ = _edges_mm(strip)
    rows = int((min(bottom, p.MAX_TIP_LENGTH_MM) - strip.top_mm) / _STEP_MM)
    band = max(1, round(p.LEAN_BAND_MM / _STEP_MM))
    middles = []
    for start in range(0, rows - band + 1, band):
        places = np.nonzero(strip.ink[start : start + band])[1]
        if places.size >= band * p.LEAN_INK_PER_ROW:
            low, high = np.percentile(places, (4, 96))
            middles.append((start + band / 2, (low + high) / 2, high - low))
    if len(middles) < 4:
        return axis
    at, middle, width = np.array(middles).T
    wide = width > 0.7 * width.max()
    if int(wide.sum()) < 4:
        return axis
    drift = float(np.polyfit(at[wide], middle[wide], 1)[0])
    lean_rad = axis.lean_rad + float(np.arctan(drift))
    limit = p.MAX_SPLAY_RAD
    return _Axis(axis.tip, float(np.clip(lean_rad, -limit, limit)), axis.width)


def _edges_mm(strip: _Strip) -> tuple[float, float, float, float]:
    """Return top, bottom, left and right edge of the fingertip, in mm from the axis' tip."""
    crease = _crease_row(strip)
    rows, cols = np.nonzero(strip.ink[:crease])
    if rows.size < p.LEAST_INK:
        cells = strip.darkness.shape
        return (
            0.0,
            crease * _STEP_MM + strip.top_mm,
            strip.left_mm,
            strip.left_mm + cells[1] * _STEP_MM,
        )
    limits = p.EDGE_PERCENT, 100 - p.EDGE_PERCENT
    top, bottom = np.percentile(rows, limits) * _STEP_MM + strip.top_mm
    left, right = np.percentile(cols, limits) * _STEP_MM + strip.left_mm
    return float(top), float(bottom + _STEP_MM), float(left), float(right + _STEP_MM)


def _crease_row(strip: _Strip) -> int:
    """Return where the fingertip ends: at the crease, the end of the print, or the limit."""
    cols = strip.darkness.shape[1]
    middle = strip.darkness[:, int(0.22 * cols) : int(0.78 * cols) + 1]
    profile = as_cells(cv2.GaussianBlur(middle.mean(axis=1)[None, :], (0, 0), p.PROFILE_BLUR_PX))[0]
    first, start, stop = (
        int((mm - strip.top_mm) / _STEP_MM) for mm in (3.0, p.CREASE_FROM_MM, p.CREASE_TO_MM)
    )
    level = float(np.median(profile[first:stop]))
    below = np.flatnonzero(profile[first:] < p.END_SHARE * level)
    end = int(below[0]) + first if below.size else profile.size
    limit = int((p.MAX_TIP_LENGTH_MM - strip.top_mm) / _STEP_MM)
    return min(end, _find_crease(profile, start, min(stop, end)), limit)


def _find_crease(profile: Cells, start: int, stop: int) -> int:
    """Return where the first light band across the finger lies; the profile's end without one."""
    reach = int(p.CREASE_REACH_MM / _STEP_MM)
    for at in range(start, stop):
        before, after = profile[max(0, at - reach) : at + 1], profile[at : at + reach + 1]
        is_lowest = profile[at] <= min(before.min(), after.min())
        if is_lowest and profile[at] < p.CREASE_DEPTH * min(before.max(), after.max()):
            return at
    return profile.size


def _project(rows: Line, cols: Line, lean_rad: float) -> tuple[Line, Line]:
    cos, sin = np.cos(lean_rad), np.sin(lean_rad)
    return rows * cos + cols * sin, cols * cos - rows * sin


def _turned(down: float, right: float, lean_rad: float) -> Line:
    """Return a (down, right) offset in the finger's frame as (row, col) on the canvas."""
    cos, sin = np.cos(lean_rad), np.sin(lean_rad)
    return np.array([down * cos - right * sin, down * sin + right * cos])


def _slice(along: Line, across: Line) -> tuple[float, Line, Line]:
    """Cut a print across its direction: position of the first slice, widths, middles."""
    start = float(np.floor(along.min()))
    index = (along - start).astype(np.intp)
    widths = np.bincount(index).astype(np.float64)
    middles = np.bincount(index, weights=across) / np.maximum(widths, 1)
    return start, widths, middles
