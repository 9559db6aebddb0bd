"""Measure the backdrop behind a person: its hue, and whether it is even."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters as p
from biometrics.face.results import Background, FaceModels

MIN_BACKGROUND_PX = 400  # of the 256 x 256 mask; less tells nothing


def measure_background(pixels: NDArray[np.uint8], models: FaceModels) -> dict[str, float]:
    """Measure what lies beside and above the person.

    Parameters
    ----------
    pixels : (rows, cols, 3) ndarray of uint8
        BGR. Not modified.
    models : FaceModels

    Returns
    -------
    components : dict of str to float
        background_hue_rad (CIELAB, 0..2 pi), background_chroma, background_spread (deviation of
        the lightness); empty where no background is seen.
    """
    size = (p.SEGMENTATION_INPUT_PX, p.SEGMENTATION_INPUT_PX)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    models.segmentation.setInput(cv2.dnn.blobFromImage(small, 1 / 255, swapRB=True))
    person = np.asarray(models.segmentation.forward()).reshape(size)
    behind = person < p.BACKGROUND_MASK
    behind[round(p.BACKGROUND_FROM_TOP * size[0]) :] = False
    if behind.sum() < MIN_BACKGROUND_PX:
        return {}
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[behind]
    green_red, blue_yellow = float(np.median(lab[:, 1])), float(np.median(lab[:, 2]))
    return {
        "background_hue_rad": float(np.arctan2(blue_yellow, green_red) % (2 * np.pi)),
        "background_chroma": float(np.hypot(green_red, blue_yellow)),
        "background_spread": float(lab[:, 0].std()),
    }


def has_colour(components: dict[str, float], expected: Background) -> bool:
    """Tell whether a measured background has the expected colour.

    Parameters
    ----------
    components : dict of str to float
        From `measure_background`.
    expected : Background

    Returns
    -------
    bool
        False for a wall without colour.
    """
    if components["background_chroma"] < p.MIN_BACKGROUND_CHROMA:
        return False
    low, high = p.HUE_RANGES_RAD[expected.value]
    return low <= components["background_hue_rad"] < high
