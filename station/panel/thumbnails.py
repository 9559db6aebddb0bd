"""Small copies of captured pictures, for the screen only."""

import cv2
import numpy as np

JPEG_QUALITY = 85


def shrink(png: bytes, edge_px: int) -> bytes:
    """Return a JPEG whose longest edge is at most `edge_px`; never larger than the original."""
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("the stored picture is no PNG")
    rows, cols = pixels.shape[:2]
    scale = edge_px / max(rows, cols)
    if scale < 1.0:
        size = (max(1, round(cols * scale)), max(1, round(rows * scale)))  # cv2: (width, height)
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(data)
