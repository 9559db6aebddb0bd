"""Measure the white on both sides of an iris: where the person looks, and which eye it is."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.iris import parameters as p
from biometrics.iris.results import Circle


@dataclass(frozen=True, slots=True)
class WhiteSide:
    """The visible white on one side of the iris."""

    width_px: float
    """From the limbus to the corner of the lids."""
    corner_grey: float
    """Mean grey level of its outer part, where the tear duct lies on one side."""


def measure_white(pixels: NDArray[np.uint8], iris: Circle) -> tuple[WhiteSide, WhiteSide] | None:
    """Measure the white to the left and to the right of the iris in the picture.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Eye image. Not modified.
    iris : Circle
        The limbus.

    Returns
    -------
    (left, right) of WhiteSide, or None
        None where a corner of the lids is outside the picture or does not show.
    """
    half = p.CORNER_BAND * iris.radius_px
    first, last = int(iris.row - half), int(np.ceil(iris.row + half)) + 1
    margin = 8  # what the filters below reach
    if first < margin or last > pixels.shape[0] - margin:
        return None
    band = cv2.GaussianBlur(pixels[first - margin : last + margin], (0, 0), 2.0)
    right = cv2.Sobel(band, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(band, cv2.CV_32F, 0, 1, scale=0.125)
    inner = slice(margin, -margin)
    slope = np.hypot(right, down)[inner].mean(axis=0)
    grey = band[inner].astype(np.float32).mean(axis=0)
    sides = [_measure_side(grey, slope, iris, toward) for toward in (-1, 1)]
    return None if sides[0] is None or sides[1] is None else (sides[0], sides[1])


def measure_gaze(white: tuple[WhiteSide, WhiteSide]) -> float:
    """Return where the eye looks: 0 straight, -1 to the left end of the picture, 1 to the right.

    Parameters
    ----------
    white : (left, right) of WhiteSide
        From `measure_white`.

    Returns
    -------
    float
    """
    left, right = white
    return (left.width_px - right.width_px) / (left.width_px + right.width_px)


def guess_side(white: tuple[WhiteSide, WhiteSide]) -> tuple[str, float]:
    """Guess whose eye it is by the tear duct, which is brighter than the outer corner.

    Parameters
    ----------
    white : (left, right) of WhiteSide
        From `measure_white`.

    Returns
    -------
    side : str
        "right" or "left", the capture subject's own: the right eye has the nose on the right of
        the picture.
    confidence : float
        0.5..1. Tuned on simulated eyes; no public set with whole eyes was at hand.
    """
    brighter = white[1].corner_grey - white[0].corner_grey
    confidence = 1 / (1 + np.exp(-abs(brighter) / p.DUCT_GREY_SCALE))
    return ("right" if brighter >= 0 else "left"), float(confidence)


def _measure_side(
    grey: NDArray[np.float32], slope: NDArray[np.float32], iris: Circle, toward: int
) -> WhiteSide | None:
    """Walk outwards to where the outlines of both lids meet: the steepest place beside the iris."""
    low, high = (share * iris.radius_px for share in p.CORNER_REACH)
    steps = np.arange(low, high)
    at = np.rint(iris.col + toward * steps).astype(np.intp)
    inside = (at >= 0) & (at < grey.size)
    if steps[inside].size < 2 or steps[inside][-1] < p.CORNER_MIN_VIEW * iris.radius_px:
        return None
    steps, at = steps[inside], at[inside]
    corner = int(np.argmax(slope[at]))
    if slope[at[corner]] < p.MIN_CORNER_SLOPE or corner == steps.size - 1:
        return None
    outer = grey[at[int(0.6 * corner) : int(0.85 * corner) + 1]]
    return WhiteSide(float(steps[corner]) - iris.radius_px, float(outer.mean()))
