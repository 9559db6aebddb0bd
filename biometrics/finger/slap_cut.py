"""Cut fingers out of a slap, upright, without their neighbours."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.slap_segmentation import Labels


def cut_upright(
    pixels: NDArray[np.uint8], quadrilateral: NDArray[np.float64], *, paper_grey: float
) -> NDArray[np.uint8]:
    """Return what lies inside a quadrilateral, turned so that its first corner is the top left.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        The slap. Not modified.
    quadrilateral : (4, 2) ndarray of float64
        A rectangle's corners as (row, col), clockwise.
    paper_grey : float
        Fills what lies outside the slap.

    Returns
    -------
    (height, width) ndarray of uint8
        At the slap's resolution.
    """
    matrix, size = _to_cut(quadrilateral)
    cut = cv2.warpAffine(
        pixels,
        matrix,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=round(paper_grey),
    )
    return np.asarray(cut, dtype=np.uint8)


def cover_neighbours(
    cut: NDArray[np.uint8],
    quadrilateral: NDArray[np.float64],
    labels: Labels,
    own_label: int,
    *,
    paper_grey: float,
) -> NDArray[np.uint8]:
    """Return a finger without the parts of other fingers that reach into its rectangle.

    Parameters
    ----------
    cut : (height, width) ndarray of uint8
        From `cut_upright`. Not modified.
    quadrilateral : (4, 2) ndarray of float64
        The same, in pixels of the slap from which `labels` were made.
    labels : (cell rows, cell cols) ndarray of int32
        Which print each cell of the slap belongs to.
    own_label : int
        The finger's own.
    paper_grey : float
        What takes their place.

    Returns
    -------
    (height, width) ndarray of uint8
        `cut` itself where no neighbour reaches in.
    """
    foreign = (labels > 0) & (labels != own_label)
    wide = cv2.dilate(foreign.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    cells = (quadrilateral - p.CELL_PX / 2) / p.CELL_PX
    matrix, _ = _to_cut(cells, cut.shape)
    covered = cv2.warpAffine(
        (wide & (labels != own_label)).astype(np.float32),
        matrix,
        (cut.shape[1], cut.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    if not (covered > 0.5).any():
        return cut
    return np.where(covered > 0.5, np.uint8(round(paper_grey)), cut)


def _to_cut(
    quadrilateral: NDArray[np.float64], shape: tuple[int, ...] | None = None
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return the map from cut to slap for cv2, which speaks (x, y), and the size of the cut."""
    top_left, top_right, _, bottom_left = quadrilateral
    across, down = top_right - top_left, bottom_left - top_left
    if shape is None:
        shape = (round(float(np.hypot(*down))), round(float(np.hypot(*across))))
    rows, cols = max(1, shape[0]), max(1, shape[1])
    columns = np.stack([across / cols, down / rows, top_left], axis=1)
    return columns[::-1].astype(np.float64), (cols, rows)
