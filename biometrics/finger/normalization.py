"""Even out brightness and contrast."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.parameters import (
    CONTRAST_FLOOR_LEVELS,
    CONTRAST_WINDOW_PX,
    NORMALIZATION_WINDOW_PX,
)


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
    # In place: fresh memory costs more than the arithmetic.
    deviation = np.asarray(cv2.blur(levels, window), dtype=np.float32)
    cv2.subtract(levels, deviation, dst=deviation)
    divisor = np.asarray(cv2.multiply(deviation, deviation), dtype=np.float32)
    cv2.blur(divisor, window, dst=divisor)
    np.maximum(divisor, 0, out=divisor)  # rounding may go below 0
    cv2.sqrt(divisor, dst=divisor)
    np.add(divisor, np.float32(CONTRAST_FLOOR_LEVELS), out=divisor)
    return NormalizedImage(
        image=np.asarray(cv2.divide(deviation, divisor, dst=deviation), dtype=np.float32),
        contrast_squared=_square_texture(levels, divisor),
    )


def _square_texture(levels: NDArray[np.float32], space: NDArray[np.float32]) -> NDArray[np.float32]:
    """Square what varies within a ridge and a valley; a narrow window does not reach beyond."""
    window = (CONTRAST_WINDOW_PX, CONTRAST_WINDOW_PX)
    texture = cv2.blur(levels, window, dst=space)
    cv2.subtract(levels, texture, dst=texture)
    return np.asarray(cv2.multiply(texture, texture, dst=texture), dtype=np.float32)
