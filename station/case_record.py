"""From an open case to the plain values that go into its package."""

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.finger.position import FingerPosition
from biometrics.finger.resample import resample
from biometrics.finger.results import SlapFinger
from biometrics.finger.rules import BSI_TABLE
from drivers.frames import DeviceIdentity
from station.attempt_file import StoredAttempt
from station.clock import Moment
from station.config import StationConfig
from station.operators import SignedInOperator
from station.package.records import (
    AttemptPart,
    AttemptRecord,
    CaseRecord,
    Device,
    ExceptionRecord,
    FaceSample,
    FingerSample,
    IrisSample,
    OperatorRecord,
    PadSize,
    SignatureSample,
    SlapSample,
    VerificationResult,
    VetoRecord,
)
from station.recording import (
    FINGER_STEPS,
    Attempt,
    PartResult,
    Step,
    part_of,
    position_of,
)
from station.sources.context import OpenCase
from station.version import SOFTWARE_VERSION

TEMPLATE_RESOLUTION_PPI = 500.0
THUMBNAIL_EDGE_PX = 320  # enough to see what was presented; our choice
QUALITY_ALGORITHM = f"skor-mutu-stasiun/{SOFTWARE_VERSION}"
THRESHOLDS_VERSION = BSI_TABLE.version.replace("/", "-")  # as manifests write versions
IRIS_SIDES = {"right_iris": "right", "left_iris": "left"}


def build_record(
    opened: OpenCase, *, config: StationConfig, sealed_by: SignedInOperator, now: Moment
) -> CaseRecord:
    """Return everything a complete case is; checks made again from the kept frames."""
    case = opened.file.case
    fingers = opened.fingers.kept()
    return CaseRecord(
        case_id=case.case_id,
        number=case.number,
        resident=case.resident.model_dump(mode="json"),
        biodata_sha256=case.resident.biodata_sha256,
        host_code=config.station.code,
        origin_code=case.resident.district_code,
        operators=_operators(opened, sealed_by, now),
        started_at=case.head.started_at,
        ended_at=now.wall_text,
        clock_trust=now.trust,
        thresholds_version=THRESHOLDS_VERSION,
        software_version=SOFTWARE_VERSION,
        quality_algorithm=QUALITY_ALGORITHM,
        attempts=tuple(_attempt(opened, one) for step in Step for one in case.attempts(step)),
        fingers={p: _finger(opened, p, finger) for p, finger in fingers.items()},
        slaps={k: v for step in FINGER_STEPS for k, v in _slaps(opened, step).items()},
        verification=tuple(_verification(opened)),
        portrait=_portrait(opened),
        irises=_irises(opened),
        signature=_signature(opened),
        exceptions=tuple(_exceptions(opened)),
        owed={step.value: reason for step, reason in case.owed.items()},
        vetoes=tuple(
            VetoRecord(veto.step, veto.kind, veto.note, veto.by, veto.at)
            for veto in case.decisions.vetoes
        ),
    )


def _operators(
    opened: OpenCase, sealed_by: SignedInOperator, now: Moment
) -> tuple[OperatorRecord, ...]:
    head = opened.file.case.head
    person = sealed_by.operator
    return (
        OperatorRecord(
            head.started_by, opened.role_of(head.started_by), "started", head.started_at
        ),
        OperatorRecord(person.user_name, person.role, "sealed", now.wall_text),
    )


def _device(identity: DeviceIdentity) -> Device:
    return Device(identity.make, identity.model, identity.serial, identity.firmware)


def _kept(opened: OpenCase, step: Step) -> list[StoredAttempt]:
    """Return the attempts that count; none of an owed step."""
    return [] if step in opened.file.case.owed else list(opened.file.kept(step))


def _part(attempt: Attempt, part: str) -> PartResult:
    return next(result for result in attempt.parts if result.part == part)


def _attempt(opened: OpenCase, attempt: Attempt) -> AttemptRecord:
    stored = opened.file.stored(attempt.step, attempt.number)
    picture = stored.picture(attempt.pictures[0]) if attempt.pictures else None
    return AttemptRecord(
        step=attempt.step.value,
        number=attempt.number,
        taken_at=attempt.taken_at,
        device=_device(attempt.device),
        parts=tuple(
            AttemptPart(
                part.part,
                part.score,
                part.threshold,
                part.is_passed,
                part.reasons,
                part.similarity_score,
                part.similarity_threshold,
            )
            for part in attempt.parts
        ),
        reasons=attempt.reasons,
        is_passed=attempt.is_passed,
        is_kept=attempt.is_kept,
        series=attempt.series,
        thumbnail=None if picture is None else shrink(picture, THUMBNAIL_EDGE_PX),
    )


