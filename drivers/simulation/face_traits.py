"""What makes a face the person's own: measures, colours, what covers the head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.simulation.face_relief import FaceShape
from drivers.simulation.face_skin import Complexion
from drivers.simulation.headwear import Headwear, Outfit
from drivers.simulation.randomness import generator


@dataclass(frozen=True, slots=True)
class FaceTraits:
    """What makes a face the person's own."""

    seed: str
    shape: FaceShape
    complexion: Complexion
    outfit: Outfit
    iris_bgr: tuple[float, float, float]
    brow_thickness_mm: float


def draw_face_traits(seed: str, *, is_female: bool) -> FaceTraits:
    """Draw the traits of one face."""
    words = f"{seed}/face"
    rng = generator(words)
    tone = rng.uniform(0, 1)
    skin = np.array([96, 138, 190]) + tone * np.array([52, 50, 42]) + rng.normal(0, 3, 3)
    redder = np.array([0.80, 0.66, 0.93]) if is_female else np.array([0.84, 0.74, 0.93])
    return FaceTraits(
        seed=words,
        shape=_draw_shape(rng, is_female=is_female),
        complexion=Complexion(_triple(skin), _triple(skin * redder), float(rng.uniform(0.5, 1.2))),
        outfit=_draw_outfit(rng, is_female=is_female),
        iris_bgr=_triple(np.array([22, 38, 62]) * rng.uniform(0.7, 1.35)),
        brow_thickness_mm=float(rng.uniform(4.0, 5.5) if is_female else rng.uniform(5.5, 8.0)),
    )


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    blue, green, red = (float(value) for value in values)
    return blue, green, red


def _draw_shape(rng: np.random.Generator, *, is_female: bool) -> FaceShape:
    return FaceShape(
        width=float(rng.normal(0.97 if is_female else 1.0, 0.025)),
        jaw=float(rng.normal(0.93 if is_female else 1.02, 0.03)),
        eye_distance_mm=float(rng.normal(62, 1.8)),
        eye_height_mm=float(rng.uniform(9.5, 12.0)),
        nose_width_mm=float(rng.normal(36 if is_female else 39, 2)),
        nose_length_mm=float(rng.normal(43, 2)),
        mouth_width_mm=float(rng.normal(49, 2.5)),
        lip_mm=float(rng.uniform(6.0, 8.5)),
        brow_mm=float(rng.normal(-21, 1.2)),
        chin=float(rng.uniform(0.6, 1.3)),
    )


def _draw_outfit(rng: np.random.Generator, *, is_female: bool) -> Outfit:
    if is_female:
        headwear = Headwear.HIJAB if rng.random() < 0.6 else Headwear.LONG_HAIR
    else:
        headwear = Headwear.PECI if rng.random() < 0.3 else Headwear.SHORT_HAIR
    cloths = ((70, 52, 40), (150, 120, 92), (60, 95, 70), (95, 70, 120), (196, 190, 180))
    shirts = ((225, 228, 230), (120, 90, 60), (60, 80, 62), (70, 70, 74), (140, 150, 205))
    return Outfit(
        headwear=headwear,
        hair=_triple(np.array([24, 25, 30]) * rng.uniform(0.8, 1.3)),
        cloth=_triple(np.array(cloths[int(rng.integers(len(cloths)))], dtype=np.float64)),
        shirt=_triple(np.array(shirts[int(rng.integers(len(shirts)))], dtype=np.float64)),
        hairline_mm=float(rng.normal(-66, 3)),
    )
