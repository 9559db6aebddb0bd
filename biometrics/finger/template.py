"""The finger template: minutiae as arrays."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

TEMPLATE_RESOLUTION_PPI = 500.0  # every template is at this resolution; source: ISO/IEC 19794-2


class MinutiaKind(IntEnum):
    """Type codes of ISO/IEC 19794-2."""

    OTHER = 0
    RIDGE_ENDING = 1
    RIDGE_BIFURCATION = 2


@dataclass(frozen=True, slots=True, eq=False)
class FingerTemplate:
    """Minutiae of one finger at 500 ppi; all arrays have the same length n."""

    rows: NDArray[np.float32]
    """(n,) row of each minutia in pixels, from the top."""
    cols: NDArray[np.float32]
    """(n,) column of each minutia in pixels, from the left."""
    angle_rad: NDArray[np.float32]
    """(n,) in [0, 2 pi), counterclockwise from +column.

    Of an ending: from the minutia back along its ridge. Of a bifurcation: from the minutia along
    the valley between its two closest branches, as ISO/IEC 19794-2 measures it.
    """
    kind: NDArray[np.uint8]
    """(n,) values of MinutiaKind."""
    quality: NDArray[np.uint8]
    """(n,) 1..100, the belief that the minutia is real."""
    shape_px: tuple[int, int]
    """(rows, cols) of the image at 500 ppi."""

    def __len__(self) -> int:
        return int(self.rows.shape[0])
