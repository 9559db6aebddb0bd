"""Grow a ridge pattern along a flow: oriented band-pass filtering, repeated, from noise.

Every pass samples each pixel's surroundings across the ridge at the local period and along the
ridge, adds them up with Gabor weights and compresses the sum (contextual filtering as in
Cappelli's SFinGe; Maltoni et al., "Handbook of Fingerprint Recognition", ch. 6). Where waves that
grew from different places meet, real ridge endings and bifurcations remain.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.finger import MASTER_SHAPE_PX, TIP_ROW_PX, FingerTraits
from drivers.simulation.randomness import generator
from drivers.simulation.spacing import spread_factor

Field = NDArray[np.float32]
_Map = tuple[NDArray[np.int16], NDArray[np.uint16]]

GROWTH_PASSES = 12  # leaves 20 to 80 minutiae on a pad; more passes leave fewer
_ALONG_PX = (-9.0, -5.5, -2.5, 0.0, 2.5, 5.5, 9.0)  # uneven, so that no short wave survives
_ALONG_SIGMA_PX = 6.0
_STEPS_PER_PERIOD = 6
_ACROSS_SIGMA_PERIODS = 0.5


def grow_ridges(traits: FingerTraits, flow_rad: Field) -> Field:
    """Return the ridge height of every master pixel, -1 (valley) to 1 (ridge)."""
    rng = generator(traits.seed, "ridges")
    period_px = _period_map(rng, traits) * spread_factor(flow_rad)
    taps = _taps_across(flow_rad, period_px), _taps_along(flow_rad)
    height = rng.standard_normal(MASTER_SHAPE_PX).astype(np.float32)
    for _ in range(GROWTH_PASSES):
        for direction in taps:
            height = _weighted_sum(height, direction)
        height = cv2.GaussianBlur(height, (0, 0), 0.7).astype(np.float32)
        height = np.tanh(height * (1.3 / (float(height.std()) + 1e-6)))
    return height


def _period_map(rng: np.random.Generator, traits: FingerTraits) -> Field:
    """Ridges are finer around the core and wider towards tip and crease, and vary locally."""
    rows, cols = MASTER_SHAPE_PX
    along = (np.arange(rows, dtype=np.float32) - TIP_ROW_PX) / traits.length_px
    trend = 0.97 + 0.10 * np.clip(along - 0.55, 0, 0.6) + 0.05 * np.clip(0.3 - along, 0, 0.3)
    coarse = rng.normal(1.0, 0.035, (6, 4)).astype(np.float32)
    local = cv2.resize(coarse, (cols, rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray(traits.ridge_period_px * trend[:, None] * local, dtype=np.float32)


def _taps_across(flow_rad: Field, period_px: Field) -> list[tuple[_Map, float]]:
    steps = np.arange(-_STEPS_PER_PERIOD, _STEPS_PER_PERIOD + 1)
    offsets = (steps / _STEPS_PER_PERIOD).astype(np.float32)  # in periods
    weights = np.cos(2 * np.pi * offsets) * np.exp(-0.5 * (offsets / _ACROSS_SIGMA_PERIODS) ** 2)
    weights -= weights.mean()
    normal = period_px * np.cos(flow_rad), period_px * np.sin(flow_rad)
    return [
        (_shifted(offset * normal[0], offset * normal[1]), float(weight))
        for offset, weight in zip(offsets, weights, strict=True)
    ]


def _taps_along(flow_rad: Field) -> list[tuple[_Map, float]]:
    down, right = -np.sin(flow_rad), np.cos(flow_rad)
    return [
        (
            _shifted(np.float32(px) * down, np.float32(px) * right),
            float(np.exp(-0.5 * (px / _ALONG_SIGMA_PX) ** 2)),
        )
        for px in _ALONG_PX
    ]


def _shifted(down: Field, right: Field) -> _Map:
    rows, cols = np.mgrid[0 : down.shape[0], 0 : down.shape[1]].astype(np.float32)
    whole, fraction = cv2.convertMaps(
        (cols + right).astype(np.float32), (rows + down).astype(np.float32), cv2.CV_16SC2
    )
    return whole.astype(np.int16, copy=False), fraction.astype(np.uint16, copy=False)


def _weighted_sum(height: Field, taps: list[tuple[_Map, float]]) -> Field:
    total = np.zeros_like(height)
    for (whole, fraction), weight in taps:
        sample = cv2.remap(height, whole, fraction, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        cv2.scaleAdd(sample, weight, total, total)
    return total
