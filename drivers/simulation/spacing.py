"""How wide ridges lie: they spread where the flow diverges and close up where it converges.

Were the spacing the same everywhere, every finger of one pattern would need ridge endings of the
same direction at the same places. Real skin gives way instead. With ridges along the unit vector t
and s = log(1 / period), ridges neither begin nor end where the slope of s along t equals
b = sin(a) da/dx + cos(a) da/dy (a: ridge direction, y down), since then the field of wave numbers
is free of curl. Here s is the least-squares solution of that, held near 0 and smooth, found by
conjugate gradients on a coarse grid.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

_STEP_PX = 8  # the grid's pitch
_PULL = 0.003  # towards the mean spacing, per cell: balances over about 18 cells (140 px)
_SMOOTHNESS = 0.03
_LARGEST = 0.17  # spacing varies by about 17 % within a finger
_ROUNDS = 60
_SINGULAR_COHERENCE = 0.8  # cells whose directions agree less lie at a core or delta


def spread_factor(flow_rad: Field) -> Field:
    """Return the factor on the ridge period of every pixel, about 0.84..1.19, median 1."""
    t_col, t_row, divergence, weight = _on_grid(flow_rad)

    def along(values: Field) -> Field:
        return t_col * _slope(values, 1) + t_row * _slope(values, 0)

    def along_adjoint(values: Field) -> Field:
        return _slope_adjoint(t_col * values, 1) + _slope_adjoint(t_row * values, 0)

    def normal_equations(values: Field) -> Field:
        smooth = sum(_slope_adjoint(_slope(values, axis), axis) for axis in (0, 1))
        fit = along_adjoint(weight * along(values))
        return np.asarray(fit + _PULL * values + _SMOOTHNESS * smooth, dtype=np.float32)

    log_density = _solve(normal_equations, along_adjoint(weight * divergence))
    bounded = np.clip(log_density - np.median(log_density), -_LARGEST, _LARGEST)
    size = (flow_rad.shape[1], flow_rad.shape[0])
    fine = cv2.resize(bounded.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.exp(-fine), dtype=np.float32)


def _on_grid(flow_rad: Field) -> tuple[Field, Field, Field, Field]:
    """Return t as (col, row), what the slope of s along t should be, and how much it counts."""
    size = (flow_rad.shape[1] // _STEP_PX, flow_rad.shape[0] // _STEP_PX)
    cosine = cv2.resize(np.cos(2 * flow_rad), size, interpolation=cv2.INTER_AREA)
    sine = cv2.resize(np.sin(2 * flow_rad), size, interpolation=cv2.INTER_AREA)
    coherence = np.hypot(cosine, sine) + 1e-6
    cosine, sine = cosine / coherence, sine / coherence
    angle = 0.5 * np.arctan2(sine, cosine)
    turn = [
        0.5 * (cosine * np.gradient(sine, axis=axis) - sine * np.gradient(cosine, axis=axis))
        for axis in (0, 1)
    ]
    divergence = np.sin(angle) * turn[1] + np.cos(angle) * turn[0]
    weight = coherence > _SINGULAR_COHERENCE
    fields = np.cos(angle), -np.sin(angle), divergence, weight
    first, second, third, fourth = (np.asarray(field, dtype=np.float32) for field in fields)
    return first, second, third, fourth


def _slope(values: Field, axis: int) -> Field:
    return np.asarray(np.gradient(values, axis=axis), dtype=np.float32)


def _slope_adjoint(values: Field, axis: int) -> Field:
    """Apply the transpose of `_slope`."""
    v = np.moveaxis(values, axis, 0)
    result = np.zeros_like(v)
    result[2:] += v[1:-1] / 2
    result[:-2] -= v[1:-1] / 2
    result[1] += v[0]
    result[0] -= v[0]
    result[-1] += v[-1]
    result[-2] -= v[-1]
    return np.moveaxis(result, 0, axis)


def _solve(operator: Callable[[Field], Field], right_side: Field) -> Field:
    """Solve a symmetric positive system by conjugate gradients."""
    solution = np.zeros_like(right_side)
    residual, direction = right_side.copy(), right_side.copy()
    energy = float((residual**2).sum())
    for _ in range(_ROUNDS):
        if energy < 1e-8:
            break
        image = operator(direction)
        step = np.float32(energy / float((direction * image).sum()))
        solution += step * direction
        residual -= step * image
        fresh = float((residual**2).sum())
        direction = residual + np.float32(fresh / energy) * direction
        energy = fresh
    return solution
