"""Frames of the empty platen as a run takes them, once for all checks; cleaned where asked.

With a person there who cleans the platen, everything is measured after cleaning, and what the
first frames showed is kept beside.
"""

import time
from dataclasses import dataclass

import numpy as np

from drivers.devices import FingerprintScanner
from drivers.errors import DriverError
from drivers.frames import Frame
from selftest.check import Value
from selftest.errors import NotReadyError
from selftest.guide import Question
from selftest.limits import judge, load_limits
from selftest.scanner.folder import FolderScanner
from selftest.scanner.geometry import NOMINAL_PPI, Frames, block_px
from selftest.scanner.maps import draw_glass
from selftest.scanner.stack import LEAST_FRAMES, BlankStack, DarkStack
from selftest.subject import Subject

FRAME_LIMIT_S = 5.0  # "no frame within 5 s" is the failure of FPS-006
CLEANING_LIMIT_S = 240.0
"""Time limit of checks that may wait for a person who cleans the platen."""
_DARK_FRAMES = 4
_CLEAN_TEXT_ID = "Bersihkan kaca pemindai dengan kain bebas serat yang kering, angkat tangan."
_CLEAN_TEXT_EN = "Clean the platen with a dry lint-free cloth, then take your hand away."
_NO_SWITCH = "lampu pemindai ini tidak bisa dimatikan / this scanner cannot switch its light off"
_NO_DARK_PICTURES = "tanpa gambar lampu mati: --dark DIR / no pictures with the light off"


@dataclass(frozen=True, eq=False)
class TakenStack:
    """Frames with the rate at which they came."""

    stack: BlankStack
    rate_fps: float | None
    """None where the frames come from a folder."""


@dataclass(frozen=True, eq=False)
class Glass:
    """The empty platen as it is judged."""

    stack: BlankStack
    before_cleaning: BlankStack | None = None
    """What the first frames showed; None where nothing was cleaned."""


def take_stack(subject: Subject) -> TakenStack:
    """Read frames of the empty platen; NotReadyError while something lies on it."""
    scanner = subject.opened(FingerprintScanner)
    if scanner.is_platen_empty(timeout_s=FRAME_LIMIT_S) is False:
        raise NotReadyError("kaca tidak kosong, angkat jari / the platen is not empty")
    if isinstance(scanner, FolderScanner):
        first = scanner.read_frame(timeout_s=FRAME_LIMIT_S)
        return TakenStack(_stacked(np.stack(scanner.frames), first), None)
    first = scanner.read_frame(timeout_s=FRAME_LIMIT_S)
    began_s = time.monotonic()
    frames = [scanner.read_frame(timeout_s=FRAME_LIMIT_S) for _ in range(LEAST_FRAMES)]
    rate_fps = LEAST_FRAMES / max(time.monotonic() - began_s, 1e-6)
    return TakenStack(_stacked(np.stack([frame.pixels for frame in frames]), first), rate_fps)


def glass_of(subject: Subject) -> Glass:
    """Return the platen of this run; NotReadyError where the scanner gave no frames."""
    try:
        return subject.once(_take_glass)
    except DriverError as error:
        raise NotReadyError(f"tidak ada gambar / no frames: {error}") from error


def stack_of(subject: Subject) -> BlankStack:
    """Return the stack that counts: after cleaning, where the platen was cleaned."""
    return glass_of(subject).stack


def dark_of(subject: Subject) -> DarkStack:
    """Return frames with the light off; NotReadyError where it cannot be switched off."""
    try:
        dark = subject.once(_take_dark)
    except DriverError as error:
        raise NotReadyError(f"tidak ada gambar gelap / no frames in the dark: {error}") from error
    if dark is None:
        is_folder = isinstance(subject.opened(FingerprintScanner), FolderScanner)
        raise NotReadyError(_NO_DARK_PICTURES if is_folder else _NO_SWITCH)
    return dark


def is_drowned(subject: Subject) -> bool:
    """Tell whether so much daylight falls on the platen that its own light cannot be judged."""
    try:
        level_gl = float(dark_of(subject).mean.mean())
    except NotReadyError:
        return False  # nobody can tell
    (limit,) = load_limits().find("FPS-111", "dark_level")
    return limit.judge(level_gl) is not None


def has_residue(stack: BlankStack) -> bool:
    """Tell whether ridges on the glass would pass for defects of the sensor."""
    return is_found("FPS-108", Value("ridge_excess", stack.ridges.excess_db))


def is_found(code: str, *values: Value) -> bool:
    """Tell whether the limits would find something, so that a picture is worth drawing."""
    return judge(code, values).severity is not None


def _stacked(frames: Frames, first: Frame) -> BlankStack:
    stack = BlankStack(frames, first.resolution_ppi or NOMINAL_PPI)
    if min(frames.shape[1:]) < block_px(stack.resolution_ppi):
        raise NotReadyError("gambar terlalu kecil / frames smaller than a quarter inch")
    return stack


def _take_glass(subject: Subject) -> Glass:
    stack = subject.once(take_stack).stack
    if subject.bench.guide is None or not (stack.specks.count or has_residue(stack)):
        return Glass(stack)
    try:
        picture = draw_glass(stack)
        subject.ask(Question("clean-platen", _CLEAN_TEXT_ID, _CLEAN_TEXT_EN, picture_png=picture))
    except NotReadyError:  # the person cannot clean it now: judged as it is
        return Glass(stack)
    return Glass(take_stack(subject).stack, before_cleaning=stack)


def _take_dark(subject: Subject) -> DarkStack | None:
    subject.once(take_stack)  # a scanner that gave none in the light is not waited for again
    scanner = subject.opened(FingerprintScanner)
    frames: list[Frame] = []
    for _ in range(_DARK_FRAMES):
        frame = scanner.read_dark_frame(timeout_s=FRAME_LIMIT_S)
        if frame is None:
            return None
        frames.append(frame)
    pixels = np.stack([frame.pixels for frame in frames])
    return DarkStack(pixels, frames[0].resolution_ppi or NOMINAL_PPI)
