"""The scanner with the depot's test cards: contrast, resolution, geometry, linearity."""

import numpy as np

from selftest.check import Measured, Picture, Skip, Value, check, measured
from selftest.mode import Mode
from selftest.scanner.cards import CARDS_LIMIT_S, card_bars, card_contrast, card_linearity_gl
from selftest.scanner.geometry import Field
from selftest.scanner.plots import INK, ORANGE, Axes, Curve, draw_plot
from selftest.scanner.targets.contrast import FREQUENCIES_PER_MM, least_contrast
from selftest.subject import Subject


@check("scanner", "FPS-121", time_limit_s=CARDS_LIMIT_S, mode=Mode.DEPOT)
def contrast(subject: Subject) -> Measured | Skip:
    """Contrast transfer at 1 to 10 cycles per mm, above its least curve and below 1.05."""
    both = subject.once(card_contrast)
    margin = both - least_contrast(FREQUENCIES_PER_MM)[None, :]
    low = FREQUENCIES_PER_MM[(margin < 0).any(axis=0)]
    worst = both.min(axis=0)
    evidence = "CTF " + " ".join(f"{value:.2f}" for value in worst)
    if low.size:
        evidence += f"; kurang mulai / too low from {low[0]:.0f} / mm"
    values = Value("ctf_margin", float(margin.min())), Value("ctf_highest", float(both.max()))
    return Measured(values, evidence, pictures=(_contrast_plot(both),))


@check("scanner", "FPS-122", time_limit_s=CARDS_LIMIT_S, mode=Mode.DEPOT)
def resolution(subject: Subject) -> Measured | Skip:
    """True resolution in both directions, against what the scanner says."""
    across, along, stated_ppi = subject.once(card_bars)
    errors = [100 * (one.resolution_ppi / stated_ppi - 1) for one in (across, along)]
    evidence = f"{across.resolution_ppi:.1f} x {along.resolution_ppi:.1f} ppi"
    values = Value("error_across", errors[0]), Value("error_along", errors[1])
    return Measured(values, evidence)


@check("scanner", "FPS-123", time_limit_s=CARDS_LIMIT_S, mode=Mode.DEPOT)
def geometry(subject: Subject) -> Measured | Skip:
    """Distortion: distances across the bars, and bars that bend."""
    across, along, _ = subject.once(card_bars)
    values = (
        Value("long_error", max(across.long_error_percent, along.long_error_percent)),
        Value("short_error", max(across.short_error_mm, along.short_error_mm)),
        Value("bend", max(across.along_error_mm, along.along_error_mm)),
    )
    return Measured(values)


@check("scanner", "FPS-124", time_limit_s=CARDS_LIMIT_S, mode=Mode.DEPOT)
def linearity(subject: Subject) -> Measured | Skip:
    """Departure of the grey scale from a straight line."""
    return measured("step_error", subject.once(card_linearity_gl), n=12)


def _contrast_plot(both: Field) -> Picture:
    least = least_contrast(FREQUENCIES_PER_MM)
    curves = (
        Curve("across", FREQUENCIES_PER_MM, both[0].astype(np.float64)),
        Curve("along", FREQUENCIES_PER_MM, both[1].astype(np.float64), INK),
        Curve("least", FREQUENCIES_PER_MM, least, ORANGE),
    )
    axes = Axes("contrast transfer of bars", "cycles per mm", "CTF")
    return Picture("ctf", "Pemindahan kontras", "Contrast transfer", draw_plot(curves, axes))
