"""What stages do, components measure and reasons mean, in words for the trace page."""

from typing import NamedTuple


class StageText(NamedTuple):
    """A stage of the pipeline."""

    title: str
    does: str


class ComponentText(NamedTuple):
    """A component of the quality."""

    title: str
    unit: str
    measures: str


STAGES = {
    "image": StageText(
        "Image", "Brought to 500 ppi and padded to whole blocks of 8 x 8 pixels (0.4 mm)."
    ),
    "normalized": StageText(
        "Normalisation",
        "The local mean is taken away and the local deviation made 1, so that pressure and light "
        "no longer matter. Ridges are negative.",
    ),
    "contrast": StageText(
        "Contrast", "Deviation of the gray levels around each block, in gray levels."
    ),
    "coherence": StageText(
        "Coherence", "How far the gradients around a block agree on one direction, 0 to 1."
    ),
    "mask": StageText(
        "Segmentation",
        "Blocks with enough contrast and one direction are the print; streaks and specks are not. "
        "What is tinted is left out.",
    ),
    "orientation": StageText(
        "Orientation", "Ridge direction of each block, smoothed more where it is uncertain."
    ),
    "period": StageText(
        "Ridge period",
        "Distance from ridge to ridge in pixels, from the energy of the gradients (no Fourier "
        "transform).",
    ),
    "first_pass": StageText(
        "First enhancement", "A filter along the ridges of that direction and period."
    ),
    "refined_orientation": StageText(
        "Orientation, refined", "Measured again on the filtered image, where noise is gone."
    ),
    "enhanced": StageText("Enhancement", "The filter once more, along the better direction."),
    "ridges": StageText("Binarisation", "Every pixel is ridge (dark) or valley."),
    "skeleton": StageText("Thinning", "Ridges become lines one pixel wide."),
    "minutiae": StageText(
        "Minutiae",
        "Endings (orange rings) and bifurcations (blue squares), without spurs, bridges, broken "
        "ridges and the print's own edge. Tails show directions as ISO/IEC 19794-2 counts them.",
    ),
    "quality": StageText("Quality", "Components, and the score that they make: see above."),
}

COMPONENTS = {
    "clear_area_mm2": ComponentText("Clear area", "mm²", "area where the ridges are clear"),
    "clear_minutiae": ComponentText("Clear minutiae", "", "minutiae in clear surroundings"),
    "local_clarity": ComponentText("Local clarity", "", "likeness of the print to ideal ridges"),
    "ridge_valley_uniformity": ComponentText(
        "Ridge-valley uniformity", "", "even share of ridges and valleys"
    ),
    "graininess": ComponentText("Graininess", "", "energy finer than ridges"),
    "blotchiness": ComponentText("Blotchiness", "", "energy coarser than ridges"),
    "orientation_certainty": ComponentText(
        "Orientation certainty", "", "agreement of the gradients in a block"
    ),
    "ridge_frequency_per_mm": ComponentText("Ridge frequency", "/mm", "ridges per millimetre"),
    "sharpness": ComponentText("Sharpness", "", "fine energy against that of a smooth wave"),
    "motion": ComponentText("Motion", "", "fine energy that depends on direction"),
    "contrast_levels": ComponentText("Contrast", "levels", "valleys minus ridges"),
    "ridge_level": ComponentText("Ridge level", "levels", "mean gray of ridges"),
    "valley_level": ComponentText("Valley level", "levels", "mean gray of valleys"),
    "dark_share": ComponentText("Dark share", "", "low for dry prints, high for wet ones"),
    "light_surroundings": ComponentText(
        "Light surroundings", "", "near 0 where light and dark are swapped"
    ),
    "filled_mm2": ComponentText("Filled", "mm²", "dark area without ridges"),
    "area_mm2": ComponentText("Area", "mm²", "size of the print"),
    "off_centre_mm": ComponentText("Centring", "mm", "distance from the middle of the image"),
    "residue_mm2": ComponentText("Residue", "mm²", "ridge-like area outside the print"),
    "minutiae_count": ComponentText("Minutiae", "", "minutiae in the template"),
}

REASONS = {
    "no_finger": "nothing here looks like ridges",
    "not_a_print": "stripes, but not those of a finger",
    "too_large": "more pixels than a slap of four fingers has",
    "small_area": "too little of the finger: lay the tip down flat",
    "too_wet": "valleys are filled: wipe the finger, press less",
    "too_dry": "ridges are broken: moisten the finger a little, press more",
    "low_contrast": "ridges and valleys are nearly one gray: press more",
    "blur": "not sharp: hold still, clean the glass",
    "motion": "the finger slipped: hold still",
    "off_centre": "away from the middle: move the finger",
    "uneven_contact": "parts are pressed and parts are not: wipe finger and glass",
    "residue": "dirt or an older print on the glass: clean it",
    "inverted": "light and dark are swapped: the device or its driver is set wrongly",
}
