"""The scanner with its own light off: daylight, hot pixels, offset, and signal to noise.

Scanners that cannot switch their light off skip all of these.
"""

import numpy as np

from selftest.check import Measured, Picture, Skip, Value, check, measured
from selftest.report import Confidence
from selftest.scanner.blocks import SNR_LEAST, block_means_gl, signal_to_noise
from selftest.scanner.cards import measure_card_snr
from selftest.scanner.glass import CLEANING_LIMIT_S, dark_of, is_drowned, is_found, stack_of
from selftest.scanner.lines import adjacent_difference_gl
from selftest.scanner.maps import draw_block_values, draw_pixels
from selftest.subject import Subject

_DAYLIGHT = "cahaya luar, tutupi dulu / daylight, shade it first: FPS-111"


@check("scanner", "FPS-111", essential=False)
def daylight(subject: Subject) -> Measured | Skip:
    """Light on the sensor while the scanner's own is off."""
    dark = dark_of(subject)
    return measured("dark_level", float(dark.mean.mean()), n=len(dark.frames))


@check("scanner", "FPS-112", essential=False)
def hot_pixels(subject: Subject) -> Measured | Skip:
    """Pixels that stay light in the dark."""
    dark = dark_of(subject)
    value = Value("hot_pixels", int(dark.hot_pixels.sum()), dark.mean.size)
    pictures: tuple[Picture, ...] = ()
    if is_found("FPS-112", value):
        drawn = draw_pixels(dark.mean, dark.hot_pixels, "light off: pixels that stay light")
        pictures = (Picture("hot", "Piksel panas", "Hot pixels", drawn),)
    return Measured((value,), pictures=pictures)


@check("scanner", "FPS-113", essential=False)
def dark_evenness(subject: Subject) -> Measured | Skip:
    """Steps between neighbouring lines, and between blocks, in the dark."""
    dark = dark_of(subject)
    if is_drowned(subject):
        return Skip(_DAYLIGHT)
    blocks = block_means_gl(dark.mean, dark.resolution_ppi)
    steps = adjacent_difference_gl(dark.mean, dark.resolution_ppi)
    return Measured(
        (
            Value("dark_adjacent_p99", steps),
            Value("dark_spread", float(np.ptp(blocks)), blocks.size),
        )
    )


@check("scanner", "FPS-120", essential=False, time_limit_s=2 * CLEANING_LIMIT_S)
def signal_to_noise_ratio(subject: Subject) -> Measured | Skip:
    """Signal to noise on white and black cards; without them from blank and LED-off frames."""
    on_cards = measure_card_snr(subject)
    if on_cards is not None:
        return on_cards
    stack, dark = stack_of(subject), dark_of(subject)
    snr = signal_to_noise(stack.frames, dark.frames, stack.resolution_ppi)
    low = Value("proxy_low_blocks", 100 * float((snr < SNR_LEAST).mean()), snr.size)
    pictures: tuple[Picture, ...] = ()
    if is_found("FPS-120", low):
        drawn = draw_block_values(snr, "signal to noise of every quarter-inch block")
        pictures = (Picture("snr", "Sinyal terhadap derau", "Signal to noise", drawn),)
    evidence = f"terendah / lowest {snr.min():.0f}; kaca kosong dikurangi gelap / blank minus dark"
    return Measured((low,), evidence, Confidence.LIKELY, pictures)
