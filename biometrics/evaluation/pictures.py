"""Draw templates, comparisons and stages, for people who want to see what a check saw."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.results import ComparisonResult
from biometrics.finger.template import FingerTemplate, MinutiaKind

Picture = NDArray[np.uint8]

_SCALE = 2  # pictures are twice as large as the prints
_TAIL_PX = 9  # length of a minutia's direction at 500 ppi
_GAP_PX = 16  # between two prints, in pixels of the picture
_ENDING_BGR = (40, 40, 220)
_BIFURCATION_BGR = (200, 90, 20)
_LINE_BGR = (70, 160, 60)
_CONTRAST_PERCENT = (1, 99)  # what becomes black and white


def encode_png(picture: Picture) -> bytes:
    """Encode a picture as PNG.

    Parameters
    ----------
    picture : ndarray of uint8
        Gray or BGR.

    Returns
    -------
    data : bytes
    """
    _, data = cv2.imencode(".png", picture)
    return data.tobytes()


def draw_template(image: NDArray[np.uint8], template: FingerTemplate) -> Picture:
    """Draw minutiae over a print: red endings, blue bifurcations.

    Parameters
    ----------
    image : (rows, cols) ndarray of uint8
        At 500 ppi.
    template : FingerTemplate

    Returns
    -------
    picture : (2 rows, 2 cols, 3) ndarray of uint8
        BGR.
    """
    size = (image.shape[1] * _SCALE, image.shape[0] * _SCALE)
    large = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    picture = np.asarray(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    ends = _points(template, _TAIL_PX)
    for start, end, kind in zip(_points(template, 0), ends, template.kind, strict=True):
        is_ending = kind == MinutiaKind.RIDGE_ENDING
        colour = _ENDING_BGR if is_ending else _BIFURCATION_BGR
        cv2.circle(picture, start, 4, colour, 1, cv2.LINE_AA)
        cv2.line(picture, start, end, colour, 1, cv2.LINE_AA)
    return picture


def _points(template: FingerTemplate, away_px: float) -> list[tuple[int, int]]:
    """Return (x, y) in the picture of points at a distance along each minutia's direction."""
    x = (template.cols + away_px * np.cos(template.angle_rad)) * _SCALE
    y = (template.rows - away_px * np.sin(template.angle_rad)) * _SCALE
    return [(round(float(a)), round(float(b))) for a, b in zip(x, y, strict=True)]


def draw_comparison(
    probe: tuple[NDArray[np.uint8], FingerTemplate],
    reference: tuple[NDArray[np.uint8], FingerTemplate],
    result: ComparisonResult,
) -> Picture:
    """Draw two prints side by side with lines between their paired minutiae.

    Parameters
    ----------
    probe, reference : pair of (rows, cols) ndarray of uint8 and FingerTemplate
        Image at 500 ppi and its template.
    result : ComparisonResult

    Returns
    -------
    picture : ndarray of uint8
        BGR.
    """
    left, right = draw_template(*probe), draw_template(*reference)
    height = max(left.shape[0], right.shape[0])
    start = left.shape[1] + _GAP_PX
    picture = np.full((height, start + right.shape[1], 3), 255, np.uint8)
    picture[: left.shape[0], : left.shape[1]] = left
    picture[: right.shape[0], start:] = right
    from_points, to_points = _points(probe[1], 0), _points(reference[1], 0)
    for index, other in result.pairs.tolist():
        x, y = to_points[other]
        cv2.line(picture, from_points[index], (x + start, y), _LINE_BGR, 1, cv2.LINE_AA)
    return picture


def draw_minutiae_alone(template: FingerTemplate) -> NDArray[np.uint8]:
    """Make an empty image of a template's size, to draw on when the print itself is not at hand.

    Parameters
    ----------
    template : FingerTemplate

    Returns
    -------
    image : (rows, cols) ndarray of uint8
        White.
    """
    return np.full(template.shape_px, 255, np.uint8)


def draw_stage(result: NDArray[Any], shape: tuple[int, int]) -> Picture:
    """Draw what a stage reported.

    Parameters
    ----------
    result : (rows, cols) ndarray
        Of any number type; a map of blocks is enlarged.
    shape : (rows, cols)
        Size of the image that went into the pipeline.

    Returns
    -------
    picture : ndarray of uint8
        Gray, of that size.
    """
    values = result.astype(np.float32)
    low, high = np.percentile(values, _CONTRAST_PERCENT)
    if result.dtype == np.bool_:
        low, high = 0.0, 1.0
    levels = np.clip((values - low) * (255 / max(float(high - low), 1e-6)), 0, 255)
    size = (shape[1], shape[0])
    return np.asarray(
        cv2.resize(levels.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8
    )


def draw_orientation(orientation_rad: NDArray[np.float32], image: NDArray[np.uint8]) -> Picture:
    """Draw the ridge direction of every second block over the print.

    Parameters
    ----------
    orientation_rad : (rows, cols) ndarray of float32
        Per block, counterclockwise from +column.
    image : ndarray of uint8
        The print at 500 ppi.

    Returns
    -------
    picture : ndarray of uint8
        BGR, twice as large as the image.
    """
    size = (image.shape[1] * _SCALE, image.shape[0] * _SCALE)
    picture = np.asarray(cv2.cvtColor(cv2.resize(image, size), cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    pitch = size[0] / orientation_rad.shape[1]
    for row, col in np.ndindex(orientation_rad[::2, ::2].shape):
        angle = float(orientation_rad[2 * row, 2 * col])
        x, y = (2 * col + 0.5) * pitch, (2 * row + 0.5) * pitch
        right, down = 0.8 * pitch * np.cos(angle), -0.8 * pitch * np.sin(angle)
        ends = (round(x - right), round(y - down)), (round(x + right), round(y + down))
        cv2.line(picture, *ends, _ENDING_BGR, 1, cv2.LINE_AA)
    return picture
