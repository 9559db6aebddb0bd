"""Cards and caps that a technician holds before the cameras, as the lens sees them.

    grey    an even grey card that fills the picture
    white   an even white card
    focus   a chequered card with sharp edges
    cap     the lens is covered

Not modelled: cards that are held askew or do not fill the picture, shadows, gloss.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_LEVELS = {"grey": 118, "white": 205, "cap": 2}
_CHECK_PX = 40
_CHECK_LEVELS = (45, 190)


class CameraCard(StrEnum):
    """What is held before the lens."""

    GREY = "grey"
    WHITE = "white"
    FOCUS = "focus"
    CAP = "cap"


def draw_card(card: CameraCard, shape: tuple[int, ...]) -> Picture:
    """Return the card as it fills a picture of this shape, grey or BGR."""
    if card is not CameraCard.FOCUS:
        return np.full(shape, _LEVELS[card.value], dtype=np.uint8)
    rows = np.arange(shape[0])[:, None] // _CHECK_PX
    cols = np.arange(shape[1])[None, :] // _CHECK_PX
    fields = np.where((rows + cols) % 2, *_CHECK_LEVELS).astype(np.uint8)
    return fields if len(shape) == 2 else np.repeat(fields[:, :, None], shape[2], axis=2)
