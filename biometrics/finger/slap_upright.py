"""Turn the maps of a slap so that its fingers point up."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.slap_segmentation import Cells, Labels, Mask, RidgeMap, as_cells


@dataclass(frozen=True, slots=True, eq=False)
class SlapMaps:
    """The maps of a slap as it lies on the platen; shape (cell rows, cell cols)."""

    ridges: RidgeMap
    density: Cells
    """Share of ink."""
    prints: Mask
    paper_grey: float


@dataclass(frozen=True, slots=True, eq=False)
class UprightFrame:
    """The turn from the slap's cells to a canvas on which the fingers point up."""

    rotation_rad: float
    """Rotation of the fingers in the slap, counterclockwise."""
    matrix: NDArray[np.float64]
    """(2, 3) for cv2, which speaks (x, y): slap cells to canvas cells."""
    shape: tuple[int, int]
    """(rows, cols) of the canvas, in cells."""

    def turn(self, cells: Cells) -> Cells:
        """Return a map as it looks on the canvas; outside the slap it is 0."""
        rows, cols = self.shape
        return as_cells(cv2.warpAffine(cells, self.matrix, (cols, rows), flags=cv2.INTER_LINEAR))

    def to_slap(
        self, x: NDArray[np.float64] | float, y: NDArray[np.float64] | float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where points of the canvas, given as (x, y) cells, lie on the slap's cells."""
        right, down = x - self.matrix[0, 2], y - self.matrix[1, 2]
        (cos, minus_sin), (sin, _) = self.matrix[:, :2]
        return np.asarray(cos * right + sin * down), np.asarray(minus_sin * right + cos * down)

    def turn_back(self, labels: Labels, shape: tuple[int, int]) -> Labels:
        """Return labels of the canvas as they lie on the slap's cells."""
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        back = cv2.warpAffine(
            labels.astype(np.float32), self.matrix, (shape[1], shape[0]), flags=flags
        )
        return back.astype(np.int32)


def turn_upright(shape: tuple[int, int], rotation_rad: float) -> UprightFrame:
    """Make the canvas that holds all cells of a slap after turning its fingers upright."""
    rows, cols = shape
    cos, sin = np.cos(rotation_rad), np.sin(rotation_rad)
    linear = np.array([[cos, -sin], [sin, cos]])  # (x, y), clockwise on the screen
    corners = np.array([[0, 0], [cols - 1, 0], [0, rows - 1], [cols - 1, rows - 1]], np.float64)
    turned = corners @ linear.T
    offset = 1 - turned.min(axis=0)
    size = np.ceil(turned.max(axis=0) + offset).astype(int) + 2
    matrix = np.hstack([linear, offset[:, None]])
    return UprightFrame(rotation_rad, matrix, (int(size[1]), int(size[0])))


@dataclass(frozen=True, slots=True, eq=False)
class UprightMaps:
    """The maps on the upright canvas, and what lies behind them."""

    frame: UprightFrame
    work: NDArray[np.uint8]
    paper_grey: float
    prints: Mask
    density: Cells
    coherence: Cells
    grey: Cells
    contrast: Cells
    cover: Cells


def turn_maps(maps: SlapMaps, rotation_rad: float) -> UprightMaps:
    """Turn the maps of a slap.

    Parameters
    ----------
    maps : SlapMaps
    rotation_rad : float
        Of the fingers, counterclockwise.

    Returns
    -------
    UprightMaps
    """
    ridges = maps.ridges
    frame = turn_upright(maps.prints.shape, rotation_rad)
    return UprightMaps(
        frame,
        ridges.work,
        maps.paper_grey,
        frame.turn(maps.prints.astype(np.float32)) > 0.5,
        frame.turn(maps.density),
        frame.turn(ridges.coherence),
        frame.turn(ridges.grey),
        frame.turn(ridges.contrast),
        frame.turn(measure_cover(ridges, maps.paper_grey)),
    )


def measure_cover(ridges: RidgeMap, paper_grey: float) -> Cells:
    """Return how much of each place is inked: about 1 for ridges, 1/3 for handwriting.

    With a share d of the place at depth A below the paper, the mean lies d A below it and the
    standard deviation is A sqrt(d (1 - d)); their quotient depends on d alone.
    """
    mean = cv2.GaussianBlur(ridges.grey, (0, 0), p.MAP_BLUR_CELLS)
    cover: Cells = np.maximum(paper_grey - mean, 0) / np.maximum(ridges.contrast, 1.0)
    return cover
