"""Find the pupil and the limbus: a dark round spot, then circles through edge points."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.iris import parameters as p
from biometrics.iris.results import Circle

Grey = NDArray[np.uint8]
Field = NDArray[np.float32]

_ANGLES = 128
_SINE = np.sin(np.arange(_ANGLES) * 2 * np.pi / _ANGLES)
_COSINE = np.cos(np.arange(_ANGLES) * 2 * np.pi / _ANGLES)


@dataclass(frozen=True, slots=True)
class EyeCircles:
    """The two circles of an eye, and how clear their edges are."""

    pupil: Circle
    iris: Circle
    pupil_step: float
    """Grey levels between inside and outside."""
    limbus_step: float
    roundness: float
    """Shares of the outlines that lie on the circles, multiplied; below 1 under lids."""


def locate(pixels: Grey) -> EyeCircles | None:
    """Find pupil and limbus in an eye image.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Near-infrared image of one eye. Not modified.

    Returns
    -------
    EyeCircles or None
        None where there is no dark round spot inside a brighter ring inside a still brighter one.

    References
    ----------
    .. [1] Daugman, How iris recognition works, IEEE TCSVT 14(1), 2004 (radial derivative on arcs).
    """
    spots = find_pupil_spots(pixels)
    if not spots:
        return None
    half = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11))
    calm = cv2.GaussianBlur(cv2.morphologyEx(half, cv2.MORPH_OPEN, kernel), (0, 0), 1.0)
    field = np.asarray(calm, dtype=np.float32)
    fits = [_fit_both(field, _scaled(spot, 0.5)) for spot in spots]
    found = [fit for fit in fits if fit is not None]
    return max(found, key=lambda fit: fit.roundness, default=None)


def _fit_both(calm: Field, spot: Circle) -> EyeCircles | None:
    pupil, pupil_step, roundness = _fit_pupil(calm, spot)
    if pupil is None or pupil_step < p.MIN_PUPIL_STEP or roundness < p.MIN_PUPIL_AGREEMENT:
        return None
    iris, limbus_step, limbus_roundness = _fit_limbus(calm, pupil)
    if iris is None or limbus_step < p.MIN_LIMBUS_STEP:
        return None
    if limbus_roundness < p.MIN_LIMBUS_AGREEMENT:
        return None
    steps = (pupil_step, limbus_step)
    return EyeCircles(_scaled(pupil, 2), _scaled(iris, 2), *steps, roundness * limbus_roundness)


def find_pupil_spots(pixels: Grey) -> list[Circle]:
    """Find dark round spots; a dark iris in a bright eye is one too.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Eye image.

    Returns
    -------
    list of Circle
        To within a few pixels, the one that stands out most first, at most six.
    """
    size = tuple(max(1, n // p.COARSE_SCALE) for n in pixels.shape[::-1])
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    kernel = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (p.SPECULAR_KERNEL_PX, p.SPECULAR_KERNEL_PX)
    )
    calm = np.asarray(cv2.morphologyEx(small, cv2.MORPH_OPEN, kernel), dtype=np.uint8)
    scored = [spot for level in _dark_levels(calm) for spot in _dark_spots(calm, level)]
    chosen: list[Circle] = []
    for spot, _ in sorted(scored, key=lambda one: -one[1]):
        if not any(_is_same(spot, other) for other in chosen):
            chosen.append(spot)
    return [_scaled(spot, p.COARSE_SCALE) for spot in chosen[: p.MAX_SPOTS]]


def _is_same(one: Circle, other: Circle) -> bool:
    apart = float(np.hypot(one.row - other.row, one.col - other.col))
    is_alike = 0.87 < one.radius_px / other.radius_px < 1.15
    return is_alike and apart < 0.2 * other.radius_px


def sample_polar(
    pixels: NDArray[np.uint8] | Field, centre: Circle, radii: NDArray[np.float64]
) -> Field:
    """Sample an image on circles about a centre.

    Parameters
    ----------
    pixels : (rows, cols) ndarray
        Image; its border is repeated outside.
    centre : Circle
        Only its middle is used.
    radii : (n,) or (n, 128) ndarray of float64
        In pixels.

    Returns
    -------
    (n, 128) ndarray of float32
        Angles counterclockwise from +column.
    """
    reach = radii[:, None] if radii.ndim == 1 else radii
    x = (centre.col + reach * _COSINE).astype(np.float32)
    y = (centre.row - reach * _SINE).astype(np.float32)
    sampled = cv2.remap(pixels, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, dtype=np.float32)


def _dark_levels(calm: Grey) -> list[float]:
    """Return grey levels at which a pupil may come apart from what is around it."""
    shares = np.percentile(calm, p.DARK_PERCENTILES)
    darkest, middle = np.percentile(calm, [0.2, 50])
    steps = np.linspace(darkest, middle, p.DARK_STEPS + 1, endpoint=False)[1:]
    return [float(level) for level in np.unique(np.concatenate([shares, steps]).round())]


def _dark_spots(calm: Grey, level: float) -> list[tuple[Circle, float]]:
    dark = (calm <= level).astype(np.uint8)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(dark, connectivity=4)
    low, high = (limit / p.COARSE_SCALE for limit in p.PUPIL_RADIUS_PX)
    spots = []
    for number in range(1, count):
        left, top, width, height, _ = (int(value) for value in stats[number])
        if min(width, height) < p.MIN_ASPECT * max(width, height):
            continue
        part = _filled(labels[top : top + height, left : left + width] == number)
        radius = float(np.sqrt(part.sum() / np.pi))
        if not low <= radius <= high:
            continue
        roundness = float(cv2.distanceTransform(part, cv2.DIST_L2, 3).max()) / radius
        if roundness < p.MIN_ROUNDNESS:
            continue
        spot = Circle(float(centres[number][1]), float(centres[number][0]), radius)
        inner, outer = sample_polar(calm, spot, np.array([0.6, 1.45]) * radius)
        spots.append((spot, roundness**2 * float(np.median(outer) - np.median(inner))))
    return spots


def _filled(part: NDArray[np.bool_]) -> Grey:
    """Return a shape without holes (reflections in the pupil), with a frame of one pixel."""
    shape = np.pad(part, 1).astype(np.uint8)
    contours, _ = cv2.findContours(shape, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(shape, contours, -1, 1, cv2.FILLED), dtype=np.uint8)


def _fit_pupil(calm: Field, spot: Circle) -> tuple[Circle | None, float, float]:
    circle, step, roundness = spot, 0.0, 0.0
    for low, high in ((0.65, 1.45), (0.8, 1.25)):
        radii = np.arange(max(3.0, low * circle.radius_px), high * circle.radius_px + 1, 0.5)
        rise = _radial_rise(sample_polar(calm, circle, radii), 5)
        edge = rise.argmax(axis=0)
        steps = rise[edge, np.arange(_ANGLES)]
        clear = steps > 0.5 * np.median(steps)
        fitted = _fit_circle(circle, radii[edge] - 0.25, clear)
        if fitted is None:
            return None, 0.0, 0.0
        roundness = _agreement(circle, fitted, radii[edge] - 0.25, np.ones(_ANGLES, np.bool_))
        circle, step = fitted, float(np.median(steps))
    low_px, high_px = (limit / 2 for limit in p.PUPIL_RADIUS_PX)
    is_possible = low_px <= circle.radius_px <= high_px
    return (circle if is_possible else None), step, roundness


def _fit_limbus(calm: Field, pupil: Circle) -> tuple[Circle | None, float, float]:
    low = pupil.radius_px / p.PUPIL_IRIS_RATIO[1]
    high = min(pupil.radius_px / p.PUPIL_IRIS_RATIO[0], p.IRIS_RADIUS_PX[1] / 2)
    radii = np.arange(low, high + 8, 1.0)
    rise = _radial_rise(sample_polar(calm, pupil, radii), 9)
    right, left = (np.flatnonzero(is_side) for is_side in _sides())
    toward_right, toward_left = rise[:, right].mean(axis=1), rise[:, left].mean(axis=1)
    reach_right, reach_left = _best_pair(toward_right, toward_left, radii)
    start = Circle(
        pupil.row, pupil.col + (reach_right - reach_left) / 2, (reach_right + reach_left) / 2
    )
    return _refine_limbus(calm, start)


def _best_pair(right: Field, left: Field, radii: NDArray[np.float64]) -> tuple[float, float]:
    """Choose radii that are clear and nearly alike on both sides.

    Limbus and pupil share their middle to within a tenth.
    """
    apart = np.abs(radii[:, None] - radii[None, :]) / (radii[:, None] + radii[None, :])
    score = np.minimum(right[:, None], 40) + np.minimum(left[None, :], 40)
    score = np.where(apart < 0.10, score, -np.inf)
    at_right, at_left = np.unravel_index(int(score.argmax()), score.shape)
    return float(radii[at_right]), float(radii[at_left])


def _refine_limbus(calm: Field, start: Circle) -> tuple[Circle | None, float, float]:
    radii = np.arange(0.86 * start.radius_px, 1.14 * start.radius_px, 0.5)
    rise = _radial_rise(sample_polar(calm, start, radii), 13)
    edge = rise.argmax(axis=0)
    steps = rise[edge, np.arange(_ANGLES)]
    is_lateral = np.logical_or(*_sides())
    step = float(np.median(steps[is_lateral]))
    edge_px = radii[edge] - 0.25
    circle = _fit_circle(start, edge_px, is_lateral & (steps > 0.5 * step))
    low, high = (limit / 2 for limit in p.IRIS_RADIUS_PX)
    if circle is None or not low <= circle.radius_px <= high:
        return None, 0.0, 0.0
    return circle, step, _agreement(start, circle, edge_px, is_lateral)


def _sides() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which angles look to the right and to the left of the picture."""
    limit = float(np.cos(p.LATERAL_ARC_RAD))
    return limit < _COSINE, limit < -_COSINE


