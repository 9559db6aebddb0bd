"""Measure how good a print is, as named components and one score.

Components carry the words of ISO/IEC 29794-4 where it has one: orientation certainty, local
clarity, ridge-valley uniformity, frequency. The score is a sum of points for the components in
`QUALITY_POINTS`, damped by those in `QUALITY_GATES`, which tell a print from what is none.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.blocks import mean_per_block, smooth_blocks
from biometrics.finger.extract import Print
from biometrics.finger.orientation import RidgeFlow, measure_ridge_flow
from biometrics.finger.template import FingerTemplate
from biometrics.parameters import (
    BLOCK_PX,
    BLOTCH_SIGMA_BLOCKS,
    CLARITY_SMOOTHING_BLOCKS,
    CLEAR_BLOCK,
    CLEAR_MINUTIA,
    DARK_SURROUNDINGS,
    FILLED_CONTRAST,
    GRAIN_SIGMA_PX,
    MIN_SURROUNDINGS_BLOCKS,
    MM_PER_INCH,
    QUALITY_GATES,
    QUALITY_KNEE,
    QUALITY_OFFSET,
    QUALITY_POINTS,
    QUALITY_RANGES,
    RESIDUE_COHERENCE,
    RESIDUE_LEVELS,
    RESOLUTION_PPI,
    STREAK_WEIGHT,
)

_MM_PER_PX = MM_PER_INCH / RESOLUTION_PPI
_MM2_PER_BLOCK = (BLOCK_PX * _MM_PER_PX) ** 2
_TINY = 1e-6
_FINE_FLOOR = 1e-3  # added to energies before their logarithm
_MODULATION_PRIOR = 1e-3  # keeps the fit finite where all ridges run one way


def measure_components(found: Print) -> dict[str, float]:
    """Measure everything that the score and the reasons are made of.

    Parameters
    ----------
    found : Print
        With at least one block in its mask.

    Returns
    -------
    components : dict of str to float
        local_clarity : mean correlation of the print with its ideal ridges, 0..1.
        clear_area_mm2 : area where that correlation is high.
        clear_minutiae : minutiae where it is.
        orientation_certainty : mean coherence of the gradients, 0..1.
        ridge_valley_uniformity : 1 for ridges and valleys of even share, less for blobs.
        ridge_frequency_per_mm : ridges in a millimetre across them, median.
        graininess : energy finer than ridges, 0..1.
        blotchiness : energy coarser than ridges, 0..1.
        sharpness : that energy relative to a perfectly smooth wave, 1 for blurred.
        motion : how far fine structure depends on direction; 0.2 for a still finger.
        ridge_level, valley_level, contrast_levels : mean gray levels, and their difference.
        dark_share : share of the print darker than its surroundings, 0..1.
        light_surroundings : share of the image around the print that is not darker than it; 1
            for ridges dark on light, near 0 for an inverted image; 1 where nothing is around.
        filled_mm2 : area without ridges as dark as ridges: filled valleys, or dirt.
        area_mm2, off_centre_mm : size of the print; distance of its centre from the image's.
        residue_mm2 : ridge-like area outside the print.
        minutiae_count : minutiae in the template.
    """
    period_px = float(np.median(found.period_px[found.mask]))
    levels = _measure_levels(found)
    return {
        **_measure_clarity(found),
        "orientation_certainty": float(found.flow.coherence()[found.mask].mean()),
        "ridge_valley_uniformity": _measure_uniformity(found),
        "ridge_frequency_per_mm": 1 / (period_px * _MM_PER_PX),
        **_measure_grain(found, period_px),
        "blotchiness": _measure_blotches(found),
        **levels,
        **_measure_surroundings(found, levels),
        **_measure_place(found.mask),
        "residue_mm2": _measure_residue(found),
        "minutiae_count": float(len(found.template)),
    }


def _measure_clarity(found: Print) -> dict[str, float]:
    """Correlate every block with its enhanced self."""
    parts = (
        cv2.multiply(found.normalized, found.enhanced),
        cv2.multiply(found.normalized, found.normalized),
        cv2.multiply(found.enhanced, found.enhanced),
    )
    both, own, ideal = (
        smooth_blocks(
            mean_per_block(np.asarray(part, dtype=np.float32)),
            sigma_blocks=CLARITY_SMOOTHING_BLOCKS,
        )
        for part in parts
    )
    clarity = both / np.sqrt(own * ideal + _TINY)
    clear = int((clarity[found.mask] > CLEAR_BLOCK).sum())
    return {
        "local_clarity": max(0.0, float(clarity[found.mask].mean())),
        "clear_area_mm2": clear * _MM2_PER_BLOCK,
        "clear_minutiae": _count_clear(found.template, clarity),
    }


def _count_clear(template: FingerTemplate, clarity: NDArray[np.float32]) -> float:
    rows = np.asarray(template.rows // BLOCK_PX, dtype=np.intp)
    cols = np.asarray(template.cols // BLOCK_PX, dtype=np.intp)
    return float((clarity[rows, cols] > CLEAR_MINUTIA).sum())


def _measure_grain(found: Print, period_px: float) -> dict[str, float]:
    """Look at what is finer than ridges: how much there is of it, and in which directions."""
    coarse = cv2.GaussianBlur(found.normalized, (7, 7), GRAIN_SIGMA_PX)
    fine_image = np.asarray(cv2.subtract(found.normalized, coarse), dtype=np.float32)
    fine = _block_energy(fine_image)[found.mask]
    whole = _block_energy(found.normalized)[found.mask]
    share = float(fine.mean() / (whole.mean() + _TINY))
    kept = np.exp(-0.5 * (2 * np.pi * GRAIN_SIGMA_PX / period_px) ** 2)
    return {
        "graininess": float(fine.mean()),
        "sharpness": share / float(1 - kept) ** 2,
        "motion": _measure_motion(found, fine_image, fine),
    }


def _measure_blotches(found: Print) -> float:
    """Measure what ridges and valleys do not explain: whole blocks lighter or darker."""
    level = smooth_blocks(mean_per_block(found.normalized), sigma_blocks=BLOTCH_SIGMA_BLOCKS)
    return float((level * level)[found.mask].mean())


def _block_energy(image: NDArray[np.float32]) -> NDArray[np.float32]:
    return mean_per_block(np.asarray(cv2.multiply(image, image), dtype=np.float32))


def _measure_motion(
    found: Print, fine_image: NDArray[np.float32], fine: NDArray[np.float32]
) -> float:
    """Find two traces of motion in what is finer than ridges.

    Motion takes the fine energy from ridges that lie across it and leaves it to those along it.
    And it leaves streaks: the fine structure then has one direction more than the ridges have.
    """
    excess = _one_sidedness(measure_ridge_flow(fine_image), found.mask) - _one_sidedness(
        found.flow, found.mask
    )
    return _measure_modulation(found, fine) + STREAK_WEIGHT * max(0.0, excess)


def _one_sidedness(flow: RidgeFlow, mask: NDArray[np.bool_]) -> float:
    """Tell how far a whole print has one direction, 0..1."""
    cosine, sine = flow.cosine[mask].sum(), flow.sine[mask].sum()
    return float(np.hypot(cosine, sine) / (flow.energy[mask].sum() + _TINY))


def _measure_modulation(found: Print, fine: NDArray[np.float32]) -> float:
    """Fit the logarithm of the fine energy as a wave over the doubled ridge angle."""
    weight = found.flow.length()[found.mask]
    cosine = found.flow.cosine[found.mask] / (weight + _TINY)
    sine = found.flow.sine[found.mask] / (weight + _TINY)
    wave = np.stack([np.ones_like(cosine), cosine, sine])
    normal = (wave * weight) @ wave.T + _MODULATION_PRIOR * weight.sum() * np.eye(3)
    level = np.log(fine + np.float32(_FINE_FLOOR))
    _, along, across = np.linalg.solve(normal, (wave * weight) @ level)
    return float(np.hypot(along, across))


def _measure_levels(found: Print) -> dict[str, float]:
    """Average the gray levels of ridges and valleys."""
    image = found.image.astype(np.float32)
    dark = mean_per_block((found.normalized < 0).astype(np.float32))[found.mask]
    ridges = found.ridges.astype(np.float32)
    share = mean_per_block(ridges)[found.mask]
    on_ridges = mean_per_block(image * ridges)[found.mask]
    ridge_level = float(on_ridges.sum() / (share.sum() + _TINY))
    whole = mean_per_block(image)[found.mask]
    valley_level = float((whole - on_ridges).sum() / ((1 - share).sum() + _TINY))
    return {
        "ridge_level": ridge_level,
        "valley_level": valley_level,
        "contrast_levels": valley_level - ridge_level,
        "dark_share": float(dark.mean()),
    }


def _measure_surroundings(found: Print, levels: dict[str, float]) -> dict[str, float]:
    """Tell how much of what lies around the print is as dark as ridges, and not darker than it."""
    block_level = mean_per_block(found.image.astype(np.float32))
    contrast = levels["contrast_levels"]
    filled = block_level < levels["ridge_level"] + FILLED_CONTRAST * contrast
    near = cv2.dilate(found.mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    around = block_level[np.asarray(near) == 0]
    dark_level = (levels["ridge_level"] + levels["valley_level"]) / 2 - DARK_SURROUNDINGS * contrast
    is_known = around.size >= MIN_SURROUNDINGS_BLOCKS
    return {
        "light_surroundings": float((around > dark_level).mean()) if is_known else 1.0,
        "filled_mm2": float((filled & ~found.mask).sum()) * _MM2_PER_BLOCK,
    }


def _measure_uniformity(found: Print) -> float:
    share = mean_per_block(found.ridges.astype(np.float32))[found.mask]
    return max(0.0, 1 - 2 * float(share.std()))


def _measure_place(mask: NDArray[np.bool_]) -> dict[str, float]:
    rows, cols = np.nonzero(mask)
    centre = (np.array(mask.shape) - 1) / 2
    offset = np.hypot(rows.mean() - centre[0], cols.mean() - centre[1])
    return {
        "area_mm2": len(rows) * _MM2_PER_BLOCK,
        "off_centre_mm": float(offset) * BLOCK_PX * _MM_PER_PX,
    }


def _measure_residue(found: Print) -> float:
    """Measure what looks like ridges away from the print."""
    around = cv2.dilate(found.mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    shows = (found.contrast > RESIDUE_LEVELS) & (found.coherence > RESIDUE_COHERENCE)
    return float((shows & (np.asarray(around) == 0)).sum()) * _MM2_PER_BLOCK


def rate_components(components: dict[str, float]) -> dict[str, float]:
    """Rate the components that earn points, so that they can be read side by side.

    Parameters
    ----------
    components : dict of str to float
        From `measure_components`.

    Returns
    -------
    ratings : dict of str to float
        For every component of `QUALITY_POINTS`: 0 for the poor end of its range, 1 for the good.
    """
    return {name: _rate(components[name], *QUALITY_RANGES[name]) for name in QUALITY_POINTS}


def _rate(value: float, poor: float, good: float) -> float:
    return float(np.clip((value - poor) / (good - poor), 0, 1))


def gate_components(components: dict[str, float]) -> dict[str, float]:
    """Tell how much of the score each gate lets through.

    Parameters
    ----------
    components : dict of str to float
        From `measure_components`.

    Returns
    -------
    shares : dict of str to float
        For every component of `QUALITY_GATES`: 1 where it does not speak against a print, 0 where
        it says that this is none.
    """
    return {name: _rate(components[name], *ends) for name, ends in QUALITY_GATES.items()}


def score_components(components: dict[str, float]) -> int:
    """Turn the components into one score.

    Parameters
    ----------
    components : dict of str to float
        From `measure_components`.

    Returns
    -------
    quality_score : int
        0..100, the station's own score: points for every rated component, damped where a
        component says that this is no print at all, a blurred or an inverted one. It is calibrated
        on the scale of NFIQ 2 but is not NFIQ 2.

    References
    ----------
    .. [1] Points fitted by `python -m biometrics calibrate`, see `QUALITY_POINTS`.
    """
    ratings = rate_components(components)
    damped = _bend(QUALITY_OFFSET + sum(QUALITY_POINTS[name] * ratings[name] for name in ratings))
    for share in gate_components(components).values():
        damped *= share
    return round(min(damped, 100.0))


def _bend(score: float) -> float:
    """Bend the low end of a sum, so that poor prints keep their order above 0."""
    if score >= QUALITY_KNEE:
        return score
    return QUALITY_KNEE * float(np.exp(score / QUALITY_KNEE - 1))
