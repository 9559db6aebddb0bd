"""Read a folder of slaps whose fingers are known.

FOLDER/truth.jsonl     one JSON object per line and slap:
    file               name of the image in the folder
    resolution_ppi     of the image
    expected           the fingers asked for, from left to right, such as "right_index"
    hand               which hand lies there: "right", "left" or "both" (thumbs)
    rotation_rad       turn of the hand, counterclockwise
    wrong              words that say what is not ideal; figures are told apart by them
    fingers            position and quadrilateral ((row, col) x 4) of each fingertip
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.position import FingerPosition

TRUTH_NAME = "truth.jsonl"


@dataclass(frozen=True, slots=True, eq=False)
class TrueSlap:
    """What is really on one slap."""

    path: Path
    resolution_ppi: float
    expected: tuple[FingerPosition, ...]
    hand: str
    rotation_rad: float
    wrong: tuple[str, ...]
    positions: tuple[FingerPosition, ...]
    """From left to right."""
    quadrilaterals: NDArray[np.float64]
    """(fingers, 4, 2) corners (row, col) in pixels of the image."""


def read_truth(folder: Path) -> list[TrueSlap]:
    """Read what is known about the slaps of a folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    slaps : list of TrueSlap
        In the order of the file.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If it is empty, or a line is not as described above.
    """
    lines = (folder / TRUTH_NAME).read_text(encoding="utf-8").splitlines()
    if not lines:
        raise ValueError(
            f"{folder / TRUTH_NAME} is empty; write slaps first: python -m drivers slaps"
        )
    slaps = []
    for number, line in enumerate(lines, start=1):
        try:
            slaps.append(_parse(folder, json.loads(line)))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{TRUTH_NAME} line {number} cannot be read: {error!r}") from error
    return slaps


def _parse(folder: Path, line: dict[str, Any]) -> TrueSlap:
    corners = np.array([finger["quadrilateral"] for finger in line["fingers"]], np.float64)
    return TrueSlap(
        path=folder / Path(line["file"]).name,
        resolution_ppi=float(line["resolution_ppi"]),
        expected=tuple(_position(name) for name in line["expected"]),
        hand=str(line["hand"]),
        rotation_rad=float(line["rotation_rad"]),
        wrong=tuple(line["wrong"]),
        positions=tuple(_position(finger["position"]) for finger in line["fingers"]),
        quadrilaterals=corners.reshape(-1, 4, 2),
    )


def _position(name: str) -> FingerPosition:
    return FingerPosition[name.upper()]
