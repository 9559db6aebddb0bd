"""Draw minutiae and compared templates, for people who want to see what a check saw."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.canvas import (
    BLUE,
    GRAY,
    INK,
    ORANGE,
    WHITE,
    Colour,
    Picture,
    Point,
    blend,
    draw_circle,
    draw_line,
    encode_png,
    enlarge,
    write_text,
)
from biometrics.finger.results import ComparisonResult
from biometrics.finger.template import FingerTemplate, MinutiaKind

__all__ = ["Picture", "draw_comparison", "draw_minutiae_alone", "draw_template", "encode_png"]

_SCALE = 2  # pictures are twice as large as the prints
_TAIL_PX = 9.0  # length of a minutia's direction at 500 ppi
_RING_PX = 5.5  # radius of a minutia, in pixels of the picture
_FADE = 0.45  # of prints under coloured minutiae
_EDGE_PX = 24  # around the two prints, in pixels of the picture
_CROP_PX = 56  # kept around the outermost minutiae, at 500 ppi
_LEAST_WIDTH_PX = 880  # for the line above the prints
_HEAD_PX = 92  # above them
_FOOT_PX = 40  # below them
_LINE_SHARE = 0.55  # of lines between pairs; the prints shine through
# Part of the colour map that shows on a faded print, dark violet to green.
_RAMP = (20, 190)


def draw_template(image: NDArray[np.uint8], template: FingerTemplate) -> Picture:
    """Draw minutiae over a print: orange rings for endings, blue squares for bifurcations.

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
    picture = enlarge(image, _SCALE, fade=_FADE)
    ends = _points(template, _TAIL_PX)
    for start, end, kind in zip(_points(template), ends, template.kind, strict=True):
        if kind == MinutiaKind.RIDGE_BIFURCATION:
            _draw_minutia(picture, start, end, BLUE, is_square=True)
        else:
            _draw_minutia(picture, start, end, ORANGE)
    return picture


def _points(template: FingerTemplate, away_px: float = 0.0) -> list[Point]:
    """Return places in the picture at a distance along each minutia's direction."""
    rows = (template.rows - away_px * np.sin(template.angle_rad) + 0.5) * _SCALE
    cols = (template.cols + away_px * np.cos(template.angle_rad) + 0.5) * _SCALE
    return [(float(row), float(col)) for row, col in zip(rows, cols, strict=True)]


def _draw_minutia(
    picture: Picture, start: Point, end: Point, colour: Colour, *, is_square: bool = False
) -> None:
    """Draw a ring or a square with a tail, on a light rim that parts it from the ridges."""
    for ink, width in ((WHITE, 4), (colour, 2)):
        draw_line(picture, start, end, ink, width=width)
        if is_square:
            _draw_square(picture, start, ink, width)
        else:
            draw_circle(picture, start, _RING_PX, ink, width=width)


def _draw_square(picture: Picture, centre: Point, colour: Colour, width: int) -> None:
    row, col = centre
    corners = [
        (row + down * _RING_PX, col + right * _RING_PX)
        for down, right in ((-1, -1), (-1, 1), (1, 1), (1, -1))
    ]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        draw_line(picture, start, end, colour, width=width)


def draw_comparison(
    probe: tuple[NDArray[np.uint8], FingerTemplate],
    reference: tuple[NDArray[np.uint8], FingerTemplate],
    result: ComparisonResult,
    *,
    names: tuple[str, str] = ("probe", "reference"),
    verdict: str = "",
) -> Picture:
    """Draw two prints side by side with lines between their paired minutiae.

    Parameters
    ----------
    probe, reference : pair of (rows, cols) ndarray of uint8 and FingerTemplate
        Image at 500 ppi and its template.
    result : ComparisonResult
    names : pair of str
        Written above the prints.
    verdict : str
        Written in the middle above them.

    Returns
    -------
    picture : ndarray of uint8
        BGR. A pair has one colour on both sides, by its height in the probe; minutiae without a
        partner are gray.
    """
    probe, reference = _crop(*probe), _crop(*reference)
    left, right = (enlarge(image, _SCALE, fade=_FADE) for image, _ in (probe, reference))
    height, width = max(left.shape[0], right.shape[0]), left.shape[1] + right.shape[1] + _EDGE_PX
    shape = (_HEAD_PX + height + _FOOT_PX, max(width, _LEAST_WIDTH_PX) + 2 * _EDGE_PX, 3)
    picture = np.full(shape, 255, np.uint8)
    edge = (shape[1] - width) // 2
    corners = (_HEAD_PX, edge), (_HEAD_PX, edge + left.shape[1] + _EDGE_PX)
    for part, corner in zip((left, right), corners, strict=True):
        _paste(picture, part, corner)
    picture = _draw_pairs(picture, corners, (probe[1], reference[1]), result)
    for name, part, corner in zip(names, (left, right), corners, strict=True):
        middle = corner[1] + part.shape[1] / 2
        write_text(picture, (_HEAD_PX - 16, middle), name, size_px=19, anchor="ms")
    write_text(picture, (16, shape[1] / 2), verdict, size_px=26, anchor="ma")
    _write_legend(picture, len(result.pairs), len(probe[1]), len(reference[1]))
    return picture


