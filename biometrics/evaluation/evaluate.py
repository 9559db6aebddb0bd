"""Run the FVC protocol over a folder and report its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from biometrics.codecs import iso19794_2
from biometrics.evaluation.discard import measure_discard_ratio
from biometrics.evaluation.plot import plot_errors
from biometrics.evaluation.progress import show_progress
from biometrics.evaluation.protocol import (
    Comparisons,
    compare_all,
    median_compare_ms,
    summarize,
)
from biometrics.evaluation.rates import threshold_at
from biometrics.evaluation.samples import (
    IMAGE_SUFFIXES,
    TEMPLATE_SUFFIXES,
    Sample,
    list_samples,
    read_image,
    read_template,
)
from biometrics.evaluation.timing import pinned, time_call_ms
from biometrics.evaluation.xyt import write_xyt
from biometrics.finger.check import check
from biometrics.finger.minutiae import empty_template
from biometrics.finger.position import FingerPosition
from biometrics.finger.template import FingerTemplate

_WARM_UP_CHECKS = 3
_DISCARD_FALSE_MATCH = 0.01  # as in published error-versus-discard curves of verification


@dataclass(slots=True)
class _Templates:
    """What was extracted or read for each sample."""

    templates: list[FingerTemplate]
    failures: int
    """Samples without a template: unreadable, or no print found."""
    qualities: list[int]
    check_ms: list[float]


def run_evaluation(
    folder: Path,
    resolution_ppi: float,
    *,
    template_folder: Path | None = None,
    plot_path: Path | None = None,
) -> dict[str, Any]:
    """Extract, compare everything with everything, and compute the figures of the protocol.

    Parameters
    ----------
    folder : Path
        Images named <finger>_<impression>.
    resolution_ppi : float
        Of the images.
    template_folder : Path, optional
        Compared instead of the images where it holds templates; filled where it holds none.
    plot_path : Path, optional
        Where the error curves are drawn.

    Returns
    -------
    figures : dict
        As `summarize`, and median_check_ms (None when no image was checked), median_compare_ms,
        failures, samples, median_quality, and discard_ratio (see `measure_discard_ratio`; at a
        false match rate of 1 in 100; None without quality scores or without errors).

    Raises
    ------
    OSError, ValueError
        If a folder cannot be read or holds too little for the protocol.
    """
    if template_folder is not None and _holds_templates(template_folder):
        samples = _one_per_name(list_samples(template_folder, TEMPLATE_SUFFIXES))
        loaded = _read_templates(samples)
    else:
        samples = _one_per_name(list_samples(folder, IMAGE_SUFFIXES))
        loaded = _extract_templates(samples, resolution_ppi, template_folder)
    comparisons = compare_all(samples, loaded.templates, progress=show_progress("compare"))
    figures: dict[str, Any] = dict(summarize(comparisons))
    figures["median_check_ms"] = median(loaded.check_ms) if loaded.check_ms else None
    figures["median_compare_ms"] = median_compare_ms(loaded.templates)
    figures["failures"] = loaded.failures
    figures["samples"] = len(samples)
    figures["median_quality"] = median(loaded.qualities) if loaded.qualities else None
    figures["discard_ratio"] = _discard_ratio(comparisons, loaded.qualities)
    if plot_path is not None:
        plot_errors(comparisons.curve(), title=folder.name, path=plot_path)
    return figures


def _discard_ratio(comparisons: Comparisons, qualities: Sequence[int]) -> float | None:
    if not qualities:
        return None
    pair_quality = np.array(qualities, dtype=np.float64)[comparisons.pairs].min(axis=1)
    return measure_discard_ratio(
        comparisons.scores[comparisons.is_genuine],
        pair_quality[comparisons.is_genuine],
        threshold=threshold_at(comparisons.curve(), false_match=_DISCARD_FALSE_MATCH),
    )


def _holds_templates(folder: Path) -> bool:
    return folder.is_dir() and any(path.suffix in TEMPLATE_SUFFIXES for path in folder.iterdir())


def _one_per_name(samples: Sequence[Sample]) -> list[Sample]:
    """Keep one file of each impression; a folder may hold it as .fmr and as .xyt."""
    chosen = {(sample.finger, sample.impression): sample for sample in reversed(samples)}
    return sorted(chosen.values(), key=lambda sample: (sample.finger, sample.impression))


def _read_templates(samples: Sequence[Sample]) -> _Templates:
    templates = [read_template(sample.path) for sample in samples]
    failures = sum(not len(template) for template in templates)
    return _Templates(templates, failures, qualities=[], check_ms=[])


def _extract_templates(
    samples: Sequence[Sample], resolution_ppi: float, template_folder: Path | None
) -> _Templates:
    _warm_up(samples[0], resolution_ppi)
    loaded = _Templates([], 0, [], [])
    progress = show_progress("check")
    with pinned():
        for sample in progress(samples, len(samples)):
            _extract_one(sample, resolution_ppi, loaded)
    if template_folder is not None:
        _write_templates(samples, loaded, template_folder)
    return loaded


def _warm_up(sample: Sample, resolution_ppi: float) -> None:
    blank = np.zeros((64, 64), np.uint8)
    try:
        pixels = read_image(sample.path)
    except ValueError:
        pixels = blank
    for _ in range(_WARM_UP_CHECKS):
        check(pixels, resolution_ppi)


def _extract_one(sample: Sample, resolution_ppi: float, loaded: _Templates) -> None:
    try:
        pixels = read_image(sample.path)
    except ValueError:  # a damaged image is a failure of the set, not of the evaluation
        loaded.templates.append(empty_template((1, 1)))
        loaded.qualities.append(0)
        loaded.failures += 1
        return
    results = []
    loaded.check_ms.append(time_call_ms(lambda: results.append(check(pixels, resolution_ppi))))
    loaded.templates.append(results[0].template)
    loaded.qualities.append(results[0].quality_score)
    loaded.failures += not len(results[0].template)


def _write_templates(samples: Sequence[Sample], loaded: _Templates, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for sample, template, quality in zip(samples, loaded.templates, loaded.qualities, strict=True):
        view = iso19794_2.FingerView(FingerPosition.UNKNOWN, template, quality)
        (folder / f"{sample.path.stem}.fmr").write_bytes(iso19794_2.encode([view]))
        (folder / f"{sample.path.stem}.xyt").write_text(write_xyt(template), encoding="ascii")
