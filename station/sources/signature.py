"""The signature, from the pad or drawn on the screen; bound to the biodata that was shown."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics import signature
from drivers.devices import SignaturePad, split_strokes
from drivers.frames import DeviceIdentity, PadGeometry, PenSample, SignatureStroke
from station.attempt_file import SignatureInk, StoredAttempt, compress_picture
from station.live_source import LiveSource, View
from station.recording import PartResult, Step
from station.sources.context import OpenCase
from station.sources.signature_page import draw_signature_page

PART = "signature"
SIGNATURE_THRESHOLD = 40  # engineering choice on simulated signatures
PAUSE_S = 1.5  # the pen rested so long: the signature is finished
PICTURE_WIDTH_PX = 800
POLL_S = 0.1
UNUSABLE_CODES = frozenset({"blank", "dot_only", "straight_line"})
NO_PRESSURE = 0.5  # what a browser tells of a pointer that has none; W3C Pointer Events
SCREEN_DEVICE = DeviceIdentity("KTP-el station", "Screen signature")


@dataclass(frozen=True, slots=True, eq=False)
class InkShot:
    """What was written so far."""

    strokes: tuple[SignatureStroke, ...]
    geometry: PadGeometry
    device: DeviceIdentity
    is_finished: bool


class PadSource(LiveSource[SignaturePad]):
    """Collects the pen's samples until it rests."""

    def __init__(self, opened: OpenCase) -> None:
        self._open = opened
        self._samples: list[PenSample] = []
        self._last_ink_s: float | None = None
        self._geometry: PadGeometry | None = None
        self._device: DeviceIdentity | None = None
        self._is_fresh = False

    def begin(self, device: SignaturePad) -> None:
        """Show the resident the data that the signature approves, and begin to ink."""
        device.begin_transaction(self._open.file.case.case_id)
        self._geometry = device.geometry()
        self._device = device.identity()
        if self._geometry.screen_px is not None:
            resident = self._open.file.case.head.resident
            device.show(draw_signature_page(resident, self._geometry.screen_px))
        self._restart(device)

    def end(self, device: SignaturePad) -> None:
        """Stop inking and clear the pad."""
        device.stop_inking()

    def is_settled(self) -> bool:
        """Tell whether the signature is taken."""
        return self._open.file.case.is_settled(Step.SIGNATURE)

    def read(self, device: SignaturePad, timeout_s: float, *, is_resting: bool) -> InkShot:
        """Add the samples that came; a new try begins on a clear pad."""
        if not is_resting and not self._is_fresh:
            self._restart(device)
        fresh = device.read_samples(timeout_s=min(timeout_s, POLL_S))
        if not is_resting:
            self._collect(fresh)
        else:
            self._is_fresh = False
        if self._geometry is None or self._device is None:
            raise RuntimeError("read() before begin()")
        return InkShot(
            split_strokes(self._samples), self._geometry, self._device, self._has_rested()
        )

    def view(self, shot: InkShot) -> View:
        """Show the ink."""
        has_ink = bool(shot.strokes)
        coach = "sign_here" if not has_ink else ("good" if shot.is_finished else "writing")
        return View(
            picture=_picture(shot.strokes, shot.geometry),
            coach=coach,
            level="good" if shot.is_finished else "info",
            is_ready=shot.is_finished,
            is_empty=not has_ink,
        )

    def blank(self) -> View:
        """Return an empty pad."""
        picture = np.full((PICTURE_WIDTH_PX // 2, PICTURE_WIDTH_PX), 255, np.uint8)
        return View(picture, coach="sign_here", level="info", is_empty=True)

    def judge(self, shot: InkShot) -> StoredAttempt:
        """Check the signature and bind it to the biodata."""
        return _judge(self._open, shot.strokes, shot.geometry, shot.device)

    def _restart(self, device: SignaturePad) -> None:
        self._samples.clear()
        self._last_ink_s = None
        device.start_inking()
        self._is_fresh = True

    def _collect(self, fresh: Sequence[PenSample]) -> None:
        self._samples.extend(fresh)
        if any(sample.is_touching for sample in fresh):
            self._last_ink_s = time.monotonic()

    def _has_rested(self) -> bool:
        return self._last_ink_s is not None and time.monotonic() - self._last_ink_s >= PAUSE_S


def judge_screen_signature(
    opened: OpenCase, strokes: Sequence[SignatureStroke], geometry: PadGeometry
) -> StoredAttempt:
    """Judge a signature that was drawn in the browser."""
    return _judge(opened, tuple(strokes), geometry, SCREEN_DEVICE)


def has_pressure(strokes: Sequence[SignatureStroke]) -> bool:
    """Tell whether what was written with measures pressure; a mouse does not."""
    return any(sample.pressure != NO_PRESSURE for stroke in strokes for sample in stroke.samples)


def _judge(
    opened: OpenCase,
    strokes: tuple[SignatureStroke, ...],
    geometry: PadGeometry,
    device: DeviceIdentity,
) -> StoredAttempt:
    found = signature.check(
        _as_arrays(strokes),
        width_mm=geometry.width_mm,
        height_mm=geometry.height_mm,
        sample_rate_hz=geometry.sample_rate_hz,
        has_pressure=has_pressure(strokes),
    )
    is_one = not {reason.code for reason in found.reasons} & UNUSABLE_CODES
    result = PartResult(
        part=PART,
        score=found.quality_score,
        threshold=SIGNATURE_THRESHOLD,
        is_passed=is_one and found.quality_score >= SIGNATURE_THRESHOLD,
        reasons=found.reasons,
    )
    attempt = opened.new_attempt(
        Step.SIGNATURE, device, (result,), is_usable=is_one, pictures=(PART,)
    )
    ink = SignatureInk(
        strokes=tuple(
            tuple((s.x_mm, s.y_mm, s.pressure, s.time_s) for s in stroke.samples)
            for stroke in strokes
        ),
        width_mm=geometry.width_mm,
        height_mm=geometry.height_mm,
        sample_rate_hz=geometry.sample_rate_hz,
        biodata_sha256=opened.file.case.resident.biodata_sha256,
    )
    return StoredAttempt(attempt, {PART: compress_picture(_picture(strokes, geometry))}, ink=ink)


def _as_arrays(strokes: Sequence[SignatureStroke]) -> list[NDArray[np.float64]]:
    return [
        np.array([(s.x_mm, s.y_mm, s.pressure, s.time_s) for s in stroke.samples])
        for stroke in strokes
    ]


def _picture(strokes: Sequence[SignatureStroke], geometry: PadGeometry) -> NDArray[np.uint8]:
    return signature.render(
        _as_arrays(strokes),
        width_mm=geometry.width_mm,
        height_mm=geometry.height_mm,
        width_px=PICTURE_WIDTH_PX,
    )
