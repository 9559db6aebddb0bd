"""Lay the probe over the reference and pair the minutiae that fall together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.neighbourhood import DescribedTemplate
from biometrics.finger.seeding import Candidates
from biometrics.parameters import (
    BOX_ANGLE_RAD,
    BOX_GROWTH,
    BOX_MAX_PX,
    BOX_PX,
    DIRECTION_LEVER_PX2,
    DISPLACEMENT_INERTIA,
    DISPLACEMENT_SIGMA_PX,
    HYPOTHESIS_COUNT,
    PAIR_LIKENESS_FLOOR,
    REFINEMENT_ROUNDS,
)

MIN_PAIRS = 3  # two pairs fit a rigid motion by chance
_TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A rotation about a centre of the probe, then a shift onto a centre of the reference."""

    turn: np.complex64
    probe_centre: np.complex64
    reference_centre: np.complex64

    def apply(self, places: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """Move positions of the probe onto the reference.

        Parameters
        ----------
        places : (n,) ndarray of complex64

        Returns
        -------
        moved : (n,) ndarray of complex64
        """
        return (places - self.probe_centre) * self.turn + self.reference_centre


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The probe laid over the reference, with k pairs."""

    motion: Motion
    probe_index: NDArray[np.intp]
    """(k,) paired minutiae of the probe."""
    reference_index: NDArray[np.intp]
    """(k,) their partners."""
    error: NDArray[np.float32]
    """(k,) 0..1, squared distance from the partner in tolerance boxes."""
    moved: NDArray[np.complex64]
    """(n,) all minutiae of the probe where they lie over the reference, skin stretch included."""


def align(
    probe: DescribedTemplate,
    reference: DescribedTemplate,
    likeness: NDArray[np.float32],
    candidates: Candidates,
) -> Alignment | None:
    """Try the best supported rigid motions, keep the best and adapt it to the skin's stretch.

    Parameters
    ----------
    probe, reference : DescribedTemplate
        With n and m minutiae.
    likeness : (n, m) ndarray of float32
        How alike the neighbourhoods are.
    candidates : Candidates

    Returns
    -------
    alignment : Alignment or None
        None when fewer than `MIN_PAIRS` minutiae fall together.
    """
    weight = likeness + np.float32(PAIR_LIKENESS_FLOOR)
    probe_index, reference_index = _try_motions(probe, reference, weight, candidates)
    alignment = None
    for _ in range(REFINEMENT_ROUNDS):
        if len(probe_index) < MIN_PAIRS:
            return None
        alignment = _refine(probe, reference, weight, probe_index, reference_index)
        probe_index, reference_index = alignment.probe_index, alignment.reference_index
    return alignment if len(probe_index) >= MIN_PAIRS else None


def _try_motions(
    probe: DescribedTemplate,
    reference: DescribedTemplate,
    weight: NDArray[np.float32],
    candidates: Candidates,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs under the best of several motions; axes are motion, probe, reference."""
    turns, probe_centres, reference_centres = _fit_hypotheses(probe, reference, candidates)
    moved = (probe.places - probe_centres[:, None]) * turns[:, None] + reference_centres[:, None]
    turned = probe.directions * turns[:, None]
    reach_px = np.abs(moved - reference_centres[:, None])
    error = _box_error(moved, turned, reference, reach_px)
    pairs = _choose_partners(error)
    total = (np.exp(-error) * pairs * weight).sum(axis=(1, 2))
    probe_index, reference_index = np.nonzero(pairs[total.argmax()])
    return probe_index, reference_index


def _fit_hypotheses(
    probe: DescribedTemplate, reference: DescribedTemplate, candidates: Candidates
) -> tuple[NDArray[np.complex64], NDArray[np.complex64], NDArray[np.complex64]]:
    """Fit one motion to what agrees with each of the best supported candidates."""
    seeds = np.argsort(-candidates.support, kind="stable")[:HYPOTHESIS_COUNT]
    vote = candidates.agreement[seeds]
    vote[np.arange(len(seeds)), seeds] = 1
    vote = vote * np.sqrt(candidates.support * candidates.likeness)
    vote /= vote.sum(axis=1, keepdims=True) + np.float32(_TINY)
    places = probe.places[candidates.probe_index]
    targets = reference.places[candidates.reference_index]
    centres, target_centres = vote @ places, vote @ targets
    arms, target_arms = places - centres[:, None], targets - target_centres[:, None]
    moment = (vote * arms.conj() * target_arms).sum(axis=1)
    turn = probe.directions[candidates.probe_index].conj()
    turn = turn * reference.directions[candidates.reference_index]
    return _unit(moment + np.float32(DIRECTION_LEVER_PX2) * (vote @ turn)), centres, target_centres


def _unit(values: NDArray[np.complex64]) -> NDArray[np.complex64]:
    return np.asarray(values / (np.abs(values) + np.float32(_TINY)), dtype=np.complex64)


def _box_error(
    moved: NDArray[np.complex64],
    turned: NDArray[np.complex64],
    reference: DescribedTemplate,
    reach_px: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Measure squared distances in boxes that grow with the distance from what is known."""
    box_px = np.minimum(BOX_PX + BOX_GROWTH * reach_px, BOX_MAX_PX)
    distance = np.abs(moved[..., None] - reference.places) / box_px[..., None]
    angle_rad = np.angle(turned.conj()[..., None] * reference.directions)
    return np.asarray(
        np.square(distance) + np.square(angle_rad * np.float32(1 / BOX_ANGLE_RAD)), dtype=np.float32
    )


def _choose_partners(error: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mark the pairs inside a box that prefer each other."""
    is_mutual = (error == error.min(axis=-1, keepdims=True)) & (
        error == error.min(axis=-2, keepdims=True)
    )
    return np.asarray(is_mutual & (error < 1), dtype=bool)


def _refine(
    probe: DescribedTemplate,
    reference: DescribedTemplate,
    weight: NDArray[np.float32],
    probe_index: NDArray[np.intp],
    reference_index: NDArray[np.intp],
) -> Alignment:
    """Fit the motion to the pairs, bend it smoothly towards them, and pair again."""
    pair_weight = weight[probe_index, reference_index]
    motion = _fit_motion(
        probe.places[probe_index],
        reference.places[reference_index],
        probe.directions[probe_index].conj() * reference.directions[reference_index],
        pair_weight / pair_weight.sum(),
    )
    rigid = motion.apply(probe.places)
    anchors = rigid[probe_index]
    apart_px = np.abs(rigid[:, None] - anchors)
    nearness = np.exp(np.square(apart_px / DISPLACEMENT_SIGMA_PX) * np.float32(-0.5))
    pull = nearness @ (reference.places[reference_index] - anchors)
    moved = rigid + pull / (nearness.sum(axis=1) + np.float32(DISPLACEMENT_INERTIA))
    error = _box_error(moved, probe.directions * motion.turn, reference, apart_px.min(axis=1))
    paired, partner = np.nonzero(_choose_partners(error))
    return Alignment(motion, paired, partner, error[paired, partner], moved)


def _fit_motion(
    places: NDArray[np.complex64],
    targets: NDArray[np.complex64],
    turns: NDArray[np.complex64],
    weight: NDArray[np.float32],
) -> Motion:
    """Fit by least squares; directions count like arms of a fixed length."""
    centre, target_centre = (weight * places).sum(), (weight * targets).sum()
    moment = (weight * (places - centre).conj() * (targets - target_centre)).sum()
    lever = np.float32(DIRECTION_LEVER_PX2) * (weight * turns).sum()
    turn = _unit(np.asarray([moment + lever]))[0]
    return Motion(turn, np.complex64(centre), np.complex64(target_centre))
