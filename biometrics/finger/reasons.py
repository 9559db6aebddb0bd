"""Say why a print is not better, in codes that the panel turns into advice.

no_finger      nothing that looks like ridges          too_large      more pixels than a slap
not_a_print    ridges, but not those of a finger       small_area     too little of the finger
too_dry        ridges pale and broken                  too_wet        valleys filled
low_contrast   ridges and valleys nearly one gray      blur           out of focus, moist platen
off_centre     away from the middle of the platen      motion         the finger slipped
residue        dirt or an older print on the platen    uneven_contact parts pressed, parts not
inverted       ridges light, so the device delivers what no template may be made from

A reason is given for every limit that is broken. A poor print that breaks none gets the one that
is most likely, so that nobody is asked to try again without being told what to change.

Inverted images cannot be told by their ridges: valleys look like ridges, endings like
bifurcations. They are told by what lies around the print, which is light where ridges are dark. A
print that fills its image, or surroundings of a middle gray (sweep sensors), tell nothing. They are
refused, not turned over, because the cause is a device or its driver, and the next frame of it
may be right.
"""

from dataclasses import dataclass

from biometrics.finger.resample import size_at_500_ppi
from biometrics.finger.results import Reason
from biometrics.parameters import (
    DRY_OR_WET_DARK_SHARE,
    GOOD_QUALITY,
    LIKELY_SMALL_AREA_MM2,
    LIKELY_UNEVEN_BLOTCHINESS,
    MAX_BLOTCHINESS,
    MAX_DARK_SHARE,
    MAX_FILLED_MM2,
    MAX_MOTION,
    MAX_OFF_CENTRE_MM,
    MAX_PIXELS,
    MAX_RESIDUE_MM2,
    MIN_AREA_MM2,
    MIN_CONTRAST_LEVELS,
    MIN_DARK_SHARE,
    MIN_LIGHT_SURROUNDINGS,
    MIN_PRINT_MINUTIAE,
    MIN_SHARPNESS,
    MIN_SIDE_PX,
    MIN_UNIFORMITY,
    POOR_QUALITY,
    PRINT_FREQUENCY_PER_MM,
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A reason to give when a component is on the wrong side of its limit."""

    code: str
    component: str
    limit: float
    is_ceiling: bool = False
    even_if_good: bool = False
    """Given for a print of good quality too: it concerns the placing, not the ridges."""

    def is_broken(self, components: dict[str, float]) -> bool:
        value = components[self.component]
        return value > self.limit if self.is_ceiling else value < self.limit

    def reason(self, components: dict[str, float]) -> Reason:
        return Reason(self.code, components[self.component], self.limit)


_INVERTED = _Rule("inverted", "light_surroundings", MIN_LIGHT_SURROUNDINGS)
# Most important first.
_RULES = (
    # Before the rules on ridges, of which a finger dripping wet leaves too few to look like one.
    _Rule("too_wet", "filled_mm2", MAX_FILLED_MM2, is_ceiling=True),
    _Rule("not_a_print", "ridge_valley_uniformity", MIN_UNIFORMITY),
    _Rule("not_a_print", "ridge_frequency_per_mm", PRINT_FREQUENCY_PER_MM[0]),
    _Rule("not_a_print", "ridge_frequency_per_mm", PRINT_FREQUENCY_PER_MM[1], is_ceiling=True),
    _Rule("not_a_print", "minutiae_count", MIN_PRINT_MINUTIAE),
    # Before area and sharpness, because filled valleys cost both.
    _Rule("too_wet", "dark_share", MAX_DARK_SHARE, is_ceiling=True),
    _Rule("too_dry", "dark_share", MIN_DARK_SHARE),
    _Rule("small_area", "area_mm2", MIN_AREA_MM2, even_if_good=True),
    _Rule("blur", "sharpness", MIN_SHARPNESS),
    _Rule("motion", "motion", MAX_MOTION, is_ceiling=True),
    _Rule("low_contrast", "contrast_levels", MIN_CONTRAST_LEVELS),
    _Rule("uneven_contact", "blotchiness", MAX_BLOTCHINESS, is_ceiling=True),
    _Rule("residue", "residue_mm2", MAX_RESIDUE_MM2, is_ceiling=True),
    _Rule("off_centre", "off_centre_mm", MAX_OFF_CENTRE_MM, is_ceiling=True, even_if_good=True),
)

# For a poor print that breaks no limit: the first that applies is the most likely reason.
_LIKELY_RULES = (
    _Rule("small_area", "area_mm2", LIKELY_SMALL_AREA_MM2),
    _Rule("uneven_contact", "blotchiness", LIKELY_UNEVEN_BLOTCHINESS, is_ceiling=True),
    _Rule("too_wet", "dark_share", DRY_OR_WET_DARK_SHARE, is_ceiling=True),
    _Rule("too_dry", "dark_share", DRY_OR_WET_DARK_SHARE),
)


def explain(components: dict[str, float], quality_score: int) -> tuple[Reason, ...]:
    """List why a print is not better.

    Parameters
    ----------
    components : dict of str to float
        From `measure_components`.
    quality_score : int
        0..100.

    Returns
    -------
    reasons : tuple of Reason
        Most important first; empty for a good print in its place, never for a poor one.
    """
    if _INVERTED.is_broken(components):  # nothing else can be said of such an image
        return (_INVERTED.reason(components),)
    is_good = quality_score >= GOOD_QUALITY
    broken = [
        rule for rule in _RULES if rule.is_broken(components) and (rule.even_if_good or not is_good)
    ]
    if not broken and quality_score < POOR_QUALITY:
        broken = [rule for rule in _LIKELY_RULES if rule.is_broken(components)][:1]
    reasons: dict[str, Reason] = {}
    for rule in broken:  # two rules may give one code: the more important one counts
        reasons.setdefault(rule.code, rule.reason(components))
    return tuple(reasons.values())


def explain_absence(shape: tuple[int, ...], resolution_ppi: float) -> tuple[Reason, ...]:
    """Say why no print was looked for or found.

    Parameters
    ----------
    shape : (rows, cols)
        Size of the image as given.
    resolution_ppi : float
        Its resolution.

    Returns
    -------
    reasons : tuple of Reason
        One reason.
    """
    rows, cols = size_at_500_ppi(shape, resolution_ppi)
    if rows * cols > MAX_PIXELS:
        return (Reason("too_large", float(rows * cols), float(MAX_PIXELS)),)
    if min(rows, cols) < MIN_SIDE_PX:
        return (Reason("small_area", float(min(rows, cols)), float(MIN_SIDE_PX)),)
    return (Reason("no_finger", 0.0, MIN_AREA_MM2),)
