"""Whole recordings out of nothing, sealed for a centre, with attempts that fit the samples."""

import dataclasses
from pathlib import Path

from station.centre.recheck import step_of
from station.package.manifest import NO_PREVIOUS, Manifest, PackageHeader
from station.package.records import AttemptPart, AttemptRecord, CaseRecord
from station.package.seal import seal_package
from tests.station.package.made_records import SCANNER, TAKEN_AT, make_record

STEPS = ("portrait", "left_slap", "right_slap", "thumbs", "verification", "irises", "signature")


def whole_record(**changes) -> CaseRecord:
    """A recording without fault: every sample names its attempt, every attempt its parts."""
    record = make_record(**changes)
    samples = {position.name.lower(): finger for position, finger in record.fingers.items()}
    scores = {name: (one.quality_score, one.threshold) for name, one in samples.items()}
    scores |= {f"{side}_iris": (one.score, one.threshold) for side, one in record.irises.items()}
    if record.portrait is not None:
        scores["portrait"] = (record.portrait.score, record.portrait.threshold)
    attempts = tuple(
        AttemptRecord(
            step,
            1,
            TAKEN_AT,
            SCANNER,
            tuple(
                AttemptPart(part, score, threshold, is_passed=True)
                for part, (score, threshold) in scores.items()
                if step_of(part) == step
            ),
            (),
            is_passed=True,
            is_kept=True,
        )
        for step in STEPS
    )
    return dataclasses.replace(record, attempts=attempts)


def seal_for(
    station, recipients: list[str], record: CaseRecord | None = None, **changes
) -> Manifest:
    """Seal a recording into the spool of a `PullStation`."""
    record = record or whole_record()
    last = station.manifests[-1] if station.manifests else None
    sequence = last.sequence + 1 if last else 1
    fields = {
        "package_id": f"{sequence:032x}",
        "station_code": station.code,
        "host_code": record.host_code,
        "origin_code": record.origin_code,
        "sequence": sequence,
        "previous_manifest_sha256": last.sha256 if last else NO_PREVIOUS,
        "created_at": "2026-11-24T08:00:00Z",
        "software_version": record.software_version,
        "thresholds_version": record.thresholds_version,
    }
    package = seal_package(
        record,
        header=PackageHeader(**(fields | changes)),
        signer=station.signer,
        recipients=recipients,
        folder=Path(station.spool.folder),
    )
    station.manifests.append(package.manifest)
    return package.manifest
