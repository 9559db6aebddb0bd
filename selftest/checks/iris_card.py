"""The iris camera with a white card and a focus card at the marked distance, held by a person."""

import numpy as np

from drivers.devices import IrisCamera
from drivers.errors import DriverError
from drivers.frames import EyePair, Frame
from selftest.check import Measured, Skip, check, measured
from selftest.errors import NotReadyError
from selftest.guide import Question
from selftest.mode import Mode
from selftest.subject import Subject
from selftest.views.camera import edge_sharpness, is_even_card

_LIMIT_S = 300.0
_FRAME_LIMIT_S = 5.0


def _pairs(subject: Subject, count: int) -> list[tuple[Frame, Frame]]:
    camera = subject.opened(IrisCamera)
    try:
        seen = [camera.read_eyes(timeout_s=_FRAME_LIMIT_S) for _ in range(count + 1)][1:]
    except DriverError as error:
        raise NotReadyError(f"tidak ada gambar / no frames: {error}") from error
    return [_both(pair) for pair in seen]


def _both(pair: EyePair) -> tuple[Frame, Frame]:
    if pair.right is None or pair.left is None:
        raise NotReadyError("kamera iris tidak memberi gambar kartu / gives no picture of the card")
    return pair.right, pair.left


def hold_white_card(subject: Subject) -> tuple[Frame, Frame]:
    """Ask for the white card until it fills both pictures, twice at most."""
    question = Question(
        "iris-white-card",
        "Pegang kartu putih di jarak bertanda di depan kamera iris.",
        "Hold the white card at the marked distance before the iris camera.",
    )
    for _ in range(2):
        subject.ask(question, timeout_s=_LIMIT_S / 3)
        ((right, left),) = _pairs(subject, 1)
        if is_even_card(right.pixels) and is_even_card(left.pixels):
            return right, left
    raise NotReadyError("kartu putih tidak terlihat penuh / the white card does not fill the view")


@check("iris", "IRS-101", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def infrared_level(subject: Subject) -> Measured | Skip:
    """Level of the infrared light on the white card."""
    right, left = subject.once(hold_white_card)
    return measured("card_level", float((right.pixels.mean() + left.pixels.mean()) / 2), n=2)


@check("iris", "IRS-102", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def lamp_balance(subject: Subject) -> Measured | Skip:
    """Difference of the level between the two eyes' pictures of the white card."""
    right, left = subject.once(hold_white_card)
    levels_gl = sorted((float(right.pixels.mean()), float(left.pixels.mean())))
    return measured("level_difference", 100 * (1 - levels_gl[0] / max(levels_gl[1], 1.0)), n=2)


@check("iris", "IRS-103", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def focus(subject: Subject) -> Measured | Skip:
    """Steepness of the edges of the chequered card at the marked distance, the worse eye."""
    subject.ask(
        Question(
            "iris-focus-card",
            "Pegang kartu kotak-kotak di jarak bertanda di depan kamera iris.",
            "Hold the chequered card at the marked distance before the iris camera.",
        )
    )
    values = np.array(
        [[edge_sharpness(frame.pixels) for frame in pair] for pair in _pairs(subject, 3)]
    )
    if values.max() <= 0:
        return Skip("kartu kotak-kotak tidak terlihat / the chequered card is not in view")
    return measured("edge_sharpness", float(np.median(values, axis=0).min()), n=len(values))
