"""Compare two templates: the stages in their order."""

import numpy as np

from biometrics.finger.alignment import Alignment, align
from biometrics.finger.neighbourhood import DescribedTemplate, describe
from biometrics.finger.results import ComparisonResult
from biometrics.finger.screening import is_hopeless
from biometrics.finger.seeding import compare_neighbourhoods, find_candidates
from biometrics.finger.similarity import score_alignment
from biometrics.finger.template import FingerTemplate
from biometrics.parameters import SCREEN_PAIRS


def compare(probe: FingerTemplate, reference: FingerTemplate) -> ComparisonResult:
    """Compare two templates.

    Parameters
    ----------
    probe, reference : FingerTemplate
        In either order: the score is the same.

    Returns
    -------
    result : ComparisonResult
        Score 0 without pairs when either template has too few minutiae, no neighbourhood of the
        one is found in the other, or nothing falls together.
    """
    return compare_described(describe(probe), describe(reference))


def compare_described(probe: DescribedTemplate, reference: DescribedTemplate) -> ComparisonResult:
    """Compare two templates that were described before.

    Parameters
    ----------
    probe, reference : DescribedTemplate
        In either order: the score is the same.

    Returns
    -------
    result : ComparisonResult
        As `compare`.
    """
    if _order(probe) <= _order(reference):
        return _compare_in_order(probe, reference)
    return _swap(_compare_in_order(reference, probe))


def _order(described: DescribedTemplate) -> tuple[int, bytes, bytes]:
    """Give the two templates one order, so that the result cannot depend on who is the probe."""
    return len(described), described.places.tobytes(), described.directions.tobytes()


def _compare_in_order(probe: DescribedTemplate, reference: DescribedTemplate) -> ComparisonResult:
    if len(probe) < SCREEN_PAIRS:
        return _no_match()
    likeness = compare_neighbourhoods(probe, reference)
    if is_hopeless(likeness[np.ix_(probe.strongest, reference.strongest)]):
        return _no_match()
    candidates = find_candidates(probe, reference, likeness)
    alignment = align(probe, reference, likeness, candidates)
    if alignment is None:
        return _no_match()
    return _result(score_alignment(probe, reference, likeness, alignment), alignment)


def _no_match() -> ComparisonResult:
    return ComparisonResult(
        similarity_score=0.0, pairs=np.empty((0, 2), np.intp), rotation_rad=0.0, shift_px=(0.0, 0.0)
    )


def _result(similarity_score: float, alignment: Alignment) -> ComparisonResult:
    origin = complex(alignment.motion.apply(np.zeros(1, np.complex64))[0])
    return ComparisonResult(
        similarity_score=similarity_score,
        pairs=np.stack([alignment.probe_index, alignment.reference_index], axis=1),
        rotation_rad=float(np.angle(alignment.motion.turn)),
        shift_px=(-origin.imag, origin.real),
    )


def _swap(result: ComparisonResult) -> ComparisonResult:
    """Say the same of the comparison the other way round."""
    shift = complex(result.shift_px[1], -result.shift_px[0])
    back = -shift * np.exp(-1j * result.rotation_rad)
    return ComparisonResult(
        similarity_score=result.similarity_score,
        pairs=result.pairs[:, ::-1],
        rotation_rad=-result.rotation_rad,
        shift_px=(-float(back.imag), float(back.real)),
    )
