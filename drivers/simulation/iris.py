"""An eye in near-infrared light, 640 x 480: pupil, unique iris texture, limbus, lids, lashes.

The texture is drawn once per eye in polar form (radius x angle) and laid between pupil and limbus,
so that it stretches with the pupil as a real one does.

Not modelled: spectacles, contact lenses, off-axis perspective, motion blur, hippus.
"""

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.randomness import generator

EYE_SHAPE_PX = (480, 640)
USUAL_DISTANCE_MM = 200.0
_TEXTURE_SHAPE = (72, 720)  # radius, angle

Field = NDArray[np.float32]
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class EyeTraits:
    """What makes an eye what it is."""

    seed: str
    is_right: bool
    """The capture subject's right eye: tear duct on the right of the picture."""
    iris_radius_px: float
    """At the usual distance."""
    pupil_ratio: float
    iris_level: float
    """Mean grey level of the iris in near-infrared light."""
    lid_opening_px: float
    skin_level: float


@dataclass(frozen=True, slots=True)
class EyeView:
    """How the eye is seen this time."""

    gaze_px: tuple[float, float] = (0.0, 0.0)
    """(row, col) of the pupil's centre relative to straight ahead."""
    openness: float = 1.0
    """0 shut .. 1 as open as usual."""
    defocus_px: float = 0.0
    """Sigma of the blur."""
    distance_mm: float = USUAL_DISTANCE_MM
    dilation: float = 1.0
    """Factor on the pupil's radius."""
    offset_px: tuple[float, float] = (0.0, 0.0)
    """(row, col) of the whole eye in the frame."""


def draw_eye(seed: str, *, is_right: bool) -> EyeTraits:
    """Draw the traits of one eye; both eyes of a person share size, lids and skin."""
    rng = generator(seed, "eyes")
    return EyeTraits(
        seed=f"{seed}/{'right' if is_right else 'left'}_eye",
        is_right=is_right,
        iris_radius_px=float(rng.uniform(114, 124)),
        pupil_ratio=float(rng.uniform(0.32, 0.44)),
        iris_level=float(rng.uniform(95, 125)),
        lid_opening_px=float(rng.uniform(178, 205)),
        skin_level=float(rng.uniform(150, 175)),
    )


def render_eye(traits: EyeTraits, view: EyeView, rng: np.random.Generator) -> Grey:
    """Return the (480, 640) frame; `rng` decides sensor noise only."""
    scale = USUAL_DISTANCE_MM / view.distance_mm
    rows, cols = _eye_coordinates(traits, view, scale)
    eye = _ball(traits, view, rows, cols)
    eye = _with_lids(traits, view, eye, rows, cols)
    if not traits.is_right:
        eye = np.ascontiguousarray(eye[:, ::-1])
    if view.defocus_px > 0:
        eye = cv2.GaussianBlur(eye, (0, 0), view.defocus_px).astype(np.float32)
    noise = rng.standard_normal(EYE_SHAPE_PX, dtype=np.float32) * np.float32(1.6)
    return np.clip(eye + noise, 0, 255).astype(np.uint8)


def _eye_coordinates(traits: EyeTraits, view: EyeView, scale: float) -> tuple[Field, Field]:
    """Return offsets from the middle of the eye at usual distance; +col points to the nose."""
    rows, cols = np.mgrid[0 : EYE_SHAPE_PX[0], 0 : EYE_SHAPE_PX[1]].astype(np.float32)
    side = 1.0 if traits.is_right else -1.0
    middle_col = EYE_SHAPE_PX[1] / 2 + side * view.offset_px[1]
    return (
        np.asarray((rows - EYE_SHAPE_PX[0] / 2 - view.offset_px[0]) / scale, dtype=np.float32),
        np.asarray((cols - middle_col) / scale, dtype=np.float32),
    )


