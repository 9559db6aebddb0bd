"""What a pad reported of a task: report rate, cells reached, pressure span, tremble at rest."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import PadGeometry, PenSample

CELLS = (4, 8)
"""Rows and columns of the grid that the trace must reach; CHECKS E.2 row 47."""
_GAP_S = 0.25  # a longer pause between two reports is a lifted pen, not a slow pad
_SCREEN_PX = (400, 640)
_REACHED, _MISSING, _INK, _PAPER = (190, 225, 190), (205, 205, 240), (60, 30, 20), (255, 255, 255)

Cells = NDArray[np.bool_]


def touching(samples: Sequence[PenSample]) -> list[PenSample]:
    """Return the samples in which the pen touched."""
    return [sample for sample in samples if sample.is_touching]


def report_rate_hz(samples: Sequence[PenSample]) -> float:
    """Return reports per second while the pen touched; 0 for fewer than two."""
    times = np.array([sample.time_s for sample in touching(samples)])
    gaps = np.diff(times)
    gaps = gaps[gaps < _GAP_S]
    return float(gaps.size / gaps.sum()) if gaps.sum() > 0 else 0.0


def reached_cells(samples: Sequence[PenSample], geometry: PadGeometry) -> Cells:
    """Return which cells of the area the pen touched."""
    cells = np.zeros(CELLS, dtype=bool)
    for sample in touching(samples):
        row = int(np.clip(sample.y_mm / geometry.height_mm * CELLS[0], 0, CELLS[0] - 1))
        col = int(np.clip(sample.x_mm / geometry.width_mm * CELLS[1], 0, CELLS[1] - 1))
        cells[row, col] = True
    return cells


def pressure_span(samples: Sequence[PenSample]) -> float:
    """Return the share of the pressure range that was used, in per cent, but for 1 % each end."""
    forces = [sample.pressure for sample in touching(samples)]
    if not forces:
        return 0.0
    low, high = np.percentile(forces, (1, 99))
    return float(100 * (high - low))


def tremble_mm(samples: Sequence[PenSample]) -> float:
    """Return how far a pen at rest seems to move, root mean square of the worse axis."""
    places = np.array([(sample.x_mm, sample.y_mm) for sample in touching(samples)])
    if len(places) < 2:
        return 0.0
    return float(places.std(axis=0).max())


def draw_cells(
    samples: Sequence[PenSample], geometry: PadGeometry, *, shows_trace: bool = True
) -> bytes:
    """Draw the grid, cells that are still missing, and the trace.

    What is kept beside a report shows no trace: whoever wrote a name instead of lines would leave
    a signature there.
    """
    rows, cols = _SCREEN_PX
    picture = np.full((rows, cols, 3), _PAPER, dtype=np.uint8)
    edges = rows // CELLS[0], cols // CELLS[1]
    for (row, col), is_reached in np.ndenumerate(reached_cells(samples, geometry)):
        corner = (col * edges[1] + 2, row * edges[0] + 2)
        other = ((col + 1) * edges[1] - 3, (row + 1) * edges[0] - 3)
        cv2.rectangle(picture, corner, other, _REACHED if is_reached else _MISSING, cv2.FILLED)
    for sample in touching(samples) if shows_trace else ():
        x_px = round(sample.x_mm / geometry.width_mm * (cols - 1))
        y_px = round(sample.y_mm / geometry.height_mm * (rows - 1))
        cv2.circle(picture, (x_px, y_px), 2, _INK, cv2.FILLED, cv2.LINE_AA)
    return cv2.imencode(".png", picture)[1].tobytes()
