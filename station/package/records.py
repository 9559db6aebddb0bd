"""What a recording is, as plain values: everything that goes into a package.

A `CaseRecord` is built by whoever recorded; this package turns it into bytes (`parts.py`) and seals
them. Part names are words: "right_index", "left_iris", "portrait", "signature". Pixels of fingers
and irises are grey (rows, cols) uint8, of faces (rows, cols, 3) uint8 in BGR; nothing is modified.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from biometrics.finger.position import (
    LEFT_SLAP,
    RIGHT_SLAP,
    TEN_FINGERS,
    THUMBS,
    FingerPosition,
)
from biometrics.finger.results import Reason
from biometrics.finger.template import FingerTemplate
from station.package.canonical import to_canonical
from station.package.errors import IncompleteRecordError

Biodata = Mapping[str, str | bool | None]
Pixels = NDArray[np.uint8]

STEP_OF_FINGER = {
    **dict.fromkeys(LEFT_SLAP, "left_slap"),
    **dict.fromkeys(RIGHT_SLAP, "right_slap"),
    **dict.fromkeys(THUMBS, "thumbs"),
}


@dataclass(frozen=True, slots=True)
class Device:
    """Who the device says it is; None where it does not say."""

    make: str
    model: str
    serial: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FingerSample:
    """One finger, cut out of its slap."""

    pixels: Pixels
    """Upright at 500 ppi, dark ridges."""
    template: FingerTemplate
    quality_score: int
    threshold: int | None
    reasons: tuple[Reason, ...]
    device: Device
    attempt: int
    """Number of the attempt it was kept from; the step follows from the finger."""


@dataclass(frozen=True, slots=True, eq=False)
class SlapSample:
    """A slap as captured."""

    pixels: Pixels
    resolution_ppi: float
    quadrilaterals: Mapping[FingerPosition, NDArray[np.float64]]
    """(4, 2) corners of each finger as (row, col) in pixels of the slap."""
    device: Device
    attempt: int


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """A finger presented again and compared with what was captured."""

    position: FingerPosition
    similarity_score: float
    threshold: float
    is_match: bool
    attempt: int


@dataclass(frozen=True, slots=True, eq=False)
class FaceSample:
    """The portrait."""

    pixels: Pixels
    score: int
    threshold: int | None
    reasons: tuple[Reason, ...]
    device: Device
    background: str
    """"red" or "blue", by the year of birth."""
    attempt: int


@dataclass(frozen=True, slots=True, eq=False)
class IrisSample:
    """One eye."""

    pixels: Pixels
    score: int
    threshold: int | None
    reasons: tuple[Reason, ...]
    device: Device
    attempt: int
    diameter_px: float | None = None


@dataclass(frozen=True, slots=True)
class PadSize:
    """The area that was signed on."""

    width_mm: float
    height_mm: float
    sample_rate_hz: float
    pressure_levels: int | None = None


@dataclass(frozen=True, slots=True)
class SignatureSample:
    """The signature as a time series."""

    strokes: tuple[tuple[tuple[float, float, float, float], ...], ...]
    """Each sample (x_mm from the left, y_mm from the top, pressure 0..1, time_s)."""
    geometry: PadSize
    biodata_sha256: str
    """Of the biodata shown while signing."""
    score: int
    reasons: tuple[Reason, ...]
    device: Device
    attempt: int


@dataclass(frozen=True, slots=True, eq=False)
class ExceptionRecord:
    """A part of the resident that cannot be captured."""

    part: str
    kind: str
    """missing, amputated, bandaged, contracted or unreadable."""
    note: str
    by: str
    """User name."""
    at: str
    photo: Pixels | None = None
    """BGR."""


@dataclass(frozen=True, slots=True)
class AttemptPart:
    """How one part of an attempt was judged."""

    part: str
    score: int | None
    threshold: int | None
    is_passed: bool
    reasons: tuple[Reason, ...] = ()
    similarity_score: float | None = None
    similarity_threshold: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AttemptRecord:
    """One attempt, kept or not: every one is in the package."""

    step: str
    number: int
    taken_at: str
    device: Device
    parts: tuple[AttemptPart, ...]
    reasons: tuple[Reason, ...]
    is_passed: bool
    is_kept: bool
    series: int = 1
    thumbnail: Pixels | None = None
    """Grey or BGR, small."""


@dataclass(frozen=True, slots=True)
class VetoRecord:
    """A decision of the operator over the software."""

    step: str
    kind: str
    """ok_obvious, ok or nok."""
    note: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class OperatorRecord:
    """Somebody who worked on the recording."""

    user_name: str
    role: str
    did: str
    """started, resumed, reviewed, sealed ..."""
    at: str


@dataclass(frozen=True, slots=True, eq=False)
class CaseRecord:
    """Everything that a recording is. Times are ISO 8601 in UTC."""

    case_id: str
    number: str
    resident: Biodata
    biodata_sha256: str
    """`biodata_sha256(resident)`."""
    host_code: str
    origin_code: str
    operators: tuple[OperatorRecord, ...]
    started_at: str
    ended_at: str
    clock_trust: str
    thresholds_version: str
    software_version: str
    quality_algorithm: str
    """Name and version of what computed the finger scores."""
    attempts: tuple[AttemptRecord, ...]
    fingers: Mapping[FingerPosition, FingerSample] = field(default_factory=dict)
    slaps: Mapping[str, SlapSample] = field(default_factory=dict)
    """By step: left_slap, right_slap, thumbs."""
    verification: tuple[VerificationResult, ...] = ()
    portrait: FaceSample | None = None
    irises: Mapping[str, IrisSample] = field(default_factory=dict)
    """By side: right, left, the capture subject's own."""
    signature: SignatureSample | None = None
    exceptions: tuple[ExceptionRecord, ...] = ()
    owed: Mapping[str, str] = field(default_factory=dict)
    """Step -> why a device could not capture it."""
    vetoes: tuple[VetoRecord, ...] = ()


