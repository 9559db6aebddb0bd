"""Measure one print on the upright canvas: lean, tip, distal crease, edges, contact."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.slap_segmentation import Cells, Labels, Mask, as_cells
from biometrics.finger.slap_upright import UprightMaps

CELL_MM = p.CELL_PX / p.PX_PER_MM
_STEP_MM = 25.4 / p.WORK_RESOLUTION_PPI
_STEPS_PER_CELL = round(CELL_MM / _STEP_MM)
_GAP_STEPS = round(p.GAP_MM / _STEP_MM) | 1

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
class FingerAxis:
    """Middle line of a finger on the canvas; lengths in cells."""

    label: int
    tip: NDArray[np.float64]
    """A point of it near the tip."""
    lean_rad: float
    lean_error_rad: float
    """Standard error of the lean."""
    width: float


def find_axis(part: Mask, label: int, zones: Labels, turned: UprightMaps) -> FingerAxis:
    """Find the middle line of one print.

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
    FingerAxis
    """
    axis = _rough_axis(part, label)
    for _ in range(p.LEAN_ROUNDS):
        followed = _follow_middle(axis, _cut_strip(turned, axis, zones))
        change_rad, axis = abs(followed.lean_rad - axis.lean_rad), followed
        if change_rad < p.LEAN_SETTLED_RAD:
            break
    return axis


def measure_print(part: Mask, axis: FingerAxis, zones: Labels, turned: UprightMaps) -> TipPrint:
    """Measure the fingertip along its middle line.

    Parameters
    ----------
    part : (rows, cols) ndarray of bool
        Cells of the print on the upright canvas.
    axis : FingerAxis
        Its middle line.
    zones : (rows, cols) ndarray of int32
        Which print every cell of the canvas is nearest to.
    turned : UprightMaps
        The maps on the same canvas.

    Returns
    -------
    TipPrint
        The fingertip only, where a lower phalanx is part of the same print.
    """
    strip = _cut_strip(turned, axis, zones)
    top, bottom, left, right = _edges_mm(strip, axis.width * CELL_MM)
    grey, contrast = float(turned.grey[part].mean()), float(turned.contrast[part].mean())
    return TipPrint(
        axis.label,
        axis.tip + _turned(top / CELL_MM, (left + right) / 2 / CELL_MM, axis.lean_rad),
        axis.lean_rad,
        (bottom - top) / CELL_MM,
        (right - left) / CELL_MM,
        grey,
        contrast,
    )


def align_axes(axes: list[FingerAxis]) -> list[FingerAxis]:
    """Draw doubtful leans towards what the fingers of the slap have in common.

    Fingers of one hand are nearly parallel, two thumbs are not.

    Parameters
    ----------
    axes : list of FingerAxis

    Returns
    -------
    list of FingerAxis
        In the same order; unchanged where there are fewer than three.
    """
    if len(axes) < 3:
        return axes
    common_rad = float(np.median([axis.lean_rad for axis in axes]))
    aligned = []
    for axis in axes:
        doubt = axis.lean_error_rad**2
        trust = p.SPLAY_SCATTER_RAD**2 / (p.SPLAY_SCATTER_RAD**2 + doubt)
        lean_rad = common_rad + trust * (axis.lean_rad - common_rad)
        aligned.append(replace(axis, lean_rad=lean_rad))
    return aligned


def _rough_axis(part: Mask, label: int) -> FingerAxis:
    """Estimate lean, tip and width from the cells of a print."""
    rows, cols = (axis.astype(np.float64) for axis in np.nonzero(part))
    lean_rad = _estimate_lean(rows, cols)
    along, across = _project(rows, cols, lean_rad)
    start, widths, middles = _slice(along, across)
    width = float(np.percentile(widths, 85))
    first = int(np.argmax(widths >= 0.35 * width))
    upper = slice(first, first + max(3, int(p.CREASE_FROM_MM / CELL_MM)))
    middle = float(np.average(middles[upper], weights=widths[upper]))
    tip = _turned(start + first, middle, lean_rad)
    return FingerAxis(label, tip, lean_rad, p.ROUGH_LEAN_ERROR_RAD, width)


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


def _cut_strip(turned: UprightMaps, axis: FingerAxis, zones: Labels) -> _Strip:
    """Sample the finger upright, from above its tip to below its crease, wider than it is."""
    top_mm, half_mm = -p.STRIP_ABOVE_MM, axis.width * CELL_MM / 2 + p.STRIP_ASIDE_MM
    down = np.arange(top_mm, p.CREASE_TO_MM + p.STRIP_ABOVE_MM, _STEP_MM) / CELL_MM
    right = np.arange(-half_mm, half_mm, _STEP_MM) / CELL_MM
    cos, sin = np.cos(axis.lean_rad), np.sin(axis.lean_rad)
    rows = axis.tip[0] + down[:, None] * cos - right[None, :] * sin
    cols = axis.tip[1] + down[:, None] * sin + right[None, :] * cos
    own = cv2.remap(
        (zones == axis.label).astype(np.uint8), as_cells(cols), as_cells(rows), cv2.INTER_NEAREST
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
    inner = darkness[(down > 0) & (down < p.CREASE_FROM_MM / CELL_MM)]  # every other one will do
    ridge = float(np.percentile(inner[::2, ::2], p.RIDGE_PERCENTILE))
    ink = darkness > max(p.INK_SHARE * ridge, p.INK_FLOOR)
    return _Strip(as_cells(darkness), ink, top_mm, -half_mm)


def _follow_middle(axis: FingerAxis, strip: _Strip) -> FingerAxis:
    """Turn the axis along the middle between the edges of the ink, row by row."""
    at, middle = _trace_middle(strip, axis.width * CELL_MM)
    if at.size < 4:
        return axis
    drift, start = np.polyfit(at, middle, 1)
    scatter = np.sum((middle - drift * at - start) ** 2) / (at.size - 2)
    error = float(np.sqrt(scatter / np.sum((at - at.mean()) ** 2)))
    lean_rad = axis.lean_rad + float(np.arctan(drift))
    limit = p.MAX_SPLAY_RAD
    return replace(
        axis,
        lean_rad=float(np.clip(lean_rad, -limit, limit)),
        lean_error_rad=float(np.hypot(error, p.LEAN_ERROR_RAD)),
    )


def _trace_middle(strip: _Strip, width_mm: float) -> tuple[Line, Line]:
    """Return rows and middles, in steps, of the bands where the finger has its full width."""
    _, bottom, *_ = _edges_mm(strip, width_mm)
    rows = int((min(bottom, p.MAX_TIP_LENGTH_MM) - strip.top_mm) / _STEP_MM)
    band = max(1, round(p.LEAN_BAND_MM / _STEP_MM))
    middles = []
    for start in range(0, rows - band + 1, band):
        counts = strip.ink[start : start + band].sum(axis=0)
        if counts.sum() >= band * p.LEAN_INK_PER_ROW:
            low, high = _limits(counts, 4)
            middles.append((start + band / 2, (low + high) / 2, high - low))
    at, middle, width = np.array(middles).reshape(-1, 3).T
    wide = width > 0.7 * width.max(initial=0)
    return at[wide], middle[wide]


def _edges_mm(strip: _Strip, width_mm: float) -> tuple[float, float, float, float]:
    """Return top, bottom, left and right edge of the fingertip, in mm from the axis' tip."""
    upper = int((p.CREASE_FROM_MM - strip.top_mm) / _STEP_MM)
    _, sides = _ink_limits(strip.ink[:upper])
    if sides is not None:
        width_mm = (sides[1] - sides[0]) * _STEP_MM
    ink = strip.ink[: _crease_row(strip, width_mm)]
    rows, cols = _ink_limits(ink)
    if rows is None or cols is None:
        return 0.0, len(ink) * _STEP_MM + strip.top_mm, -width_mm / 2, width_mm / 2
    top, bottom = (row * _STEP_MM + strip.top_mm for row in rows)
    left, right = (col * _STEP_MM + strip.left_mm for col in cols)
    return top, bottom, left, right