def _crop(
    image: NDArray[np.uint8], template: FingerTemplate
) -> tuple[NDArray[np.uint8], FingerTemplate]:
    """Leave empty glass away: keep what lies around the minutiae."""
    if not len(template):
        return image, template
    top, left = (max(0, int(v.min()) - _CROP_PX) for v in (template.rows, template.cols))
    bottom, right = (int(v.max()) + _CROP_PX + 1 for v in (template.rows, template.cols))
    part = image[top:bottom, left:right]
    moved = replace(
        template,
        rows=template.rows - np.float32(top),
        cols=template.cols - np.float32(left),
        shape_px=(part.shape[0], part.shape[1]),
    )
    return part, moved


def _paste(picture: Picture, part: Picture, corner: tuple[int, int]) -> None:
    rows, cols = part.shape[:2]
    picture[corner[0] : corner[0] + rows, corner[1] : corner[1] + cols] = part
    end = (corner[1] + cols, corner[0] + rows)
    cv2.rectangle(picture, (corner[1] - 1, corner[0] - 1), end, (205, 205, 205), 1)


def _draw_pairs(
    picture: Picture,
    corners: tuple[tuple[int, int], tuple[int, int]],
    templates: tuple[FingerTemplate, FingerTemplate],
    result: ComparisonResult,
) -> Picture:
    """Draw lonely minutiae, then lines that shine through, then the pairs on top."""
    placed = [
        [[(row + corner[0], col + corner[1]) for row, col in _points(template, away)]
         for away in (0.0, _TAIL_PX)]
        for template, corner in zip(templates, corners, strict=True)
    ]  # fmt: skip
    for side, (starts, ends) in enumerate(placed):
        paired = set(result.pairs[:, side].tolist())
        for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if index not in paired:
                draw_line(picture, start, end, GRAY)
                draw_circle(picture, start, _RING_PX - 1, GRAY)
    coloured = list(zip(result.pairs.tolist(), _pair_colours(templates[0], result), strict=True))
    lines = picture.copy()
    for (index, other), colour in coloured:
        draw_line(lines, placed[0][0][index], placed[1][0][other], colour, width=2)
    picture = blend(picture, lines, share=_LINE_SHARE)
    for pair, colour in coloured:
        for (starts, ends), index in zip(placed, pair, strict=True):
            _draw_minutia(picture, starts[index], ends[index], colour)
    return picture


def _pair_colours(probe: FingerTemplate, result: ComparisonResult) -> list[Colour]:
    """Colour the pairs from top to bottom of the probe, so that lines that cross stay apart."""
    if not len(result.pairs):
        return []
    order = np.argsort(np.argsort(probe.rows[result.pairs[:, 0]]))
    level = _RAMP[0] + (_RAMP[1] - _RAMP[0]) * order / max(len(order) - 1, 1)
    ramp = cv2.applyColorMap(np.rint(level).astype(np.uint8)[:, None], cv2.COLORMAP_VIRIDIS)
    return [(int(b), int(g), int(r)) for b, g, r in ramp[:, 0]]


def _write_legend(picture: Picture, pairs: int, probe: int, reference: int) -> None:
    text = (
        f"{pairs} pairs, one colour each, of {probe} and {reference} minutiae; "
        "gray: without a partner"
    )
    place = picture.shape[0] - _FOOT_PX + 12, picture.shape[1] / 2
    write_text(picture, place, text, size_px=17, colour=INK, anchor="ma")


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
