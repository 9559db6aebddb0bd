"""Contrast transfer of bars from 1 to 10 cycles per mm (CTF), on the contrast card."""

import numpy as np
from numpy.typing import NDArray

from selftest.scanner.geometry import MM_PER_INCH, Field
from selftest.scanner.targets.bars import rising_edges
from selftest.scanner.targets.card import (
    BLACK_FIELD,
    LEAST_CONTRAST_GL,
    WHITE_FIELD,
    UnknownCardError,
    read_field,
)

FREQUENCIES_PER_MM = np.arange(1.0, 11.0)
_BAND_ROWS = 4  # a card that lies 1 degree askew moves its bars by 0.07 px over them
_LEAST_CYCLES = 2


def least_contrast(frequency_per_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least CTF at 500 ppi (BSI TR-03121/TR-03122 v6.0, in analogy to EBTS/F)."""
    return 3.04105e-4 * frequency_per_mm**2 - 7.99095e-2 * frequency_per_mm + 1.02774


def measure_contrast(picture: Field, resolution_ppi: float) -> NDArray[np.float64]:
    """Return the CTF at 1..10 cycles per mm from bars that change along the columns.

    Raises
    ------
    UnknownCardError
        If the contrast card is not seen.
    """
    white_gl = float(read_field(picture, WHITE_FIELD, resolution_ppi).mean())
    black_gl = float(read_field(picture, BLACK_FIELD, resolution_ppi).mean())
    if white_gl - black_gl < LEAST_CONTRAST_GL:
        raise UnknownCardError(
            f"no contrast card: its white field has {white_gl:.0f}, its black one {black_gl:.0f}"
        )
    _check_first_field(picture, resolution_ppi, (white_gl + black_gl) / 2)
    swings = [
        _swing(read_field(picture, index, resolution_ppi), resolution_ppi / MM_PER_INCH / frequency)
        for index, frequency in enumerate(FREQUENCIES_PER_MM)
    ]
    return np.array(swings) / (white_gl - black_gl)


def _swing(field: Field, period_px: float) -> float:
    """Return the mean difference between light and dark bars, over cycles and bands."""
    bands = [field[top : top + _BAND_ROWS] for top in range(0, len(field), _BAND_ROWS)]
    cycles = int((field.shape[1] - 1) / period_px)
    width_px = int(np.ceil(period_px))
    starts = np.floor(np.arange(cycles) * period_px).astype(int)
    starts = starts[starts + width_px <= field.shape[1]]
    profiles = np.array([band.mean(axis=0) for band in bands])
    windows = np.lib.stride_tricks.sliding_window_view(profiles, width_px, axis=1)[:, starts]
    return float(np.mean(windows.max(axis=2) - windows.min(axis=2)))


def _check_first_field(picture: Field, resolution_ppi: float, middle_gl: float) -> None:
    field = read_field(picture, 0, resolution_ppi)
    edges = rising_edges(field[:_BAND_ROWS].mean(axis=0, dtype=np.float64), middle_gl)
    expected_px = resolution_ppi / MM_PER_INCH
    if edges.size < _LEAST_CYCLES or not 0.8 < np.diff(edges).mean() / expected_px < 1.25:
        raise UnknownCardError("no contrast card: its first field shows no bars of 1 mm")
