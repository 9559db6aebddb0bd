"""Where the fingertips of a simulated slap really are, as far as they can be seen.

A segment of a slap holds the distal phalanx: from the tip to the crease, as wide as its print
(ANSI/NIST-ITL 1-2011, fields 14.021 and 14.025; NIST SlapSeg marks its truth the same way). Where
only part of the pad touches the glass, the segment ends with the print, not with the finger.
"""

import numpy as np
from numpy.typing import NDArray

from drivers.simulation.finger import FingerTraits
from drivers.simulation.placement import Impression, Placement, finger_coordinates, to_platen

_VISIBLE_DARKNESS = 64  # of 255: ridges are 150 and more
_TRIM_PERCENT = 0.5  # of dark pixels beyond each side: single ridge ends do not count
_LEAST_PIXELS = 400


def visible_quadrilateral(
    impression: Impression,
    placement: Placement,
    traits: FingerTraits,
    shape_px: tuple[int, int],
) -> NDArray[np.float64] | None:
    """Return (4, 2) corners of the print between tip and crease that lies on the platen.

    The finger's own top left comes first, then clockwise; None where next to nothing is seen.
    """
    rows, cols = (
        axis.astype(np.float32) for axis in np.nonzero(impression.darkness > _VISIBLE_DARKNESS)
    )
    rows, cols = rows + impression.top_px, cols + impression.left_px
    across, along = finger_coordinates(placement, rows, cols)
    seen = (along < traits.length_px / 2) & (rows >= 0) & (cols >= 0)
    seen &= (rows < shape_px[0]) & (cols < shape_px[1])
    if int(seen.sum()) < _LEAST_PIXELS:
        return None
    limits = _TRIM_PERCENT, 100 - _TRIM_PERCENT
    left, right = np.percentile(across[seen], limits)
    top, bottom = np.percentile(along[seen], limits)
    corners = np.array([(top, left), (top, right), (bottom, right), (bottom, left)], np.float64)
    return to_platen(placement, corners)
