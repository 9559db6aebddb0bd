"""See a segmented slap as a hand: where its tips lie, how wide they are, how their ridges slant."""

import numpy as np
from numpy.typing import NDArray

from biometrics.finger import slap_parameters as p
from biometrics.finger.hand import HandView
from biometrics.finger.slap_fingers import FingerRegion, SlapSegmentation


def view_hand(segmentation: SlapSegmentation) -> HandView:
    """Return what tells one hand from the other.

    Parameters
    ----------
    segmentation : SlapSegmentation

    Returns
    -------
    HandView
        With the hand turned upright.
    """
    fingers = segmentation.fingers
    return HandView(
        tips_mm=tips_mm(segmentation),
        widths_mm=np.array([finger.width_px for finger in fingers]) / p.PX_PER_MM,
        slants=np.array([measure_slant(segmentation, finger) for finger in fingers]),
    )


def tips_mm(segmentation: SlapSegmentation) -> NDArray[np.float64]:
    """Return where the fingertips lie, in mm, with the hand turned upright.

    Parameters
    ----------
    segmentation : SlapSegmentation

    Returns
    -------
    (n, 2) ndarray of float64
        (row, col), from left to right.
    """
    tips = np.array([finger.tip for finger in segmentation.fingers]).reshape(-1, 2)
    cos, sin = np.cos(segmentation.rotation_rad), np.sin(segmentation.rotation_rad)
    down = tips[:, 0] * cos + tips[:, 1] * sin
    right = tips[:, 1] * cos - tips[:, 0] * sin
    return np.stack([down, right], axis=1) / p.PX_PER_MM


def measure_slant(segmentation: SlapSegmentation, finger: FingerRegion) -> float:
    """Measure how the ridges slant below the middle of a fingertip, where loops open.

    Parameters
    ----------
    segmentation : SlapSegmentation
    finger : FingerRegion
        One of its fingers.

    Returns
    -------
    float
        -1..1, in the finger's own frame: mean sine of twice the direction across the ridges,
        clockwise from +column. The mirror image has the other sign.
    """
    down = np.array([np.cos(finger.rotation_rad), np.sin(finger.rotation_rad)])
    right = np.array([-down[1], down[0]])
    along = np.linspace(*p.SLANT_ALONG, 20)[:, None, None] * finger.length_px
    across = np.linspace(-p.SLANT_ACROSS, p.SLANT_ACROSS, 15)[None, :, None] * finger.width_px
    places = (np.array(finger.tip) + along * down + across * right).reshape(-1, 2)
    cells = np.clip(
        (places / p.CELL_PX).astype(np.intp), 0, np.array(segmentation.labels.shape) - 1
    )
    rows, cols = cells[segmentation.labels[cells[:, 0], cells[:, 1]] == finger.label].T
    ridges = segmentation.ridges
    flow = complex(ridges.flow[rows, cols].sum()) * np.exp(2j * finger.rotation_rad)
    return float(flow.imag / (float(ridges.energy[rows, cols].sum()) + 1e-6))
