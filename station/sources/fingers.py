"""Slaps, single fingers and the verification re-scan, from one fingerprint scanner."""

import time
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.compare import compare
from biometrics.finger.position import FingerPosition
from biometrics.finger.results import Reason, SlapCheck, SlapFinger
from biometrics.finger.rules import BSI_TABLE, Purpose
from biometrics.finger.slap import check_slap
from biometrics.finger.slap_preview import SlapPreview, preview_slap
from biometrics.finger.template import FingerTemplate
from biometrics.parameters import VERIFICATION_SCORE
from drivers.devices import CaptureTarget, FingerprintScanner
from drivers.frames import Frame
from station.attempt_file import StoredAttempt, compress_picture
from station.case_fingers import FRAME_PICTURE, positions_of
from station.live_source import LivePart, LiveSource, View
from station.recording import PartResult, Step, part_of, position_of
from station.sources.context import OpenCase

# With one of these the frame does not show what was asked for: it can never be kept as "the best".
UNUSABLE_CODES = frozenset({"no_finger", "too_few_fingers", "too_many_fingers", "wrong_hand"})
BAD_CODES = frozenset({"wrong_hand", "too_many_fingers", "too_few_fingers"})
PRESSURE_CODES = frozenset({"press_harder", "press_softer"})
PRESSURE_ADVICE_S = 1.5  # then worn or dry fingers are captured as they are; our choice
EMPTY_SHAPE = (750, 800)  # drawn while the device has nothing to show; half a slap's size


@dataclass(frozen=True, slots=True, eq=False)
class FingerShot:
    """A frame and the preview made of it."""

    frame: Frame
    preview: SlapPreview
    expected: tuple[FingerPosition, ...]


