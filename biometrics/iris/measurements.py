"""Measure an eye image: what is seen of the iris, and how sharply."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.iris import parameters as p
from biometrics.iris.localization import EyeCircles, sample_polar
from biometrics.iris.results import Circle

RADII = 64
"""Rows of the polar picture, from the pupil to the limbus."""


def unwrap(pixels: NDArray[np.uint8], circles: EyeCircles) -> NDArray[np.float32]:
    """Sample the iris between its two circles.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Eye image. Not modified.
    circles : EyeCircles
        Where pupil and limbus are.

    Returns
    -------
    polar : (64, 128) ndarray of float32
        Grey levels; first row at the pupil, angles counterclockwise from +column.

    References
    ----------
    .. [1] Daugman, How iris recognition works, IEEE TCSVT 14(1), 2004 (rubber sheet model).
    """
    share = (np.arange(RADII) + 0.5) / RADII
    reach = circles.pupil.radius_px + share * (circles.iris.radius_px - circles.pupil.radius_px)
    centre_row = circles.pupil.row + share * (circles.iris.row - circles.pupil.row)
    centre_col = circles.pupil.col + share * (circles.iris.col - circles.pupil.col)
    rows = [
        sample_polar(pixels, Circle(float(row), float(col), 1.0), np.array([radius]))[0]
        for row, col, radius in zip(centre_row, centre_col, reach, strict=True)
    ]
    return np.stack(rows)


def find_usable(polar: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell where the iris itself is seen: no lid, no lash, no mirrored lamp.

    Parameters
    ----------
    polar : (64, 128) ndarray of float32
        From `unwrap`.

    Returns
    -------
    usable : (64, 128) ndarray of bool
        True where grey levels are those of the iris at the sides, which lids do not reach.
    """
    angles = np.arange(polar.shape[1]) * 2 * np.pi / polar.shape[1]
    lateral = np.abs(np.sin(angles)) < np.sin(p.LATERAL_ARC_RAD)
    typical = float(np.median(polar[:, lateral]))
    spread = 1.4826 * float(np.median(np.abs(polar[:, lateral] - typical)))
    reach = max(p.MIN_USABLE_REACH_GREY, p.USABLE_REACH_SPREADS * spread)
    calm = cv2.GaussianBlur(polar, (0, 0), 1.5)
    return np.asarray((np.abs(calm - typical) < reach) & (polar < p.SPECULAR_GREY), np.bool_)


def measure(
    pixels: NDArray[np.uint8],
    circles: EyeCircles,
    polar: NDArray[np.float32],
    usable: NDArray[np.bool_],
) -> dict[str, float]:
    """Measure what ISO/IEC 29794-6 names, as far as one frame shows it.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Eye image. Not modified.
    circles : EyeCircles
        Where pupil and limbus are.
    polar : (64, 128) ndarray of float32
        From `unwrap`.
    usable : (64, 128) ndarray of bool
        From `find_usable`.

    Returns
    -------
    components : dict of str to float
        usable_iris_area, iris_radius_px, iris_sclera_contrast, iris_pupil_contrast,
        pupil_iris_ratio, iris_pupil_concentricity, margin, grey_bits, sharpness,
        specular_share.

    References
    ----------
    .. [1] ISO/IEC 29794-6, names of the measures; the formulae are ours.
    """
    iris, pupil = circles.iris, circles.pupil
    inside = float(np.median(polar[usable])) if usable.any() else float(np.median(polar))
    shift_px = float(np.hypot(iris.row - pupil.row, iris.col - pupil.col))
    dark = _median_on(pixels, pupil, 0.3, 0.8)
    white = _median_on(pixels, iris, 1.08, 1.2, arc_rad=p.WHITE_ARC_RAD)
    return {
        "usable_iris_area": float(usable.mean()),
        "iris_radius_px": iris.radius_px,
        "iris_sclera_contrast": _contrast(white, inside),
        "iris_pupil_contrast": _contrast(inside, dark),
        "pupil_iris_ratio": pupil.radius_px / iris.radius_px,
        "iris_pupil_concentricity": max(0.0, 1.0 - shift_px / iris.radius_px),
        "margin": _margin(pixels.shape, iris),
        "grey_bits": _entropy_bits(polar[usable]),
        "sharpness": _sharpness(pixels, circles),
        "specular_share": float((polar >= p.SPECULAR_GREY).mean()),
    }


def _contrast(bright: float, dark: float) -> float:
    return (bright - dark) / (bright + dark + 1.0)


def _median_on(
    pixels: NDArray[np.uint8], circle: Circle, low: float, high: float, arc_rad: float = np.pi
) -> float:
    """Return the median grey between two shares of a circle's radius, on both lateral arcs."""
    polar = sample_polar(pixels, circle, np.linspace(low, high, 6) * circle.radius_px)
    angles = np.arange(polar.shape[1]) * 2 * np.pi / polar.shape[1]
    off_level = np.arcsin(np.abs(np.sin(angles)))
    return float(np.median(polar[:, off_level <= arc_rad]))


def _margin(shape: tuple[int, ...], iris: Circle) -> float:
    """Return 1 for 0.6 radii beside and 0.2 above and below the iris, less when it is cut."""
    rows, cols = shape[0], shape[1]
    beside = min(iris.col - iris.radius_px, cols - iris.col - iris.radius_px)
    above = min(iris.row - iris.radius_px, rows - iris.row - iris.radius_px)
    share = min(beside / (0.6 * iris.radius_px), above / (0.2 * iris.radius_px))
    return float(np.clip(share, 0.0, 1.0))


def _entropy_bits(values: NDArray[np.float32]) -> float:
    if values.size == 0:
        return 0.0
    counts = np.bincount(np.clip(values, 0, 255).astype(np.intp), minlength=256)
    shares = counts[counts > 0] / values.size
    return float(-(shares * np.log2(shares)).sum())


def _sharpness(pixels: NDArray[np.uint8], circles: EyeCircles) -> float:
    """Return how steep the pupil's edge is against a sharp one: 1 is as sharp as our limit."""
    pupil = circles.pupil
    radii = np.arange(max(2.0, 0.6 * pupil.radius_px), 1.4 * pupil.radius_px, 0.5)
    polar = sample_polar(pixels, pupil, radii)
    profile = np.median(np.diff(polar, axis=0), axis=1)
    steepest = float(np.percentile(np.diff(polar, axis=0).max(axis=0), 40))
    whole = float(np.abs(profile).sum()) + 1.0
    return steepest / whole / p.SHARP_EDGE_SHARE
