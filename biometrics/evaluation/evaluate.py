"""Run the FVC protocol over one or several sets and report figures with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.bootstrap import LEVEL, REPLICATES, SEED, draw_fingers, interval_of
from biometrics.evaluation.discard_report import (
    FALSE_MATCH_RATES,
    OWN_SCORE,
    DiscardCurve,
    measure_discard,
    pairs_at,
)
from biometrics.evaluation.impressions import (
    Impressions,
    check_images,
    holds_templates,
    read_templates,
    write_templates,
)
from biometrics.evaluation.progress import show_progress
from biometrics.evaluation.protocol import (
    FIGURES,
    Comparisons,
    Summary,
    compare_all,
    median_compare_ms,
)
from biometrics.evaluation.quality_table import QualityTable
from biometrics.evaluation.ranks import rank_correlation

Values = NDArray[np.float64]

_BOOTSTRAP = {"replicates": REPLICATES, "seed": SEED, "level": LEVEL, "unit": "finger"}


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """What to evaluate besides the images themselves."""

    template_folder: Path | None = None
    """Another extractor's templates; filled with ours where it holds none.

    Of several sets it holds a folder each, named like the set.
    """
    quality_table: QualityTable | None = None
    """Another algorithm's quality scores, for error versus discard on the same pairs."""
    parity: int | None = None
    """1 for fingers with odd numbers only, 0 for even ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Figures of one set by one extractor, and the same of fingers drawn anew."""

    comparisons: Comparisons
    figures: dict[str, float]
    replicates: dict[str, Values]
    """(replicates,) for each figure."""


@dataclass(frozen=True, slots=True, eq=False)
class SetResult:
    """One set evaluated."""

    name: str
    images: Impressions
    own: Measured
    other: Measured | None
    """Of the templates that were read."""
    other_failures: int
    compare_ms: float
    qualities: dict[str, Values]
    """(samples,) for each quality algorithm."""

    @property
    def main(self) -> Measured:
        """The figures that come first: of the templates where any were read."""
        return self.other or self.own


def evaluate_sets(
    folders: Sequence[Path], resolution_ppi: float, options: EvaluationOptions
) -> list[SetResult]:
    """Extract, compare everything with everything within each set, and compute the figures.

    Parameters
    ----------
    folders : sequence of Path
        Images named <finger>_<impression>.
    resolution_ppi : float
        Of the images.
    options : EvaluationOptions

    Returns
    -------
    results : list of SetResult

    Raises
    ------
    OSError, ValueError
        If a folder cannot be read or holds too little for the protocol.
    """
    is_one = len(folders) == 1
    return [
        _evaluate_set(folder, resolution_ppi, options, stream=stream, is_one=is_one)
        for stream, folder in enumerate(folders)
    ]


def _evaluate_set(
    folder: Path, resolution_ppi: float, options: EvaluationOptions, *, stream: int, is_one: bool
) -> SetResult:
    images = check_images(folder, resolution_ppi, parity=options.parity)
    qualities = {OWN_SCORE: np.array(images.qualities, dtype=np.float64)}
    if options.quality_table:
        qualities[options.quality_table.name] = options.quality_table.scores_of(images.samples)
    templates = options.template_folder
    if templates and not is_one:
        templates = templates / folder.name
    read = _exchange_templates(images, templates) if templates else None
    return SetResult(
        name=folder.name,
        images=images,
        own=_measure(images, label=f"compare {folder.name}", stream=stream),
        other=_measure(read, label=f"compare {folder.name}*", stream=stream) if read else None,
        other_failures=read.failures if read else 0,
        compare_ms=median_compare_ms((read or images).templates),
        qualities=qualities,
    )


def _exchange_templates(images: Impressions, folder: Path) -> Impressions | None:
    """Read another extractor's templates, or leave ours where there are none."""
    if holds_templates(folder):
        return read_templates(folder, images.samples)
    write_templates(images, folder)
    return None


def _measure(loaded: Impressions, *, label: str, stream: int) -> Measured:
    comparisons = compare_all(loaded.samples, loaded.templates, progress=show_progress(label))
    summary = Summary(comparisons)
    drawn = [summary.figures(row) for row in draw_fingers(comparisons.finger_count, stream=stream)]
    return Measured(
        comparisons=comparisons,
        figures=summary.figures(np.ones(comparisons.finger_count)),
        replicates={name: np.array([row[name] for row in drawn]) for name in FIGURES},
    )


def measure_all_discards(results: Sequence[SetResult]) -> list[DiscardCurve]:
    """Measure error versus discard over the sets together, at every false match rate.

    Parameters
    ----------
    results : sequence of SetResult

    Returns
    -------
    curves : list of DiscardCurve
    """
    return [
        measure_discard(
            [
                pairs_at(one.main.comparisons, one.qualities, false_match=false_match)
                for one in results
            ],
            false_match=false_match,
        )
        for false_match in FALSE_MATCH_RATES
    ]


