"""Turn an alignment into a similarity score, and a score into a false match rate."""

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.alignment import Alignment
from biometrics.finger.neighbourhood import DescribedTemplate
from biometrics.parameters import (
    FALSE_MATCH_RATES,
    FALSE_MATCH_SCORES,
    OVERLAP_MARGIN_PX,
    SCORE_SCALE,
)

_OUTLINE_SIDES = 16  # directions in which an outline is measured
_OUTLINE_NORMALS = np.exp(2j * np.pi * np.arange(_OUTLINE_SIDES) / _OUTLINE_SIDES).astype(
    np.complex64
)


def score_alignment(
    probe: DescribedTemplate,
    reference: DescribedTemplate,
    likeness: NDArray[np.float32],
    alignment: Alignment,
) -> float:
    """Score how well two templates agree where they overlap.

    Parameters
    ----------
    probe, reference : DescribedTemplate
        With n and m minutiae.
    likeness : (n, m) ndarray of float32
        How alike the neighbourhoods are.
    alignment : Alignment
        The probe laid over the reference.

    Returns
    -------
    similarity_score : float
        0 and up: what the pairs weigh, times the share of the trust in the overlap that they hold,
        times how alike their neighbourhoods are on average. A pair that is likely real counts more.
    """
    probe_index, reference_index = alignment.probe_index, alignment.reference_index
    trust = np.sqrt(probe.trust[probe_index] * reference.trust[reference_index])
    paired = float(trust.sum())
    alike = trust * likeness[probe_index, reference_index]
    weight = float((np.exp(-alignment.error) * alike).sum())
    probe_trust = _trust_inside(probe.trust, alignment.moved, reference.places)
    reference_trust = _trust_inside(reference.trust, reference.places, alignment.moved)
    share = paired / float(np.sqrt(max(paired, probe_trust) * max(paired, reference_trust)))
    return SCORE_SCALE * weight * share * float(alike.sum()) / paired


def _trust_inside(
    trust: NDArray[np.float32],
    places: NDArray[np.complex64],
    outline_of: NDArray[np.complex64],
) -> float:
    """Sum the trust in the minutiae inside the outline of the others, a polygon around them."""
    reach_px = (outline_of[:, None] * _OUTLINE_NORMALS.conj()).real.max(axis=0) + OVERLAP_MARGIN_PX
    projected = (places[:, None] * _OUTLINE_NORMALS.conj()).real
    return float(trust[(projected <= reach_px).all(axis=1)].sum())


def false_match_rate(similarity_score: float) -> float:
    """Estimate how often two different fingers reach a score.

    Parameters
    ----------
    similarity_score : float
        From `compare`.

    Returns
    -------
    rate : float
        Share of comparisons of different fingers with at least this score. Between the measured
        points the logarithm is interpolated; beyond the last one the last rate is returned,
        because nothing rarer was measured.

    References
    ----------
    .. [1] Measured on the impostor comparisons of the odd fingers of the sets in tests/field.
    """
    logarithm = np.interp(similarity_score, FALSE_MATCH_SCORES, np.log10(FALSE_MATCH_RATES))
    return float(10**logarithm)
