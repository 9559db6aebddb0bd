"""A drawn but shaded portrait of the virtual resident, 1600 x 1200 in BGR, before a backdrop.

A depth map of the face is lit from the upper left, eyes, brows and mouth are painted onto it, and
hair, hijab or peci and clothes are laid around it. Proportions follow passport-photo rules.

Not modelled: yaw and pitch, expressions, beards, glasses, wrinkles and age, hands, shadows on the
backdrop. The portrait is an illustration: face recognition cannot be tested with it.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.face_traits import FaceTraits, draw_face_traits
from drivers.simulation.figure import paint_person

PORTRAIT_SHAPE_PX = (1600, 1200)

Colour = NDArray[np.uint8]


class Backdrop(StrEnum):
    """Backdrop colours of KTP portraits, and the grey wall of an office without one."""

    RED = "red"
    BLUE = "blue"
    ORANGE = "orange"
    GREY = "grey"


_BACKDROP_BGR = {
    Backdrop.RED: (28, 22, 200),
    Backdrop.BLUE: (215, 120, 18),
    Backdrop.ORANGE: (18, 120, 238),
    Backdrop.GREY: (158, 160, 163),
}


@dataclass(frozen=True, slots=True)
class PortraitView:
    """How the camera sees the person this time."""

    backdrop: Backdrop = Backdrop.BLUE
    eyes_open: float = 1.0
    """0 shut .. 1 open."""
    roll_rad: float = 0.0
    """Turn of the head in the picture, counterclockwise."""
    brightness: float = 1.0
    """Factor on all light."""
    blur_px: float = 0.0
    """Sigma of defocus."""
    people: int = 1
    """0 nobody, 1, or 2."""
    offset_px: tuple[float, float] = (0.0, 0.0)
    """(row, col) shift of the person."""
    scale: float = 1.0
    """Size of the person: 0.8 stands further away."""


def render_portrait(traits: FaceTraits, view: PortraitView) -> Colour:
    """Return the (1600, 1200, 3) picture without sensor noise."""
    picture = _backdrop(view.backdrop)
    for offset_col, scale, who in _standing(view, traits):
        figure, opacity = paint_person(who, eyes_open=view.eyes_open)
        _stand(picture, figure, opacity, _stance(view, offset_col, scale))
    result = np.asarray(picture, dtype=np.float32) * np.float32(view.brightness)
    if view.blur_px > 0:
        result = np.asarray(cv2.GaussianBlur(result, (0, 0), view.blur_px), dtype=np.float32)
    return np.asarray(np.clip(result, 0, 255), dtype=np.uint8)


def _backdrop(backdrop: Backdrop) -> NDArray[np.float32]:
    """Return evenly lit cloth, a little darker towards the corners."""
    rows, cols = PORTRAIT_SHAPE_PX
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, cols, dtype=np.float32)[None, :]
    light = 1 - 0.05 * (x**2 + y**2)
    colour = np.array(_BACKDROP_BGR[backdrop], dtype=np.float32)
    return np.asarray(light[..., None] * colour, dtype=np.float32)


def _standing(view: PortraitView, traits: FaceTraits) -> list[tuple[float, float, FaceTraits]]:
    """Return (column shift, scale, who) of everybody in the picture."""
    if view.people == 0:
        return []
    if view.people == 1:
        return [(view.offset_px[1], view.scale, traits)]
    other = draw_face_traits(f"{traits.seed}/companion", is_female=True)
    return [(-290.0, 0.56, traits), (290.0, 0.54, other)]


def _stance(view: PortraitView, offset_col: float, scale: float) -> NDArray[np.float64]:
    rows, cols = PORTRAIT_SHAPE_PX
    neck = (cols / 2, 0.75 * rows)
    matrix = cv2.getRotationMatrix2D(neck, float(np.rad2deg(view.roll_rad)), scale)
    matrix[:, 2] += np.array([offset_col, view.offset_px[0] + (1 - scale) * 0.25 * rows])
    return np.asarray(matrix, dtype=np.float64)


def _stand(
    picture: NDArray[np.float32],
    figure: Colour,
    opacity: NDArray[np.uint8],
    stance: NDArray[np.float64],
) -> None:
    """Put a figure, weighted by its opacity, in front of the picture."""
    size = (picture.shape[1], picture.shape[0])
    border = cv2.BORDER_REPLICATE
    turned = cv2.warpAffine(figure, stance, size, flags=cv2.INTER_LINEAR, borderMode=border)
    weight = cv2.warpAffine(opacity, stance, size, flags=cv2.INTER_LINEAR, borderMode=border)
    share = weight.astype(np.float32)[..., None] / 255
    picture[:] = picture * (1 - share) + turned.astype(np.float32)
