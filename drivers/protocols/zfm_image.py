"""Pictures of the serial fingerprint modules: 16 grey levels, two pixels in a byte.

Source: PROTOCOLS.md section 6. The high nibble is the left pixel; rows follow each other from the
top. A picture in 16 levels is no picture in 8 bits: it serves to look at, never as a record.
"""

import numpy as np
from numpy.typing import NDArray

GRAY_LEVELS = 16
_GRAY_STEP = 17  # 15 x 17 = 255
SHAPES_PX = {
    36_864: (288, 256),  # ZFM-20, R30x, AS608
    18_432: (192, 192),  # R503, vendor
}
"""Rows and columns by the number of bytes of a picture."""


def decode_image(data: bytes) -> NDArray[np.uint8]:
    """Return (rows, cols) grey pixels; ValueError for a number of bytes that no model sends."""
    shape_px = SHAPES_PX.get(len(data))
    if shape_px is None:
        raise ValueError(f"a picture of {len(data)} bytes; known are {sorted(SHAPES_PX)}")
    packed = np.frombuffer(data, np.uint8)
    pixels = np.empty((len(data), 2), np.uint8)
    pixels[:, 0] = packed >> 4
    pixels[:, 1] = packed & 0x0F
    return (pixels * _GRAY_STEP).reshape(shape_px)
