"""Ridges in a picture, found in its spectrum: what the last finger left, or a finger's own.

The radial power spectrum of a picture without ridges falls smoothly; ridges lift it near one
cycle per ridge period (the idea of NIST's SIVV, NISTIR 7599).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from selftest.scanner.geometry import NOMINAL_PPI, Field, scaled_px, tiles_of

_BINS = 128
_FLANKS_CPP = ((0.03, 0.055), (0.25, 0.45))  # cycles per pixel at 500 ppi beside the ridges' band
_RIDGES_CPP = (0.06, 0.20)
_TILE_PX = 500.0  # a fingertip; the print of one finger would drown in a whole slap platen
_NOTHING = 1e-15  # keeps the logarithm of an empty bin finite


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The radial spectrum of one tile."""

    frequency_cpp: NDArray[np.float64]
    """(128,) cycles per pixel, scaled to 500 ppi."""
    level: NDArray[np.float64]
    """(128,) decimal logarithm of the mean share of the power."""
    expected: NDArray[np.float64]
    """(128,) smooth curve through the flanks of the ridges' band."""
    tile: tuple[slice, slice]

    @property
    def excess_db(self) -> float:
        """How far the spectrum rises above its flanks where ridges lie."""
        return float(10 * self._excess.max())

    @property
    def period_px(self) -> float:
        """Ridge period of the highest rise, in pixels at 500 ppi."""
        return float(1 / self.frequency_cpp[_ridges(self.frequency_cpp)][self._excess.argmax()])

    @property
    def _excess(self) -> NDArray[np.float64]:
        return (self.level - self.expected)[_ridges(self.frequency_cpp)]


def strongest_ridges(mean: Field, resolution_ppi: float) -> Spectrum:
    """Return the spectrum of the tile, about a fingertip large, with the highest rise."""
    tiles = tiles_of((mean.shape[0], mean.shape[1]), scaled_px(_TILE_PX, resolution_ppi))
    spectra = [radial_spectrum(mean, tile, resolution_ppi) for tile in tiles]
    return max(spectra, key=lambda spectrum: spectrum.excess_db)


def radial_spectrum(mean: Field, tile: tuple[slice, slice], resolution_ppi: float) -> Spectrum:
    """Return the radial spectrum of one tile of a picture."""
    part = mean[tile].astype(np.float64)
    window = np.outer(np.hanning(part.shape[0]), np.hanning(part.shape[1]))
    power = np.abs(np.fft.fft2((part - part.mean()) * window)) ** 2
    rows = np.fft.fftfreq(part.shape[0])[:, None]
    cols = np.fft.fftfreq(part.shape[1])[None, :]
    bins = np.minimum((np.hypot(rows, cols) / 0.5 * _BINS).astype(np.int64), _BINS).ravel()
    total = np.bincount(bins, power.ravel(), _BINS + 1)[:_BINS]
    count = np.bincount(bins, minlength=_BINS + 1)[:_BINS]
    frequency_cpp = (np.arange(_BINS) + 0.5) * 0.5 / _BINS * resolution_ppi / NOMINAL_PPI
    whole = power.sum()
    if not whole > 0:  # a perfectly flat picture: nothing rises above anything
        flat = np.zeros(_BINS)
        return Spectrum(frequency_cpp, flat, flat, tile)
    level = np.log10(total / np.maximum(count, 1) / whole + _NOTHING)
    return Spectrum(frequency_cpp, level, _smooth(frequency_cpp, level), tile)


def _smooth(frequency_cpp: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    flanks = np.any([_within(frequency_cpp, band) for band in _FLANKS_CPP], axis=0)
    curve = np.polyfit(np.log10(frequency_cpp[flanks]), level[flanks], 2)
    return np.asarray(np.polyval(curve, np.log10(frequency_cpp)))


def _ridges(frequency_cpp: NDArray[np.float64]) -> NDArray[np.bool_]:
    return _within(frequency_cpp, _RIDGES_CPP)


def _within(frequency: NDArray[np.float64], band: tuple[float, float]) -> NDArray[np.bool_]:
    return (frequency >= band[0]) & (frequency <= band[1])
