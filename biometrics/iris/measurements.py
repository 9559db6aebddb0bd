"""Measure an eye image: what is seen of the iris, and how sharply."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.iris import parameters as p
from biometrics.iris.corners import measure_gaze, measure_white
from biometrics.iris.localization import EyeCircles, sample_polar
from biometrics.iris.results import Circle

RADII = 64
"""Rows of the polar picture, from the pupil to the limbus."""
ANGLES = 128
"""Its columns, counterclockwise from +column."""


def unwrap(
    pixels: NDArray[np.uint8] | NDArray[np.float32], circles: EyeCircles
) -> NDArray[np.float32]:
    """Sample the iris between its two circles.

    Parameters
    ----------
    pixels : (rows, cols) ndarray
        Eye image, or a map of the same size. Not modified.
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
    pupil, iris = circles.pupil, circles.iris
    reach = pupil.radius_px + share * (iris.radius_px - pupil.radius_px)
    # The middle wanders from that of the pupil to that of the iris: add the way to each radius.
    angles = np.arange(ANGLES) * 2 * np.pi / ANGLES
    down, right = iris.row - pupil.row, iris.col - pupil.col
    rows = pupil.row + share[:, None] * down - reach[:, None] * np.sin(angles)
    cols = pupil.col + share[:, None] * right + reach[:, None] * np.cos(angles)
    sampled = cv2.remap(
        pixels,
        cols.astype(np.float32),
        rows.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(sampled, dtype=np.float32)


def find_usable(polar: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell where the iris itself is seen: no lid, no lash, no mirrored lamp.

    Parameters
    ----------
    polar : (64, 128) ndarray of float32
        From `unwrap`.

    Returns
    -------
    usable : (64, 128) ndarray of bool
        True where grey levels are those of the iris just below the middle on both sides, which
        lids reach last.
    """
    angles = np.arange(polar.shape[1]) * 2 * np.pi / polar.shape[1]
    is_side = (np.sin(angles) <= 0) & (np.sin(angles) > -np.sin(p.LOWER_SIDES_RAD))
    sides = cv2.GaussianBlur(np.median(polar[:, is_side], axis=1)[:, None], (0, 0), 3.0)
    typical = np.asarray(sides, dtype=np.float32)
    spread = 1.4826 * float(np.median(np.abs(polar[:, is_side] - typical)))
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
        specular_share, specular_count; motion (0..1) and gaze (-1..1) where they can be told.

    References
    ----------
    .. [1] ISO/IEC 29794-6, names of the measures; the formulae are ours.
    """
    iris, pupil = circles.iris, circles.pupil
    inside = float(np.median(polar[usable])) if usable.any() else float(np.median(polar))
    shift_px = float(np.hypot(iris.row - pupil.row, iris.col - pupil.col))
    dark = _median_on(pixels, pupil, 0.3, 0.8)
    white = _median_on(pixels, iris, 1.08, 1.2, arc_rad=p.WHITE_ARC_RAD)
    components = {
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
        "specular_count": float(_count_speculars(pixels, iris)),
    }
    motion = _motion(pixels, circles, usable)
    if motion is not None:
        components["motion"] = motion
    corners = measure_white(pixels, iris)
    if corners is not None:
        components["gaze"] = measure_gaze(corners)
    return components


def _around(pixels: NDArray[np.uint8], circle: Circle) -> tuple[slice, slice]:
    """Return the square about a circle, as far as it lies in the picture."""
    reach = circle.radius_px + 2
    rows = slice(max(0, int(circle.row - reach)), max(0, int(circle.row + reach) + 1))
    cols = slice(max(0, int(circle.col - reach)), max(0, int(circle.col + reach) + 1))
    return rows, cols


def _count_speculars(pixels: NDArray[np.uint8], iris: Circle) -> int:
    """Count mirrored lamps on pupil and iris."""
    rows, cols = _around(pixels, iris)
    bright = (pixels[rows, cols] >= p.SPECULAR_GREY).astype(np.uint8)
    if not bright.size:
        return 0
    inside = np.zeros(bright.shape, np.uint8)
    middle = round(iris.col) - cols.start, round(iris.row) - rows.start
    cv2.circle(inside, middle, round(0.95 * iris.radius_px), 1, cv2.FILLED)
    count, _, stats, _ = cv2.connectedComponentsWithStats(bright & inside, connectivity=8)
    return int((stats[1:count, cv2.CC_STAT_AREA] >= p.MIN_SPECULAR_PX).sum())


def _motion(
    pixels: NDArray[np.uint8], circles: EyeCircles, usable: NDArray[np.bool_]
) -> float | None:
    """Return the least against the most detail by direction; None where too little is seen.

    An iris has as much detail in every direction if directions at right angles are seen alike;
    movement takes it away along its own.
    """
    is_seen = usable.mean(axis=0) > 0.5
    used = usable & (is_seen & np.roll(is_seen, ANGLES // 4))
    used |= usable & (is_seen & np.roll(is_seen, -ANGLES // 4))
    if used.sum() < p.MIN_MOTION_SHARE * used.size:
        return None
    calm = cv2.GaussianBlur(pixels, (0, 0), 1.2)
    slopes = (cv2.Sobel(calm, cv2.CV_32F, 1, 0), cv2.Sobel(calm, cv2.CV_32F, 0, 1))
    right, down = (unwrap(np.asarray(slope, np.float32), circles)[used] for slope in slopes)
    xx, yy, xy = (float((a * b).mean()) for a, b in ((right, right), (down, down), (right, down)))
    apart = float(np.hypot(xx - yy, 2 * xy))
    return (xx + yy - apart) / (xx + yy + apart + 1e-6)


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
