"""Pictures out of nothing for the codecs."""

import numpy as np


def ridge_image(shape_px=(400, 320), seed=1):
    """A print-like picture: concentric ridges 9 px apart, noise, a light ground.

    It has no symmetry: transposed, mirrored or sheared it is another picture.
    """
    rng = np.random.default_rng(seed)
    row, col = np.mgrid[0 : shape_px[0], 0 : shape_px[1]].astype(np.float64)
    bend = 6 * np.sin(row / 61) + 5 * np.cos(col / 47)
    distance = np.hypot(row - shape_px[0] * 0.6, col - shape_px[1] * 0.4) + bend
    grey = 128 + 70 * np.sin(2 * np.pi * distance / 9) + rng.normal(0, 4, shape_px)
    across = (row / shape_px[0] - 0.5) / 0.47
    along = (col / shape_px[1] - 0.5) / 0.45
    return np.clip(np.where(across**2 + along**2 < 1, grey, 245), 0, 255).astype(np.uint8)


def psnr_db(first, second):
    """Peak signal to noise ratio of two 8-bit pictures."""
    error = np.mean((first.astype(np.float64) - second.astype(np.float64)) ** 2)
    return np.inf if error == 0 else 10 * np.log10(255**2 / error)
