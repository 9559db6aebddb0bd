"""Compare eyes within one session, to tell the same eye again from the other one.

Meant for finding a left-right swap or an eye captured twice, not for identification: no claim is
made about matching over time, cameras or large files.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.iris import parameters as p
from biometrics.iris.localization import locate
from biometrics.iris.measurements import find_usable, unwrap


@dataclass(frozen=True, slots=True, eq=False)
class IrisCode:
    """Phase of an iris's texture, two bits per place."""

    bits: NDArray[np.bool_]
    """(2, 16, 256): sign of the even and of the odd filter, radius, angle."""
    is_seen: NDArray[np.bool_]
    """(16, 256): False under lids, lashes and mirrored lamps."""


@dataclass(frozen=True, slots=True)
class IrisComparison:
    """How alike two irises are."""

    distance: float
    """Share of bits that differ, at the best turn: 0 the same picture, about 0.5 another eye."""
    turn_rad: float
    """By which the first is turned against the second, counterclockwise."""
    shared_share: float
    """Share of the code that is seen in both."""

    @property
    def is_same_eye(self) -> bool:
        """Tell whether enough is seen and few enough bits differ."""
        return self.shared_share >= p.MIN_SHARED_SHARE and self.distance <= p.SAME_EYE_DISTANCE


def encode_iris(pixels: NDArray[np.uint8]) -> IrisCode | None:
    """Describe the texture of an iris.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Near-infrared image of one eye. Not modified.

    Returns
    -------
    IrisCode or None
        None where no eye is found.

    References
    ----------
    .. [1] Daugman, How iris recognition works, IEEE TCSVT 14(1), 2004.
    .. [2] Masek, Recognition of human iris patterns, thesis, University of Western Australia, 2003
       (one-dimensional log-Gabor filter).
    """
    circles = locate(pixels)
    if circles is None:
        return None
    polar = unwrap(pixels, circles)
    usable = find_usable(polar)
    size = (p.CODE_ANGLES, p.CODE_RADII)
    rows = cv2.resize(polar, size, interpolation=cv2.INTER_AREA)
    seen = cv2.resize(usable.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.6
    typical = float(rows[seen].mean()) if seen.any() else 0.0
    response = _filter(np.where(seen, rows, typical))
    return IrisCode(np.stack([response.real > 0, response.imag > 0]), seen)


def compare_iris(one: IrisCode, other: IrisCode) -> IrisComparison:
    """Compare two irises at every turn of the head that is likely.

    Parameters
    ----------
    one, other : IrisCode

    Returns
    -------
    IrisComparison
        Distance 1 where nothing is seen in both.
    """
    turns = range(-p.MAX_TURN_STEPS, p.MAX_TURN_STEPS + 1)
    found = [_compare_at(one, other, turn) for turn in turns]
    return min(found, key=lambda comparison: comparison.distance)


def _filter(rows: NDArray[np.float32]) -> NDArray[np.complex128]:
    """Filter every circle of the iris by a log-Gabor filter along the angle."""
    spectrum = np.fft.fft(rows - rows.mean(axis=1, keepdims=True), axis=1)
    frequency = np.fft.fftfreq(rows.shape[1])
    gain = np.zeros(rows.shape[1])
    positive = frequency > 0
    off_centre = np.log(frequency[positive] * p.LOG_GABOR_WAVELENGTH)
    gain[positive] = np.exp(-(off_centre**2) / (2 * np.log(p.LOG_GABOR_BANDWIDTH) ** 2))
    return np.asarray(np.fft.ifft(spectrum * gain, axis=1), dtype=np.complex128)


def _compare_at(one: IrisCode, other: IrisCode, turn: int) -> IrisComparison:
    seen = np.roll(one.is_seen, -turn, axis=1) & other.is_seen
    turn_rad = turn * 2 * np.pi / one.is_seen.shape[1]
    if not seen.any():
        return IrisComparison(1.0, turn_rad, 0.0)
    differ = np.roll(one.bits, -turn, axis=2) ^ other.bits
    return IrisComparison(float(differ[:, seen].mean()), turn_rad, float(seen.mean()))