def shrink(picture: NDArray[np.uint8], edge_px: int) -> NDArray[np.uint8]:
    """Return the picture with its longest edge at most `edge_px`."""
    rows, cols = picture.shape[:2]
    scale = edge_px / max(rows, cols)
    if scale >= 1.0:
        return picture
    size = (max(1, round(cols * scale)), max(1, round(rows * scale)))  # cv2: (width, height)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _finger(opened: OpenCase, position: FingerPosition, finger: SlapFinger) -> FingerSample:
    stored = _source_of(opened, position)
    result = _part(stored.attempt, part_of(position))
    resolution_ppi = stored.resolution_ppi or TEMPLATE_RESOLUTION_PPI
    pixels = finger.pixels
    if resolution_ppi != TEMPLATE_RESOLUTION_PPI:
        pixels = resample(pixels, resolution_ppi)
    return FingerSample(
        pixels=pixels,
        template=finger.check.template,
        quality_score=finger.check.quality_score,
        threshold=result.threshold,
        reasons=finger.check.reasons,
        device=_device(stored.attempt.device),
        attempt=stored.attempt.number,
    )


def _source_of(opened: OpenCase, position: FingerPosition) -> StoredAttempt:
    part = part_of(position)
    return next(
        stored
        for step in FINGER_STEPS
        for stored in _kept(opened, step)
        if any(result.part == part for result in stored.attempt.parts)
    )


def _slaps(opened: OpenCase, step: Step) -> dict[str, SlapSample]:
    """Return the slap of a step; nothing where its fingers were captured one by one."""
    kept = _kept(opened, step)
    if len(kept) != 1 or len(kept[0].attempt.parts) != len(opened.file.case.expected_parts(step)):
        return {}
    stored = kept[0]
    check = opened.fingers.check_of(step, stored.attempt.number)
    return {
        step.value: SlapSample(
            pixels=stored.picture(stored.attempt.pictures[0]),
            resolution_ppi=stored.resolution_ppi or TEMPLATE_RESOLUTION_PPI,
            quadrilaterals={f.position: f.quadrilateral for f in check.fingers if f.position},
            device=_device(stored.attempt.device),
            attempt=stored.attempt.number,
        )
    }


def _verification(opened: OpenCase) -> list[VerificationResult]:
    return [
        VerificationResult(
            position=position_of(part.part),
            similarity_score=part.similarity_score or 0.0,
            threshold=part.similarity_threshold or 0.0,
            is_match=(part.similarity_score or 0.0) >= (part.similarity_threshold or 0.0),
            attempt=stored.attempt.number,
        )
        for stored in _kept(opened, Step.VERIFICATION)
        for part in stored.attempt.parts
    ]


def _portrait(opened: OpenCase) -> FaceSample | None:
    for stored in _kept(opened, Step.PORTRAIT):
        result = _part(stored.attempt, "portrait")
        return FaceSample(
            pixels=stored.picture("portrait"),
            score=result.score or 0,
            threshold=result.threshold,
            reasons=result.reasons,
            device=_device(stored.attempt.device),
            background=opened.file.case.resident.photo_background.value,
            attempt=stored.attempt.number,
        )
    return None


def _irises(opened: OpenCase) -> dict[str, IrisSample]:
    samples = {}
    for stored in _kept(opened, Step.IRISES):
        for result in stored.attempt.parts:
            samples[IRIS_SIDES[result.part]] = IrisSample(
                pixels=stored.picture(result.part),
                score=result.score or 0,
                threshold=result.threshold,
                reasons=result.reasons,
                device=_device(stored.attempt.device),
                attempt=stored.attempt.number,
            )
    return samples


def _signature(opened: OpenCase) -> SignatureSample | None:
    for stored in _kept(opened, Step.SIGNATURE):
        ink = stored.ink
        if ink is None:
            continue
        result = _part(stored.attempt, "signature")
        return SignatureSample(
            strokes=ink.strokes,
            geometry=PadSize(ink.width_mm, ink.height_mm, ink.sample_rate_hz),
            biodata_sha256=ink.biodata_sha256,
            score=result.score or 0,
            reasons=result.reasons,
            device=_device(stored.attempt.device),
            attempt=stored.attempt.number,
        )
    return None


def _exceptions(opened: OpenCase) -> list[ExceptionRecord]:
    return [
        ExceptionRecord(one.part, one.kind, one.note, one.by, one.at)
        for one in opened.file.case.exceptions.values()
    ]
