"""Even out brightness and contrast."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.parameters import CONTRAST_FLOOR_LEVELS, NORMALIZATION_WINDOW_PX


@dataclass(frozen=True, slots=True, eq=False)
class NormalizedImage:
    """An image with its slow variations removed."""

    image: NDArray[np.float32]
    """(rows, cols), mean 0 and deviation about 1 everywhere in a print; ridges negative."""
    contrast_squared: NDArray[np.float32]
    """(rows, cols), squared deviation of every pixel from its surroundings, in gray levels."""


def normalize(image: NDArray[np.uint8]) -> NormalizedImage:
    """Subtract the local mean and divide by the local deviation.

    Parameters
    ----------
    image : (rows, cols) ndarray of uint8
        Finger image at 500 ppi, ridges dark. Not modified.

    Returns
    -------
    normalized : NormalizedImage

    References
    ----------
    .. [1] Hong, Wan and Jain, IEEE TPAMI 20(8), 1998 (global form; the local form is ours).
    """
    window = (NORMALIZATION_WINDOW_PX, NORMALIZATION_WINDOW_PX)
    levels = image.astype(np.float32)
    deviation = cv2.subtract(levels, cv2.blur(levels, window))
    contrast_squared = cv2.multiply(deviation, deviation)
    variance = np.maximum(cv2.blur(contrast_squared, window), 0)  # rounding may go below 0
    divisor = cv2.sqrt(variance) + np.float32(CONTRAST_FLOOR_LEVELS)
    return NormalizedImage(
        image=np.asarray(cv2.divide(deviation, divisor), dtype=np.float32),
        contrast_squared=np.asarray(contrast_squared, dtype=np.float32),
    )
