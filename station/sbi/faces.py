"""Portraits and photos of exceptions for SBI, judged by the station's own checks."""

import cv2
import numpy as np

from biometrics import face
from biometrics.codecs import iso19794_5, jpeg2000
from biometrics.codecs.representation import RepresentationStart
from drivers.devices import FaceCamera
from drivers.protocols.sbi_words import FULL_FACE, BodyPart, DeviceType
from station.sbi.kinds import Look, Pixels, Publish, SamplePart, SbiKind, Wish
from station.sbi.refusals import SbiRefusal

NO_PORTRAIT_CODES = frozenset({"face_not_found", "more_than_one_face"})


class FaceKind(SbiKind[FaceCamera]):
    """A portrait camera."""

    device_type = DeviceType.FACE
    sub_ids = (FULL_FACE,)

    def __init__(self, models: face.FaceModels | None) -> None:
        self._models = models

    def sub_type(self, device: FaceCamera) -> str:
        """Return the only word there is."""
        return "Full face"

    def group(self, sub_id: str, named: tuple[str, ...]) -> tuple[BodyPart, ...]:
        """Return nothing: a face has no parts."""
        if sub_id not in self.sub_ids:
            raise SbiRefusal("119", "deviceSubId")
        return ()

    def look(
        self, device: FaceCamera, wish: Wish, *, timeout_s: float, publish: Publish
    ) -> Look | None:
        """Read a frame; one face must be there, the backdrop is the client's affair."""
        pixels = to_colour(device.read_frame(timeout_s=timeout_s).pixels)
        publish(pixels)
        found = face.check(pixels, models=self._models, background=None)
        if {reason.code for reason in found.reasons} & NO_PORTRAIT_CODES:
            return None
        sample = SamplePart(None, pixels, found.quality_score)
        return Look((sample,), is_enough=wish.is_exception_photo)

    def preview(self, device: FaceCamera, sub_id: str, *, timeout_s: float) -> Pixels:
        """Read the newest frame."""
        return device.read_frame(timeout_s=timeout_s).pixels

    def record(self, sample: SamplePart, start: RepresentationStart) -> bytes:
        """Return a face image record."""
        image = iso19794_5.FaceImage(
            payload=jpeg2000.encode_lossless(sample.pixels),
            coding=iso19794_5.Coding.JPEG_2000_LOSSLESS,
            shape_px=(sample.pixels.shape[0], sample.pixels.shape[1]),
            start=start,
        )
        return iso19794_5.encode([image])


def to_colour(pixels: Pixels) -> Pixels:
    """Return BGR of a frame."""
    if pixels.ndim == 3:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
