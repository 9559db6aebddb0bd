"""Detectors on a stack of frames of the empty platen: arrays in, numbers out.

Lengths are in pixels at 500 ppi, where a block of 125 px is a quarter of an inch. Definitions and
figures were measured on simulated sensors; the limits stand in limits.toml.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]

BLOCK_PX = 125  # a quarter inch at 500 ppi, BSI TR-03121
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_PIXEL_FLOOR_GL = 8.0
_LINE_FLOOR_GL = 2.0
_BLOB_GL = 4.0
_BLOB_PX = 60  # about 0.15 mm2
_BINS = 128
_SPECK_MARGIN_PX = 11
_SPECKS_SHARE = 0.05  # more than this is no dust but residue all over
_FLANKS_CPP = ((0.03, 0.055), (0.25, 0.45))  # cycles per pixel beside the ridges' band
_RIDGES_CPP = (0.06, 0.20)


@dataclass(frozen=True, eq=False)
class BlankStack:
    """At least 8 frames of the empty platen.

    Parameters
    ----------
    frames : ndarray of uint8, shape (n, rows, cols)
    """

    frames: NDArray[np.uint8]

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
    def bad_pixels(self) -> Mask:
        """Pixels that differ from the median of their 9 x 9 neighbourhood."""
        levels = np.rint(self.mean).astype(np.uint8)
        difference = np.abs(self.mean - cv2.medianBlur(levels, 9))
        bound = max(_PIXEL_FLOOR_GL, 8 * _sigma(difference))
        bad = np.asarray(difference > bound)
        bad[bad_lines(self.mean, 0), :] = False  # whole lines have a check of their own
        bad[:, bad_lines(self.mean, 1)] = False
        return np.asarray(bad & ~self._blob_labels()[0])

    @cached_property
    def blobs(self) -> int:
        """Number of specks of dust or scratches."""
        return self._blob_labels()[1]

    @cached_property
    def without_specks(self) -> Field:
        """The mean frame with specks filled from around them.

        A speck has a code of its own; here it would look like bad pixels or like ridges.
        """
        specks = self._blob_labels()[0]
        if not 0 < specks.mean() < _SPECKS_SHARE:
            return self.mean
        side_px = 2 * _SPECK_MARGIN_PX + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side_px, side_px))
        hidden = cv2.dilate(specks.astype(np.float32), kernel)
        seen = 1 - hidden
        around = cv2.GaussianBlur(self.mean * seen, (0, 0), 25)
        around = around / np.maximum(cv2.GaussianBlur(seen, (0, 0), 25), 1e-3)
        return np.asarray(np.where(hidden > 0, around, self.mean), dtype=np.float32)

    def _blob_labels(self) -> tuple[Mask, int]:
        difference = cv2.GaussianBlur(self._without_lines, (0, 0), 2)
        difference = difference - cv2.GaussianBlur(self._without_lines, (0, 0), 25)
        spots = (np.abs(difference) > _BLOB_GL).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(spots, connectivity=8)
        large = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] >= _BLOB_PX]
        return np.asarray(np.isin(labels, large)), len(large)

    @cached_property
    def _without_lines(self) -> Field:
        """The mean frame with bad rows and columns levelled, so that they are no specks."""
        level = self.mean.copy()
        for axis in (0, 1):
            profile = _profile(self.mean, axis)
            offset = profile - _running_median(profile)
            for line in bad_lines(self.mean, axis):
                if axis == 0:
                    level[line, :] -= offset[line]
                else:
                    level[:, line] -= offset[line]
        return level


def has_cluster(bad: Mask) -> bool:
    """Tell whether a 3 x 3 square is bad throughout: it can look like a minutia."""
    eroded = cv2.erode(bad.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    return bool(eroded.any())


def bad_lines(mean: Field, axis: int) -> NDArray[np.intp]:
    """Return the rows (axis 0) or columns (axis 1) whose mean jumps out of its neighbourhood."""
    profile = _profile(mean, axis)
    difference = np.abs(profile - _running_median(profile))
    return np.flatnonzero(difference > max(_LINE_FLOOR_GL, 6 * _sigma(difference)))


def adjacent_difference_gl(mean: Field) -> float:
    """Return the larger 99th percentile of steps between neighbouring rows and columns."""
    return max(_adjacent(mean), _adjacent(mean.T))


def block_means_gl(mean: Field) -> Field:
    """Return the mean of each whole quarter-inch block."""
    return np.asarray(_blocks(mean).mean(axis=(1, 3)), dtype=np.float32)


def lowest_share_within(mean: Field, tolerance_gl: float = 22.0) -> float:
    """Return the smallest share, over blocks, of pixels near their block's mean."""
    blocks = _blocks(mean)
    near = np.abs(blocks - blocks.mean(axis=(1, 3), keepdims=True)) <= tolerance_gl
    return float(near.mean(axis=(1, 3)).min())


def ridge_excess_db(mean: Field) -> float:
    """Return how far the spectrum rises above its flanks where ridges of a finger lie."""
    window = np.outer(np.hanning(mean.shape[0]), np.hanning(mean.shape[1]))
    power = np.abs(np.fft.fft2((mean - mean.mean()) * window)) ** 2
    if not power.any():
        return 0.0  # a perfectly flat frame: nothing rises above anything
    rows = np.fft.fftfreq(mean.shape[0])[:, None]
    cols = np.fft.fftfreq(mean.shape[1])[None, :]
    bins = np.minimum((np.hypot(rows, cols) / 0.5 * _BINS).astype(np.int64), _BINS).ravel()
    total = np.bincount(bins, power.ravel(), _BINS + 1)[:_BINS]
    count = np.bincount(bins, minlength=_BINS + 1)[:_BINS]
    level = np.log10(total / np.maximum(count, 1) / power.sum() + 1e-15)
    frequency = (np.arange(_BINS) + 0.5) * 0.5 / _BINS
    flanks = np.any([_within(frequency, band) for band in _FLANKS_CPP], axis=0)
    curve = np.polyfit(np.log10(frequency[flanks]), level[flanks], 2)
    excess = level - np.polyval(curve, np.log10(frequency))
    return float(10 * excess[_within(frequency, _RIDGES_CPP)].max())


def _within(frequency: NDArray[np.float64], band: tuple[float, float]) -> NDArray[np.bool_]:
    return (frequency >= band[0]) & (frequency <= band[1])


def _blocks(mean: Field) -> Field:
    down, across = mean.shape[0] // BLOCK_PX, mean.shape[1] // BLOCK_PX
    whole = mean[: down * BLOCK_PX, : across * BLOCK_PX]
    return whole.reshape(down, BLOCK_PX, across, BLOCK_PX)


def _adjacent(mean: Field) -> float:
    across = mean.shape[1] // BLOCK_PX
    segments = mean[:, : across * BLOCK_PX].reshape(len(mean), across, BLOCK_PX).mean(axis=2)
    return float(np.percentile(np.abs(np.diff(segments, axis=0)), 99))


def _profile(mean: Field, axis: int) -> Field:
    return np.asarray(mean.mean(axis=1 - axis), dtype=np.float32)


def _running_median(profile: Field) -> Field:
    # Reflecting keeps odd and even lines apart, so that banding is no bad line at the edge.
    padded = np.pad(profile, 4, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 9)
    return np.asarray(np.median(windows, axis=1), dtype=np.float32)


def _sigma(difference: Field) -> float:
    return float(_MAD_TO_SIGMA * np.median(difference))
