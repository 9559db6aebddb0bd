"""Check one finger image: the stages in their order."""

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.blocks import spread_to_pixels
from biometrics.finger.extract import take_apart
from biometrics.finger.minutiae import empty_template
from biometrics.finger.quality import measure_components, score_components
from biometrics.finger.reasons import explain, explain_absence
from biometrics.finger.resample import size_at_500_ppi
from biometrics.finger.results import FingerCheck
from biometrics.trace import Trace, ignore


def check(
    pixels: NDArray[np.uint8], resolution_ppi: float, *, trace: Trace | None = None
) -> FingerCheck:
    """Measure the quality of a finger image and extract its template.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Ridges dark. Not modified.
    resolution_ppi : float
        Resolution of `pixels`, 250 to 1000 ppi.
    trace : Trace, optional
        Called after each stage with its name and result.

    Returns
    -------
    finger_check : FingerCheck
        Score 0 with a reason where the image shows no print; its mask is then all False.

    Raises
    ------
    ValueError
        If `pixels` is not two-dimensional uint8 or the resolution is outside its range.
    """
    tell = trace or ignore
    found = take_apart(pixels, resolution_ppi, trace=tell)
    shape_px = size_at_500_ppi(pixels.shape, resolution_ppi)
    if found is None:
        return FingerCheck(
            quality_score=0,
            reasons=explain_absence(pixels.shape, resolution_ppi),
            template=empty_template(shape_px),
            mask=np.zeros(shape_px, bool),
        )
    components = measure_components(found)
    score = score_components(components)
    tell("quality", np.array([score]))
    return FingerCheck(
        quality_score=score,
        reasons=explain(components, score),
        template=found.template,
        mask=spread_to_pixels(found.mask)[: shape_px[0], : shape_px[1]],
        components=components,
    )
