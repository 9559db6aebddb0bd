"""Measure light and sharpness of a face."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters as p
from biometrics.face.results import Box

CLIPPED_LOW, CLIPPED_HIGH = 8, 248  # grey levels at the ends of the range


def measure_exposure(pixels: NDArray[np.uint8], box: Box) -> dict[str, float]:
    """Measure the middle of a face.

    Parameters
    ----------
    pixels : (rows, cols, 3) ndarray of uint8
        BGR. Not modified.
    box : Box
        The face.

    Returns
    -------
    components : dict of str to float
        mean_grey, clipped_dark_share, clipped_bright_share, sharpness (variance of the Laplacian
        of the face at 256 px, its contrast brought to one level first: a dark picture is not a
        blurred one).
    """
    rows, cols = pixels.shape[:2]
    top, bottom = (int(np.clip(value, 0, rows)) for value in (box.top, box.bottom))
    left, right = (int(np.clip(value, 0, cols)) for value in (box.left, box.right))
    if bottom - top < 8 or right - left < 8:
        return dict.fromkeys(
            ("mean_grey", "clipped_dark_share", "clipped_bright_share", "sharpness"), 0.0
        )
    grey = cv2.cvtColor(pixels[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    size = (p.SHARPNESS_FACE_PX, p.SHARPNESS_FACE_PX)
    face = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    deviation = max(4.0, float(face.std()))
    normal = face * (p.NORMAL_DEVIATION_GREY / deviation)
    return {
        "mean_grey": float(grey.mean()),
        "clipped_dark_share": float((grey <= CLIPPED_LOW).mean()),
        "clipped_bright_share": float((grey >= CLIPPED_HIGH).mean()),
        "sharpness": float(cv2.Laplacian(normal, cv2.CV_32F).var()),
    }
