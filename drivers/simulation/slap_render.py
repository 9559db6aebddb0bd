"""Render a slap that was drawn: pose, skin, lower phalanges, residue, exposure."""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.devices import CaptureTarget
from drivers.simulation.finger import MASTER_SHAPE_PX, TIP_ROW_PX, FingerName, FingerTraits
from drivers.simulation.hand import PX_PER_MM, HandPose, fingers_of, lay_hand
from drivers.simulation.hand_shape import HandShape, draw_hand_shape
from drivers.simulation.lower_hand import LowerPart, leave_residue, press_lower_part, press_palm
from drivers.simulation.master import MasterPrint, master_print
from drivers.simulation.person import Person, Sex
from drivers.simulation.placement import (
    Impression,
    Placement,
    Skin,
    finger_coordinates,
    render_impression,
)
from drivers.simulation.randomness import generator
from drivers.simulation.slap import compose
from drivers.simulation.slap_case import SlapCase, Wrong
from drivers.simulation.slap_truth import visible_quadrilateral

SHAPE_PX = (1500, 1600)
RESOLUTION_PPI = 500.0
_MAX_ROTATION_RAD = 0.524  # 30 degrees
_FLESH_GIVES_MM = 0.6  # prints of fingers pressed together overlap by no more


@dataclass(frozen=True, slots=True, eq=False)
class RenderedSlap:
    """A slap as the sensor sees it, and what is on it."""

    case: SlapCase
    pixels: NDArray[np.uint8]
    fingers: tuple[tuple[FingerName, NDArray[np.float64]], ...]
    """Name and visible quadrilateral (row, col) of every fingertip, from left to right."""
    rotation_rad: float


def render_case(case: SlapCase, master_folder: Path | None = None) -> RenderedSlap:
    """Render a case; growing skin that was never seen before takes a quarter of a second."""
    rng = generator("slap pixels", case.seed)
    traits = tuple(case.person.fingers[name] for name in case.fingers)
    pose = _draw_pose(rng, case, traits)
    placements = [
        _own_state(rng, one) for one in lay_hand(traits, SHAPE_PX, pose, _draw_skin(rng, case))
    ]
    if Wrong.PARTIAL in case.wrong:
        at = int(rng.integers(len(placements)))
        placements[at] = _lifted(rng, placements[at])
    lower = [_draw_lower(rng, case, name) for name in case.fingers]
    impressions = []
    for one, placement, below in zip(traits, placements, lower, strict=True):
        whole = render_impression(master_print(one, master_folder), placement, rng)
        impressions.append(_without_lower(whole, placement, one) if below.phalanges else whole)
    darkness = compose(tuple(impressions), SHAPE_PX).darkness
    for one, placement, below in zip(traits, placements, lower, strict=True):
        press_lower_part(darkness, one, placement, below, rng)
    if Wrong.PALM in case.wrong:
        press_palm(darkness, rng.uniform(60, 74) * PX_PER_MM, pose.rotation_rad, rng)
    if Wrong.RESIDUE in case.wrong:
        darkness = leave_residue(darkness, _earlier_hand(rng), rng.uniform(0.06, 0.24), rng)
    found = [
        (one.name, visible_quadrilateral(impression, placement, one, SHAPE_PX))
        for one, impression, placement in zip(traits, impressions, placements, strict=True)
    ]
    seen = tuple((name, corners) for name, corners in found if corners is not None)
    return RenderedSlap(case, _expose(darkness, rng), seen, pose.rotation_rad)


def _draw_pose(
    rng: np.random.Generator, case: SlapCase, traits: tuple[FingerTraits, ...]
) -> HandPose:
    shape = draw_hand_shape(rng, is_female=case.person.sex is Sex.FEMALE)
    closeness = float(rng.uniform(0, 0.8))
    if Wrong.TOUCHING in case.wrong:
        closeness = _closeness_of_contact(shape, traits, gap_mm=float(rng.uniform(-0.4, 0.5)))
    overhang = (0.0, 0.0)
    if Wrong.OVERHANG in case.wrong:
        up, aside = rng.uniform(4, 9), rng.uniform(3, 6) * rng.choice((-1.0, 1.0))
        overhang = (-float(up) * PX_PER_MM, 0.0) if rng.random() < 0.6 else (0.0, aside * PX_PER_MM)
    return HandPose(
        rotation_rad=float(rng.uniform(-_MAX_ROTATION_RAD, _MAX_ROTATION_RAD)),
        closeness=closeness,
        shift_px=(float(rng.normal(60, 60)), float(rng.normal(0, 60))),
        shape=_pushed_apart(shape, traits, closeness),
        overhang_px=overhang,
    )


def _pushed_apart(
    shape: HandShape, traits: tuple[FingerTraits, ...], closeness: float
) -> HandShape:
    """Move fingers aside that would lie in the same place: flesh gives way only a little."""
    tips = dict(shape.tips)
    inwards = sorted(traits, key=lambda one: tips[one.name.digit].right_mm)
    for one, other in pairwise(inwards):
        near, far = tips[one.name.digit], tips[other.name.digit]
        width_mm = (one.width_px + other.width_px) / 2 / PX_PER_MM
        least_mm = (width_mm - _FLESH_GIVES_MM) / (1 - 0.22 * closeness)
        if far.right_mm - near.right_mm < least_mm:
            tips[other.name.digit] = replace(far, right_mm=near.right_mm + least_mm)
    return HandShape(tips)


