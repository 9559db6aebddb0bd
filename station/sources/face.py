"""The portrait, from the face camera: coached by its live view, taken as a still.

The live view of a still camera is small and not what its shutter takes, so the still is judged by
itself: eyes, light and sharpness may have changed since the last live frame.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics import face
from biometrics.face.parameters import PASS_SCORE
from drivers.devices import FaceCamera
from drivers.frames import Frame
from station.attempt_file import StoredAttempt, compress_picture
from station.live_source import LivePart, LiveSource, View
from station.recording import PartResult, Step
from station.sources.context import OpenCase

PART = "portrait"
UNUSABLE_CODES = frozenset({"face_not_found", "more_than_one_face"})
EMPTY_SHAPE = (800, 600, 3)
# Of what is judged and recorded; the picture as the camera sent it stays with the attempt. Of a
# landscape picture of 24 megapixels 1600 rows are left: a head of a third of it has 160 px between
# the eyes (ISO/IEC 19794-5 asks for 90), and a PNG 7 MB instead of 40. Our choice.
LONGEST_EDGE_PX = 2400


@dataclass(frozen=True, slots=True, eq=False)
class FaceShot:
    """A frame and the preview made of it."""

    frame: Frame
    pixels: NDArray[np.uint8]
    preview: face.FacePreview


class FaceSource(LiveSource[FaceCamera]):
    """Reads the camera and judges portraits by the models of the station."""

    def __init__(self, opened: OpenCase) -> None:
        self._open = opened
        self._previous: face.FacePreview | None = None
        self._glanced: face.FacePreview | None = None

    def begin(self, device: FaceCamera) -> None:
        """Tell the device whose portrait comes."""
        device.begin_transaction(self._open.file.case.case_id)

    def is_settled(self) -> bool:
        """Tell whether the portrait is taken."""
        return self._open.file.case.is_settled(Step.PORTRAIT)

    def read(self, device: FaceCamera, timeout_s: float, *, is_resting: bool) -> FaceShot:
        """Read the newest frame."""
        frame = device.read_frame(timeout_s=timeout_s)
        pixels = _colour(frame.pixels)
        models = self._open.context.face_models
        preview = face.preview(pixels, models=models, previous=self._previous)
        self._previous = preview
        return FaceShot(frame, pixels, preview)

    def take(self, device: FaceCamera, shot: FaceShot, timeout_s: float) -> FaceShot:
        """Take the picture that is judged, as good as the camera makes it."""
        frame = device.read_still(timeout_s=timeout_s)
        return FaceShot(frame, _fitted(_colour(frame.pixels)), shot.preview)

    def view(self, shot: FaceShot) -> View:
        """Coach by the preview."""
        return _view(shot.pixels, shot.preview)

    def glance(self, device: FaceCamera, timeout_s: float) -> View:
        """Coach by what the camera shows while it captures."""
        pixels = _colour(device.read_preview(timeout_s=timeout_s).pixels)
        models = self._open.context.face_models
        self._glanced = face.preview(pixels, models=models, previous=self._glanced)
        return _view(pixels, self._glanced)

    def blank(self) -> View:
        """Return an empty picture."""
        return View(np.full(EMPTY_SHAPE, 235, np.uint8), coach="face_not_found", level="info")

    def judge(self, shot: FaceShot) -> StoredAttempt:
        """Check the portrait, its backdrop by the birth year."""
        resident = self._open.file.case.resident
        found = face.check(
            shot.pixels,
            models=self._open.context.face_models,
            background=face.Background(resident.photo_background.value),
        )
        has_face = not {reason.code for reason in found.reasons} & UNUSABLE_CODES
        result = PartResult(
            part=PART,
            score=found.quality_score if has_face else None,
            threshold=PASS_SCORE,
            is_passed=found.quality_score >= PASS_SCORE,
            reasons=found.reasons,
        )
        frame = shot.frame
        attempt = self._open.new_attempt(
            Step.PORTRAIT, frame.device, (result,), is_usable=has_face, pictures=(PART,)
        )
        originals = {} if frame.raw is None else {PART: frame.raw}
        return StoredAttempt(attempt, {PART: compress_picture(shot.pixels)}, originals=originals)


def _view(pixels: NDArray[np.uint8], preview: face.FacePreview) -> View:
    return View(
        picture=pixels,
        coach=preview.coach,
        level="good" if preview.is_ready else "warn",
        parts=() if preview.box is None else (_live_part(preview.box),),
        is_ready=preview.is_ready,
        is_empty=preview.count == 0,
    )


def _live_part(box: tuple[float, float, float, float]) -> LivePart:
    top, left, bottom, right = box
    corners = ((top, left), (top, right), (bottom, right), (bottom, left))
    return LivePart(PART, None, PASS_SCORE, corners)


def _colour(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.ndim == 3:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)


def _fitted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture with its longest edge at most LONGEST_EDGE_PX."""
    rows, cols = pixels.shape[:2]
    scale = LONGEST_EDGE_PX / max(rows, cols)
    if scale >= 1.0:
        return pixels
    size = (round(cols * scale), round(rows * scale))  # cv2: (width, height)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