def _ball(traits: EyeTraits, view: EyeView, rows: Field, cols: Field) -> Field:
    side = 1.0 if traits.is_right else -1.0
    gaze_row, gaze_col = view.gaze_px[0], side * view.gaze_px[1]
    down, right = rows - np.float32(gaze_row), cols - np.float32(gaze_col)
    radius = np.hypot(down, right)
    pupil_px = traits.iris_radius_px * traits.pupil_ratio * view.dilation
    share = (radius - pupil_px) / (traits.iris_radius_px - pupil_px)
    iris = _iris_level(traits, share, np.arctan2(-down, right))
    sclera = 178 - 30 * ((cols / 300) ** 2 + (rows / 260) ** 2) + _veins(traits, rows, cols)
    limbus = 1 / (1 + np.exp(-np.clip((share - 1) / 0.035, -30, 30)))
    ball = iris * (1 - limbus) + sclera * limbus
    pupil = 1 / (1 + np.exp(np.clip((radius - pupil_px) / 1.3, -30, 30)))
    ball = ball * (1 - pupil) + 22 * pupil
    return _with_reflections(ball.astype(np.float32), down, right)


def _iris_level(traits: EyeTraits, share: Field, angle_rad: Field) -> Field:
    texture = _iris_texture(traits.seed)
    map_row = np.clip(share, 0, 1) * (_TEXTURE_SHAPE[0] - 1)
    map_col = (angle_rad / (2 * np.pi) % 1.0) * (_TEXTURE_SHAPE[1] - 1)
    sample = cv2.remap(
        texture, map_col.astype(np.float32), map_row.astype(np.float32), cv2.INTER_LINEAR
    )
    darker_rim = 26 * np.clip((share - 0.82) / 0.18, 0, 1) ** 2
    return np.asarray(traits.iris_level + sample - darker_rim, dtype=np.float32)


@functools.lru_cache(maxsize=32)
def _iris_texture(seed: str) -> Field:
    """Fibres, collarette, crypts and furrows as grey-level differences, periodic in angle."""
    rng = generator(seed, "texture")
    fibres = 9 * _ring_noise(rng, 9.0, 1.1) + 7 * _ring_noise(rng, 4.0, 2.4)
    clouds = 6 * _ring_noise(rng, 10.0, 26.0)
    radius = np.linspace(0, 1, _TEXTURE_SHAPE[0], dtype=np.float32)[:, None]
    collarette_at = 0.30 + 0.035 * _ring_noise(rng, 30.0, 9.0)[:1]
    collarette = 17 * np.exp(-0.5 * ((radius - collarette_at) / 0.05) ** 2)
    crypts = -26 * np.clip(_ring_noise(rng, 3.2, 4.5) - 1.45, 0, 1.2)
    furrows = -6 * np.exp(-0.5 * (((radius * 6.5 + 0.2 * collarette_at * 9) % 1 - 0.5) / 0.16) ** 2)
    furrows *= np.clip((radius - 0.5) / 0.2, 0, 1) * (radius < 0.97)
    texture = np.asarray(fibres + clouds + collarette + crypts + furrows, dtype=np.float32)
    texture.setflags(write=False)
    return texture


def _ring_noise(rng: np.random.Generator, radial_px: float, angular_px: float) -> Field:
    noise = rng.standard_normal(_TEXTURE_SHAPE, dtype=np.float32)
    margin = min(int(4 * angular_px) + 1, _TEXTURE_SHAPE[1])
    wide = np.concatenate([noise[:, -margin:], noise, noise[:, :margin]], axis=1)
    soft = cv2.GaussianBlur(wide, (0, 0), sigmaX=angular_px, sigmaY=radial_px)
    soft = soft[:, margin : margin + _TEXTURE_SHAPE[1]]
    return np.asarray(soft / (float(soft.std()) + 1e-6), dtype=np.float32)