class FingerSource(LiveSource[FingerprintScanner]):
    """Asks for a slap where the scanner can take one, else for one finger after another."""

    needs_empty_between = True

    def __init__(self, opened: OpenCase, step: Step) -> None:
        self._open = opened
        self._step = step
        self._is_whole = False
        self._declared: tuple[str, ...] | None = None
        self._previous: SlapPreview | None = None
        self._advised_since_s: float | None = None

    def begin(self, device: FingerprintScanner) -> None:
        """Tell the device whose fingers come, and learn whether it takes slaps."""
        device.begin_transaction(self._open.file.case.case_id)
        self._declared = None
        can_slap = self._step is not Step.VERIFICATION and (
            CaptureTarget(self._step.value) in device.targets
        )
        self._is_whole = can_slap

    def is_settled(self) -> bool:
        """Tell whether the step needs nothing more."""
        return self._open.file.case.is_settled(self._step)

    def read(self, device: FingerprintScanner, timeout_s: float, *, is_resting: bool) -> FingerShot:
        """Read a frame for what is in hand now."""
        self._declared = self._open.declare_exceptions(device, self._declared)
        parts = self._parts()
        target = None if is_resting else self._target(parts)
        frame = device.read_frame(target=target, timeout_s=timeout_s)
        expected = positions_of(parts)
        preview = preview_slap(
            _grey(frame.pixels),
            frame.resolution_ppi or 500.0,
            expected=expected,
            previous=self._previous,
        )
        self._previous = preview
        return FingerShot(frame, preview, expected)

    def view(self, shot: FingerShot) -> View:
        """Coach by the preview; the boxes carry no score before the check."""
        preview = shot.preview
        is_ready = preview.change is not None and self._is_ready(preview.coach)
        return View(
            picture=_grey(shot.frame.pixels),
            coach=preview.coach,
            level=_level(preview.coach),
            parts=_live_parts(preview, shot.expected),
            is_ready=is_ready,
            is_empty=not preview.is_present,
        )

    def _is_ready(self, coach: str) -> bool:
        """Advice on pressure is given for a while; a finger that cannot follow it is taken."""
        if coach not in PRESSURE_CODES:
            self._advised_since_s = None
            return coach == "good"
        now_s = time.monotonic()
        if self._advised_since_s is None:
            self._advised_since_s = now_s
        return now_s - self._advised_since_s >= PRESSURE_ADVICE_S

    def glance(self, device: FingerprintScanner, timeout_s: float) -> View:
        """Show the fingers while the scanner captures; it judges them by itself until then."""
        frame = device.read_preview(target=self._target(self._parts()), timeout_s=timeout_s)
        return View(_grey(frame.pixels), coach="place_fingers", level="info")

    def blank(self) -> View:
        """Return an empty platen."""
        picture = np.full(EMPTY_SHAPE, 255, np.uint8)
        return View(picture, coach="place_fingers", level="info", is_empty=True)

    def judge(self, shot: FingerShot) -> StoredAttempt:
        """Check every finger alone; at verification also against the captured one."""
        frame = shot.frame
        pixels = _grey(frame.pixels)
        resolution_ppi = frame.resolution_ppi or 500.0
        others = self._others()
        check = check_slap(pixels, resolution_ppi, expected=shot.expected, others=others)
        results = tuple(self._judge_part(check, position) for position in shot.expected)
        is_usable = _is_usable(check, shot.expected)
        attempt = self._open.new_attempt(
            self._step,
            frame.device,
            results,
            reasons=check.reasons,
            is_usable=is_usable,
            pictures=(FRAME_PICTURE,),
        )
        statistics = self._open.context.statistics
        if statistics is not None:
            is_accepted = all(result.is_passed for result in results)
            statistics.add_fingers(frame, pixels, check.fingers, is_accepted=is_accepted)
        stored = StoredAttempt(
            attempt,
            {FRAME_PICTURE: compress_picture(pixels)},
            resolution_ppi=resolution_ppi,
            originals={} if frame.raw is None else {FRAME_PICTURE: frame.raw},
        )
        if self._step is not Step.VERIFICATION:
            self._open.fingers.remember(stored, check)
        return stored

    def _parts(self) -> tuple[str, ...]:
        case = self._open.file.case
        expected = case.expected_parts(self._step)
        if self._is_whole:
            return expected
        return (case.next_part(self._step) or expected[-1],)

    def _target(self, parts: tuple[str, ...]) -> CaptureTarget:
        return CaptureTarget(self._step.value if self._is_whole else parts[0])

    def _others(self) -> dict[FingerPosition, FingerTemplate]:
        if self._step is Step.VERIFICATION:
            return {}
        return dict(self._open.fingers.templates_outside(self._step))

    def _judge_part(self, check: SlapCheck, position: FingerPosition) -> PartResult:
        is_again = self._step is Step.VERIFICATION
        purpose = Purpose.VERIFICATION if is_again else Purpose.ENROLMENT
        threshold = BSI_TABLE.least_score(purpose, position)
        finger = next((one for one in check.fingers if one.position == position), None)
        if finger is None:
            reason = Reason("finger_not_found", 0.0, 1.0)
            return PartResult(
                part=part_of(position),
                score=None,
                threshold=threshold,
                is_passed=False,
                reasons=(reason,),
            )
        result = PartResult(
            part=part_of(position),
            score=finger.check.quality_score,
            threshold=threshold,
            is_passed=finger.check.quality_score >= threshold,
            reasons=finger.check.reasons,
        )
        return self._with_comparison(result, finger) if is_again else result

    def _with_comparison(self, result: PartResult, finger: SlapFinger) -> PartResult:
        """Add the comparison with the captured finger; another finger is never passed."""
        captured = self._open.fingers.kept().get(position_of(result.part))
        score = 0.0
        if captured is not None:
            score = compare(finger.check.template, captured.check.template).similarity_score
        is_same = score >= VERIFICATION_SCORE
        reasons = result.reasons
        if not is_same:
            reasons = (Reason("not_the_same_finger", score, VERIFICATION_SCORE), *reasons)
        return result.model_copy(
            update={
                "similarity_score": score,
                "similarity_threshold": VERIFICATION_SCORE,
                "is_passed": result.is_passed and is_same,
                "reasons": reasons,
            }
        )


def _is_usable(check: SlapCheck, expected: tuple[FingerPosition, ...]) -> bool:
    found = {finger.position for finger in check.fingers}
    codes = {reason.code for reason in check.reasons}
    return set(expected) <= found and not codes & UNUSABLE_CODES


def _live_parts(preview: SlapPreview, expected: tuple[FingerPosition, ...]) -> tuple[LivePart, ...]:
    """Name the boxes only when as many were found as asked for."""
    is_named = preview.count == len(expected)
    names = [part_of(position) for position in expected] if is_named else [""] * preview.count
    return tuple(
        LivePart(name, None, None, tuple((float(row), float(col)) for row, col in corners))
        for name, corners in zip(names, preview.quadrilaterals, strict=True)
    )


def _level(coach: str) -> str:
    if coach == "good":
        return "good"
    if coach in BAD_CODES:
        return "bad"
    return "info" if coach == "place_fingers" else "warn"


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