def _ink_limits(ink: Mask) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """Return between which rows and columns nearly all ink of the middle lies; None without ink."""
    first, last = _main_run(ink.sum(axis=0))
    inner = ink[:, first:last]
    if np.count_nonzero(inner) < p.LEAST_INK:
        return None, None
    top, bottom = _limits(inner.sum(axis=1), p.EDGE_PERCENT)
    left, right = _limits(inner.sum(axis=0), p.EDGE_PERCENT)
    return (top, bottom + 1), (first + left, first + right + 1)


def _limits(counts: NDArray[np.int_], percent: float) -> tuple[float, float]:
    """Return between which places all counts but `percent` on each side lie."""
    sums = np.cumsum(counts)
    share = percent / 100 * float(sums[-1])
    return float(np.searchsorted(sums, share)), float(np.searchsorted(sums, sums[-1] - share))


def _main_run(counts: NDArray[np.int_]) -> tuple[int, int]:
    """Return first and last + 1 of the columns around the middle that hold ink without a gap."""
    smooth = as_cells(cv2.blur(counts[None, :].astype(np.float32), (_GAP_STEPS, 1)))[0]
    is_empty = smooth < p.EMPTY_SHARE * float(smooth.max(initial=0))
    middle = len(counts) // 2
    before, after = np.flatnonzero(is_empty[:middle]), np.flatnonzero(is_empty[middle:])
    first = int(before[-1]) + 1 if before.size else 0
    return first, middle + (int(after[0]) if after.size else len(counts) - middle)


def _crease_row(strip: _Strip, width_mm: float) -> int:
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
    usual = int((p.LENGTH_PER_WIDTH * width_mm - strip.top_mm) / _STEP_MM)
    return min(_find_crease(profile, start, min(stop, end), usual), limit)


def _find_crease(profile: Cells, start: int, end: int, usual: int) -> int:
    """Return where the clearest light band across the finger lies, or `end`, where the print ends.

    Where several are about as clear, that nearest to the usual place counts.
    """
    reach = int(p.CREASE_REACH_MM / _STEP_MM)
    darkest = [_running(np.max, side, reach) for side in (profile, profile[::-1])]
    lightest = [_running(np.min, side, reach) for side in (profile, profile[::-1])]
    level = np.minimum(darkest[0], darkest[1][::-1])
    share = profile / np.maximum(level, 1e-3)
    is_lowest = profile <= np.minimum(lightest[0], lightest[1][::-1])
    places = start + np.flatnonzero((is_lowest & (share < p.CREASE_DEPTH))[start:end])
    best, best_at = _clearness(p.END_CLEARNESS, end, usual), end
    for at in places.tolist():
        clearness = _clearness(float(share[at]), at, usual)
        if clearness > best:
            best, best_at = clearness, at
    return best_at


def _running(choose: Callable[..., Cells], profile: Cells, reach: int) -> Cells:
    """Return the largest or smallest value among each place and those up to `reach` before it."""
    framed = np.concatenate([np.repeat(profile[:1], reach), profile])
    windows = np.lib.stride_tricks.sliding_window_view(framed, reach + 1)
    return choose(windows, axis=1)


def _clearness(share: float, at: int, usual: int) -> float:
    """Return how clearly a fingertip ends where a share of its darkness is left; up to 1."""
    away = (at - usual) / (p.LENGTH_SCATTER * usual)
    return 1 - share - p.AWAY_WEIGHT * away**2


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
