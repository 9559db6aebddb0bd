"""What a slap shows below the fingertips: lower phalanges, a ring, the edge of the palm.

The skin there has its own ridges (running across, slanting, with endings where they are bent), but
nobody is known by them here: they follow from the random stream of the placement alone.

Not modelled: creases within a phalanx, the whole palm, watches, bandages.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.finger import FingerTraits
from drivers.simulation.placement import Placement, Skin, finger_coordinates, smooth_noise, touch

Field = NDArray[np.float32]
Grey = NDArray[np.uint8]

_PX_PER_MM = 500 / 25.4

# Middle and proximal phalanx: (middle below the crease of the pad, half length, share of the pad's
# width) in mm; adult fingers, joints 24 and 46 mm below the crease.
_PHALANGES_MM = ((12.2, 10.6, 0.90), (34.5, 10.2, 0.97))
_RING_BELOW_MM = (30.0, 38.0)
_PERIOD_PX = 9.5
_WARP_PX = 26.0  # scale on which ridges bend


@dataclass(frozen=True, slots=True)
class LowerPart:
    """How much of a finger below its pad touches."""

    phalanges: int = 1
    """0 to 2: middle and proximal phalanx."""
    pressure: float = 0.0
    """-1 (barely) .. 1, relative to the pad's."""
    has_ring: bool = False


def press_lower_part(
    darkness: Grey,
    traits: FingerTraits,
    placement: Placement,
    lower: LowerPart,
    rng: np.random.Generator,
) -> None:
    """Add the lower phalanges of one finger to the darkness of a whole platen, in place."""
    reach_px = traits.length_px / 2 + 50 * _PX_PER_MM
    part = _surroundings(placement, traits, reach_px, darkness.shape)
    if lower.phalanges == 0 or darkness[part].size == 0:
        return
    rows, cols = np.mgrid[part].astype(np.float32)
    across, along = finger_coordinates(placement, rows, cols)
    below_mm = (along - traits.length_px / 2) / _PX_PER_MM
    pressure = _phalanges_pressure(across / (traits.width_px / 2), below_mm, lower)
    skin = Skin(lower.pressure, placement.skin.moisture)
    pressed = touch(_ridges(rng, across, along), pressure, skin, rng)
    pressed[pressure < -0.3] = 0
    if lower.has_ring:
        _put_ring(pressed, across / (traits.width_px / 2), below_mm, rng)
    darkness[part] = cv2.max(np.ascontiguousarray(darkness[part]), pressed)


def _surroundings(
    placement: Placement, traits: FingerTraits, reach_px: float, shape_px: tuple[int, ...]
) -> tuple[slice, slice]:
    """Return the part of the platen on which the finger's lower part can lie."""
    sine, cosine = np.sin(placement.rotation_rad), np.cos(placement.rotation_rad)
    ends = np.array([(traits.length_px / 2, reach_px)]).T * [(cosine, sine)]
    ends += np.array([placement.row_px, placement.col_px])
    half = 0.75 * traits.width_px
    low = np.maximum(np.floor(ends.min(axis=0) - half), 0).astype(int)
    high = np.minimum(np.ceil(ends.max(axis=0) + half), shape_px).astype(int)
    return slice(low[0], max(low[0], high[0])), slice(low[1], max(low[1], high[1]))


def _phalanges_pressure(across: Field, below_mm: Field, lower: LowerPart) -> Field:
    """1 in the middle of each phalanx, 0 where its contact ends."""
    pressure = np.full(across.shape, -1.0, np.float32)
    for middle_mm, half_mm, width in _PHALANGES_MM[: lower.phalanges]:
        x, y = across / width, (below_mm - middle_mm) / half_mm
        one = 1 - (np.abs(x) ** 2.4 + np.abs(y) ** 4)
        pressure = np.maximum(pressure, one.astype(np.float32))
    return pressure


def _ridges(rng: np.random.Generator, across: Field, along: Field) -> Field:
    """Return ridge heights, -1..1, that run across and slant."""
    slant = float(rng.normal(0, 0.35))
    bend = smooth_noise(rng, across.shape, _WARP_PX) * np.float32(1.6)
    phase = (along + slant * across) * np.float32(2 * np.pi / _PERIOD_PX) + bend
    return np.asarray(np.cos(phase), dtype=np.float32)


def _put_ring(pressed: Grey, across: Field, below_mm: Field, rng: np.random.Generator) -> None:
    """Metal lifts the skin off the glass and touches it itself, in a bar across the finger."""
    middle_mm, half_mm = rng.uniform(*_RING_BELOW_MM), rng.uniform(1.2, 3.2)
    lifted_mm = half_mm + rng.uniform(1.0, 2.5)
    distance_mm = np.abs(below_mm - np.float32(middle_mm))
    pressed[distance_mm < lifted_mm] = 0
    bar = (distance_mm < half_mm) & (np.abs(across) < rng.uniform(0.85, 1.15))
    shine = rng.uniform(0.1, 0.8) * (1 + 0.2 * smooth_noise(rng, across.shape, 12.0))
    metal = np.clip(255 * shine * bar, 0, 255).astype(np.uint8)
    np.maximum(pressed, cv2.GaussianBlur(metal, (0, 0), 1.2), out=pressed)


def press_palm(
    darkness: Grey, top_px: float, rotation_rad: float, rng: np.random.Generator
) -> None:
    """Add the upper edge of the palm, `top_px` below the platen's upper edge at its middle."""
    rows, cols = darkness.shape
    down, right = np.mgrid[:rows, :cols].astype(np.float32)
    sine, cosine = np.float32(np.sin(rotation_rad)), np.float32(np.cos(rotation_rad))
    right -= np.float32(cols / 2)
    along = cosine * (down - np.float32(top_px)) + sine * right
    across = cosine * right - sine * (down - np.float32(top_px))
    edge = along / 60 - 0.25 * (across / (38 * np.float32(_PX_PER_MM))) ** 4
    pressure = np.clip(edge, -1, 0.8) + 0.1 * smooth_noise(rng, darkness.shape, 40.0)
    pressed = touch(_ridges(rng, across, along), np.asarray(pressure, np.float32), Skin(), rng)
    pressed[pressure < -0.3] = 0
    np.maximum(darkness, pressed, out=darkness)


def leave_residue(darkness: Grey, latent: Grey, strength: float, rng: np.random.Generator) -> Grey:
    """Return what a platen shows on which an earlier hand left its print, smudged in patches.

    `strength` is the share of the latent print's darkness that is left, 0..1.
    """
    patches = np.clip(0.6 + 0.5 * smooth_noise(rng, darkness.shape, 60.0), 0, 1)
    faint = cv2.GaussianBlur(latent, (0, 0), 1.2).astype(np.float32) * (strength * patches)
    together = 255 - (255 - darkness.astype(np.float32)) * (255 - faint) / 255
    return np.asarray(np.clip(together, 0, 255), dtype=np.uint8)
