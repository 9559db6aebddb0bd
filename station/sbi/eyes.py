"""Irises for SBI, judged by the station's own checks."""

import numpy as np

from biometrics import iris
from biometrics.codecs import iso19794_6, jpeg2000
from biometrics.codecs.representation import RepresentationStart
from drivers.devices import IrisCamera
from drivers.frames import EyePair, Frame
from drivers.protocols.sbi_words import BOTH_EYES, EYE_GROUPS, BodyPart, DeviceType
from station.sbi.kinds import Look, Pixels, Publish, SamplePart, SbiKind, Wish
from station.sbi.refusals import SbiRefusal

VGA_SHAPE_PX = (480, 640)
EMPTY_GREY = 235


class EyeKind(SbiKind[IrisCamera]):
    """A two-eye iris camera."""

    device_type = DeviceType.IRIS
    sub_ids = tuple(EYE_GROUPS)

    def sub_type(self, device: IrisCamera) -> str:
        """Return Double: all our iris cameras see both eyes."""
        return "Double"

    def group(self, sub_id: str, named: tuple[str, ...]) -> tuple[BodyPart, ...]:
        """Return the eyes of a sub-device; a named eye narrows it to itself."""
        if sub_id not in EYE_GROUPS:
            raise SbiRefusal("119", "deviceSubId")
        asked = [name for name in named if name != "UNKNOWN"]
        known = {part.sub_type for part in EYE_GROUPS[BOTH_EYES]}
        if any(name not in known for name in asked):
            raise SbiRefusal("119")
        return tuple(part for part in EYE_GROUPS[sub_id] if not asked or part.sub_type in asked)

    def look(
        self, device: IrisCamera, wish: Wish, *, timeout_s: float, publish: Publish
    ) -> Look | None:
        """Read a pair and judge the eyes that are wanted."""
        pair = device.read_eyes(timeout_s=timeout_s)
        publish(side_by_side(pair))
        parts = []
        for part in sorted(wish.parts, key=lambda one: one.sub_type):  # Left before Right
            frame = _frame_of(pair, part)
            if frame is None:
                return None
            found = iris.check(frame.pixels)
            if found.iris is None:
                return None
            parts.append(SamplePart(part, frame.pixels, found.quality_score))
        return Look(tuple(parts))

    def preview(self, device: IrisCamera, sub_id: str, *, timeout_s: float) -> Pixels:
        """Read both eyes as the camera sees them."""
        return side_by_side(device.read_eyes(timeout_s=timeout_s))

    def record(self, sample: SamplePart, start: RepresentationStart) -> bytes:
        """Return an iris image record of type K2 (VGA)."""
        shape_px = (sample.pixels.shape[0], sample.pixels.shape[1])
        kinds = iso19794_6.ImageType
        image = iso19794_6.IrisImage(
            eye=iso19794_6.Eye(sample.part.code if sample.part is not None else 0),
            payload=jpeg2000.encode_lossless(sample.pixels),
            shape_px=shape_px,
            image_type=kinds.VGA if shape_px == VGA_SHAPE_PX else kinds.UNCROPPED,
            prior_compression=iso19794_6.PriorCompression.LOSSLESS_OR_NONE,
            start=start,
        )
        return iso19794_6.encode([image])


def side_by_side(pair: EyePair) -> Pixels:
    """Return both eyes in one picture: the right eye on the left, as one sees a person."""
    empty = np.full(VGA_SHAPE_PX, EMPTY_GREY, np.uint8)
    eyes = [empty if frame is None else frame.pixels for frame in (pair.right, pair.left)]
    return np.concatenate(eyes, axis=1)


def _frame_of(pair: EyePair, part: BodyPart) -> Frame | None:
    return pair.right if part.part == "right_iris" else pair.left
