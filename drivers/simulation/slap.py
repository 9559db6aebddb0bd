"""From an offer of fingers to what the platen sees of them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.hand import HandPose, lay_hand
from drivers.simulation.master import master_print
from drivers.simulation.placement import FingerTruth, Impression, Skin, render_impression
from drivers.simulation.scene import Offer, Scene

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Contact:
    """Everything that lies on the platen, at 500 ppi."""

    darkness: Grey
    """(rows, cols) share of light taken away, 255 = all."""
    arrival: Grey
    """(rows, cols) order of touching, 0 = first, 255 = last."""
    truths: tuple[FingerTruth, ...]
    """From left to right."""


def lay_offer(scene: Scene, offer: Offer, shape_px: tuple[int, int]) -> Contact:
    """Render what an offer of virtual fingers leaves on a platen of `shape_px` (rows, cols)."""
    rng = np.random.Generator(
        np.random.PCG64(scene.number("impression", offer.fingers, offer.attempt))
    )
    pose, skin = _draw_pose(rng, offer), _draw_skin(rng, offer)
    placements = lay_hand(offer.traits(), shape_px, pose, skin) if offer.fingers else ()
    impressions = [
        render_impression(master_print(traits, scene.master_folder), placement, rng)
        for traits, placement in zip(offer.traits(), placements, strict=True)
    ]
    return compose(tuple(impressions), shape_px)


def _draw_pose(rng: np.random.Generator, offer: Offer) -> HandPose:
    fidget = 1 + 2 * (1 - offer.behaviour.stillness)
    return HandPose(
        rotation_rad=offer.behaviour.rotation_rad + float(rng.normal(0, 0.05)) * fidget,
        closeness=1.0 if offer.behaviour.touching_fingers else 0.0,
        shift_px=(float(rng.normal(0, 14)), float(rng.normal(0, 14))),
    )


def _draw_skin(rng: np.random.Generator, offer: Offer) -> Skin:
    moisture = float(rng.normal(0.05, 0.08))
    if offer.behaviour.dry:
        moisture = float(rng.uniform(-1.0, -0.88))
    if offer.behaviour.wet:
        moisture = float(rng.uniform(0.75, 0.9))
    return Skin(pressure=float(rng.normal(0.1, 0.15)), moisture=moisture)


def compose(impressions: tuple[Impression, ...], shape_px: tuple[int, int]) -> Contact:
    """Put impressions onto one platen; what lies beyond its edges is cut off."""
    darkness = np.zeros(shape_px, dtype=np.uint8)
    arrival = np.full(shape_px, 255, dtype=np.uint8)
    for impression in impressions:
        rows, cols = impression.darkness.shape
        top, left = max(0, impression.top_px), max(0, impression.left_px)
        bottom = min(shape_px[0], impression.top_px + rows)
        right = min(shape_px[1], impression.left_px + cols)
        if bottom <= top or right <= left:
            continue
        part = np.s_[
            top - impression.top_px : bottom - impression.top_px,
            left - impression.left_px : right - impression.left_px,
        ]
        place = np.s_[top:bottom, left:right]
        darkness[place] = cv2.max(darkness[place], np.ascontiguousarray(impression.darkness[part]))
        arrival[place] = cv2.min(arrival[place], np.ascontiguousarray(impression.arrival[part]))
    return Contact(darkness, arrival, tuple(item.truth for item in impressions))
