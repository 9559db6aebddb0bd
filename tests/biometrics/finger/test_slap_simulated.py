"""Slaps of virtual hands, whose true places are known: number, hand and places."""

import numpy as np
import pytest

from biometrics.finger.position import LEFT_SLAP, RIGHT_SLAP, THUMBS
from biometrics.finger.slap import judge_hand
from biometrics.finger.slap_fingers import segment_slap
from drivers.devices import CaptureTarget
from drivers.simulation.finger import MASTER_SHAPE_PX, TIP_ROW_PX, draw_finger
from drivers.simulation.hand import HandPose, fingers_of, lay_hand
from drivers.simulation.master import MasterPrint
from drivers.simulation.placement import Skin, render_impression
from drivers.simulation.slap import compose
from tests.biometrics.finger.slap_drawing import overlap

PLATEN = (1500, 1600)
SEEDS = 30
EXPECTED = {
    CaptureTarget.RIGHT_SLAP: RIGHT_SLAP,
    CaptureTarget.LEFT_SLAP: LEFT_SLAP,
    CaptureTarget.THUMBS: THUMBS,
}


def plain_master(traits):
    """Skin whose ridges are circles: a real one takes a quarter of a second to grow."""
    rows, cols = np.mgrid[: MASTER_SHAPE_PX[0], : MASTER_SHAPE_PX[1]].astype(np.float32)
    down = rows - TIP_ROW_PX - 0.45 * traits.length_px
    distance = np.hypot(np.where(down > 0, 0.35 * down, down), cols - MASTER_SHAPE_PX[1] / 2)
    ridges = np.rint(127 * np.cos(2 * np.pi * distance / traits.ridge_period_px)).astype(np.int8)
    return MasterPrint(traits, ridges, np.zeros(MASTER_SHAPE_PX, np.int8))


def lay(seed, target):
    rng = np.random.default_rng([seed, list(EXPECTED).index(target)])
    fingers = tuple(
        draw_finger(str(seed), name, is_female=bool(seed % 2), period_px=8.8)
        for name in fingers_of(target)
    )
    pose = HandPose(
        rotation_rad=float(rng.uniform(-0.52, 0.52)),
        closeness=float(rng.uniform(0, 1)),
        shift_px=(float(rng.normal(0, 30)), float(rng.normal(0, 40))),
    )
    skin = Skin(
        pressure=float(np.clip(rng.normal(0, 0.3), -0.8, 0.8)),
        moisture=float(np.clip(rng.normal(0, 0.3), -0.6, 0.8)),
    )
    impressions = tuple(
        render_impression(plain_master(traits), placement, rng)
        for traits, placement in zip(fingers, lay_hand(fingers, PLATEN, pose, skin), strict=True)
    )
    contact = compose(impressions, PLATEN)
    light = 240 - 0.94 * contact.darkness.astype(np.float32)
    noisy = light + rng.normal(0, 0.8, PLATEN).astype(np.float32)
    return noisy.clip(0, 255).astype(np.uint8), contact.truths


@pytest.mark.slow
@pytest.mark.parametrize("target", [CaptureTarget.RIGHT_SLAP, CaptureTarget.LEFT_SLAP])
def test_count_hand_and_places_of_virtual_slaps(target):
    counted, handed, overlaps, errors_rad = 0, 0, [], []
    for seed in range(SEEDS):
        pixels, truths = lay(seed, target)
        found = segment_slap(pixels, 500, expected_count=4)
        counted += len(found.fingers) == 4
        hand = judge_hand(found, EXPECTED[target])
        handed += hand.hand == target.value.split("_")[0]
        for region, truth in zip(found.fingers, truths, strict=False):
            overlaps.append(overlap(region.quadrilateral, truth.quadrilateral))
            errors_rad.append(abs(region.rotation_rad - truth.rotation_rad))
    assert counted >= 0.97 * SEEDS
    assert handed == SEEDS
    assert np.percentile(overlaps, 5) > 0.65
    assert np.percentile(errors_rad, 95) < 0.09  # 5 degrees


def test_thumbs_of_virtual_people_are_two():
    for seed in range(4):
        pixels, truths = lay(seed, CaptureTarget.THUMBS)
        found = segment_slap(pixels, 500, expected_count=2)
        assert len(found.fingers) == len(truths) == 2
