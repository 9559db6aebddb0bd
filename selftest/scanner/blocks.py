"""Quarter-inch blocks: evenness, pixels within a block, and the ratio of signal to noise.

Procedures and numbers: BSI TR-03121/TR-03122 v6.0, TC-AH-FP-OPT-001..005.
"""

import numpy as np
from numpy.typing import NDArray

from selftest.scanner.geometry import Field, Frames, block_px

SNR_LEAST = 125.0
"""BSI: signal over noise of a block."""
_LIGHT_TOLERANCE_GL = 22.0
_NOISELESS_GL = 0.29  # one grey level of rounding: 1 / sqrt(12)


def blocks_of(field: Field, resolution_ppi: float) -> Field:
    """Return whole blocks as (down, rows, across, cols)."""
    edge_px = block_px(resolution_ppi)
    down, across = field.shape[0] // edge_px, field.shape[1] // edge_px
    whole = field[: down * edge_px, : across * edge_px]
    return whole.reshape(down, edge_px, across, edge_px)


def block_means_gl(field: Field, resolution_ppi: float) -> Field:
    """Return the mean of each whole block."""
    means = blocks_of(field, resolution_ppi).mean(axis=(1, 3))
    return np.asarray(means, dtype=np.float32)


def lowest_share_within(
    field: Field, resolution_ppi: float, tolerance_gl: float = _LIGHT_TOLERANCE_GL
) -> float:
    """Return the smallest share, over blocks, of pixels near their block's mean."""
    blocks = blocks_of(field, resolution_ppi)
    near = np.abs(blocks - blocks.mean(axis=(1, 3), keepdims=True)) <= tolerance_gl
    return float(near.mean(axis=(1, 3)).min())


def signal_to_noise(signal: Frames, other: Frames, resolution_ppi: float) -> NDArray[np.float64]:
    """Return the signal-to-noise ratio of every block of the first frames.

    Parameters
    ----------
    signal, other : ndarray of uint8, shape (n, rows, cols)
        Frames of the light target and of the dark one, or the other way round.

    Returns
    -------
    snr : ndarray of float64, shape (down, across)
        Difference of the two block means over the standard deviation within the block of a single
        frame (median over the frames).
    """
    means = block_means_gl(_mean(signal), resolution_ppi) - block_means_gl(
        _mean(other), resolution_ppi
    )
    noise = [
        blocks_of(frame.astype(np.float32), resolution_ppi).std(axis=(1, 3)) for frame in signal
    ]
    floor = np.maximum(np.median(noise, axis=0), _NOISELESS_GL)
    return np.asarray(np.abs(means) / floor, dtype=np.float64)


def _mean(frames: Frames) -> Field:
    return np.asarray(frames.mean(axis=0, dtype=np.float32), dtype=np.float32)
