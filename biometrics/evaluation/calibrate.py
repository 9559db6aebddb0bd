"""Measure anew which similarity score different fingers reach how often.

All fingers are compared: a table is no choice that could suit some of them. What is fitted
elsewhere is fitted to fingers with odd numbers and judged on the even ones.
"""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.progress import show_progress
from biometrics.evaluation.samples import (
    IMAGE_SUFFIXES,
    Sample,
    finger_number,
    list_samples,
    read_image,
)
from biometrics.finger.check import check
from biometrics.finger.compare import compare_described
from biometrics.finger.neighbourhood import DescribedTemplate, describe
from biometrics.parameters import FALSE_MATCH_RATES

Values = NDArray[np.float64]


def is_odd_finger(finger: str) -> bool:
    """Tell whether a finger is one of those that constants are chosen on.

    Parameters
    ----------
    finger : str
        Name whose last part, after an underscore, is a number.

    Returns
    -------
    answer : bool

    Raises
    ------
    ValueError
        If the last part is no number.
    """
    return finger_number(finger) % 2 == 1


def measure_false_matches(folders: Sequence[Path], resolution_ppi: float) -> dict[str, Any]:
    """Measure which score different fingers of the same folder reach how often.

    Parameters
    ----------
    folders : sequence of Path
        Sets of images named <finger>_<impression>.
    resolution_ppi : float

    Returns
    -------
    table : dict
        "comparisons", and "scores" for each of `FALSE_MATCH_RATES`.

    Raises
    ------
    OSError, ValueError
        If a folder cannot be read or holds no such image.
    """
    impostor = np.concatenate([_impostor_scores(folder, resolution_ppi) for folder in folders])
    descending = np.sort(impostor)[::-1]
    positions = [min(int(rate * len(impostor)), len(impostor) - 1) for rate in FALSE_MATCH_RATES]
    return {
        "comparisons": len(impostor),
        "scores": [round(float(descending[position]), 1) for position in positions],
    }


def _impostor_scores(folder: Path, resolution_ppi: float) -> Values:
    samples = list_samples(folder, IMAGE_SUFFIXES)
    described = _describe_all(samples, resolution_ppi, label=folder.name)
    return np.array(
        [
            compare_described(described[left], described[right]).similarity_score
            for left, right in combinations(range(len(samples)), 2)
            if samples[left].finger != samples[right].finger
        ]
    )


def _describe_all(
    samples: Sequence[Sample], resolution_ppi: float, *, label: str
) -> list[DescribedTemplate]:
    progress = show_progress(label)
    return [
        describe(check(read_image(sample.path), resolution_ppi).template)
        for sample in progress(samples, len(samples))
    ]
