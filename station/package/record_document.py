"""From the values of a recording to record.json."""

import math
from typing import Any

from biometrics.finger.results import Reason
from station.package.errors import IncompleteRecordError
from station.package.manifest import MAX_JSON_INTEGER
from station.package.record_json import RECORD_FORMAT, RecordDocument
from station.package.records import (
    AttemptPart,
    AttemptRecord,
    CaseRecord,
    Device,
    FaceSample,
    FingerSample,
    IrisSample,
    SignatureSample,
    SlapSample,
)

Item = dict[str, Any]
_HEAD_FIELDS = (
    *("case_id", "number", "biodata_sha256", "host_code", "origin_code", "started_at", "ended_at"),
    *("clock_trust", "thresholds_version", "software_version", "quality_algorithm"),
)


def to_document(record: CaseRecord) -> RecordDocument:
    """Return record.json's values; raises IncompleteRecordError for a value it cannot hold."""
    try:
        return RecordDocument.model_validate(_document(record))
    except ValueError as error:
        raise IncompleteRecordError(str(error), part="record.json") from error


def _document(record: CaseRecord) -> Item:
    portrait, signature = record.portrait, record.signature
    return {
        "format": RECORD_FORMAT,
        **{name: getattr(record, name) for name in _HEAD_FIELDS},
        "resident": dict(record.resident),
        "operators": [
            _plain(person, ("user_name", "role", "did", "at")) for person in record.operators
        ],
        "fingers": {p.name.lower(): _finger(sample) for p, sample in record.fingers.items()},
        "slaps": {step: _slap(sample) for step, sample in record.slaps.items()},
        "verification": [
            {
                "finger": result.position.name.lower(),
                "similarity_score": _number(result.similarity_score),
                "threshold": _number(result.threshold),
                "is_match": bool(result.is_match),
                "attempt": result.attempt,
            }
            for result in record.verification
        ],
        "portrait": None if portrait is None else _portrait(portrait),
        "irises": {side: _iris(sample) for side, sample in record.irises.items()},
        "signature": None if signature is None else _signature(signature),
        "exceptions": [
            _plain(item, ("part", "kind", "note", "by", "at"))
            | {"has_photo": item.photo is not None}
            for item in record.exceptions
        ],
        "owed": dict(record.owed),
        "attempts": [_attempt(attempt) for attempt in record.attempts],
        "vetoes": [_plain(veto, ("step", "kind", "note", "by", "at")) for veto in record.vetoes],
    }


def _plain(value: object, names: tuple[str, ...]) -> Item:
    return {name: getattr(value, name) for name in names}


def _number(value: float | None) -> float | None:
    """Return a number that every JSON reader reads alike: null for any other."""
    if value is None or not math.isfinite(value) or abs(value) > MAX_JSON_INTEGER:
        return None
    return float(value)


def _reasons(reasons: tuple[Reason, ...]) -> list[Item]:
    return [
        {"code": reason.code, "value": _number(reason.value), "limit": _number(reason.limit)}
        for reason in reasons
    ]


def _device(device: Device) -> Item:
    return _plain(device, ("make", "model", "serial", "firmware"))


def _sample(sample: FingerSample | FaceSample | IrisSample, score: int) -> Item:
    return {
        "score": int(score),
        "threshold": sample.threshold,
        "reasons": _reasons(sample.reasons),
        "device": _device(sample.device),
        "attempt": sample.attempt,
        "shape_px": list(sample.pixels.shape[:2]),
    }


def _finger(sample: FingerSample) -> Item:
    return {
        **_sample(sample, sample.quality_score),
        "minutiae_count": len(sample.template),
    }


def _portrait(sample: FaceSample) -> Item:
    return {**_sample(sample, sample.score), "background": sample.background}


def _iris(sample: IrisSample) -> Item:
    return {**_sample(sample, sample.score), "diameter_px": _number(sample.diameter_px)}


def _slap(sample: SlapSample) -> Item:
    return {
        "resolution_ppi": float(sample.resolution_ppi),
        "shape_px": list(sample.pixels.shape[:2]),
        "quadrilaterals": {
            position.name.lower(): [[float(row), float(col)] for row, col in corners]
            for position, corners in sample.quadrilaterals.items()
        },
        "device": _device(sample.device),
        "attempt": sample.attempt,
    }


def _signature(sample: SignatureSample) -> Item:
    return {
        "score": int(sample.score),
        "reasons": _reasons(sample.reasons),
        "device": _device(sample.device),
        "attempt": sample.attempt,
        "geometry": {
            "width_mm": float(sample.geometry.width_mm),
            "height_mm": float(sample.geometry.height_mm),
            "sample_rate_hz": float(sample.geometry.sample_rate_hz),
            "pressure_levels": sample.geometry.pressure_levels,
        },
        "strokes_count": len(sample.strokes),
        "biodata_sha256": sample.biodata_sha256,
    }


def _attempt(attempt: AttemptRecord) -> Item:
    return {
        **_plain(attempt, ("step", "number", "series", "taken_at", "is_passed", "is_kept")),
        "device": _device(attempt.device),
        "parts": [_attempt_part(part) for part in attempt.parts],
        "reasons": _reasons(attempt.reasons),
        "has_thumbnail": attempt.thumbnail is not None,
    }


def _attempt_part(part: AttemptPart) -> Item:
    return {
        **_plain(part, ("part", "score", "threshold", "is_passed")),
        "reasons": _reasons(part.reasons),
        "similarity_score": _number(part.similarity_score),
        "similarity_threshold": _number(part.similarity_threshold),
    }