def describe_results(results: Sequence[SetResult]) -> dict[str, Any]:
    """Turn results into plain values.

    Parameters
    ----------
    results : sequence of SetResult

    Returns
    -------
    described : dict
        Of one set, its name "set" and figures: `FIGURES` and "intervals" for each, median_check_ms,
        median_compare_ms, failures, samples, fingers, median_quality, discard_ratio (at a false
        match rate of 1 in 100) and "discard". Where templates were read, the figures are theirs,
        "images" holds those of our extractor and "difference" images minus templates with its
        paired intervals. Of several sets, "sets" by name, their "mean", and pooled "discard".
    """
    if len(results) == 1:
        return {**_describe_set(results[0]), "bootstrap": _BOOTSTRAP}
    return {
        "sets": {one.name: _describe_set(one) for one in results},
        "mean": _describe_mean(results),
        "discard": [curve.describe() for curve in measure_all_discards(results)],
        "bootstrap": _BOOTSTRAP,
    }


def describe_quality(results: Sequence[SetResult]) -> dict[str, Any]:
    """Say how well quality scores foretell errors, and how they rank against each other.

    Parameters
    ----------
    results : sequence of SetResult

    Returns
    -------
    described : dict
        For all sets pooled: "discard", and "rank_correlation" of our score with each other one;
        "sets" holds the same for each.
    """
    return {
        "set": ", ".join(one.name for one in results),
        **_describe_quality_of(results),
        "sets": {one.name: _describe_quality_of([one]) for one in results},
        "bootstrap": _BOOTSTRAP,
    }


def _describe_quality_of(results: Sequence[SetResult]) -> dict[str, Any]:
    own, *others = results[0].qualities
    pooled = {
        name: np.concatenate([one.qualities[name] for one in results]) for name in (own, *others)
    }
    return {
        "rank_correlation": {name: rank_correlation(pooled[own], pooled[name]) for name in others},
        "discard": [curve.describe() for curve in measure_all_discards(results)],
    }


def _describe_set(one: SetResult) -> dict[str, Any]:
    discard = [curve.describe() for curve in measure_all_discards([one])]
    described: dict[str, Any] = {
        "set": one.name,
        **one.main.figures,
        "median_check_ms": median(one.images.check_ms) if one.images.check_ms else None,
        "median_compare_ms": one.compare_ms,
        "failures": one.other_failures if one.other else one.images.failures,
        "samples": len(one.images.samples),
        "fingers": one.own.comparisons.finger_count,
        "median_quality": median(one.images.qualities),
        "discard_ratio": discard[0][OWN_SCORE]["ratio"],
        "intervals": _intervals(one.main.replicates),
        "discard": discard,
    }
    if one.other:
        described["images"] = {**one.own.figures, "intervals": _intervals(one.own.replicates)}
        described["difference"] = _difference([one])
    return described


def _intervals(replicates: dict[str, Values]) -> dict[str, list[float] | None]:
    return {name: interval_of(values) for name, values in replicates.items()}


def _describe_mean(results: Sequence[SetResult]) -> dict[str, Any]:
    described: dict[str, Any] = {
        **{name: mean(one.main.figures[name] for one in results) for name in FIGURES},
        "failures": sum(
            one.other_failures if one.other else one.images.failures for one in results
        ),
        "samples": sum(len(one.images.samples) for one in results),
        "fingers": sum(one.own.comparisons.finger_count for one in results),
        "intervals": _intervals(_mean_replicates([one.main for one in results])),
    }
    if all(one.other for one in results):
        described["images"] = {
            **{name: mean(one.own.figures[name] for one in results) for name in FIGURES},
            "intervals": _intervals(_mean_replicates([one.own for one in results])),
        }
        described["difference"] = _difference(results)
    return described


def _mean_replicates(measured: Sequence[Measured]) -> dict[str, Values]:
    return {name: np.mean([one.replicates[name] for one in measured], axis=0) for name in FIGURES}


def _difference(results: Sequence[SetResult]) -> dict[str, Any]:
    """Subtract the templates' figures from the images', for the same fingers drawn."""
    own = _mean_replicates([one.own for one in results])
    other = _mean_replicates([one.main for one in results])
    differences: dict[str, Any] = {
        name: mean(one.own.figures[name] - one.main.figures[name] for one in results)
        for name in FIGURES
    }
    intervals = {name: interval_of(own[name] - other[name]) for name in FIGURES}
    return {**differences, "intervals": intervals}
