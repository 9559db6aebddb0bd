"""The depot's test cards, laid on the platen one after the other by a technician."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from drivers.devices import FingerprintScanner
from drivers.errors import DriverError
from drivers.frames import Frame
from selftest.check import Measured, Picture, Value
from selftest.errors import NotReadyError
from selftest.guide import Question
from selftest.scanner.blocks import SNR_LEAST, signal_to_noise
from selftest.scanner.geometry import NOMINAL_PPI, Field, Frames
from selftest.scanner.glass import FRAME_LIMIT_S, is_found
from selftest.scanner.maps import draw_block_values
from selftest.scanner.targets.bars import BarMeasure, measure_bars
from selftest.scanner.targets.card import LEAST_CONTRAST_GL, UnknownCardError
from selftest.scanner.targets.contrast import measure_contrast
from selftest.scanner.targets.steps import measure_linearity_gl
from selftest.subject import Subject

CARDS_LIMIT_S = 600.0
"""Time limit of checks that wait for a person who lays cards."""
_FRAMES = 4
_LOWEST_BLACK_GL, _HIGHEST_WHITE_GL = 4.0, 251.0  # BSI: 4 gl of room at both ends
Result = TypeVar("Result")


def card_bars(subject: Subject) -> tuple[BarMeasure, BarMeasure, float]:
    """Return what the bar card shows across and along, and the resolution the scanner claims."""
    across, ppi = _read_card(subject, "bars", "garis 1 per mm / 1-per-mm bars")
    along, _ = _read_card(subject, "bars", "garis 1 per mm / 1-per-mm bars", turned=True)
    return _seen(lambda: (measure_bars(_mean(across), ppi), measure_bars(_mean(along).T, ppi), ppi))


def card_contrast(subject: Subject) -> Field:
    """Return the CTF at 1..10 cycles per mm, the worse of both directions."""
    across, ppi = _read_card(subject, "contrast", "kontras / contrast")
    along, _ = _read_card(subject, "contrast", "kontras / contrast", turned=True)
    both = _seen(
        lambda: (measure_contrast(_mean(across), ppi), measure_contrast(_mean(along).T, ppi))
    )
    return np.asarray(np.stack(both), dtype=np.float32)


def card_linearity_gl(subject: Subject) -> float:
    """Return the largest departure of the grey scale from a straight line."""
    frames, ppi = _read_card(subject, "steps", "tangga abu-abu / grey steps")
    return _seen(lambda: measure_linearity_gl(_mean(frames), ppi))


def measure_card_snr(subject: Subject) -> Measured | None:
    """Measure signal to noise on the white and the black card; None where nobody lays them."""
    if subject.bench.guide is None:
        return None
    try:
        white, ppi = _read_card(subject, "white", "putih N9 / white N9")
        black, _ = _read_card(subject, "black", "hitam N2 / black N2")
    except NotReadyError:  # no cards here: the proxy without them remains
        return None
    _check_range(white, black)
    both = np.stack([signal_to_noise(white, black, ppi), signal_to_noise(black, white, ppi)])
    low = Value("card_low_blocks", 100 * float((both < SNR_LEAST).mean()), both.size)
    pictures: tuple[Picture, ...] = ()
    if is_found("FPS-120", low):
        drawn = draw_block_values(both.min(axis=0), "signal to noise of every quarter-inch block")
        pictures = (Picture("snr", "Sinyal terhadap derau", "Signal to noise", drawn),)
    return Measured((low,), f"terendah / lowest {both.min():.0f}", pictures=pictures)


def _read_card(
    subject: Subject, key: str, named: str, *, turned: bool = False
) -> tuple[Frames, float]:
    scanner = subject.opened(FingerprintScanner)
    named_id, named_en = named.split(" / ")
    more_id = ", diputar seperempat" if turned else ""
    more_en = ", turned by a quarter" if turned else ""
    subject.ask(
        Question(
            f"card-{key}-turned" if turned else f"card-{key}",
            f"Letakkan kartu uji {named_id} di kaca, lurus dan di tengah{more_id}. "
            "Tanpa kartu uji depo: lewati.",
            f"Lay the test card {named_en} on the platen, straight and in the middle{more_en}. "
            "Without the depot's cards: skip.",
        ),
        timeout_s=CARDS_LIMIT_S / 4,
    )
    try:
        frames = [scanner.read_frame(timeout_s=FRAME_LIMIT_S) for _ in range(_FRAMES + 1)][1:]
    except DriverError as error:
        raise NotReadyError(f"tidak ada gambar / no frames: {error}") from error
    return np.stack([frame.pixels for frame in frames]), _resolution(frames[0])


def _resolution(frame: Frame) -> float:
    return frame.resolution_ppi or NOMINAL_PPI


def _seen(measure: Callable[[], Result]) -> Result:
    try:
        return measure()
    except UnknownCardError as error:
        raise NotReadyError(f"kartu uji tidak dikenali / card not recognised: {error}") from error


def _check_range(white: Frames, black: Frames) -> None:
    white_gl, black_gl = float(white.mean()), float(black.mean())
    fits = black_gl >= _LOWEST_BLACK_GL and white_gl <= _HIGHEST_WHITE_GL
    if not fits or white_gl - black_gl < LEAST_CONTRAST_GL:
        raise NotReadyError(
            f"kartu uji tidak dikenali / cards not recognised: white {white_gl:.0f}, "
            f"black {black_gl:.0f} gl"
        )


def _mean(frames: Frames) -> Field:
    return np.asarray(frames.mean(axis=0, dtype=np.float32), dtype=np.float32)
