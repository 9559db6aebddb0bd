"""Draw what a stage reported: gray images, maps of blocks in colour with their scale, fields."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.canvas import (
    ORANGE,
    Picture,
    blend,
    draw_line,
    enlarge,
    write_text,
)
from biometrics.evaluation.pictures import draw_template
from biometrics.finger.template import FingerTemplate

_SCALE = 2  # pictures are twice as large as the prints
_CONTRAST_PERCENT = (1, 99)  # what becomes black and white, or the ends of the colours
_MAP_SHARE = 0.62  # of colours over the print, which shines through
_SCALE_BAR_PX = 46  # height of the strip that says what the colours mean
_OUTSIDE_BGR = (205, 180, 160)


def draw_stage(
    name: str, results: dict[str, NDArray[Any]], template: FingerTemplate
) -> Picture | None:
    """Draw the result of one stage.

    Parameters
    ----------
    name : str
        The stage.
    results : dict of str to ndarray
        Of all stages; "image" is what the others are drawn over.
    template : FingerTemplate
        Drawn for the stage "minutiae".

    Returns
    -------
    picture : ndarray of uint8, or None
        BGR; None for a stage whose result is no picture.
    """
    image, result = results["image"], results[name]
    if name == "minutiae":
        return draw_template(np.asarray(image), template)
    if name == "mask":
        return _draw_mask(image, result)
    if name.endswith("orientation"):
        return _draw_orientation(image, result, results.get("mask"))
    if result.ndim != 2:
        return None
    if result.shape == image.shape:
        return _draw_gray(result)
    return _draw_map(image, result, results.get("mask"))


def _draw_gray(result: NDArray[Any]) -> Picture:
    if result.dtype == np.bool_:  # ridges and skeletons are drawn dark, like ink
        return enlarge(np.where(result, 0, 255).astype(np.uint8), _SCALE)
    low, high = np.percentile(result, _CONTRAST_PERCENT)
    return enlarge(_levels(result, float(low), float(high)), _SCALE)


def _levels(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    span = max(high - low, 1e-6)
    levels = np.clip((values.astype(np.float32) - low) * (255 / span), 0, 255)
    return np.asarray(levels, dtype=np.uint8)


def _draw_map(image: NDArray[Any], result: NDArray[Any], mask: NDArray[Any] | None) -> Picture:
    """Draw one value per block in colours over the print, with the scale below."""
    shown = result[mask] if mask is not None and mask.any() else result
    low, high = (float(end) for end in np.percentile(shown, _CONTRAST_PERCENT))
    print_ = enlarge(image, _SCALE, fade=0.2)
    size = (print_.shape[1], print_.shape[0])
    levels = cv2.resize(_levels(result, low, high), size, interpolation=cv2.INTER_NEAREST)
    colours = np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS), dtype=np.uint8)
    picture = blend(print_, colours, share=_MAP_SHARE)
    return np.vstack([picture, _draw_scale(picture.shape[1], low, high)])


def _draw_scale(width: int, low: float, high: float) -> Picture:
    strip = np.full((_SCALE_BAR_PX, width, 3), 255, np.uint8)
    edge = 70
    ramp = np.linspace(0, 255, max(width - 2 * edge, 2)).astype(np.uint8)[None]
    colours = cv2.applyColorMap(np.repeat(ramp, 18, axis=0), cv2.COLORMAP_VIRIDIS)
    strip[14:32, edge : edge + colours.shape[1]] = colours
    write_text(strip, (23, edge - 8), f"{low:.3g}", size_px=17, anchor="rm")
    write_text(strip, (23, width - edge + 8), f"{high:.3g}", size_px=17, anchor="lm")
    return strip


def _draw_mask(image: NDArray[Any], mask: NDArray[Any]) -> Picture:
    """Tint what was found to be no print."""
    picture = enlarge(image, _SCALE)
    size = (picture.shape[1], picture.shape[0])
    inside = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    tinted = blend(picture, np.full_like(picture, _OUTSIDE_BGR), share=0.75)
    picture[inside == 0] = tinted[inside == 0]
    outlines, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, outlines, -1, ORANGE, 2, cv2.LINE_AA)
    return picture


def _draw_orientation(
    image: NDArray[Any], orientation_rad: NDArray[Any], mask: NDArray[Any] | None
) -> Picture:
    """Draw the ridge direction of every second block of the print."""
    picture = enlarge(image, _SCALE, fade=0.55)
    pitch = picture.shape[1] / orientation_rad.shape[1]
    for row, col in np.ndindex(orientation_rad.shape):
        if row % 2 or col % 2 or (mask is not None and not mask[row, col]):
            continue
        angle = float(orientation_rad[row, col])
        middle_row, middle_col = (row + 0.5) * pitch, (col + 0.5) * pitch
        up, right = 0.8 * pitch * np.sin(angle), 0.8 * pitch * np.cos(angle)
        start = (middle_row + up, middle_col - right)
        end = (middle_row - up, middle_col + right)
        draw_line(picture, start, end, ORANGE, width=2)
    return picture
