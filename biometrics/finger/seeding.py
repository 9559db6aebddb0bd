"""Guess which minutiae of two templates are the same, and let the guesses support each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.neighbourhood import DescribedTemplate
from biometrics.parameters import (
    CANDIDATE_COUNT,
    MAX_ROTATION_RAD,
    SUPPORT_ANGLE_RAD,
    SUPPORT_DISTANCE_GROWTH,
    SUPPORT_DISTANCE_PX,
    SUPPORT_NEAR_PX,
    SUPPORT_ROUNDS,
)

_TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """k guesses that a minutia of the probe is one of the reference."""

    probe_index: NDArray[np.intp]
    """(k,)"""
    reference_index: NDArray[np.intp]
    """(k,)"""
    likeness: NDArray[np.float32]
    """(k,) 0..1, how alike the two neighbourhoods are beside their rivals."""
    agreement: NDArray[np.float32]
    """(k, k) 0..1, how well two guesses fit one rigid motion."""
    support: NDArray[np.float32]
    """(k,) 0..1, what the other guesses give to each, relative to the best."""


def compare_neighbourhoods(
    probe: DescribedTemplate, reference: DescribedTemplate
) -> NDArray[np.float32]:
    """Compare every minutia of one template with every minutia of the other.

    Parameters
    ----------
    probe, reference : DescribedTemplate
        With n and m minutiae.

    Returns
    -------
    likeness : (n, m) ndarray of float32
        Cosine of the two descriptions, 0..1; 0 where the rotation would be too large.
    """
    likeness = probe.neighbourhoods @ reference.neighbourhoods.T
    turn = reference.directions * probe.directions.conj()[:, None]
    return likeness * (turn.real > np.float32(np.cos(MAX_ROTATION_RAD)))


def find_candidates(
    probe: DescribedTemplate, reference: DescribedTemplate, likeness: NDArray[np.float32]
) -> Candidates:
    """Choose the most telling guesses and weigh them by how many others fit them.

    Parameters
    ----------
    probe, reference : DescribedTemplate
        With n and m minutiae.
    likeness : (n, m) ndarray of float32
        From `compare_neighbourhoods`.

    Returns
    -------
    candidates : Candidates
    """
    best = likeness.max(axis=1, keepdims=True) + likeness.max(axis=0, keepdims=True)
    telling = (2 * likeness * likeness / (best + np.float32(_TINY))).ravel()
    count = min(CANDIDATE_COUNT, telling.size)
    chosen = np.argpartition(telling, telling.size - count)[telling.size - count :]
    probe_index, reference_index = np.divmod(chosen, len(reference))
    weight = telling[chosen]
    agreement = _measure_agreement(probe, reference, probe_index, reference_index)
    support = weight
    for _ in range(SUPPORT_ROUNDS):
        support = weight * (agreement @ support)
        support = support / (support.max() + np.float32(_TINY))
    return Candidates(probe_index, reference_index, weight, agreement, support)


def _measure_agreement(
    probe: DescribedTemplate,
    reference: DescribedTemplate,
    probe_index: NDArray[np.intp],
    reference_index: NDArray[np.intp],
) -> NDArray[np.float32]:
    """Compare for every two guesses their distance, bearing and relative direction."""
    places, turns = probe.places[probe_index], probe.directions[probe_index]
    other_places = reference.places[reference_index]
    other_turns = reference.directions[reference_index]
    offsets, other_offsets = places - places[:, None], other_places - other_places[:, None]
    distances, other_distances = np.abs(offsets), np.abs(other_offsets)
    tolerance_px = SUPPORT_DISTANCE_PX + SUPPORT_DISTANCE_GROWTH / 2 * (distances + other_distances)
    stretch = (distances - other_distances) / tolerance_px
    rotation = turns.conj() * other_turns
    bearing_rad = np.angle(other_offsets * (offsets * rotation[:, None]).conj())
    bearing = np.square(bearing_rad / SUPPORT_ANGLE_RAD)
    bearing = np.maximum(bearing, bearing.T) * np.minimum(distances / SUPPORT_NEAR_PX, 1)
    twist_rad = np.angle(rotation * rotation.conj()[:, None])
    error = stretch * stretch + bearing + np.square(twist_rad / SUPPORT_ANGLE_RAD)
    is_possible = (probe_index[:, None] != probe_index) & (
        reference_index[:, None] != reference_index
    )
    return np.asarray(np.exp(error * np.float32(-0.25)) * is_possible, dtype=np.float32)
