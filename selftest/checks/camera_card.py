"""The portrait camera with a cap, a grey card and a focus card before it, held by a person."""

import numpy as np

from drivers.devices import FaceCamera
from drivers.errors import DriverError
from drivers.frames import Frame
from selftest.check import Measured, Skip, check, measured
from selftest.errors import NotReadyError
from selftest.guide import Question
from selftest.mode import Mode
from selftest.subject import Subject
from selftest.views.camera import (
    colour_cast,
    edge_sharpness,
    is_covered,
    is_even_card,
    light_ratio,
    stuck_pixels,
)

_LIMIT_S = 300.0
_FRAME_LIMIT_S = 5.0
_CAPPED_FRAMES = 4


def read_frames(subject: Subject, count: int) -> tuple[Frame, ...]:
    """Return the next frames after one that may be old; NotReadyError without them."""
    camera = subject.opened(FaceCamera)
    try:
        frames = [camera.read_frame(timeout_s=_FRAME_LIMIT_S) for _ in range(count + 1)]
    except DriverError as error:
        raise NotReadyError(f"tidak ada gambar / no frames: {error}") from error
    return tuple(frames[1:])


def hold_grey_card(subject: Subject) -> Frame:
    """Ask for the grey card until it fills the picture, twice at most."""
    question = Question(
        "camera-grey-card",
        "Pegang kartu abu-abu di depan kamera sampai memenuhi gambar, di tempat duduk warga.",
        "Hold the grey card before the camera until it fills the picture, where residents sit.",
    )
    for _ in range(2):
        subject.ask(question, timeout_s=_LIMIT_S / 3)
        (frame,) = read_frames(subject, 1)
        if is_even_card(frame.pixels):
            return frame
    raise NotReadyError("kartu abu-abu tidak terlihat penuh / the grey card does not fill the view")


@check("camera", "CAM-103", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def sharpness(subject: Subject) -> Measured | Skip:
    """Steepness of the edges of the chequered card."""
    subject.ask(
        Question(
            "camera-focus-card",
            "Pegang kartu kotak-kotak di tempat wajah warga.",
            "Hold the chequered card where residents' faces are.",
        )
    )
    frames = read_frames(subject, 3)
    values = [edge_sharpness(frame.pixels) for frame in frames]
    if max(values) <= 0:
        return Skip("kartu kotak-kotak tidak terlihat / the chequered card is not in view")
    return measured("edge_sharpness", float(np.median(values)), n=len(values))


@check("camera", "CAM-104", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def stuck(subject: Subject) -> Measured | Skip:
    """Pixels that stay light while the lens is covered."""
    subject.ask(
        Question(
            "camera-cap",
            "Tutup lensa kamera rapat dengan tutupnya atau telapak tangan.",
            "Cover the lens tightly with its cap or the palm of the hand.",
        )
    )
    frames = np.stack([frame.pixels for frame in read_frames(subject, _CAPPED_FRAMES)])
    if not is_covered(frames[0]):
        return Skip("lensa belum tertutup / the lens is not covered")
    return measured("stuck_pixels", stuck_pixels(frames), n=_CAPPED_FRAMES)


@check("camera", "CAM-105", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def side_light(subject: Subject) -> Measured | Skip:
    """Light on the grey card's left and right."""
    return measured("light_ratio", light_ratio(subject.once(hold_grey_card).pixels))


@check("camera", "CAM-106", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def colour(subject: Subject) -> Measured | Skip:
    """Colour of the grey card."""
    pixels = subject.once(hold_grey_card).pixels
    if pixels.ndim == 2:
        return Skip("kamera hitam putih / a camera without colour")
    return measured("colour_cast", colour_cast(pixels))
