"""Synthetic pictures as scanners send them. No real prints."""

from functools import cache

import numpy as np


@cache
def sensor_ridges() -> bytes:
    """289 rows of 384 as a U.are.U's sensor sees a finger: an oval of stripes on black."""
    rows, cols = np.mgrid[:289, :384]
    stripes = 128 + 90 * np.sin(2 * np.pi * cols / 9 + 0.2 * rows)
    oval = ((rows - 145) / 110) ** 2 + ((cols - 190) / 90) ** 2 < 1
    return (stripes * oval).astype(np.uint8).tobytes()


@cache
def packed_ridges() -> bytes:
    """288 rows of 256 pixels, two in a byte, as a serial module sends them."""
    rows, cols = np.mgrid[:288, :256]
    stripes = 128 - 110 * np.sin(2 * np.pi * cols / 9 + 0.05 * rows)
    oval = ((rows - 144) / 110) ** 2 + ((cols - 128) / 90) ** 2 < 1
    levels = np.where(oval, stripes, 255).astype(np.uint8) >> 4
    return (levels[:, 0::2] << 4 | levels[:, 1::2]).astype(np.uint8).tobytes()
