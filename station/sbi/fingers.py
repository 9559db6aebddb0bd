"""Fingers for SBI: found, named, cut out and judged by the station's own checks."""

import cv2
import numpy as np

from biometrics.codecs import iso19794_4, jpeg2000
from biometrics.codecs.representation import RepresentationStart
from biometrics.finger.position import FingerPosition
from biometrics.finger.results import SlapCheck
from biometrics.finger.slap import check_slap
from biometrics.finger.slap_preview import SlapPreview, preview_slap
from drivers.devices import CaptureTarget, FingerprintScanner
from drivers.protocols.sbi_words import (
    FINGER_GROUPS,
    LEFT_SLAP,
    RIGHT_SLAP,
    THUMBS,
    BodyPart,
    DeviceType,
    part_of_sub_type,
)
from station.sbi.kinds import Look, Pixels, Publish, SamplePart, SbiKind, Wish
from station.sbi.refusals import SbiRefusal

DEFAULT_PPI = 500.0
STILL_LOOKS = 2  # consecutive good previews before a check, so that no moving hand is taken
PATIENCE_LOOKS = 30  # then a hand that cannot follow the advice is checked as it lies; 2 s
UNUSABLE_CODES = frozenset({"no_finger", "too_few_fingers", "too_many_fingers", "wrong_hand"})
_SLAP_TARGETS = {
    LEFT_SLAP: CaptureTarget.LEFT_SLAP,
    RIGHT_SLAP: CaptureTarget.RIGHT_SLAP,
    THUMBS: CaptureTarget.THUMBS,
}


class FingerKind(SbiKind[FingerprintScanner]):
    """A fingerprint scanner."""

    device_type = DeviceType.FINGER
    sub_ids = (LEFT_SLAP, RIGHT_SLAP, THUMBS)

    def __init__(self) -> None:
        self._previous: SlapPreview | None = None
        self._still = 0
        self._present = 0

    def sub_type(self, device: FingerprintScanner) -> str:
        """Return Slap for a scanner that can take four fingers."""
        return "Slap" if CaptureTarget.LEFT_SLAP in device.targets else "Single"

    def group(self, sub_id: str, named: tuple[str, ...]) -> tuple[BodyPart, ...]:
        """Return the fingers of a hand or both thumbs; a named finger narrows it to itself."""
        if sub_id not in FINGER_GROUPS:
            raise SbiRefusal("119", "deviceSubId")
        group = FINGER_GROUPS[sub_id]
        asked = [part_of_sub_type(name) for name in named if name != "UNKNOWN"]
        if any(part not in group for part in asked):
            raise SbiRefusal("119")
        return tuple(part for part in group if part in asked) if asked else group

    def forget(self) -> None:
        """Begin a new capture."""
        self._previous, self._still, self._present = None, 0, 0

    def look(
        self, device: FingerprintScanner, wish: Wish, *, timeout_s: float, publish: Publish
    ) -> Look | None:
        """Wait for a hand at rest, then check it; None until all fingers are there."""
        target = target_of(wish)
        if target not in device.targets:
            raise SbiRefusal("109", "satu jari / one finger")
        frame = device.read_frame(target=target, timeout_s=timeout_s)
        pixels, resolution_ppi = to_grey(frame.pixels), frame.resolution_ppi or DEFAULT_PPI
        publish(pixels)
        expected = tuple(FingerPosition(part.code) for part in wish.parts)
        if not self._is_worth_a_check(pixels, resolution_ppi, expected):
            return None
        check = check_slap(pixels, resolution_ppi, expected=expected)
        return _look_of(check, wish.parts, resolution_ppi)

    def _is_worth_a_check(
        self, pixels: Pixels, resolution_ppi: float, expected: tuple[FingerPosition, ...]
    ) -> bool:
        preview = preview_slap(pixels, resolution_ppi, expected=expected, previous=self._previous)
        self._previous = preview
        is_good = preview.change is not None and preview.coach == "good"
        self._still = self._still + 1 if is_good else 0
        self._present = self._present + 1 if preview.is_present else 0
        return self._still >= STILL_LOOKS or self._present >= PATIENCE_LOOKS

    def preview(self, device: FingerprintScanner, sub_id: str, *, timeout_s: float) -> Pixels:
        """Read what lies on the glass now."""
        target = _SLAP_TARGETS.get(sub_id)
        if target not in device.targets:
            target = None
        return to_grey(device.read_frame(target=target, timeout_s=timeout_s).pixels)

    def record(self, sample: SamplePart, start: RepresentationStart) -> bytes:
        """Return a finger image record."""
        ppi = sample.resolution_ppi
        image = iso19794_4.FingerImage(
            position=sample.part.code if sample.part is not None else 0,
            payload=jpeg2000.encode_lossless(sample.pixels),
            compression=iso19794_4.Compression.JPEG_2000_LOSSLESS,
            shape_px=(sample.pixels.shape[0], sample.pixels.shape[1]),
            resolution_ppi=(ppi, ppi),
            scan_resolution_ppi=(ppi, ppi),
            start=start,
        )
        return iso19794_4.encode([image])


def target_of(wish: Wish) -> CaptureTarget:
    """Return what to ask of the scanner: one finger alone, or the group."""
    if len(wish.parts) == 1:
        return CaptureTarget(wish.parts[0].part)
    return _SLAP_TARGETS[wish.sub_id]


def to_grey(pixels: Pixels) -> Pixels:
    """Return grey of a frame."""
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)


def _look_of(check: SlapCheck, parts: tuple[BodyPart, ...], resolution_ppi: float) -> Look | None:
    """Return all wanted fingers, or None where the frame does not show exactly them."""
    found = {finger.position: finger for finger in check.fingers}
    if {reason.code for reason in check.reasons} & UNUSABLE_CODES:
        return None
    if any(FingerPosition(part.code) not in found for part in parts):
        return None
    return Look(
        tuple(
            SamplePart(
                part,
                np.ascontiguousarray(found[FingerPosition(part.code)].pixels),
                found[FingerPosition(part.code)].check.quality_score,
                resolution_ppi,
            )
            for part in in_sbi_order(parts)
        )
    )


def in_sbi_order(parts: tuple[BodyPart, ...]) -> tuple[BodyPart, ...]:
    """Return index to little, as SBI lists them; the left thumb before the right."""
    return tuple(sorted(parts, key=lambda part: (part.code % 5 or 5, -part.code)))