def _veins(traits: EyeTraits, rows: Field, cols: Field) -> Field:
    rng = generator(traits.seed, "veins")
    grid = rng.standard_normal((30, 40), dtype=np.float32)
    field = cv2.resize(grid, (rows.shape[1], rows.shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(-9 * np.exp(-((field / 0.10) ** 2)), dtype=np.float32)


def _with_reflections(ball: Field, down: Field, right: Field) -> Field:
    """Two lamps mirror in the cornea."""
    for row, col in ((-14.0, -17.0), (-14.0, 19.0)):
        spot = np.exp(-((((down - row) / 5.0) ** 2 + ((right - col) / 5.0) ** 2) ** 2))
        ball = ball * (1 - spot) + 252 * spot
    return np.asarray(ball, dtype=np.float32)


def _with_lids(traits: EyeTraits, view: EyeView, eye: Field, rows: Field, cols: Field) -> Field:
    half = 0.5 * traits.lid_opening_px
    inner, outer = 232.0, 245.0  # from the middle to the corner of the lids, in pixels
    along = np.where(cols > 0, cols / inner, cols / outer)
    arc = np.clip(1 - along**2, 0, None)
    upper = -1.06 * half * view.openness * np.clip(arc, 0, None) ** 0.75 + half * 0.75 * (
        1 - view.openness
    )
    lower = 0.94 * half * np.clip(arc, 0, None) ** 0.9
    eye = _with_tear_duct(eye, rows, cols)
    skin = _skin(traits, rows, cols)
    shade = 34 * np.exp(-np.clip(rows - upper, 0, None) / 26)  # the upper lid shades the ball
    opening = np.minimum(rows - upper, lower - rows)
    inside = 1 / (1 + np.exp(-np.clip(opening / 1.6, -30, 30)))
    inside = np.where(arc > 0, inside, 0)
    rim = 30 * np.exp(-((opening + 7) ** 2) / 30)  # the wet edge of the lids
    result = (eye - shade) * inside + (skin + rim * (arc > 0)) * (1 - inside)
    return _with_lashes(traits, view, np.asarray(result, dtype=np.float32), rows, cols)


def _with_tear_duct(eye: Field, rows: Field, cols: Field) -> Field:
    duct = np.exp(-((((cols - 205) / 26) ** 2 + ((rows - 4) / 20) ** 2) ** 2))
    return np.asarray(eye * (1 - 0.8 * duct) + 198 * 0.8 * duct, dtype=np.float32)


def _skin(traits: EyeTraits, rows: Field, cols: Field) -> Field:
    rng = generator(traits.seed, "lid skin")
    shape = rows.shape
    fine = cv2.GaussianBlur(rng.standard_normal(shape, dtype=np.float32), (0, 0), 1.6) * 9
    crease = -16 * np.exp(-(((rows + 128 - (cols / 300) ** 2 * 70) / 7) ** 2))
    brow = -60 * np.exp(-(((rows + 228 - (cols / 320) ** 2 * 30) / 24) ** 2))
    falling = -18 * (cols / 320) ** 2 - 14 * ((rows - 20) / 240) ** 2
    return np.asarray(traits.skin_level + fine + crease + brow + falling, dtype=np.float32)


def _with_lashes(traits: EyeTraits, view: EyeView, eye: Field, rows: Field, cols: Field) -> Field:
    rng = generator(traits.seed, "lashes")
    ink = np.zeros(eye.shape, dtype=np.uint8)
    half = 0.5 * traits.lid_opening_px
    scale_col = float(cols[0, 1] - cols[0, 0])
    origin = -float(rows[0, 0]) / scale_col, -float(cols[0, 0]) / scale_col
    for share in np.linspace(-0.93, 0.86, 58) + rng.normal(0, 0.012, 58):
        arc = max(0.0, 1 - share**2)
        col = share * (232.0 if share > 0 else 245.0)
        row = -1.06 * half * view.openness * arc**0.75 + half * 0.75 * (1 - view.openness)
        _draw_lash(ink, rng, (row, col, share), (origin, scale_col))
    soft = cv2.GaussianBlur(ink, (0, 0), 0.8).astype(np.float32) / 255
    return np.asarray(eye * (1 - 0.8 * soft) + 40 * 0.8 * soft, dtype=np.float32)


def _draw_lash(
    ink: Grey,
    rng: np.random.Generator,
    root: tuple[float, float, float],
    frame: tuple[tuple[float, float], float],
) -> None:
    (row, col, share), ((row0, col0), unit) = root, frame
    length = rng.uniform(20, 38) * (1 - 0.25 * abs(share))
    lean = 0.9 * share + rng.normal(0, 0.12)
    steps = np.linspace(0, 1, 8)
    drop = 9 * np.sin(np.pi * np.minimum(steps * 1.3, 1)) * 0.6  # first down, then up
    lash_rows = row + 2 + drop - length * steps**1.7 * 0.75
    lash_cols = col + length * np.sin(lean) * steps
    points = np.stack([lash_cols / unit + col0, lash_rows / unit + row0], axis=1)
    points = (points * 8).round().astype(np.int32)
    cv2.polylines(ink, [points], False, 255, 2, cv2.LINE_AA, 3)
