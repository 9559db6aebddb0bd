"""Check again what the station should have checked: there it is a convenience, here a control.

Each rule looks at record.json and the signed manifest only and says what it found wrong; all rules
run, so that a patched station shows everything it skipped. A grave finding means that the
recording cannot be used as it is: it is rejected. The others are for a person to look at.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from station.package.canonical import to_canonical
from station.package.manifest import Manifest
from station.package.members import EXCEPTABLE_PARTS, FINGER_NAMES, SIDES
from station.package.record_json import AttemptPartItem, RecordDocument, SampleItem

_THUMBS = frozenset({"right_thumb", "left_thumb"})


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a recording breaks. Names parts and numbers, never the resident."""

    code: str
    detail: str
    is_grave: bool


Rule = Callable[[RecordDocument, Manifest], Iterator[Violation]]


def recheck(record: RecordDocument, manifest: Manifest) -> tuple[Violation, ...]:
    """Return every violation; none for a recording that is as it should be."""
    return tuple(found for rule in RULES for found in rule(record, manifest))


def step_of(part: str) -> str:
    """Return the step that captures a part."""
    if part in FINGER_NAMES:
        return "thumbs" if part in _THUMBS else f"{part.partition('_')[0]}_slap"
    return "irises" if part.endswith("_iris") else part


def _same_words(record: RecordDocument, manifest: Manifest) -> Iterator[Violation]:
    """Find words that differ outside and inside, versions of the thresholds among them."""
    for field in ("host_code", "origin_code", "software_version", "thresholds_version"):
        outside, inside = getattr(manifest, field), getattr(record, field)
        if outside != inside:
            detail = f"{field}: {outside} in the manifest, {inside} in the record"
            yield Violation("manifest_contradicted", detail, is_grave=True)


def _complete(record: RecordDocument, _manifest: Manifest) -> Iterator[Violation]:
    """Find parts neither captured, excepted nor owed by a device, or two of these at once."""
    excepted = {item.part for item in record.exceptions}
    captured = _captured(record)
    for part in EXCEPTABLE_PARTS:
        if part in captured and part in excepted:
            yield Violation("captured_and_excepted", part, is_grave=True)
        if part not in captured | excepted and step_of(part) not in record.owed:
            yield Violation(
                "incomplete", f"{part} is not captured, excepted or owed", is_grave=True
            )


def _verified(record: RecordDocument, _manifest: Manifest) -> Iterator[Violation]:
    """Find fingers that were not presented again, or decisions against their score."""
    if record.fingers and not record.verification and "verification" not in record.owed:
        yield Violation("not_verified", "no finger was presented again", is_grave=True)
    for item in record.verification:
        if item.is_match != (item.similarity_score >= item.threshold):
            detail = f"{item.finger}: the decision contradicts its score"
            yield Violation("decision_contradicted", detail, is_grave=False)


def _signed_biodata(record: RecordDocument, _manifest: Manifest) -> Iterator[Violation]:
    """Find a signature that was not given under exactly this biodata."""
    if hashlib.sha256(to_canonical(record.resident)).hexdigest() != record.biodata_sha256:
        yield Violation("biodata_changed", "biodata_sha256 is of other biodata", is_grave=True)
    signed = record.signature
    if signed is not None and signed.biodata_sha256 != record.biodata_sha256:
        detail = "the signature was given under other biodata"
        yield Violation("signature_unbound", detail, is_grave=True)


def _kept_attempts(record: RecordDocument, _manifest: Manifest) -> Iterator[Violation]:
    """Find samples that name no kept attempt, or carry another score than it."""
    judged = {
        (attempt.step, attempt.number, part.part): part
        for attempt in record.attempts
        if attempt.is_kept
        for part in attempt.parts
    }
    for part, sample in _samples(record):
        found = judged.get((step_of(part), sample.attempt, part))
        if found is None:
            detail = f"{part} names attempt {sample.attempt}, which was not kept"
            yield Violation("attempt_unknown", detail, is_grave=False)
        elif found.score != sample.score:
            detail = f"{part}: score {sample.score}, its attempt says {found.score}"
            yield Violation("score_contradicted", detail, is_grave=False)


def _passes(record: RecordDocument, _manifest: Manifest) -> Iterator[Violation]:
    """Find parts that passed below their threshold."""
    for attempt in record.attempts:
        for part in attempt.parts:
            if part.is_passed and _is_below(part):
                detail = f"{part.part}: {part.score} passed a threshold of {part.threshold}"
                yield Violation("threshold_ignored", detail, is_grave=False)


RULES: tuple[Rule, ...] = (
    _same_words,
    _complete,
    _verified,
    _signed_biodata,
    _kept_attempts,
    _passes,
)


def _is_below(part: AttemptPartItem) -> bool:
    return part.score is not None and part.threshold is not None and part.score < part.threshold


def _captured(record: RecordDocument) -> set[str]:
    found = set(record.fingers) | {f"{side}_iris" for side in SIDES if side in record.irises}
    if record.portrait is not None:
        found.add("portrait")
    if record.signature is not None:
        found.add("signature")
    return found


def _samples(record: RecordDocument) -> Iterator[tuple[str, SampleItem]]:
    yield from record.fingers.items()
    yield from ((f"{side}_iris", sample) for side, sample in record.irises.items())
    if record.portrait is not None:
        yield "portrait", record.portrait
