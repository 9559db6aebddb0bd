"""The scanner's empty platen: level, evenness, lines, pixels, specks, residue, noise."""

import numpy as np

from selftest.check import Measured, Picture, Skip, Value, check, measured
from selftest.scanner.blocks import block_means_gl, lowest_share_within
from selftest.scanner.glass import (
    CLEANING_LIMIT_S,
    Glass,
    glass_of,
    has_residue,
    is_drowned,
    is_found,
    stack_of,
)
from selftest.scanner.lines import adjacent_difference_gl, banding_gl, profile_of
from selftest.scanner.maps import draw_glass
from selftest.scanner.pixels import has_cluster
from selftest.scanner.plots import ORANGE, Axes, Curve, draw_plot
from selftest.scanner.stack import BlankStack
from selftest.subject import Subject

_DAYLIGHT = "cahaya luar terlalu kuat, tutupi dulu / too much daylight, shade it first: FPS-111"
_NAMED = 5  # places that are written out


@check("scanner", "FPS-101", essential=False, time_limit_s=CLEANING_LIMIT_S)
def blank_level(subject: Subject) -> Measured | Skip:
    """Level of the empty platen against the baseline of this unit."""
    stack = stack_of(subject)
    if is_drowned(subject):
        return Skip(_DAYLIGHT)
    if is_found("FPS-102", _block_spread(stack)):
        return Skip("cahaya tidak merata / the light is uneven: FPS-102")
    return measured("blank_level", float(stack.mean.mean()), n=len(stack.frames))


@check("scanner", "FPS-102", time_limit_s=CLEANING_LIMIT_S)
def block_spread(subject: Subject) -> Measured | Skip:
    """Difference between the lightest and the darkest quarter-inch block."""
    stack = stack_of(subject)
    if is_drowned(subject):
        return Skip(_DAYLIGHT)
    spread = _block_spread(stack)
    return Measured((spread,), pictures=_map_where_found(stack, "FPS-102", spread))


@check("scanner", "FPS-103", time_limit_s=CLEANING_LIMIT_S)
def adjacent_lines(subject: Subject) -> Measured | Skip:
    """Steps between neighbouring rows and columns, and lines that alternate regularly."""
    stack = stack_of(subject)
    swings = [banding_gl(stack.mean, axis, stack.resolution_ppi) for axis in (0, 1)]
    axis = int(swings[1][0] > swings[0][0])
    swing_gl, period_px = swings[axis]
    steps = Value("adjacent_p99", adjacent_difference_gl(stack.mean, stack.resolution_ppi))
    banding = Value("banding", swing_gl)
    if not is_found("FPS-103", steps, banding):
        return Measured((steps, banding))
    which = ("baris / rows", "kolom / columns")[axis]
    evidence = f"{which}, tiap / every {period_px:.0f} px"
    return Measured((steps, banding), evidence, pictures=(_profile_plot(stack, axis),))


@check("scanner", "FPS-104", time_limit_s=CLEANING_LIMIT_S)
def pixels_in_block(subject: Subject) -> Measured | Skip:
    """Share of pixels near the mean of their block, in the worst block."""
    stack = stack_of(subject)
    share = lowest_share_within(stack.without_specks, stack.resolution_ppi)
    return measured("share_within", 100 * share)


@check("scanner", "FPS-105", time_limit_s=CLEANING_LIMIT_S)
def dead_pixels(subject: Subject) -> Measured | Skip:
    """Pixels that differ from their neighbours."""
    stack = stack_of(subject)
    count = int(stack.bad_pixels.sum())
    if count and has_residue(stack):
        return Skip("bekas jari menutupi, bersihkan dulu / residue covers it, clean first: FPS-108")
    values = (
        Value("bad_pixels", count, stack.mean.size),
        Value("cluster", float(has_cluster(stack.bad_pixels))),
    )
    return Measured(
        values, _pixels_named(stack), pictures=_map_where_found(stack, "FPS-105", *values)
    )


@check("scanner", "FPS-106", time_limit_s=CLEANING_LIMIT_S)
def lines(subject: Subject) -> Measured | Skip:
    """Rows and columns that differ from their neighbours."""
    stack = stack_of(subject)
    rows, cols = stack.bad_rows, stack.bad_cols
    touching = any(bool((np.diff(found) == 1).any()) for found in (rows, cols))
    named = [f"baris/row {row}" for row in rows[:_NAMED]]
    named += [f"kolom/column {col}" for col in cols[:_NAMED]]
    values = Value("bad_lines", float(rows.size + cols.size)), Value("adjacent_lines", touching)
    pictures: tuple[Picture, ...] = ()
    if named:
        pictures = (_profile_plot(stack, 0 if rows.size else 1),)
    return Measured(values, ", ".join(named), pictures=pictures)


