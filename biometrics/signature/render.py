"""Draw a signature as a picture."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.signature import parameters as p

Stroke = NDArray[np.float64]
_SHIFT = 4  # cv2 takes fixed-point coordinates: 1/16 pixel


def render(
    strokes: Sequence[Stroke], *, width_mm: float, height_mm: float, width_px: int
) -> NDArray[np.uint8]:
    """Draw a signature, dark on white, anti-aliased; a pressed line is wider.

    Parameters
    ----------
    strokes : sequence of (n, 4) ndarray of float64
        x_mm from the left, y_mm from the top, pressure 0..1, time_s. Not modified.
    width_mm, height_mm : float
        The writing area.
    width_px : int
        Columns of the picture; the rows follow from the area.

    Returns
    -------
    picture : (rows, width_px) ndarray of uint8

    Raises
    ------
    ValueError
        If the area or the width is not positive, or a stroke is not (n, 4).
    """
    if min(width_mm, height_mm, width_px) <= 0:
        raise ValueError("the writing area and the width of the picture must be positive")
    rows = max(1, round(height_mm * width_px / width_mm))
    scale = p.OVERSAMPLING * width_px / width_mm
    large = np.full((rows * p.OVERSAMPLING, width_px * p.OVERSAMPLING), 255, np.uint8)
    for stroke in strokes:
        if stroke.ndim != 2 or stroke.shape[1] != 4:
            raise ValueError(f"a stroke is (n, 4) x, y, pressure, time, not {stroke.shape}")
        _draw(large, stroke, scale)
    picture = cv2.resize(large, (width_px, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(picture, dtype=np.uint8)


def _draw(large: NDArray[np.uint8], stroke: Stroke, scale: float) -> None:
    if not len(stroke):
        return
    points = np.rint(stroke[:, :2] * scale * (1 << _SHIFT)).astype(np.int32)
    pressure = np.clip(stroke[:, 2], 0, 1)
    widths = np.maximum(1, np.rint(p.INK_MM * scale * (0.5 + pressure))).astype(int)
    first = (int(points[0, 0]), int(points[0, 1]))
    cv2.line(large, first, first, 0, int(widths[0]), cv2.LINE_AA, _SHIFT)
    for start, end, width in zip(points[:-1], points[1:], widths[1:], strict=True):
        one, other = (int(start[0]), int(start[1])), (int(end[0]), int(end[1]))
        cv2.line(large, one, other, 0, int(width), cv2.LINE_AA, _SHIFT)
