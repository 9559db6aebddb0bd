"""Describe every minutia by the minutiae around it, in a form that no rotation changes.

A position is written as one complex number, column minus i times row, so that angles run
counterclockwise; a direction is a complex number of length 1. Turning is multiplication.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.template import FingerTemplate
from biometrics.parameters import (
    NEIGHBOUR_COUNT,
    NEIGHBOURHOOD_ANGLE_SIGMA_RAD,
    NEIGHBOURHOOD_ANGLES,
    NEIGHBOURHOOD_CELLS,
    NEIGHBOURHOOD_RADIUS_PX,
    NEIGHBOURHOOD_SIGMA_PX,
    SCREEN_COUNT,
    UNREPORTED_QUALITY,
)

_EDGE_PER_PX = 0.15  # steepness with which neighbours fade out at the radius
_TINY = 1e-6
_FULL_QUALITY = 100  # of a minutia, percent
_CELL_CENTRES_PX = (
    (np.arange(NEIGHBOURHOOD_CELLS) - (NEIGHBOURHOOD_CELLS - 1) / 2)
    * (2 * NEIGHBOURHOOD_RADIUS_PX / NEIGHBOURHOOD_CELLS)
).astype(np.float32)
_ANGLE_CENTRES_RAD = (np.arange(NEIGHBOURHOOD_ANGLES) * (2 * np.pi / NEIGHBOURHOOD_ANGLES)).astype(
    np.float32
)


@dataclass(frozen=True, slots=True, eq=False)
class DescribedTemplate:
    """A template made ready for comparison; n minutiae."""

    places: NDArray[np.complex64]
    """(n,) column - i row, in pixels at 500 ppi."""
    directions: NDArray[np.complex64]
    """(n,) unit length."""
    neighbourhoods: NDArray[np.float32]
    """(n, cells) unit vectors: where the neighbours are and how they point."""
    trust: NDArray[np.float32]
    """(n,) 0..1, the belief that each minutia is real."""
    strongest: NDArray[np.intp]
    """(up to SCREEN_COUNT,) the most trusted minutiae, best first."""

    def __len__(self) -> int:
        return len(self.places)


def describe(template: FingerTemplate) -> DescribedTemplate:
    """Make a template ready for comparison; worth keeping where it is compared often.

    Parameters
    ----------
    template : FingerTemplate

    Returns
    -------
    described : DescribedTemplate

    References
    ----------
    .. [1] Cappelli, Ferrara and Maltoni, IEEE TPAMI 32(12), 2010 (the idea of a grid of cells
       around each minutia; size, weighting and comparison are ours).
    """
    places = (template.cols - 1j * template.rows).astype(np.complex64)
    directions = np.exp(1j * template.angle_rad).astype(np.complex64)
    quality = np.where(template.quality == 0, UNREPORTED_QUALITY, template.quality)
    trust = (quality / _FULL_QUALITY).astype(np.float32)
    return DescribedTemplate(
        places=places,
        directions=directions,
        neighbourhoods=_describe_all(places, directions, trust),
        trust=trust,
        strongest=_rank(places, trust)[:SCREEN_COUNT],
    )


def _rank(places: NDArray[np.complex64], trust: NDArray[np.float32]) -> NDArray[np.intp]:
    """Order by trust; of minutiae trusted alike, the middle ones are in more impressions."""
    from_middle = np.abs(places - places.mean()) if len(places) else np.empty(0)
    return np.lexsort((from_middle, -trust))


def _describe_all(
    places: NDArray[np.complex64], directions: NDArray[np.complex64], trust: NDArray[np.float32]
) -> NDArray[np.float32]:
    count = len(places)
    nearest = min(NEIGHBOUR_COUNT, count - 1)
    if nearest < 1:
        return np.zeros((count, NEIGHBOURHOOD_CELLS**2 * NEIGHBOURHOOD_ANGLES), np.float32)
    # Everything is seen from the minutia: its own direction is the real axis.
    offsets = (places - places[:, None]) * directions.conj()[:, None]
    distances = np.abs(offsets)
    np.fill_diagonal(distances, np.inf)
    chosen = np.argpartition(distances, nearest - 1, axis=1)[:, :nearest]
    offsets = np.take_along_axis(offsets, chosen, axis=1)
    distances = np.take_along_axis(distances, chosen, axis=1)
    turns_rad = np.angle(directions[chosen] * directions.conj()[:, None])
    weight = trust[chosen] * _fade(distances)
    return _fill_cells(offsets, turns_rad, weight)


def _fade(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Let neighbours count less towards the radius."""
    beyond_px = distances - np.float32(NEIGHBOURHOOD_RADIUS_PX)
    return np.asarray(1 / (1 + np.exp(beyond_px * np.float32(_EDGE_PER_PX))), dtype=np.float32)


def _fill_cells(
    offsets: NDArray[np.complex64], turns_rad: NDArray[np.float32], weight: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Spread every neighbour over the cells near it; (n, neighbours) in, (n, cells) out."""
    count = len(offsets)
    along = _bell(offsets.real[..., None] - _CELL_CENTRES_PX, NEIGHBOURHOOD_SIGMA_PX)
    across = _bell(offsets.imag[..., None] - _CELL_CENTRES_PX, NEIGHBOURHOOD_SIGMA_PX)
    turned = turns_rad[..., None] - _ANGLE_CENTRES_RAD
    turned -= np.float32(2 * np.pi) * np.rint(turned / np.float32(2 * np.pi))
    turn = _bell(turned, NEIGHBOURHOOD_ANGLE_SIGMA_RAD)
    across_turn = (across[..., :, None] * turn[..., None, :]).reshape(count, offsets.shape[1], -1)
    cells = np.matmul((along * weight[..., None]).transpose(0, 2, 1), across_turn)
    # A cell is full with one neighbour; the root keeps a second one from outweighing the rest.
    cells = np.sqrt(np.minimum(cells.reshape(count, -1), 1))
    length = np.linalg.norm(cells, axis=1, keepdims=True)
    return np.asarray(cells / (length + _TINY), dtype=np.float32)


def _bell(difference: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    scaled = np.square(difference * np.float32(1 / sigma)) * np.float32(-0.5)
    return np.asarray(np.exp(scaled), dtype=np.float32)
