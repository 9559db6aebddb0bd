"""From a finger image to its template: the stages in their order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.binarization import binarize
from biometrics.finger.blocks import pad_to_blocks
from biometrics.finger.enhancement import enhance, measure_strength
from biometrics.finger.frequency import estimate_period
from biometrics.finger.minutia_quality import MinutiaEvidence
from biometrics.finger.minutiae import RidgeField, empty_template, find_minutiae
from biometrics.finger.normalization import normalize
from biometrics.finger.orientation import (
    RidgeFlow,
    estimate_orientation,
    measure_ridge_flow,
    measure_wide_coherence,
    refine_orientation,
)
from biometrics.finger.resample import is_too_large, require_image, resample, size_at_500_ppi
from biometrics.finger.segmentation import measure_contrast, segment
from biometrics.finger.template import FingerTemplate
from biometrics.finger.thinning import thin
from biometrics.parameters import MIN_SIDE_PX
from biometrics.trace import Trace, ignore, tell


@dataclass(frozen=True, slots=True, eq=False)
class Print:
    """A print taken apart: what the stages found, for the quality checks."""

    image: NDArray[np.uint8]
    """(rows, cols) at 500 ppi, padded to whole blocks."""
    normalized: NDArray[np.float32]
    """(rows, cols), mean 0 and deviation about 1; ridges negative."""
    contrast: NDArray[np.float32]
    """(rows, cols) in blocks, gray levels."""
    mask: NDArray[np.bool_]
    """(rows, cols) in blocks."""
    flow: RidgeFlow
    """Of the normalised image."""
    coherence: NDArray[np.float32]
    """(rows, cols) in blocks, 0..1, over a block's surroundings."""
    period_px: NDArray[np.float32]
    """(rows, cols) in blocks."""
    enhanced: NDArray[np.float32]
    """(rows, cols), negative on ridges."""
    ridges: NDArray[np.bool_]
    """(rows, cols), True on ridges."""
    template: FingerTemplate
    evidence: MinutiaEvidence
    """By what each minutia was rated."""


def extract(
    pixels: NDArray[np.uint8], resolution_ppi: float, *, trace: Trace = ignore
) -> FingerTemplate:
    """Extract the template of one finger image.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Ridges dark. Not modified.
    resolution_ppi : float
        Resolution of `pixels`, 250 to 1000 ppi.
    trace : Trace
        Called after each stage.

    Returns
    -------
    template : FingerTemplate
        At 500 ppi; empty when there is no print.

    Raises
    ------
    ValueError
        If `pixels` is not two-dimensional uint8 or the resolution is outside its range.
    """
    found = take_apart(pixels, resolution_ppi, trace=trace)
    if found is None:
        return empty_template(size_at_500_ppi(pixels.shape, resolution_ppi))
    return found.template


def take_apart(
    pixels: NDArray[np.uint8], resolution_ppi: float, *, trace: Trace = ignore
) -> Print | None:
    """Run the stages that lead to the template.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Ridges dark. Not modified.
    resolution_ppi : float
        Resolution of `pixels`, 250 to 1000 ppi.
    trace : Trace
        Called after each stage.

    Returns
    -------
    found : Print or None
        None when the image is too small, too large, or shows nothing that could be a print.

    Raises
    ------
    ValueError
        If `pixels` is not two-dimensional uint8 or the resolution is outside its range.
    """
    require_image(pixels, resolution_ppi)
    shape_px = size_at_500_ppi(pixels.shape, resolution_ppi)
    if min(shape_px) < MIN_SIDE_PX or is_too_large(pixels.shape, resolution_ppi):
        return None
    image = tell(trace, "image", pad_to_blocks(resample(pixels, resolution_ppi)))
    smooth = normalize(image)
    normalized = tell(trace, "normalized", smooth.image)
    contrast = tell(trace, "contrast", measure_contrast(smooth.contrast_squared))
    flow = measure_ridge_flow(normalized)
    coherence = tell(trace, "coherence", measure_wide_coherence(flow))
    mask = tell(trace, "mask", segment(contrast, coherence))
    if not mask.any():
        return None
    orientation_rad = tell(trace, "orientation", estimate_orientation(flow, mask))
    period_px = tell(trace, "period", estimate_period(normalized, mask))
    first_pass = tell(trace, "first_pass", enhance(normalized, mask, orientation_rad, period_px))
    orientation_rad = tell(trace, "refined_orientation", refine_orientation(first_pass))
    enhanced = tell(trace, "enhanced", enhance(normalized, mask, orientation_rad, period_px))
    ridges = tell(trace, "ridges", binarize(enhanced, mask))
    skeleton = tell(trace, "skeleton", thin(ridges))
    median_px = float(np.median(period_px[mask]))
    strength = measure_strength(enhanced, mask)
    field = RidgeField(orientation_rad, coherence, strength, enhanced, median_px)
    template, evidence = find_minutiae(skeleton, mask, field, shape_px=shape_px)
    tell(trace, "minutiae", np.stack([template.rows, template.cols, template.angle_rad]))
    return Print(
        image=image,
        normalized=normalized,
        contrast=contrast,
        mask=mask,
        flow=flow,
        coherence=coherence,
        period_px=period_px,
        enhanced=enhanced,
        ridges=ridges,
        template=template,
        evidence=evidence,
    )
