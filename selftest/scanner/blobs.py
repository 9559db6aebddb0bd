"""Specks: dust, scratches and glue on the platen, larger than a ridge is wide."""

from dataclasses import dataclass

import cv2
import numpy as np

from selftest.scanner.geometry import NOMINAL_PPI, Field, Mask, scaled_px

_BLOB_GL = 4.0  # CHECKS A.4, measured on simulated sensors
_BLOB_PX = 60.0  # about 0.15 mm2 at 500 ppi
_FINE_PX, _COARSE_PX = 2.0, 25.0  # sigma of the two blurs whose difference shows a speck
_MARGIN_PX = 11.0  # a speck's blurred edge
_SPECKS_SHARE = 0.05  # more than this is no dust but residue all over


@dataclass(frozen=True, eq=False)
class Specks:
    """What lies on the glass."""

    mask: Mask
    """(rows, cols) pixels of all specks."""
    count: int
    area_mm2: float
    """Of all of them together."""


def find_specks(level: Field, resolution_ppi: float) -> Specks:
    """Find connected areas that differ from the light around them; lines must be gone before."""
    difference = _blurred(level, _FINE_PX, resolution_ppi) - _blurred(
        level, _COARSE_PX, resolution_ppi
    )
    spots = (np.abs(difference) > _BLOB_GL).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(spots, connectivity=8)
    smallest_px = _BLOB_PX * (resolution_ppi / NOMINAL_PPI) ** 2
    large = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] >= smallest_px]
    mask = np.asarray(np.isin(labels, large))
    area_mm2 = float(mask.sum()) * (25.4 / resolution_ppi) ** 2
    return Specks(mask, len(large), area_mm2)


def fill_specks(mean: Field, specks: Specks, resolution_ppi: float) -> Field:
    """Return the mean frame with specks filled from around them.

    A speck has a code of its own; elsewhere it would look like bad pixels or like ridges. Where
    they cover the platen there is no "around them", and the frame is returned as it is.
    """
    if not 0 < specks.mask.mean() < _SPECKS_SHARE:
        return mean
    side_px = 2 * round(scaled_px(_MARGIN_PX, resolution_ppi)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side_px, side_px))
    hidden = cv2.dilate(specks.mask.astype(np.float32), kernel).astype(np.float32, copy=False)
    seen = np.asarray(1 - hidden, dtype=np.float32)
    weighted = _blurred(mean * seen, _COARSE_PX, resolution_ppi)
    around = weighted / np.maximum(_blurred(seen, _COARSE_PX, resolution_ppi), 1e-3)
    return np.asarray(np.where(hidden > 0, around, mean), dtype=np.float32)


def _blurred(field: Field, sigma_px: float, resolution_ppi: float) -> Field:
    sigma = scaled_px(sigma_px, resolution_ppi)
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), dtype=np.float32)
