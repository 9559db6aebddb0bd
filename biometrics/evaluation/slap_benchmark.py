"""Time the check and the preview of a slap."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.timing import median_call_ms, transform_ms
from biometrics.finger.position import FingerPosition
from biometrics.finger.slap import check_slap, lay_out_slap
from biometrics.finger.slap_preview import preview_slap

USUAL_RUNS = 15


def benchmark_slap(
    pixels: NDArray[np.uint8],
    resolution_ppi: float,
    *,
    expected: tuple[FingerPosition, ...],
    runs: int = USUAL_RUNS,
) -> dict[str, Any]:
    """Time one slap.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
    resolution_ppi : float
    expected : tuple of FingerPosition
    runs : int
        Calls of each that count.

    Returns
    -------
    figures : dict
        Median ms of the whole check, of finding and naming alone, and of the preview; transform_ms
        of a 512 x 512 cv2.dft on this machine, and the three as multiples of it.
    """
    before = transform_ms()
    calls = {
        "check": lambda: check_slap(pixels, resolution_ppi, expected=expected),
        "layout": lambda: lay_out_slap(pixels, resolution_ppi, expected=expected),
        "preview": lambda: preview_slap(pixels, resolution_ppi, expected=expected),
    }
    medians = {name: median_call_ms(call, runs=runs) for name, call in calls.items()}
    unit_ms = (before + transform_ms()) / 2
    return {
        "rows_cols": list(pixels.shape),
        **{f"median_{name}_ms": value for name, value in medians.items()},
        "transform_ms": unit_ms,
        **{f"{name}_in_transforms": value / unit_ms for name, value in medians.items()},
    }
