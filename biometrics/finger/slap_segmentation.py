"""Find the fingertips of a slap: ridge map, foreground, rotation, one region per finger.

Everything works on cells of 8 px, so that the cost does not grow with the number of fingers.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p

Cells = NDArray[np.float32]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class RidgeMap:
    """What one cell of the slap shows; maps have the shape (cell rows, cell cols)."""

    work: NDArray[np.uint8]
    """The slap at 250 ppi, for the little that needs more detail than cells."""
    energy: Cells
    """Mean squared grey gradient: high where there are ridges (or writing)."""
    coherence: Cells
    """0..1, how much the gradients share one direction."""
    flow: NDArray[np.complex64]
    """Squared gradient as a complex number, mean over the cell and around: its length is the
    energy that has a common direction, its angle twice that direction, clockwise from +column."""
    grey: Cells
    """Mean grey level, unsmoothed."""
    contrast: Cells
    """Standard deviation of grey in the neighbourhood, in levels."""

    @property
    def amplitude(self) -> Cells:
        """Root of the energy, in grey levels per pixel."""
        return as_cells(np.sqrt(self.energy))


def as_cells(values: NDArray[Any]) -> Cells:
    """Return what cv2 gave back as float32 (its stubs do not say)."""
    return np.asarray(values, dtype=np.float32)


def map_ridges(pixels: NDArray[np.uint8], resolution_ppi: float) -> RidgeMap:
    """Measure every cell of 8 px (at 500 ppi) of a slap.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Light background, dark ridges.
    resolution_ppi : float
        Resolution of `pixels`.

    Returns
    -------
    RidgeMap
        Maps of (rows // 8, cols // 8) cells at 500 ppi; at least one cell.

    References
    ----------
    .. [1] Kass and Witkin, Analyzing oriented patterns, CVGIP 37, 1987 (structure tensor).
    """
    cell_px = round(p.CELL_PX * p.WORK_RESOLUTION_PPI / 500)
    scale = p.WORK_RESOLUTION_PPI / resolution_ppi
    rows, cols = (max(1, round(n * scale / cell_px)) for n in pixels.shape)
    size = (cols * cell_px, rows * cell_px)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    work = np.asarray(cv2.resize(pixels, size, interpolation=method), dtype=np.uint8)
    smooth = cv2.GaussianBlur(work, (3, 3), 0.8)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=0.125)
    right = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=0.125)
    products = (as_cells(right * right), as_cells(down * down), as_cells(right * down))
    xx, yy, xy = (_blur(_average(product, rows, cols)) for product in products)
    energy = xx + yy
    flow = ((xx - yy) + 2j * xy).astype(np.complex64)
    coherence = np.abs(flow) / (energy + 1e-3)
    grey = _average(work.astype(np.float32), rows, cols)
    square = _average(work.astype(np.float32) ** 2, rows, cols)
    variance = np.maximum(_blur(square) - _blur(grey) ** 2, 0)
    return RidgeMap(work, energy, coherence, flow, grey, np.sqrt(variance))


def find_foreground(signal: Cells) -> Mask:
    """Tell which cells belong to something as wide as a finger.

    Parameters
    ----------
    signal : (rows, cols) ndarray of float32
        Ridge amplitude per cell, in grey levels per pixel.

    Returns
    -------
    (rows, cols) ndarray of bool
        Without thin lines and small spots, with small holes filled.
    """
    strong = signal[signal > p.AMPLITUDE_FLOOR]
    if strong.size == 0:
        return np.zeros(signal.shape, dtype=np.bool_)
    level = p.AMPLITUDE_SHARE * float(np.percentile(strong, p.STRONG_PERCENTILE))
    return fill_holes(open_mask(signal > max(p.AMPLITUDE_FLOOR, level), p.OPEN_MM))


def measure_ink(ridges: RidgeMap, foreground: Mask, paper_grey: float) -> Cells:
    """Measure how much of every cell is as dark as a ridge.

    Wet prints are nearly full, dry ones sparse; residue and shadows are lighter than ridges and so
    leave nothing.

    Parameters
    ----------
    ridges : RidgeMap
        Maps of the slap.
    foreground : (rows, cols) ndarray of bool
        Where ridges are strong; at least one cell.
    paper_grey : float
        Grey level of the empty platen.

    Returns
    -------
    (rows, cols) ndarray of float32
        0..1, unsmoothed.
    """
    rows, cols = foreground.shape
    darkness = cv2.subtract(np.full_like(ridges.work, round(paper_grey)), ridges.work)
    step = ridges.work.shape[0] // rows
    samples = darkness.reshape(rows, step, cols, step)[:, ::2, :, ::2].transpose(0, 2, 1, 3)
    ridge = float(np.percentile(samples[foreground], p.RIDGE_PERCENTILE))
    limit = max(p.SLAP_INK_SHARE * ridge, p.INK_FLOOR)
    _, ink = cv2.threshold(darkness, limit, 255, cv2.THRESH_BINARY)
    return _average(np.asarray(ink, dtype=np.float32), rows, cols) / np.float32(255)


def find_prints(ink: Cells) -> tuple[Cells, Mask]:
    """Tell where there are prints, sparse ones as well as full ones.

    Parameters
    ----------
    ink : (rows, cols) ndarray of float32
        From `measure_ink`.

    Returns
    -------
    density : (rows, cols) ndarray of float32
        `ink`, smoothed.
    prints : (rows, cols) ndarray of bool
        Where it is dense for its surroundings, without thin lines and with small holes filled.
    """
    around = cv2.GaussianBlur(ink, (0, 0), p.INK_SURROUNDINGS_MM * p.PX_PER_MM / p.CELL_PX)
    limit = np.clip(p.PRINT_SHARE * as_cells(around), *p.PRINT_DENSITY)
    density = as_cells(cv2.GaussianBlur(ink, (0, 0), p.INK_BLUR_CELLS))
    gap_mm = p.CLOSE_MM
    if _is_sparse(density, limit):  # dry skin needs more smoothing to hold together
        density = as_cells(cv2.GaussianBlur(ink, (0, 0), p.SPARSE_BLUR_CELLS))
        gap_mm = p.SPARSE_GAP_MM
    dense = (density > limit).astype(np.uint8)
    closed = cv2.morphologyEx(dense, cv2.MORPH_CLOSE, _disc(p.CLOSE_MM)) > 0
    joined = cv2.morphologyEx(dense, cv2.MORPH_CLOSE, _disc(gap_mm)) > 0
    wide = open_mask(fill_holes(joined), p.OPEN_MM).astype(np.uint8)
    regrown = closed & (cv2.dilate(wide, _disc(2 * p.REGROW_MM)) > 0)
    return density, fill_holes(open_mask(regrown, p.PRINT_OPEN_MM))


def _is_sparse(density: Cells, limit: Cells) -> bool:
    dense = density > limit
    return bool(dense.any()) and float(np.median(density[dense])) < p.SPARSE_DENSITY


def open_mask(mask: Mask, diameter_mm: float) -> Mask:
    """Remove what a disc of this diameter does not fit into, within the frame."""
    disc = _disc(diameter_mm)
    margin = disc.shape[0]
    framed = np.pad(mask.astype(np.uint8), margin)
    opened = cv2.morphologyEx(framed, cv2.MORPH_OPEN, disc)
    return opened[margin:-margin, margin:-margin] > 0


def fill_holes(mask: Mask) -> Mask:
    """Fill holes up to the area of a filing hole; bays and the outside stay."""
    outside = (~mask).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(outside, connectivity=4)
    limit_cells = p.HOLE_AREA_MM2 * (p.PX_PER_MM / p.CELL_PX) ** 2
    is_small = stats[:, cv2.CC_STAT_AREA] <= limit_cells
    rows, cols = mask.shape
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right = left + stats[:, cv2.CC_STAT_WIDTH]
    bottom = top + stats[:, cv2.CC_STAT_HEIGHT]
    is_inner = (left > 0) & (top > 0) & (right < cols) & (bottom < rows)
    is_hole = is_small & is_inner
    is_hole[0] = False
    filled: Mask = mask | is_hole[labels] if count > 1 else mask
    return filled


def estimate_rotation(core: Mask) -> float:
    """Estimate the common rotation of the fingers from the direction of their flanks.

    The outline of a fingertip is a round end, which has every direction, and two flanks, which
    have one. Where the fingers lie relative to each other does not matter.

    Parameters
    ----------
    core : (rows, cols) ndarray of bool
        Inner cells of the prints.

    Returns
    -------
    float
        Radians within +-44 degrees, counterclockwise, 0 for fingers that point up.
    """
    soft = cv2.GaussianBlur(core.astype(np.float32), (0, 0), 1.5)
    right = cv2.Sobel(soft, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REPLICATE)
    strength = np.hypot(right, down)
    edge = strength > 0.05
    if not edge.any():
        return 0.0
    angle = np.arctan2(-down[edge], right[edge])
    angle = np.where(np.abs(angle) > np.pi / 2, angle - np.copysign(np.pi, angle), angle)
    bins = np.arange(-90, 91, 2) * (np.pi / 180)
    votes, _ = np.histogram(angle, bins, weights=strength[edge])
    smooth = cv2.GaussianBlur(
        votes[None, :].astype(np.float32), (0, 0), p.FLANK_SCATTER_RAD / (bins[1] - bins[0])
    )[0]
    middles = (bins[:-1] + bins[1:]) / 2
    smooth[np.abs(middles) > p.SEARCH_ROTATION_RAD] = 0
    best = int(np.argmax(smooth))
    near = slice(max(0, best - 3), best + 4)
    return float(np.average(middles[near], weights=smooth[near]))


def _average(values: NDArray[np.float32], rows: int, cols: int) -> Cells:
    return as_cells(cv2.resize(values, (cols, rows), interpolation=cv2.INTER_AREA))


def _blur(cells: Cells) -> Cells:
    return as_cells(cv2.GaussianBlur(cells, (0, 0), p.MAP_BLUR_CELLS))


def _disc(diameter_mm: float) -> NDArray[np.uint8]:
    size = max(1, round(diameter_mm * p.PX_PER_MM / p.CELL_PX)) | 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), dtype=np.uint8)