def biodata_sha256(resident: Biodata) -> str:
    """Return the hash that binds a signature to the biodata shown: SHA-256 of RFC 8785 JSON."""
    return hashlib.sha256(to_canonical(dict(resident))).hexdigest()


def check_record(record: CaseRecord) -> None:
    """Check that every part is there, or excepted, or owed; raises IncompleteRecordError."""
    _check_unique(record)
    excepted = {exception.part for exception in record.exceptions}
    for part, step, is_there in _expected(record):
        if is_there and part in excepted:
            raise IncompleteRecordError(f"{part} is both captured and excepted", part=part)
        if not (is_there or part in excepted or step in record.owed):
            raise IncompleteRecordError(f"{part} is neither captured nor excepted", part=part)
    can_verify = bool(record.fingers) and "verification" not in record.owed
    if can_verify and not record.verification:
        raise IncompleteRecordError("no finger was verified", part="verification")
    if biodata_sha256(record.resident) != record.biodata_sha256:
        raise IncompleteRecordError("biodata_sha256 is of other biodata", part="biodata")
    signed = record.signature
    if signed is not None and signed.biodata_sha256 != record.biodata_sha256:
        raise IncompleteRecordError("the signature is under other biodata", part="signature")


def _check_unique(record: CaseRecord) -> None:
    parts = [exception.part for exception in record.exceptions]
    attempts = [f"{attempt.step}-{attempt.number}" for attempt in record.attempts]
    for names in (parts, attempts):
        if twice := sorted(name for name in set(names) if names.count(name) > 1):
            raise IncompleteRecordError(f"{twice[0]} is there twice", part=twice[0])


def _expected(record: CaseRecord) -> list[tuple[str, str, bool]]:
    """Return (part, step, whether it is there) of everything a recording consists of."""
    fingers = [
        (position.name.lower(), STEP_OF_FINGER[position], position in record.fingers)
        for position in TEN_FINGERS
    ]
    irises = [(f"{side}_iris", "irises", side in record.irises) for side in ("right", "left")]
    return [
        ("portrait", "portrait", record.portrait is not None),
        *fingers,
        *irises,
        ("signature", "signature", record.signature is not None),
    ]
