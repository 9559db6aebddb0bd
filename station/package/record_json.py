"""record.json: the recording without its pictures. FORMAT.md section 7 is the normative text.

The same models write and read it, so that a field exists in one place only. `read_record` refuses
unknown fields: a new field is a new format name.
"""

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from station.package.canonical import parse_canonical, to_canonical
from station.package.errors import BadRecordError
from station.package.manifest import DistrictCode, PartName, Sha256Hex, UtcTime
from station.package.members import (
    EXCEPTABLE_PARTS,
    FINGER_NAMES,
    MAX_ATTEMPT_NUMBER,
    PORTRAIT_RECORD,
    PORTRAIT_SMALL,
    RECORD_FILE,
    SIDES,
    SIGNATURE_PICTURE,
    SIGNATURE_SERIES,
    SLAP_STEPS,
    STEPS,
    attempt_file,
)

RECORD_FORMAT = "ktpel-record/1"
MAX_RECORD_BYTES = 4 << 20


def _one_of(allowed: tuple[str, ...]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"not one of {', '.join(allowed)}")
        return value

    return AfterValidator(check)


FingerName = Annotated[str, _one_of(FINGER_NAMES)]
Side = Annotated[str, _one_of(SIDES)]
StepName = Annotated[str, _one_of(STEPS)]
SlapStep = Annotated[str, _one_of(SLAP_STEPS)]
ExceptablePart = Annotated[str, _one_of(EXCEPTABLE_PARTS)]
Score = Annotated[int, Field(ge=0, le=100)]
AttemptNumber = Annotated[int, Field(ge=1, le=MAX_ATTEMPT_NUMBER)]
Corner = Annotated[tuple[float, float], Field(strict=False)]
Text = Annotated[str, Field(max_length=2_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ReasonItem(_Strict):
    """A reason code with its numbers; null where a number could not be computed."""

    code: Text
    value: float | None
    limit: float | None


Reasons = Annotated[tuple[ReasonItem, ...], Field(strict=False)]


class DeviceItem(_Strict):
    """Who the device says it is."""

    make: Text
    model: Text
    serial: Text | None
    firmware: Text | None


class SampleItem(_Strict):
    """What every sample says about itself."""

    score: Score
    threshold: Score | None
    reasons: Reasons
    device: DeviceItem
    attempt: AttemptNumber
    shape_px: Annotated[tuple[int, int], Field(strict=False)]


class FingerItem(SampleItem):
    """One finger."""

    minutiae_count: Annotated[int, Field(ge=0)]


class SlapItem(_Strict):
    """One slap as captured."""

    resolution_ppi: Annotated[float, Field(gt=0)]
    shape_px: Annotated[tuple[int, int], Field(strict=False)]
    quadrilaterals: dict[FingerName, Annotated[tuple[Corner, ...], Field(strict=False)]]
    device: DeviceItem
    attempt: AttemptNumber


class VerificationItem(_Strict):
    """One finger compared again."""

    finger: FingerName
    similarity_score: float
    threshold: float
    is_match: bool
    attempt: AttemptNumber


class PortraitItem(SampleItem):
    """The portrait."""

    background: Literal["red", "blue"]


class IrisItem(SampleItem):
    """One eye."""

    diameter_px: float | None


class PadItem(_Strict):
    """The area signed on."""

    width_mm: Annotated[float, Field(gt=0)]
    height_mm: Annotated[float, Field(gt=0)]
    sample_rate_hz: Annotated[float, Field(ge=0)]
    pressure_levels: int | None


class SignatureItem(_Strict):
    """The signature; its points are in signature.sdi."""

    score: Score
    reasons: Reasons
    device: DeviceItem
    attempt: AttemptNumber
    geometry: PadItem
    strokes_count: Annotated[int, Field(ge=1)]
    biodata_sha256: Sha256Hex


class ExceptionItem(_Strict):
    """A part that cannot be captured."""

    part: ExceptablePart
    kind: Literal["missing", "amputated", "bandaged", "contracted", "unreadable"]
    note: Text
    by: Text
    at: UtcTime
    has_photo: bool


class AttemptPartItem(_Strict):
    """How one part of an attempt was judged."""

    part: Text
    score: Score | None
    threshold: Score | None
    is_passed: bool
    reasons: Reasons
    similarity_score: float | None
    similarity_threshold: float | None


class AttemptItem(_Strict):
    """One attempt, kept or not."""

    step: StepName
    number: AttemptNumber
    series: Annotated[int, Field(ge=0)]
    taken_at: UtcTime
    device: DeviceItem
    parts: Annotated[tuple[AttemptPartItem, ...], Field(strict=False)]
    reasons: Reasons
    is_passed: bool
    is_kept: bool
    has_thumbnail: bool


class VetoItem(_Strict):
    """A decision of the operator over the software."""

    step: StepName
    kind: Literal["ok_obvious", "ok", "nok"]
    note: Text
    by: Text
    at: UtcTime


class OperatorItem(_Strict):
    """Somebody who worked on the recording."""

    user_name: Text
    role: Text
    did: Text
    at: UtcTime


class RecordDocument(_Strict):
    """The whole of record.json."""

    format: Literal["ktpel-record/1"]
    case_id: Text
    number: Text
    resident: dict[str, Text | bool | None]
    biodata_sha256: Sha256Hex
    host_code: DistrictCode
    origin_code: DistrictCode
    operators: Annotated[tuple[OperatorItem, ...], Field(strict=False)]
    started_at: UtcTime
    ended_at: UtcTime
    clock_trust: Text
    thresholds_version: Text
    software_version: Text
    quality_algorithm: Text
    fingers: dict[FingerName, FingerItem]
    slaps: dict[SlapStep, SlapItem]
    verification: Annotated[tuple[VerificationItem, ...], Field(strict=False)]
    portrait: PortraitItem | None
    irises: dict[Side, IrisItem]
    signature: SignatureItem | None
    exceptions: Annotated[tuple[ExceptionItem, ...], Field(strict=False)]
    owed: dict[StepName, Text]
    attempts: Annotated[tuple[AttemptItem, ...], Field(strict=False)]
    vetoes: Annotated[tuple[VetoItem, ...], Field(strict=False)]

    def to_json(self) -> bytes:
        """Return the canonical bytes."""
        return to_canonical(self.model_dump(mode="json"))

    def member_names(self, part: PartName) -> frozenset[str]:
        """Return the names that a part must hold, no more and no less, by this record."""
        names = self._names_a() if part == "a" else self._names_b()
        return frozenset(names)

    def _names_a(self) -> set[str]:
        names = {RECORD_FILE}
        names |= {f"fingers/{finger}.{kind}" for finger in self.fingers for kind in ("fmr", "wsq")}
        names |= {f"irises/{side}.jp2" for side in self.irises}
        if self.portrait is not None:
            names.add(PORTRAIT_SMALL)
        if self.signature is not None:
            names |= {SIGNATURE_SERIES, SIGNATURE_PICTURE}
        return names

    def _names_b(self) -> set[str]:
        names = {f"fingers/{finger}.fir" for finger in self.fingers}
        names |= {f"irises/{side}.iir" for side in self.irises}
        names |= {f"slaps/{step}.jp2" for step in self.slaps}
        names |= {f"exceptions/{item.part}.jp2" for item in self.exceptions if item.has_photo}
        names |= {attempt_file(a.step, a.number) for a in self.attempts if a.has_thumbnail}
        if self.portrait is not None:
            names.add(PORTRAIT_RECORD)
        return names


def read_record(payload: bytes) -> RecordDocument:
    """Read record.json; raises BadRecordError, DuplicateKeyError or NotCanonicalError."""
    if len(payload) > MAX_RECORD_BYTES:
        raise BadRecordError(f"record.json of {len(payload)} bytes")
    value = parse_canonical(payload, refusal=BadRecordError)
    try:
        return RecordDocument.model_validate(value)
    except ValidationError as error:
        # The place and the rule, never the value: it may be a name or a NIK.
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise BadRecordError(f"record.json, {place or 'as a whole'}: {first['type']}") from None


def check_members(document: RecordDocument, part: PartName, names: Collection[str]) -> None:
    """Check that a part holds what the record lists; raises BadRecordError."""
    expected = document.member_names(part)
    if missing := sorted(expected - set(names)):
        raise BadRecordError(f"part {part} lacks {missing[0]}")
    if extra := sorted(set(names) - expected):
        raise BadRecordError(f"part {part} holds {extra[0]}, which the record does not list")
