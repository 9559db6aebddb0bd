"""What a technician draws on a signature pad when the self-test asks for it.

    trace   along the border, then to and fro until every part of the area was touched, with
            lighter and harder pressure by turns
    rest    the tip rests on one place

Not modelled: a hand that misses parts, a pen held askew.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drivers.frames import PenSample
from drivers.simulation.signature import AREA_MM, SAMPLE_RATE_HZ

_SPEED_MM_S = 500.0  # a quick hand with a task
_EDGE_MM = 2.0
_LINES = 8
_REST_S = 3.5
_LIGHT, _HARD = 0.06, 0.95  # share of the pressure range
_LIFT_S = 0.1


class PenTask(StrEnum):
    """What is asked for."""

    TRACE = "trace"
    REST = "rest"


def do_task(task: PenTask) -> tuple[PenSample, ...]:
    """Return the pen's samples at 200 Hz from the first touch on, the last one lifted."""
    if task is PenTask.REST:
        path = np.tile(np.array(AREA_MM) / 2, (int(_REST_S * SAMPLE_RATE_HZ), 1))
        pressure = np.full(len(path), 0.4)
    else:
        path = _walk(np.vstack([_border(), _to_and_fro()]))
        pressure = np.linspace(0, 6 * np.pi, len(path))
        pressure = _LIGHT + (_HARD - _LIGHT) * (1 - np.cos(pressure)) / 2
    samples = [
        PenSample(float(x_mm), float(y_mm), float(force), index / SAMPLE_RATE_HZ, True)
        for index, ((x_mm, y_mm), force) in enumerate(zip(path, pressure, strict=True))
    ]
    last = samples[-1]
    lifted = PenSample(last.x_mm, last.y_mm, 0.0, last.time_s + _LIFT_S, False)
    return (*samples, lifted)


def _border() -> NDArray[np.float64]:
    right, bottom = AREA_MM[0] - _EDGE_MM, AREA_MM[1] - _EDGE_MM
    corners = [(_EDGE_MM, _EDGE_MM), (right, _EDGE_MM), (right, bottom), (_EDGE_MM, bottom)]
    return np.array([*corners, corners[0]])


def _to_and_fro() -> NDArray[np.float64]:
    heights = np.linspace(_EDGE_MM, AREA_MM[1] - _EDGE_MM, _LINES)
    sides = (_EDGE_MM, AREA_MM[0] - _EDGE_MM)
    ends = [(sides[side], y) for k, y in enumerate(heights) for side in ((0, 1), (1, 0))[k % 2]]
    return np.array(ends)


def _walk(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places along straight lines, as far apart as the pen moves between two samples."""
    lengths = np.hypot(*np.diff(corners, axis=0).T)
    place = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.arange(0.0, place[-1], _SPEED_MM_S / SAMPLE_RATE_HZ)
    return np.column_stack([np.interp(at, place, corners[:, axis]) for axis in (0, 1)])
