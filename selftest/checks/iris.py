"""The iris camera."""

from drivers.devices import IrisCamera
from drivers.errors import DriverError
from drivers.frames import EyePair
from selftest.check import Measured, Skip, check, measured
from selftest.errors import NotReadyError
from selftest.presence import see_and_open
from selftest.subject import Subject

_FRAME_LIMIT_S = 3.0


def take_eyes(subject: Subject) -> EyePair:
    """Read one pair."""
    return subject.opened(IrisCamera).read_eyes(timeout_s=_FRAME_LIMIT_S)


@check("iris", "IRS-001", time_limit_s=15)
def presence(subject: Subject) -> Measured | Skip:
    """Whether it opens and answers."""
    opened = see_and_open(subject, IrisCamera)
    if isinstance(opened, Skip) or opened.values[0].value < 1:
        return opened
    try:
        subject.once(take_eyes)
    except DriverError as error:
        return measured("opens", 0, evidence=str(error))
    return opened


@check("iris", "IRS-102", essential=False)
def lamp_balance(subject: Subject) -> Measured | Skip:
    """Difference of level between the two eyes."""
    try:
        eyes = subject.once(take_eyes)
    except DriverError as error:
        raise NotReadyError(f"tidak ada gambar / no frames: {error}") from error
    if eyes.right is None or eyes.left is None:
        return Skip("tidak ada orang di depan kamera / nobody before the camera")
    levels_gl = sorted((float(eyes.right.pixels.mean()), float(eyes.left.pixels.mean())))
    return measured("level_difference", 100 * (1 - levels_gl[0] / max(levels_gl[1], 1.0)), n=2)
