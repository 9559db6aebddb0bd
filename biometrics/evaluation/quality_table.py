"""Read another algorithm's quality scores from a table."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.samples import Sample

_KEYS = ("set", "image")


@dataclass(frozen=True, slots=True)
class QualityTable:
    """Scores of one algorithm for the images of some sets."""

    name: str
    """The algorithm, as the table's column is called."""
    path: Path
    scores: dict[tuple[str, str], float]
    """By set (the folder's name) and image (the file's name without its ending)."""

    def scores_of(self, samples: Sequence[Sample]) -> NDArray[np.float64]:
        """Look up the scores of a set's samples.

        Parameters
        ----------
        samples : sequence of Sample

        Returns
        -------
        scores : (samples,) ndarray of float64

        Raises
        ------
        ValueError
            If the table lacks one.
        """
        keys = [(sample.path.parent.name, sample.path.stem) for sample in samples]
        absent = [key for key in keys if key not in self.scores]
        if absent:
            raise ValueError(
                f"{self.path} lacks {len(absent)} of {len(keys)} images, the first being "
                f"{absent[0][1]} of set {absent[0][0]}"
            )
        return np.array([self.scores[key] for key in keys])


def read_quality_table(path: Path) -> QualityTable:
    """Read a table of quality scores.

    Parameters
    ----------
    path : Path
        CSV with the columns set and image, and one more with the scores.

    Returns
    -------
    table : QualityTable

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If its columns are others or a score is no number.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    columns = [name for name in (rows[0] if rows else ()) if name not in _KEYS]
    if len(columns) != 1 or not set(_KEYS) <= set(rows[0]):
        raise ValueError(f"{path} needs the columns set, image and one with scores")
    name = columns[0]
    return QualityTable(name, path, {(row["set"], row["image"]): float(row[name]) for row in rows})
