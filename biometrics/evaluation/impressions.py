"""Load what is compared: check the images of a set, or read another extractor's templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from biometrics.codecs import iso19794_2
from biometrics.evaluation.progress import show_progress
from biometrics.evaluation.samples import (
    IMAGE_SUFFIXES,
    TEMPLATE_SUFFIXES,
    Sample,
    finger_number,
    list_samples,
    read_image,
    read_template,
)
from biometrics.evaluation.timing import pinned, time_call_ms
from biometrics.evaluation.xyt import write_xyt
from biometrics.finger.check import check
from biometrics.finger.minutiae import empty_template
from biometrics.finger.position import FingerPosition
from biometrics.finger.results import FingerCheck
from biometrics.finger.template import FingerTemplate

_WARM_UP_CHECKS = 3


@dataclass(slots=True)
class Impressions:
    """The samples of a set with their templates, in the same order."""

    samples: list[Sample]
    templates: list[FingerTemplate] = field(default_factory=list)
    qualities: list[int] = field(default_factory=list)
    """Empty for templates that were read."""
    check_ms: list[float] = field(default_factory=list)
    """Of the images that could be read."""

    @property
    def failures(self) -> int:
        """Samples without a template: unreadable, absent, or no print found."""
        return sum(not len(template) for template in self.templates)


def check_images(folder: Path, resolution_ppi: float, *, parity: int | None = None) -> Impressions:
    """Check every image of a set.

    Parameters
    ----------
    folder : Path
        Images named <finger>_<impression>.
    resolution_ppi : float
        Of the images.
    parity : int, optional
        1 for fingers with odd numbers only, 0 for even ones; all by default.

    Returns
    -------
    impressions : Impressions
        A damaged image is a failure of the set, not an error.

    Raises
    ------
    OSError, ValueError
        If the folder cannot be read or holds no such image.
    """
    samples = _one_per_name(list_samples(folder, IMAGE_SUFFIXES))
    if parity is not None:
        samples = [sample for sample in samples if finger_number(sample.finger) % 2 == parity]
    if not samples:
        raise ValueError(f"{folder} holds no finger with such a number; use --fingers all")
    loaded = Impressions(samples)
    _warm_up(samples[0], resolution_ppi)
    with pinned():
        for sample in show_progress(f"check {folder.name}")(samples, len(samples)):
            _check_one(sample, resolution_ppi, loaded)
    return loaded


def _one_per_name(samples: Sequence[Sample]) -> list[Sample]:
    """Keep one file of each impression; a folder may hold it as .fmr and as .xyt."""
    chosen = {(sample.finger, sample.impression): sample for sample in reversed(samples)}
    return sorted(chosen.values(), key=lambda sample: (sample.finger, sample.impression))


def _warm_up(sample: Sample, resolution_ppi: float) -> None:
    blank = np.zeros((64, 64), np.uint8)
    try:
        pixels = read_image(sample.path)
    except ValueError:
        pixels = blank
    for _ in range(_WARM_UP_CHECKS):
        check(pixels, resolution_ppi)


def _check_one(sample: Sample, resolution_ppi: float, loaded: Impressions) -> None:
    try:
        pixels = read_image(sample.path)
    except ValueError:  # a damaged image is a failure of the set, not of the evaluation
        loaded.templates.append(empty_template((1, 1)))
        loaded.qualities.append(0)
        return
    results: list[FingerCheck] = []
    loaded.check_ms.append(time_call_ms(lambda: results.append(check(pixels, resolution_ppi))))
    loaded.templates.append(results[0].template)
    loaded.qualities.append(results[0].quality_score)


def holds_templates(folder: Path) -> bool:
    """Tell whether a folder is there and holds any template.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    answer : bool
    """
    return folder.is_dir() and any(path.suffix in TEMPLATE_SUFFIXES for path in folder.iterdir())


def read_templates(folder: Path, samples: Sequence[Sample]) -> Impressions:
    """Read another extractor's templates of the same samples.

    Parameters
    ----------
    folder : Path
        Templates named like the images.
    samples : sequence of Sample
        The images.

    Returns
    -------
    impressions : Impressions
        A sample whose template is absent or empty is a failure of the extractor.

    Raises
    ------
    OSError, ValueError
        If the folder cannot be read, holds a broken template, or none of these samples.
    """
    found = {
        (sample.finger, sample.impression): sample.path
        for sample in _one_per_name(list_samples(folder, TEMPLATE_SUFFIXES))
    }
    paths = [found.get((sample.finger, sample.impression)) for sample in samples]
    if not any(paths):
        raise ValueError(f"{folder} holds no template named like the images it is compared with")
    templates = [read_template(path) if path else empty_template((1, 1)) for path in paths]
    return Impressions(list(samples), templates)


def write_templates(loaded: Impressions, folder: Path) -> None:
    """Write every template as .fmr and as .xyt, for other programs to compare.

    Parameters
    ----------
    loaded : Impressions
        Of images.
    folder : Path
        Made if needed.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = zip(loaded.samples, loaded.templates, loaded.qualities, strict=True)
    for sample, template, quality in rows:
        view = iso19794_2.FingerView(FingerPosition.UNKNOWN, template, quality)
        (folder / f"{sample.path.stem}.fmr").write_bytes(iso19794_2.encode([view]))
        (folder / f"{sample.path.stem}.xyt").write_text(write_xyt(template), encoding="ascii")
