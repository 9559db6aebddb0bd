"""The scanner with the technician's own finger: how fast it captures, and hints about the picture.

The finger is looked at in memory only. One finger proves little: what these checks find is a hint,
and statistics of many captures or the depot's cards confirm it.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics import finger
from drivers.devices import CaptureTarget, FingerprintScanner
from drivers.errors import DriverError
from drivers.frames import Frame
from selftest.check import Measured, Skip, Value, check, measured
from selftest.errors import NotReadyError
from selftest.guide import Question
from selftest.mode import Mode
from selftest.report import Confidence
from selftest.scanner.finger import FingerFigures, measure_finger
from selftest.scanner.geometry import NOMINAL_PPI
from selftest.subject import Subject

_CAPTURE_LIMIT_S = 20.0
_CHECK_LIMIT_S = 180.0
_FRAME_LIMIT_S = 5.0
_SETTLING_FRAMES = 10
_USABLE_SCORE = 20  # of 100: a print is there and clear enough to measure on
_TEXT_ID = "Siapkan telunjuk kanan Anda sendiri. Tekan selesai, lalu letakkan di kaca."
_TEXT_EN = "Have your own right index finger ready. Press done, then lay it on the platen."


@dataclass(frozen=True, slots=True)
class LiveFinger:
    """What the technician's finger showed."""

    latency_s: float
    """From the first touch to a usable picture."""
    figures: FingerFigures
    quality_score: int


def take_finger(subject: Subject) -> LiveFinger:
    """Ask for a finger and read until it gives a usable picture; NotReadyError without one.

    The finger may still slide then, so the best of the next frames is the one that is measured.
    """
    scanner = subject.opened(FingerprintScanner)
    subject.ask(Question("own-finger", _TEXT_ID, _TEXT_EN), timeout_s=_CHECK_LIMIT_S / 2)
    touched_s: float | None = None
    end_s = time.monotonic() + _CAPTURE_LIMIT_S
    while time.monotonic() < end_s:
        frame, score, is_touched = _look(scanner)
        if touched_s is None and is_touched:
            touched_s = frame.captured_at_s
        if touched_s is not None and score >= _USABLE_SCORE:
            later = [_look(scanner)[:2] for _ in range(_SETTLING_FRAMES)]
            best, best_score = max([(frame, score), *later], key=lambda pair: pair[1])
            figures = measure_finger(_print_in(best), _resolution(best))
            return LiveFinger(frame.captured_at_s - touched_s, figures, best_score)
    seen = "tidak ada jari / no finger" if touched_s is None else "jari tidak jelas / unclear print"
    raise NotReadyError(f"{seen}, {_CAPTURE_LIMIT_S:g} s")


@check("scanner", "FPS-007", essential=False, time_limit_s=_CHECK_LIMIT_S, mode=Mode.GUIDED)
def capture_latency(subject: Subject) -> Measured | Skip:
    """Seconds from touching the platen to a usable picture."""
    live = subject.once(take_finger)
    evidence = f"mutu / quality {live.quality_score}"
    return measured("capture_latency", live.latency_s, evidence=evidence)


@check("scanner", "FPS-135", essential=False, time_limit_s=_CHECK_LIMIT_S, mode=Mode.GUIDED)
def picture_of_a_finger(subject: Subject) -> Measured | Skip:
    """Grey range, gaps, ridge period and sharpness of one finger; FPS-130 to 133 are of many."""
    figures = subject.once(take_finger).figures
    values = (
        Value("levels_of_one", figures.grey_levels),
        Value("gaps_of_one", figures.gap_percent),
        Value("period_of_one", figures.ridge_period_px),
        Value("excess_of_one", figures.ridge_excess_db),
    )
    evidence = f"satu jari / one finger: {subject.guide().person}"
    return Measured(values, evidence, Confidence.HINT)


def _look(scanner: FingerprintScanner) -> tuple[Frame, int, bool]:
    """Return a frame, its quality score and whether a print is there."""
    frame = _next_frame(scanner)
    checked = finger.check(frame.pixels, _resolution(frame))
    return frame, checked.quality_score, bool(checked.mask.any())


def _print_in(frame: Frame) -> NDArray[np.uint8]:
    """Return the part of the frame where the print is: a slap platen is mostly empty."""
    resolution_ppi = _resolution(frame)
    mask = finger.check(frame.pixels, resolution_ppi).mask
    scale = resolution_ppi / NOMINAL_PPI
    bounds = [np.flatnonzero(mask.any(axis=axis)) * scale for axis in (1, 0)]
    (top, bottom), (left, right) = ((int(b[0]), int(b[-1]) + 1) for b in bounds)
    return frame.pixels[top:bottom, left:right]


def _next_frame(scanner: FingerprintScanner) -> Frame:
    try:
        return scanner.read_frame(target=_target(scanner), timeout_s=_FRAME_LIMIT_S)
    except DriverError as error:
        raise NotReadyError(f"tidak ada gambar / no frames: {error}") from error


def _target(scanner: FingerprintScanner) -> CaptureTarget | None:
    wanted = CaptureTarget.RIGHT_INDEX
    return wanted if wanted in scanner.targets else None


def _resolution(frame: Frame) -> float:
    return frame.resolution_ppi or NOMINAL_PPI
