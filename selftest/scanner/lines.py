"""Rows and columns that stand out, and rows or columns that alternate (banding)."""

import numpy as np
from numpy.typing import NDArray

from selftest.scanner.geometry import Field, block_px, odd_px, scaled_px, sigma_of

_LINE_FLOOR_GL = 2.0  # CHECKS A.4, measured on simulated sensors
_SMOOTH_PX = 65  # window of the running mean that banding is measured against
_LONGEST_PERIOD_PX = 64  # 3.3 mm; slower waves are unevenness of the light, a matter of blocks
_NOTHING_GL2 = 1e-6  # square of a thousandth of a grey level: rounding
_PERIOD_SHARE = 0.8  # of the strongest correlation is as good: the first such lag is the period
_STRIPS = 4  # banding runs through all of them in step; ridges and dust do not


def profile_of(mean: Field, axis: int) -> Field:
    """Return the mean of every row (axis 0) or column (axis 1)."""
    return np.asarray(mean.mean(axis=1 - axis), dtype=np.float32)


def bad_lines(mean: Field, axis: int, resolution_ppi: float) -> NDArray[np.intp]:
    """Return the rows (axis 0) or columns (axis 1) whose mean jumps out of its neighbourhood."""
    profile = profile_of(mean, axis)
    difference = np.abs(profile - running_median(profile, odd_px(9, resolution_ppi)))
    return np.flatnonzero(difference > max(_LINE_FLOOR_GL, 6 * sigma_of(difference)))


def without_lines(mean: Field, resolution_ppi: float) -> Field:
    """Return the mean frame with bad rows and columns lifted to their neighbours' level."""
    level = mean.copy()
    for axis in (0, 1):
        profile = profile_of(mean, axis)
        offset = profile - running_median(profile, odd_px(9, resolution_ppi))
        lines = bad_lines(mean, axis, resolution_ppi)
        if axis == 0:
            level[lines, :] -= offset[lines, None]
        else:
            level[:, lines] -= offset[lines][None, :]
    return level


def adjacent_difference_gl(mean: Field, resolution_ppi: float) -> float:
    """Return the larger 99th percentile of steps between neighbouring rows and columns.

    Means of lines are taken over quarter-inch segments (BSI TR-03121/TR-03122 v6.0).
    """
    edge_px = block_px(resolution_ppi)
    return max(_adjacent(mean, edge_px), _adjacent(mean.T, edge_px))


def banding_gl(mean: Field, axis: int, resolution_ppi: float) -> tuple[float, float]:
    """Measure how far rows (axis 0) or columns (axis 1) swing regularly, and over how many pixels.

    Autocorrelation of the profile without its slow part, between strips of the picture that share
    nothing but the readout: a wave that returns after one period and after two is banding.

    Returns
    -------
    swing_gl : float
        Difference between light and dark lines, of a square wave of the same power; 0.0 without
        any regularity.
    period_px : float
        Period of the strongest swing, 0.0 without one.
    """
    strips = np.array_split(mean if axis == 0 else mean.T, _STRIPS, axis=1)
    waves = [_fast_part(profile_of(strip, 0), resolution_ppi) for strip in strips]
    longest_px = round(min(scaled_px(_LONGEST_PERIOD_PX, resolution_ppi), len(waves[0]) / 4))
    alike = _shared_correlation(waves, 2 * longest_px)
    lags = np.arange(2, longest_px + 1)
    repeated = np.minimum(alike[lags], alike[2 * lags])
    strongest = float(repeated.max())
    if strongest <= _NOTHING_GL2:
        return 0.0, 0.0
    first = int(np.argmax(repeated > _PERIOD_SHARE * strongest))  # not one of its multiples
    while first + 1 < len(lags) and repeated[first + 1] > repeated[first]:
        first += 1
    return float(2 * np.sqrt(strongest)), float(lags[first])


def running_median(profile: Field, window_px: int) -> Field:
    """Return the median of an odd window around every line."""
    # Reflecting keeps odd and even lines apart, so that banding is no bad line at the edge.
    padded = np.pad(profile, window_px // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, window_px)
    return np.asarray(np.median(windows, axis=1), dtype=np.float32)


def _adjacent(mean: Field, edge_px: int) -> float:
    across = mean.shape[1] // edge_px
    segments = mean[:, : across * edge_px].reshape(len(mean), across, edge_px).mean(axis=2)
    return float(np.percentile(np.abs(np.diff(segments, axis=0)), 99))


def _fast_part(profile: Field, resolution_ppi: float) -> NDArray[np.float64]:
    """Return a profile without bad lines and without everything slower than banding."""
    window_px = odd_px(_SMOOTH_PX, resolution_ppi)
    off = profile - running_median(profile, odd_px(9, resolution_ppi))
    bad = np.abs(off) > max(_LINE_FLOOR_GL, 6 * sigma_of(np.abs(off)))
    level = np.where(bad, profile - off, profile).astype(np.float64)
    padded = np.pad(level, window_px // 2, mode="reflect")
    return level - np.convolve(padded, np.ones(window_px) / window_px, mode="valid")


def _shared_correlation(waves: list[NDArray[np.float64]], lags: int) -> NDArray[np.float64]:
    """Return, by lag, the median over pairs of strips of their mean product."""
    length = len(waves[0])
    spectra = [np.fft.rfft(wave, 2 * length) for wave in waves]
    counts = length - np.arange(lags + 1)
    pairs = [
        np.fft.irfft(np.conj(spectra[a]) * spectra[b])[: lags + 1] / counts
        for a in range(len(waves))
        for b in range(len(waves))
        if a != b
    ]
    return np.asarray(np.median(pairs, axis=0))
