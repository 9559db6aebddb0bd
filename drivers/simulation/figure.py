"""The person in the portrait, painted in layers from back to front."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.face_features import Canvas, paint_brows, paint_eye, paint_nose_and_mouth
from drivers.simulation.face_relief import face_depth, half_width_mm
from drivers.simulation.face_skin import shade, skin_colour
from drivers.simulation.face_traits import FaceTraits
from drivers.simulation.headwear import (
    Headwear,
    cloth_light,
    fill_outline,
    hair_light,
    mirrored_outline,
    paint,
)
from drivers.simulation.randomness import generator

FIGURE_SHAPE_PX = (1600, 1200)
PX_PER_MM = 4.55
ORIGIN_PX = (745.0, 600.0)  # (row, col) between the pupils

Colour = NDArray[np.uint8]
Mask = NDArray[np.floating[Any]]

_BODY = [(0, 96), (46, 100), (56, 126), (88, 146), (132, 160), (170, 176), (190, 215), (0, 230)]
_NECK = [(0, 40), (54, 45), (50, 90), (52, 118), (53, 132), (30, 165), (0, 176)]
_SHORT_HAIR = [(0, -128), (34, -122), (60, -103), (75, -70), (78, -25), (75, 10), (70, 14), (68, 4)]
_LONG_HAIR = [(0, -130), (38, -123), (66, -101), (82, -62), (88, 0), (92, 70), (100, 140)]
_LONG_HAIR_INSIDE = [(96, 190), (74, 186), (62, 120), (66, 60), (67, 10), (64, -28)]
_HIJAB = [(0, -131), (40, -123), (68, -101), (84, -66), (90, -20), (90, 40), (93, 95), (122, 138)]
_HIJAB_BELOW = [(170, 178), (185, 225), (0, 232)]
_HIJAB_OPENING = [(0, -63), (36, -58), (59, -34), (64, 5), (60, 50), (45, 88), (22, 108), (0, 112)]
_PECI = [(0, -153), (48, -151), (63, -144), (72, -84), (62, -66), (34, -60), (0, -58)]


def paint_person(traits: FaceTraits, *, eyes_open: float) -> tuple[Colour, Colour]:
    """Return the figure, (1600, 1200, 3) BGR on black, and its opacity, (1600, 1200).

    Colours are already weighted by the opacity.
    """
    rng = generator(traits.seed, "portrait")
    canvas = Canvas(np.zeros((*FIGURE_SHAPE_PX, 3), dtype=np.uint8), PX_PER_MM, ORIGIN_PX)
    opacity = np.zeros(FIGURE_SHAPE_PX, dtype=np.float32)
    for layer in (_paint_body, _paint_ears, _paint_face):
        opacity = _union(opacity, layer(canvas, traits, rng))
    iris = np.array(traits.iris_bgr, dtype=np.float32)
    for side in (-1, 1):
        paint_eye(canvas, traits.shape, side, open_share=eyes_open, iris=iris)
    hair = np.array(traits.outfit.hair, dtype=np.float32) * 1.25
    paint_brows(canvas, traits.shape, hair, rng, thickness_mm=traits.brow_thickness_mm)
    paint_nose_and_mouth(canvas, traits.shape)
    opacity = _union(opacity, _paint_head_cover(canvas, traits, rng))
    grain = rng.standard_normal(FIGURE_SHAPE_PX, dtype=np.float32) * 2.2
    weighted = cv2.GaussianBlur(grain, (0, 0), 0.8) * opacity
    fine = np.clip(canvas.pixels + weighted[..., None], 0, 255).astype(np.uint8)
    soft = cv2.GaussianBlur(fine, (0, 0), 0.9)
    soft_opacity = cv2.GaussianBlur((255 * opacity).astype(np.uint8), (0, 0), 0.9)
    return np.asarray(soft, dtype=np.uint8), np.asarray(soft_opacity, dtype=np.uint8)


def _union(below: Mask, above: Mask) -> Mask:
    """Return the opacity of one layer laid over another."""
    return np.asarray(1 - (1 - below) * (1 - above), dtype=np.float32)


def _paint_body(canvas: Canvas, traits: FaceTraits, rng: np.random.Generator) -> Mask:
    body = fill_outline(canvas, mirrored_outline(_points(_BODY)), soft_px=1.2)
    light = cloth_light(canvas, rng, fold_mm=26)
    paint(canvas, light[..., None] * np.array(traits.outfit.shirt, dtype=np.float32), body)
    neck = fill_outline(canvas, mirrored_outline(_points(_NECK)), soft_px=1.5)
    x, y = _millimetres(FIGURE_SHAPE_PX, 1)
    round_ = 0.93 - 0.36 * np.clip(np.abs(x + 6) / 56, 0, 1) ** 2.2
    under_chin = 1 - 0.38 * np.exp(-np.clip(y - 108 + 0.010 * x**2, 0, None) / 22)
    light = round_ * under_chin
    paint(canvas, light[..., None] * np.array(traits.complexion.skin, dtype=np.float32), neck)
    return _union(_union(body, neck), _paint_collar(canvas, traits))


def _paint_collar(canvas: Canvas, traits: FaceTraits) -> Mask:
    total = np.zeros(FIGURE_SHAPE_PX, dtype=np.float32)
    colour = np.array(traits.outfit.shirt, dtype=np.float32)
    for side in (-1, 1):
        flap = np.array([(54.0, 122.0), (62.0, 134.0), (30.0, 182.0), (4.0, 172.0)]) * (side, 1)
        mask = fill_outline(canvas, flap, soft_px=1.0)
        paint(canvas, colour * (0.80 if side > 0 else 0.9), mask)
        canvas.stroke(flap[[0, 3, 2]], colour * 0.55, 3)
        total = _union(total, mask)
    return total


def _paint_ears(canvas: Canvas, traits: FaceTraits, rng: np.random.Generator) -> Mask:
    skin = np.array(traits.complexion.skin, dtype=np.float32)
    total = np.zeros(FIGURE_SHAPE_PX, dtype=np.float32)
    edge = 70 * traits.shape.width
    for side in (-1, 1):
        ear = np.array([(-4, -14), (6, -16), (11, -4), (9, 14), (4, 30), (-3, 34), (-6, 10)])
        mask = fill_outline(canvas, (ear + np.array([edge, 0])) * (side, 1.0), soft_px=1.5)
        paint(canvas, skin * (0.82 if side < 0 else 0.68), mask)
        fold = np.array([(3.0, -9.0), (6.5, -2.0), (5.0, 12.0), (1.0, 18.0)])
        canvas.stroke((fold + np.array([edge, 0])) * (side, 1), skin * 0.5, 5)
        total = _union(total, mask)
    return total


def _paint_face(canvas: Canvas, traits: FaceTraits, rng: np.random.Generator) -> Mask:
    """Light the relief at half size, then enlarge: skin is smooth."""
    x, y = _millimetres((FIGURE_SHAPE_PX[0] // 2, FIGURE_SHAPE_PX[1] // 2), 2)
    depth = face_depth(traits.shape, x, y)
    diffuse, gloss = shade(depth, PX_PER_MM / 2)
    lit = skin_colour(traits.shape, traits.complexion, x, y, rng) * diffuse[..., None]
    lit = lit + 24 * gloss[..., None]
    size = FIGURE_SHAPE_PX[::-1]
    colour = cv2.resize(np.asarray(lit, dtype=np.float32), size, interpolation=cv2.INTER_CUBIC)
    inside = (half_width_mm(traits.shape, y) - np.abs(x)) * (PX_PER_MM / 2)
    soft = 1 / (1 + np.exp(-np.clip(inside / 0.9, -30, 30)))
    scaled = cv2.resize(np.asarray(soft, dtype=np.float32), size, interpolation=cv2.INTER_LINEAR)
    mask = np.asarray(scaled, dtype=np.float32)
    paint(canvas, np.asarray(colour, dtype=np.float32), mask)
    return mask


def _paint_head_cover(canvas: Canvas, traits: FaceTraits, rng: np.random.Generator) -> Mask:
    match traits.outfit.headwear:
        case Headwear.HIJAB:
            return _paint_hijab(canvas, traits, rng)
        case Headwear.LONG_HAIR:
            return _paint_hair(canvas, traits, rng, is_long=True)
        case Headwear.PECI:
            hair = _paint_hair(canvas, traits, rng, is_long=False)
            return _union(hair, _paint_peci(canvas, traits, rng))
        case _:
            return _paint_hair(canvas, traits, rng, is_long=False)


def _paint_hair(
    canvas: Canvas, traits: FaceTraits, rng: np.random.Generator, *, is_long: bool
) -> Mask:
    line = traits.outfit.hairline_mm
    inside = [(62.0, -26.0), (55.0, line + 16), (30.0, line + 3), (0.0, line)]
    outline = _points(_SHORT_HAIR)
    if is_long:
        outline = _points(_LONG_HAIR) + _points(_LONG_HAIR_INSIDE)
        inside = [(52.0, line + 18), (22.0, line - 2), (0.0, line - 6)]
    mask = fill_outline(canvas, mirrored_outline(outline + inside), soft_px=2.2)
    shadow = cv2.GaussianBlur(mask, (0, 0), 14)
    shade = 0.35 * np.asarray(shadow) * (1 - mask) * _on_face(traits)
    paint(canvas, np.array([20, 28, 48], dtype=np.float32), shade)
    light = hair_light(canvas, rng, vertical=True)
    paint(canvas, light[..., None] * np.array(traits.outfit.hair, dtype=np.float32), mask)
    return mask


def _paint_hijab(canvas: Canvas, traits: FaceTraits, rng: np.random.Generator) -> Mask:
    outside = fill_outline(
        canvas, mirrored_outline(_points(_HIJAB) + _points(_HIJAB_BELOW)), soft_px=1.5
    )
    opening = fill_outline(canvas, mirrored_outline(_points(_HIJAB_OPENING)), soft_px=1.5)
    mask = np.asarray(outside * (1 - opening), dtype=np.float32)
    shadow = np.asarray(cv2.GaussianBlur(mask, (0, 0), 16), dtype=np.float32)
    paint(canvas, np.array([16, 24, 44], dtype=np.float32), 0.5 * shadow * opening)
    x, y = _millimetres(FIGURE_SHAPE_PX, 1)
    round_ = 1.05 - 0.35 * np.clip((np.hypot(x + 14, (y + 10) * 0.8) - 62) / 60, 0, 1)
    hem = 1 - 0.3 * np.asarray(cv2.GaussianBlur(opening, (0, 0), 9), dtype=np.float32)
    light = cloth_light(canvas, rng, fold_mm=16) * round_ * hem
    paint(canvas, light[..., None] * np.array(traits.outfit.cloth, dtype=np.float32), mask)
    return outside


def _paint_peci(canvas: Canvas, traits: FaceTraits, rng: np.random.Generator) -> Mask:
    mask = fill_outline(canvas, mirrored_outline(_points(_PECI)), soft_px=1.2)
    shadow = np.asarray(cv2.GaussianBlur(mask, (0, 0), 18), dtype=np.float32)
    below = np.roll(shadow, 26, axis=0) * (1 - mask) * _on_face(traits)
    paint(canvas, np.array([18, 26, 46], dtype=np.float32), 0.55 * below)
    x, _ = _millimetres(FIGURE_SHAPE_PX, 1)
    velvet = 1.0 + 0.5 * np.exp(-(((x + 26) / 18) ** 2)) - 0.4 * np.clip(np.abs(x) / 72, 0, 1) ** 3
    paint(canvas, velvet[..., None] * np.array([30, 28, 28], dtype=np.float32), mask)
    return mask


def _on_face(traits: FaceTraits) -> Mask:
    x, y = _millimetres(FIGURE_SHAPE_PX, 1)
    return np.asarray(np.abs(x) < half_width_mm(traits.shape, y), dtype=np.float32)


def _millimetres(shape_px: tuple[int, int], step_px: int) -> tuple[Mask, Mask]:
    rows, cols = np.mgrid[0 : shape_px[0], 0 : shape_px[1]].astype(np.float32)
    x = (cols * step_px - ORIGIN_PX[1]) / PX_PER_MM
    y = (rows * step_px - ORIGIN_PX[0]) / PX_PER_MM
    return np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.float32)


def _points(points: list[tuple[int, int]]) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in points]
