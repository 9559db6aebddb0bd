"""Draw on pictures: smooth lines and circles between pixels, and text in a real typeface."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
"""Blue, green, red."""
Point = tuple[float, float]
"""(row, col) in pixels of the picture."""

# Okabe and Ito, "Color Universal Design", 2008: told apart with every kind of colour blindness.
BLUE: Colour = (178, 114, 0)
ORANGE: Colour = (0, 94, 213)
GREEN: Colour = (115, 158, 0)
GRAY: Colour = (105, 105, 105)
INK: Colour = (40, 40, 40)
WHITE: Colour = (255, 255, 255)

_FRACTION_BITS = 4  # of a pixel, to which OpenCV places lines


def enlarge(image: NDArray[np.uint8], scale: int, *, fade: float = 0.0) -> Picture:
    """Enlarge a gray image to a picture that can be drawn on.

    Parameters
    ----------
    image : (rows, cols) ndarray of uint8
    scale : int
        Pixels of the picture for one of the image.
    fade : float
        0 for the image as it is, 1 for white.

    Returns
    -------
    picture : (scale rows, scale cols, 3) ndarray of uint8
        BGR.
    """
    size = (image.shape[1] * scale, image.shape[0] * scale)
    large = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    faded = cv2.addWeighted(large, 1 - fade, np.full_like(large, 255), fade, 0)
    return np.asarray(cv2.cvtColor(faded, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


def _fixed(point: Point) -> tuple[int, int]:
    """Return a point as OpenCV takes it: (x, y) in sixteenths of a pixel."""
    row, col = point
    return round(col * 2**_FRACTION_BITS), round(row * 2**_FRACTION_BITS)


def draw_line(
    picture: Picture, start: Point, end: Point, colour: Colour, *, width: int = 1
) -> None:
    """Draw a line into a picture.

    Parameters
    ----------
    picture : ndarray of uint8
        Drawn on.
    start, end : (row, col)
    colour : (int, int, int)
    width : int
        In pixels.
    """
    ends = _fixed(start), _fixed(end)
    cv2.line(picture, *ends, colour, width, cv2.LINE_AA, shift=_FRACTION_BITS)


def draw_circle(
    picture: Picture, centre: Point, radius_px: float, colour: Colour, *, width: int = 1
) -> None:
    """Draw a circle into a picture.

    Parameters
    ----------
    picture : ndarray of uint8
        Drawn on.
    centre : (row, col)
    radius_px : float
    colour : (int, int, int)
    width : int
        In pixels; -1 fills the circle.
    """
    radius = round(radius_px * 2**_FRACTION_BITS)
    cv2.circle(picture, _fixed(centre), radius, colour, width, cv2.LINE_AA, shift=_FRACTION_BITS)


def write_text(
    picture: Picture,
    place: Point,
    text: str,
    *,
    size_px: int,
    colour: Colour = INK,
    anchor: str = "la",
) -> None:
    """Write a line of text into a picture.

    Parameters
    ----------
    picture : (rows, cols, 3) ndarray of uint8
        BGR; written on.
    place : (row, col)
        Where the anchor goes.
    text : str
    size_px : int
        Height of the typeface.
    colour : (int, int, int)
    anchor : str
        Of Pillow: horizontally l, m or r, vertically a (top), m or s (base line).
    """
    image = Image.fromarray(picture)
    font = ImageFont.load_default(size_px)
    row, col = place
    ImageDraw.Draw(image).text((col, row), text, fill=colour, font=font, anchor=anchor)
    picture[:] = np.asarray(image)


def blend(below: Picture, above: Picture, *, share: float) -> Picture:
    """Let one picture shine through another.

    Parameters
    ----------
    below, above : ndarray of uint8
        Of the same shape.
    share : float
        Of `above`, 0..1.

    Returns
    -------
    picture : ndarray of uint8
    """
    return np.asarray(cv2.addWeighted(above, share, below, 1 - share, 0), dtype=np.uint8)


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
