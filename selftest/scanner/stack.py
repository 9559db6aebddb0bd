"""A stack of frames of the empty platen, and what the detectors find in it, each found once.

frames -> mean, temporal noise -> bad lines -> specks -> mean without specks -> bad pixels
                                                                             -> ridges
frames with the light off -> dark mean -> hot pixels
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from selftest.scanner.blobs import Specks, fill_specks, find_specks
from selftest.scanner.geometry import NOMINAL_PPI, Field, Frames, Mask
from selftest.scanner.lines import bad_lines, without_lines
from selftest.scanner.pixels import (
    deviating_pixels,
    fill_small_groups,
    hot_pixels,
    stuck_pixels,
)
from selftest.scanner.spectrum import Spectrum, strongest_ridges

LEAST_FRAMES = 8
"""CHECKS A.4: fewer tell too little of the noise of a pixel."""
SATURATED_GL = 254.0
"""From here on a pixel of the mean frame has lost what it saw."""


@dataclass(frozen=True, eq=False)
class BlankStack:
    """Frames of the empty platen.

    Parameters
    ----------
    frames : ndarray of uint8, shape (n, rows, cols)
        At least 8.
    resolution_ppi : float
    """

    frames: Frames
    resolution_ppi: float = NOMINAL_PPI

    @cached_property
    def mean(self) -> Field:
        """Mean frame in grey levels."""
        return np.asarray(self.frames.mean(axis=0, dtype=np.float32), dtype=np.float32)

    @cached_property
    def temporal_gl(self) -> Field:
        """Standard deviation of each pixel over time (ddof 1)."""
        total = np.zeros(self.frames.shape[1:], dtype=np.float32)
        for frame in self.frames:
            total += np.square(frame.astype(np.float32) - self.mean)
        return np.asarray(np.sqrt(total / (len(self.frames) - 1)), dtype=np.float32)

    @cached_property
    def bad_rows(self) -> NDArray[np.intp]:
        """Rows that jump out of their neighbourhood."""
        return bad_lines(self.mean, 0, self.resolution_ppi)

    @cached_property
    def bad_cols(self) -> NDArray[np.intp]:
        """Columns that jump out of their neighbourhood."""
        return bad_lines(self.mean, 1, self.resolution_ppi)

    @cached_property
    def specks(self) -> Specks:
        """Dust, scratches and glue; whole lines and small groups of pixels are no specks."""
        level = without_lines(self.mean, self.resolution_ppi)
        level = fill_small_groups(level, self._deviating, self.resolution_ppi)
        return find_specks(level, self.resolution_ppi)

    @cached_property
    def without_specks(self) -> Field:
        """The mean frame with specks filled from around them."""
        return fill_specks(self.mean, self.specks, self.resolution_ppi)

    @cached_property
    def bad_pixels(self) -> Mask:
        """Pixels that differ from their neighbourhood; whole lines and specks have their codes."""
        return np.asarray(self._deviating & ~self.specks.mask)

    @cached_property
    def _deviating(self) -> Mask:
        """Pixels that differ from their neighbourhood, but for whole lines."""
        bad = deviating_pixels(self.mean, self.resolution_ppi)
        bad[self.bad_rows, :] = False
        bad[:, self.bad_cols] = False
        return bad

    @cached_property
    def stuck_pixels(self) -> Mask:
        """Bad pixels that hardly change from frame to frame."""
        return stuck_pixels(self.bad_pixels, self.temporal_gl)

    @cached_property
    def ridges(self) -> Spectrum:
        """The spectrum where ridges show most."""
        level = without_lines(self.without_specks, self.resolution_ppi)
        level = fill_small_groups(level, self._deviating, self.resolution_ppi)
        return strongest_ridges(level, self.resolution_ppi)

    @property
    def noise_gl(self) -> float:
        """Root mean square of the temporal noise."""
        return float(np.sqrt(np.mean(np.square(self.temporal_gl))))

    @property
    def saturated_share(self) -> float:
        """Share of pixels at the upper end."""
        return float((self.mean >= SATURATED_GL).mean())


@dataclass(frozen=True, eq=False)
class DarkStack:
    """Frames with the scanner's own light off.

    Parameters
    ----------
    frames : ndarray of uint8, shape (n, rows, cols)
    resolution_ppi : float
    """

    frames: Frames
    resolution_ppi: float = NOMINAL_PPI

    @cached_property
    def mean(self) -> Field:
        """Mean frame in grey levels."""
        return np.asarray(self.frames.mean(axis=0, dtype=np.float32), dtype=np.float32)

    @cached_property
    def hot_pixels(self) -> Mask:
        """Pixels that stay light."""
        return hot_pixels(self.mean, self.resolution_ppi)
