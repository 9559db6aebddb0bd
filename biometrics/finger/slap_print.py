"""Measure one print on the upright canvas: lean, tip, distal crease, width, contact."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.slap_segmentation import Cells, Mask, as_cells
from biometrics.finger.slap_split import UprightFrame

CELL_MM = p.CELL_PX / p.PX_PER_MM
_STEP_MM = 25.4 / p.WORK_RESOLUTION_PPI


@dataclass(frozen=True, slots=True, eq=False)
class UprightMaps:
    """The maps on the upright canvas, and what lies behind them."""

    frame: UprightFrame
    work: NDArray[np.uint8]
    paper_grey: float
    core: Mask
    coherence: Cells
    grey: Cells
    contrast: Cells
    cover: Cells


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


def measure_print(part: Mask, label: int, turned: UprightMaps) -> TipPrint:
    """Measure one print.

    Parameters
    ----------
    part : (rows, cols) ndarray of bool
        Its cells on the upright canvas; at least one.
    label : int
        Carried over to the result.
    turned : UprightMaps
        The maps on the same canvas.

    Returns
    -------
    TipPrint
        The fingertip only, where a lower phalanx is part of the same print.
    """
    rows, cols = (axis.astype(np.float64) for axis in np.nonzero(part))
    lean_rad = _estimate_lean(rows, cols)
    along, across = _project(rows, cols, lean_rad)
    start, widths, middles = _slice(along, across)
    width = float(np.percentile(widths, 85))
    first = int(np.argmax(widths >= 0.35 * width))
    upper = slice(first, first + max(3, int(p.CREASE_FROM_MM / CELL_MM)))
    middle = float(np.average(middles[upper], weights=widths[upper]))
    tip = _unproject(start + first, middle, lean_rad)
    length = _tip_length(turned, tip, lean_rad, width)
    grey, contrast = float(turned.grey[part].mean()), float(turned.contrast[part].mean())
    return TipPrint(label, tip, lean_rad, min(length, len(widths) - first), width, grey, contrast)


def _estimate_lean(rows: NDArray[np.float64], cols: NDArray[np.float64]) -> float:
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


def _tip_length(
    turned: UprightMaps, tip: NDArray[np.float64], lean_rad: float, width: float
) -> float:
    """Return how far the fingertip reaches: to the crease, the end of the print, or the limit."""
    strip = _strip_below(turned, tip, lean_rad, width)
    dark = np.maximum(turned.paper_grey - strip.mean(axis=1), 0)
    profile = as_cells(cv2.GaussianBlur(dark[None, :], (0, 0), p.PROFILE_BLUR_PX))[0]
    at = [int(mm / _STEP_MM) for mm in (3.0, p.CREASE_FROM_MM, p.CREASE_TO_MM)]
    level = float(np.median(profile[at[0] : at[1]]))
    below = np.flatnonzero(profile[at[0] :] < p.END_SHARE * level)
    end = int(below[0]) + at[0] if below.size else profile.size
    crease = _find_crease(profile, at[1], min(at[2], end))
    limit = p.MAX_TIP_LENGTH_MM / _STEP_MM
    return min(float(end), crease, limit) * _STEP_MM / CELL_MM


def _strip_below(
    turned: UprightMaps, tip: NDArray[np.float64], lean_rad: float, width: float
) -> Cells:
    """Return the middle of the finger from the tip down, upright, at 250 ppi."""
    per_cell = round(CELL_MM / _STEP_MM)
    steps = np.arange(int((p.CREASE_TO_MM + 6) / _STEP_MM)) / per_cell
    offsets = np.arange(-0.35 * width, 0.35 * width, 2 / per_cell)
    cos, sin = np.cos(lean_rad), np.sin(lean_rad)
    rows = tip[0] + steps[:, None] * cos - offsets[None, :] * sin
    cols = tip[1] + steps[:, None] * sin + offsets[None, :] * cos
    x, y = turned.frame.to_slap(cols, rows)
    shift = (per_cell - 1) / 2  # from the middle of a cell to that of its first sample
    return as_cells(
        cv2.remap(
            turned.work,
            as_cells(x * per_cell + shift),
            as_cells(y * per_cell + shift),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=float(turned.paper_grey),
        )
    )


def _find_crease(profile: Cells, start: int, stop: int) -> float:
    """Return where the first light band across the finger lies; infinity without one."""
    reach = int(p.CREASE_REACH_MM / _STEP_MM)
    for at in range(start, stop):
        before, after = profile[max(0, at - reach) : at + 1], profile[at : at + reach + 1]
        is_lowest = profile[at] <= min(before.min(), after.min())
        if is_lowest and profile[at] < p.CREASE_DEPTH * min(before.max(), after.max()):
            return float(at)
    return np.inf


def _project(
    rows: NDArray[np.float64], cols: NDArray[np.float64], lean_rad: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cos, sin = np.cos(lean_rad), np.sin(lean_rad)
    return rows * cos + cols * sin, cols * cos - rows * sin


def _unproject(along: float, across: float, lean_rad: float) -> NDArray[np.float64]:
    cos, sin = np.cos(lean_rad), np.sin(lean_rad)
    return np.array([along * cos - across * sin, along * sin + across * cos])


def _slice(
    along: NDArray[np.float64], across: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Cut a print across its direction: position of the first slice, widths, middles."""
    start = float(np.floor(along.min()))
    index = (along - start).astype(np.intp)
    widths = np.bincount(index).astype(np.float64)
    middles = np.bincount(index, weights=across) / np.maximum(widths, 1)
    return start, widths, middles
