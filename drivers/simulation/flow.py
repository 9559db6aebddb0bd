"""Ridge flow of a finger: the zero-pole model with corrections that make it anatomical.

Sherlock and Monro (Pattern Recognition 26(7), 1993) write the ridge direction as half the sum of
the angles towards the cores minus those towards the deltas. Vizcaya and Gerhardt (Pattern
Recognition 29(7), 1996) bend these angles, since real flow differs from the ideal one away from
the singular points; here low harmonics of the angle, drawn per finger, do that. Two smooth terms
follow the finger's own shape: ridges arch around the tip and run slanting across the crease.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.finger import MASTER_SHAPE_PX, TIP_ROW_PX, FingerTraits, PatternType
from drivers.simulation.randomness import generator

Field = NDArray[np.float32]


def grow_flow(traits: FingerTraits) -> Field:
    """Return the ridge direction of every master pixel, counterclockwise from +column, radians."""
    rng = generator(traits.seed, "flow")
    rows, cols = _pixel_grid()
    angle_rad = _tip_arching(rng, traits, rows, cols)
    for row, col in traits.cores:
        angle_rad += 0.5 * _bent_angle(rng, rows - row, cols - col)
    for row, col in traits.deltas:
        angle_rad -= 0.5 * _bent_angle(rng, rows - row, cols - col)
    if traits.pattern is PatternType.ARCH:
        angle_rad += _plain_arch(rng, traits, rows, cols)
    return (angle_rad + _gentle_waves(rng)).astype(np.float32)


def _pixel_grid() -> tuple[Field, Field]:
    rows, cols = np.mgrid[0 : MASTER_SHAPE_PX[0], 0 : MASTER_SHAPE_PX[1]].astype(np.float32)
    return rows, cols


def _bent_angle(rng: np.random.Generator, down: Field, right: Field) -> Field:
    angle = np.arctan2(-down, right)
    first, second = rng.normal(0, 0.17, 2)
    phase = rng.uniform(0, 2 * np.pi, 2)
    bend = first * np.sin(angle + phase[0]) + second * np.sin(2 * angle + phase[1])
    near = np.exp(-(down**2 + right**2) / (2 * 45.0**2))  # the singular point itself stays ideal
    return np.asarray(angle + bend * (1 - near), dtype=np.float32)


def _tip_arching(rng: np.random.Generator, traits: FingerTraits, rows: Field, cols: Field) -> Field:
    """Ridges near the tip follow the outline: rising on the left, falling on the right."""
    half_width = traits.width_px / 2
    middle = MASTER_SHAPE_PX[1] / 2 + rng.normal(0, 0.14) * half_width
    across = np.clip((cols - middle) / half_width, -1.4, 1.4)
    along = (rows - TIP_ROW_PX) / traits.length_px
    reach = rng.normal(0.42, 0.07)
    strength = rng.normal(0.75, 0.15) / (1 + np.exp((along - reach) / 0.08))
    return np.asarray(-strength * across * np.abs(across) ** 0.2, dtype=np.float32)


def _plain_arch(rng: np.random.Generator, traits: FingerTraits, rows: Field, cols: Field) -> Field:
    across = np.clip((cols - MASTER_SHAPE_PX[1] / 2) / (traits.width_px / 2), -1.3, 1.3)
    along = (rows - TIP_ROW_PX) / traits.length_px
    height = rng.uniform(0.65, 0.95)
    bump = np.exp(-0.5 * ((along - 0.55) / 0.17) ** 2)
    return np.asarray(-height * bump * np.sin(np.pi * across / 1.3), dtype=np.float32)


def _gentle_waves(rng: np.random.Generator) -> Field:
    """Individual irregularity: smooth, a few degrees."""
    size = (MASTER_SHAPE_PX[1], MASTER_SHAPE_PX[0])
    waves = [
        cv2.resize(
            rng.normal(0, sigma_rad, shape).astype(np.float32), size, interpolation=cv2.INTER_CUBIC
        )
        for shape, sigma_rad in (((6, 4), 0.11), ((11, 7), 0.06))
    ]
    return np.asarray(waves[0] + waves[1], dtype=np.float32)
