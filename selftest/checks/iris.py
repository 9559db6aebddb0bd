"""The iris camera, with nobody before it."""

from drivers.devices import IrisCamera
from drivers.errors import DriverError
from drivers.frames import EyePair
from selftest.check import Measured, Skip, check, measured
from selftest.counters import counted_in
from selftest.presence import see_and_open
from selftest.subject import Subject

_FRAME_LIMIT_S = 3.0
_WINDOW_DAYS = 30
_LEAST_CAPTURES = 30  # fewer prove nothing of the camera; our choice


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


@check("iris", "IRS-104", essential=False)
def timeouts(subject: Subject) -> Measured | Skip:
    """Share of captures in which no usable pair of eyes was seen in time."""
    attempts, missed = counted_in(subject, "attempts", "capture_timeouts", days=_WINDOW_DAYS)
    if attempts + missed < _LEAST_CAPTURES:
        return Skip(f"baru {attempts + missed} dari {_LEAST_CAPTURES} tangkapan / captures so far")
    return measured("timeout_share", 100 * missed / (attempts + missed), n=attempts + missed)
