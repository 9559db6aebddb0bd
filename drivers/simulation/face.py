"""A drawn portrait of the virtual resident, 1600 x 1200 in BGR, in front of a coloured backdrop."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.randomness import generator

PORTRAIT_SHAPE_PX = (1600, 1200)

Colour = NDArray[np.uint8]


class Backdrop(StrEnum):
    """Backdrop colours of KTP portraits, and the grey wall of an office without one."""

    RED = "red"
    BLUE = "blue"
    ORANGE = "orange"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class FaceTraits:
    """What makes a face the person's own."""

    seed: str
    is_female: bool


@dataclass(frozen=True, slots=True)
class PortraitView:
    """How the camera sees the person this time."""

    backdrop: Backdrop = Backdrop.BLUE
    eyes_open: float = 1.0
    roll_rad: float = 0.0
    brightness: float = 1.0
    blur_px: float = 0.0
    people: int = 1
    offset_px: tuple[float, float] = (0.0, 0.0)


_BACKDROP_BGR = {
    Backdrop.RED: (30, 24, 190),
    Backdrop.BLUE: (200, 110, 20),
    Backdrop.ORANGE: (20, 120, 235),
    Backdrop.GREY: (150, 152, 155),
}


def draw_face_traits(seed: str, *, is_female: bool) -> FaceTraits:
    """Draw the traits of one face."""
    return FaceTraits(seed=f"{seed}/face", is_female=is_female)


def render_portrait(traits: FaceTraits, view: PortraitView) -> Colour:
    """Return the (1600, 1200, 3) portrait without sensor noise."""
    rng = generator(traits.seed, "portrait")
    canvas = np.empty((*PORTRAIT_SHAPE_PX, 3), dtype=np.uint8)
    canvas[:] = _BACKDROP_BGR[view.backdrop]
    skin = tuple(int(v) for v in np.array([110, 150, 200]) + rng.integers(-12, 12, 3))
    if view.people:
        cv2.ellipse(canvas, (600, 1560), (520, 420), 0, 180, 360, (70, 60, 60), -1, cv2.LINE_AA)
        cv2.ellipse(canvas, (600, 720), (300, 410), 0, 0, 360, skin, -1, cv2.LINE_AA)
        for col in (480, 720):
            cv2.ellipse(canvas, (col, 680), (55, 24), 0, 0, 360, (240, 240, 240), -1, cv2.LINE_AA)
            cv2.circle(canvas, (col, 680), 22, (30, 40, 50), -1, cv2.LINE_AA)
    return canvas