@check("scanner", "FPS-107", time_limit_s=CLEANING_LIMIT_S)
def specks(subject: Subject) -> Measured | Skip:
    """Specks of dust, glue and scratches; what stays after cleaning fails."""
    glass = glass_of(subject)
    found = glass.stack.specks
    evidence = f"{found.area_mm2:.2f} mm2" if found.count else ""
    if glass.before_cleaning is None:
        value = Value("blobs", found.count)
    else:
        value = Value("blobs_after_cleaning", found.count)
        evidence = _before(f"{glass.before_cleaning.specks.count}", evidence)
    pictures = _map_where_found(glass.stack, "FPS-107", value)
    return Measured((value,), evidence, pictures=pictures)


@check("scanner", "FPS-108", time_limit_s=CLEANING_LIMIT_S)
def residue(subject: Subject) -> Measured | Skip:
    """Ridges of an earlier finger on the empty platen; what stays after cleaning fails."""
    glass = glass_of(subject)
    value, evidence = _residue_value(glass)
    if not is_found("FPS-108", value):
        return Measured((value,), evidence)
    period_px = glass.stack.ridges.period_px
    words = f"jarak alur / ridge period {period_px:.1f} px"
    evidence = f"{evidence}; {words}" if evidence else words
    return Measured((value,), evidence, pictures=(_spectrum_plot(glass.stack),))


@check("scanner", "FPS-109", time_limit_s=CLEANING_LIMIT_S)
def temporal_noise(subject: Subject) -> Measured | Skip:
    """Noise of the same pixel from frame to frame."""
    stack = stack_of(subject)
    return measured("temporal_noise", stack.noise_gl, n=len(stack.frames))


@check("scanner", "FPS-110", essential=False, time_limit_s=CLEANING_LIMIT_S)
def white_clipping(subject: Subject) -> Measured | Skip:
    """Headroom above the empty platen, and whether it is far below the baseline."""
    stack = stack_of(subject)
    if is_drowned(subject):
        return Skip(_DAYLIGHT)
    share = f"{100 * stack.saturated_share:.1f} % jenuh / saturated"
    evidence = share if stack.saturated_share > 0 else ""
    return measured("white_mean", float(stack.mean.mean()), evidence=evidence)


def _block_spread(stack: BlankStack) -> Value:
    blocks = block_means_gl(stack.mean, stack.resolution_ppi)
    return Value("block_spread", float(np.ptp(blocks)), blocks.size)


def _residue_value(glass: Glass) -> tuple[Value, str]:
    excess_db = glass.stack.ridges.excess_db
    if glass.before_cleaning is None:
        return Value("ridge_excess", excess_db), ""
    before = f"{glass.before_cleaning.ridges.excess_db:.1f} dB"
    return Value("ridge_excess_after_cleaning", excess_db), _before(before, "")


def _before(value: str, evidence: str) -> str:
    words = f"sebelum dibersihkan / before cleaning: {value}"
    return f"{words}; {evidence}" if evidence else words


def _pixels_named(stack: BlankStack) -> str:
    places = [f"({row}, {col})" for row, col in np.argwhere(stack.bad_pixels)[:_NAMED]]
    if not places:
        return ""
    stuck = int(stack.stuck_pixels.sum())
    return f"baris, kolom / row, column {', '.join(places)}; {stuck} macet / stuck"


def _map_where_found(stack: BlankStack, code: str, *values: Value) -> tuple[Picture, ...]:
    if not is_found(code, *values):
        return ()
    captions = "Terang kaca dan yang menyimpang", "Level of the platen and what deviates"
    return (Picture("platen", *captions, draw_glass(stack)),)


def _profile_plot(stack: BlankStack, axis: int) -> Picture:
    profile = profile_of(stack.mean, axis).astype(np.float64)
    place = np.arange(profile.size, dtype=np.float64)
    curves = [Curve("mean of the line", place, profile)]
    bad = stack.bad_rows if axis == 0 else stack.bad_cols
    if bad.size:
        curves.append(Curve("bad line", place[bad], profile[bad], ORANGE, dots=True))
    named = ("row", "column")[axis]
    axes = Axes(f"mean grey level of every {named} of the empty platen", f"{named} (px)", "gl")
    captions = "Rata-rata tiap baris atau kolom", "Mean of every row or column"
    return Picture("profile", *captions, draw_plot(curves, axes))


def _spectrum_plot(stack: BlankStack) -> Picture:
    spectrum = stack.ridges
    shown = spectrum.frequency_cpp > 0.02
    place = spectrum.frequency_cpp[shown]
    curves = (
        Curve("measured", place, 10 * spectrum.level[shown]),
        Curve("without ridges", place, 10 * spectrum.expected[shown], ORANGE),
    )
    axes = Axes(
        "spectrum of the empty platen; ridges of a finger would lie in the shaded band",
        "cycles per pixel at 500 ppi",
        "dB",
        band=(0.06, 0.20),
    )
    captions = "Spektrum kaca kosong", "Spectrum of the empty platen"
    return Picture("spectrum", *captions, draw_plot(curves, axes))
