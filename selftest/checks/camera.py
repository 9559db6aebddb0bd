"""The portrait camera."""

import time

import numpy as np

from drivers.devices import FaceCamera
from drivers.errors import DriverError
from drivers.frames import Frame
from selftest.check import Measured, Skip, Value, check, measured
from selftest.errors import NotReadyError
from selftest.presence import see_and_open
from selftest.subject import Subject

_FRAMES = 8
_FRAME_LIMIT_S = 5.0


def take_frame(subject: Subject) -> tuple[Frame, float]:
    """Read some frames; return the last and the rate of those that are new, after the first."""
    camera = subject.opened(FaceCamera)
    frame = camera.read_frame(timeout_s=_FRAME_LIMIT_S)
    began_s = time.monotonic()
    new = 0
    for _ in range(_FRAMES):
        before, frame = frame, camera.read_frame(timeout_s=_FRAME_LIMIT_S)
        new += not np.array_equal(before.pixels, frame.pixels)
    return frame, new / max(time.monotonic() - began_s, 1e-6)


def _frame_of(subject: Subject) -> tuple[Frame, float]:
    try:
        return subject.once(take_frame)
    except DriverError as error:
        raise NotReadyError(f"tidak ada gambar / no frames: {error}") from error


@check("camera", "CAM-001", time_limit_s=45)
def presence(subject: Subject) -> Measured | Skip:
    """Whether it opens and streams."""
    opened = see_and_open(subject, FaceCamera)
    if isinstance(opened, Skip) or opened.values[0].value < 1:
        return opened
    try:
        subject.once(take_frame)
    except DriverError as error:
        return measured("opens", 0, evidence=str(error))
    return opened


@check("camera", "CAM-101")
def resolution(subject: Subject) -> Measured | Skip:
    """Size of the frames, whichever way the camera is mounted."""
    sides_px = sorted(_frame_of(subject)[0].pixels.shape[:2])
    return Measured((Value("short_side", sides_px[0]), Value("long_side", sides_px[1])))


@check("camera", "CAM-102")
def level(subject: Subject) -> Measured | Skip:
    """Mean brightness: cap on, or overexposed."""
    return measured("frame_mean", float(_frame_of(subject)[0].pixels.mean()))


@check("camera", "CAM-107")
def frame_rate(subject: Subject) -> Measured | Skip:
    """New frames per second; noise alone makes every frame of a working camera new."""
    rate_fps = _frame_of(subject)[1]
    evidence = "gambar beku / the picture is frozen" if rate_fps == 0 else ""
    return measured("frame_rate", rate_fps, n=_FRAMES, evidence=evidence)
