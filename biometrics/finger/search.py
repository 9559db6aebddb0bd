"""Compare one finger with many, the hopeless ones in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.compare import compare_described
from biometrics.finger.neighbourhood import DescribedTemplate
from biometrics.finger.screening import rate_screens
from biometrics.parameters import MAX_ROTATION_RAD, SCREEN_COUNT, SCREEN_LIKENESS

_CHUNK = 128  # templates screened at once: 10 MB


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """b templates made ready to be searched; their strongest minutiae lie together."""

    described: tuple[DescribedTemplate, ...]
    neighbourhoods: NDArray[np.float32]
    """(b, SCREEN_COUNT, cells); rows of 0 where a template has fewer minutiae."""
    directions: NDArray[np.float32]
    """(b, SCREEN_COUNT, 2) cosine and sine."""

    def __len__(self) -> int:
        return len(self.described)


def prepare_gallery(described: Sequence[DescribedTemplate]) -> Gallery:
    """Lay the strongest minutiae of many templates side by side.

    Parameters
    ----------
    described : sequence of DescribedTemplate

    Returns
    -------
    gallery : Gallery
    """
    cells = described[0].neighbourhoods.shape[1] if described else 0
    neighbourhoods = np.zeros((len(described), SCREEN_COUNT, cells), np.float32)
    directions = np.zeros((len(described), SCREEN_COUNT, 2), np.float32)
    for place, template in enumerate(described):
        strongest = template.strongest
        neighbourhoods[place, : len(strongest)] = template.neighbourhoods[strongest]
        directions[place, : len(strongest)] = _as_pairs(template.directions[strongest])
    return Gallery(tuple(described), neighbourhoods, directions)


def search(probe: DescribedTemplate, gallery: Gallery) -> NDArray[np.float64]:
    """Compare one template with all of a gallery.

    Parameters
    ----------
    probe : DescribedTemplate
    gallery : Gallery
        With b templates.

    Returns
    -------
    similarity_scores : (b,) ndarray of float64
        As `compare` gives them.
    """
    scores = np.zeros(len(gallery))
    if not len(probe):
        return scores
    for start in range(0, len(gallery), _CHUNK):
        promise = _screen(probe, gallery, slice(start, start + _CHUNK))
        for place in start + np.flatnonzero(promise >= SCREEN_LIKENESS):
            scores[place] = compare_described(probe, gallery.described[place]).similarity_score
    return scores


def _screen(probe: DescribedTemplate, gallery: Gallery, part: slice) -> NDArray[np.float32]:
    own = probe.strongest
    neighbourhoods = gallery.neighbourhoods[part]
    # One large product is faster than many small ones.
    likeness = neighbourhoods.reshape(-1, neighbourhoods.shape[2]) @ probe.neighbourhoods[own].T
    likeness = likeness.reshape(len(neighbourhoods), SCREEN_COUNT, len(own))
    turn = gallery.directions[part] @ _as_pairs(probe.directions[own]).T
    likeness *= turn > np.float32(np.cos(MAX_ROTATION_RAD))
    return rate_screens(likeness)


def _as_pairs(directions: NDArray[np.complex64]) -> NDArray[np.float32]:
    return np.stack([directions.real, directions.imag], axis=1)