def _radial_rise(polar: Field, window: int) -> Field:
    """Return by how much each circle is darker than the next ones outside."""
    half = window // 2
    padded = np.pad(polar, ((half + 1, half), (0, 0)), mode="edge")
    sums = np.cumsum(padded, axis=0, dtype=np.float64)
    count = len(polar)
    middle = sums[half : half + count]
    before = middle - sums[:count]
    after = sums[2 * half : 2 * half + count] - middle
    return np.asarray(after / half - before / half, dtype=np.float32)


def _fit_circle(
    centre: Circle, radii: NDArray[np.float64], is_used: NDArray[np.bool_]
) -> Circle | None:
    """Fit a circle through edge points about a centre, without those far off.

    The shift of the middle is held back a little, so that arcs on two sides only, which say
    little about up and down, do not move it there.
    """
    used = is_used.copy()
    solution = np.zeros(3)
    for _ in range(3):
        if used.sum() < _ANGLES // 8:
            return None
        system = np.column_stack([-_SINE, _COSINE, np.ones(_ANGLES)])[used]
        damped = np.vstack([system, np.diag([3.0, 1.0, 0.0])])
        wanted = np.concatenate([radii[used], np.zeros(3)])
        solution = np.linalg.lstsq(damped, wanted, rcond=None)[0]
        fitted = np.column_stack([-_SINE, _COSINE, np.ones(_ANGLES)]) @ solution
        error = np.abs(radii - fitted)
        used = is_used & (error <= 2.5 * np.median(error[used]) + 0.5)
    down, right, radius = solution
    return Circle(centre.row + float(down), centre.col + float(right), float(radius))


def _agreement(
    centre: Circle, circle: Circle, radii: NDArray[np.float64], is_meant: NDArray[np.bool_]
) -> float:
    """Return the share of edge points, given about `centre`, that lie on `circle`."""
    down, right = circle.row - centre.row, circle.col - centre.col
    expected = circle.radius_px - down * _SINE + right * _COSINE
    near = np.abs(radii - expected) < 1.0 + 0.02 * circle.radius_px
    return float(near[is_meant].mean())


def _scaled(circle: Circle, factor: float) -> Circle:
    shift = (factor - 1) / 2  # pixel middles
    return Circle(
        circle.row * factor + shift, circle.col * factor + shift, circle.radius_px * factor
    )
