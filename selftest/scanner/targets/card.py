"""The inch-square cards: twelve fields in 3 rows of 4, read from the middle of the platen.

Lies the card turned by a quarter, hand in the picture transposed.
"""

import numpy as np
from numpy.typing import NDArray

from selftest.scanner.geometry import MM_PER_INCH, Field

CARD_MM = 25.4
DOWN, ACROSS = 3, 4
WHITE_FIELD, BLACK_FIELD = 10, 11
"""Of the contrast card; its fields 0 to 9 hold 1 to 10 cycles per mm."""
STEP_SHARES = tuple(0.04 + 0.08 * step for step in range(DOWN * ACROSS))
"""Reflectance of the step card's fields."""
LEAST_CONTRAST_GL = 80.0
"""Between white and black of a card that is really there; engineering choice."""
_INNER = 0.5  # share of a field's edge that is read: it may lie 1.5 mm off


class UnknownCardError(ValueError):
    """For instance: no card on the platen, another card, or one that lies askew."""


def read_field(picture: Field, index: int, resolution_ppi: float) -> Field:
    """Return the inner part of a field."""
    per_mm = resolution_ppi / MM_PER_INCH
    row, col = divmod(index, ACROSS)
    middle_row = picture.shape[0] / 2 + ((row + 0.5) / DOWN - 0.5) * CARD_MM * per_mm
    middle_col = picture.shape[1] / 2 + ((col + 0.5) / ACROSS - 0.5) * CARD_MM * per_mm
    tall = _INNER * CARD_MM / DOWN * per_mm / 2
    wide = _INNER * CARD_MM / ACROSS * per_mm / 2
    part = picture[
        max(0, round(middle_row - tall)) : round(middle_row + tall),
        max(0, round(middle_col - wide)) : round(middle_col + wide),
    ]
    if part.shape[0] < tall or part.shape[1] < wide:
        raise UnknownCardError("the platen is smaller than the card")
    return part


def field_means(picture: Field, resolution_ppi: float) -> NDArray[np.float64]:
    """Return the mean of all twelve fields."""
    fields = [read_field(picture, index, resolution_ppi) for index in range(DOWN * ACROSS)]
    return np.array([float(field.mean()) for field in fields])
