"""Linearity of the grey scale, on the step card."""

import numpy as np

from selftest.scanner.geometry import Field
from selftest.scanner.targets.card import (
    LEAST_CONTRAST_GL,
    STEP_SHARES,
    UnknownCardError,
    field_means,
)


def measure_linearity_gl(picture: Field, resolution_ppi: float) -> float:
    """Return how far the worst step lies off the straight line through all of them.

    Raises
    ------
    UnknownCardError
        If the step card is not seen: its steps must grow lighter one after the other.

    References
    ----------
    BSI TR-03121/TR-03122 v6.0, grey linearity: 9 or more patches.
    """
    levels = field_means(picture, resolution_ppi)
    if np.ptp(levels) < LEAST_CONTRAST_GL or np.any(np.diff(levels) <= 0):
        raise UnknownCardError("no step card: its fields do not grow lighter in reading order")
    shares = np.array(STEP_SHARES)
    line = np.polyval(np.polyfit(shares, levels, 1), shares)
    return float(np.max(np.abs(levels - line)))
