"""The picture that an emulated serial module takes of a virtual resident's finger.

Not modelled: the optics of such a module, its uneven light, the halo around the finger.
"""

import numpy as np

from drivers.devices import CaptureTarget
from drivers.simulation.scene import Scene
from drivers.simulation.slap import lay_offer
from drivers.simulation.wire.zfm_device import pack_picture

SHAPES_PX = {"r30x": (288, 256), "r503": (192, 192)}  # PROTOCOLS.md section 6


def take_picture(scene: Scene, *, model: str = "r30x") -> bytes:
    """Return the right index finger of the scene's resident, two pixels in a byte."""
    offer = scene.offer(CaptureTarget.RIGHT_INDEX)
    contact = lay_offer(scene, offer, SHAPES_PX[model])
    pixels = 255 - contact.darkness.astype(np.uint8)
    return pack_picture(pixels.tobytes())