def _closeness_of_contact(
    shape: HandShape, traits: tuple[FingerTraits, ...], *, gap_mm: float
) -> float:
    """Return how close the fingers are when their prints lie `gap_mm` apart on average."""
    places = [shape.tips[one.name.digit].right_mm for one in traits]
    apart_mm = abs(places[-1] - places[0]) / max(1, len(traits) - 1)
    width_mm = float(np.mean([one.width_px for one in traits])) / PX_PER_MM
    return float(np.clip((apart_mm - width_mm - gap_mm) / (0.22 * apart_mm), 0, 1.3))


def _draw_skin(rng: np.random.Generator, case: SlapCase) -> Skin:
    moisture = float(rng.normal(0.05, 0.15))
    if Wrong.DRY in case.wrong:
        moisture = float(rng.uniform(-1.0, -0.6))
    if Wrong.WET in case.wrong:
        moisture = float(rng.uniform(0.5, 0.9))
    return Skin(float(np.clip(rng.normal(0.1, 0.3), -0.8, 0.9)), moisture)


def _own_state(rng: np.random.Generator, placement: Placement) -> Placement:
    """Let one finger differ from the others in pressure, moisture and how it is rolled."""
    skin = placement.skin
    pressure = float(np.clip(skin.pressure + rng.normal(0, 0.2), -0.8, 0.9))
    moisture = float(np.clip(skin.moisture + rng.normal(0, 0.08), -1, 0.95))
    return replace(
        placement,
        roll=float(np.clip(rng.normal(0, 0.4), -1, 1)),
        pitch=float(np.clip(rng.normal(0, 0.3), -1, 1)),
        skin=Skin(pressure, moisture, skin.distortion_px),
    )


def _lifted(rng: np.random.Generator, placement: Placement) -> Placement:
    """Let one finger touch with less of its pad."""
    return replace(placement, share=float(rng.uniform(0.55, 0.8)), pitch=float(rng.normal(0, 1.0)))


def _draw_lower(rng: np.random.Generator, case: SlapCase, name: FingerName) -> LowerPart:
    if Wrong.LOWER_PHALANGES not in case.wrong or name.digit == "thumb":
        return LowerPart(int(rng.integers(0, 2)), float(rng.normal(-0.2, 0.25)))
    has_ring = Wrong.RING in case.wrong and (name.digit == "ring" or rng.random() < 0.15)
    return LowerPart(int(rng.integers(1, 3)) if not has_ring else 2, 0.0, has_ring)


def _without_lower(whole: Impression, placement: Placement, traits: FingerTraits) -> Impression:
    """Return the pad alone: its lower neighbour is pressed with skin of its own."""
    shape = whole.darkness.shape
    rows, cols = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    _, along = finger_coordinates(placement, rows + whole.top_px, cols + whole.left_px)
    beyond = along > traits.length_px / 2 + 8
    return replace(whole, darkness=np.where(beyond, np.uint8(0), whole.darkness))


def _earlier_hand(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the darkness of some other hand, laid down another way."""
    person = Person.from_seed(f"earlier hand/{int(rng.integers(2**31))}")
    target = CaptureTarget(rng.choice(["right_slap", "left_slap"]))
    traits = tuple(person.fingers[name] for name in fingers_of(target))
    pose = HandPose(
        rotation_rad=float(rng.uniform(-_MAX_ROTATION_RAD, _MAX_ROTATION_RAD)),
        closeness=float(rng.uniform(0, 1)),
        shift_px=(float(rng.normal(80, 90)), float(rng.normal(0, 90))),
        shape=draw_hand_shape(rng, is_female=person.sex is Sex.FEMALE),
    )
    placements = lay_hand(traits, SHAPE_PX, pose, Skin(0.3, 0.2))
    impressions = [
        render_impression(_nobodys_skin(one, rng), placement, rng)
        for one, placement in zip(traits, placements, strict=True)
    ]
    return compose(tuple(impressions), SHAPE_PX).darkness


def _nobodys_skin(traits: FingerTraits, rng: np.random.Generator) -> MasterPrint:
    """Return skin with plain arches: good enough for a print that is hardly visible."""
    rows, cols = np.mgrid[: MASTER_SHAPE_PX[0], : MASTER_SHAPE_PX[1]].astype(np.float32)
    down = rows - TIP_ROW_PX - 0.45 * traits.length_px
    aside = cols - MASTER_SHAPE_PX[1] / 2
    distance = np.hypot(np.where(down > 0, 0.35 * down, down), aside + float(rng.normal(0, 20)))
    ridges = np.rint(127 * np.cos(2 * np.pi * distance / traits.ridge_period_px)).astype(np.int8)
    return MasterPrint(traits, ridges, np.zeros(MASTER_SHAPE_PX, np.int8))


def _expose(darkness: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return what a sensor makes of it: light of uneven strength, and noise."""
    light = float(rng.uniform(215, 248))
    rows = np.linspace(-1, 1, darkness.shape[0], dtype=np.float32)[:, None]
    cols = np.linspace(-1, 1, darkness.shape[1], dtype=np.float32)[None, :]
    glass = light - np.float32(rng.uniform(0, 6)) * (rows**2 + cols**2) / 2
    grey = glass * (1 - np.float32(0.94 / 255) * darkness.astype(np.float32))
    grey += np.float32(rng.uniform(0.5, 2.5)) * rng.standard_normal(darkness.shape, np.float32)
    return np.asarray(np.clip(grey, 0, 255), dtype=np.uint8)
