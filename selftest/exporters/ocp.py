"""The report in the shape of the Open Compute Project's test and validation output, version 2.0.

One JSON artifact per line: measurement, diagnosis and error stand apart. A diagnosis is FAIL, PASS
or UNKNOWN (a WARN is not proven bad), its verdict a short word that can be counted over a fleet.
The run's result is FAIL as soon as one diagnosis is. Shape: opencomputeproject/ocp-diag-core,
json_spec/output.
"""

import datetime
import json
import math
from collections.abc import Iterator
from typing import Any

from selftest.report import Asset, CheckResult, Measurement, Outcome, Report

Artifact = dict[str, Any]
_DIAGNOSES = {
    Outcome.PASS: "PASS",
    Outcome.MANUAL: "PASS",
    Outcome.WARN: "UNKNOWN",
    Outcome.FAIL: "FAIL",
}
_VALIDATORS = (
    ("info_below", "GREATER_THAN_OR_EQUAL"),
    ("info_above", "LESS_THAN_OR_EQUAL"),
    ("warn_below", "GREATER_THAN_OR_EQUAL"),
    ("warn_above", "LESS_THAN_OR_EQUAL"),
    ("fail_below", "GREATER_THAN_OR_EQUAL"),
    ("fail_above", "LESS_THAN_OR_EQUAL"),
)
"""What a value must keep to, since on a limit is good."""


def render_ocp(report: Report) -> str:
    """Return the report as JSON lines."""
    lines = [
        json.dumps({**artifact, "sequenceNumber": number, "timestamp": _moment(when)})
        for number, (when, artifact) in enumerate(_artifacts(report))
    ]
    return "\n".join(lines) + "\n"


def _artifacts(report: Report) -> Iterator[tuple[datetime.datetime, Artifact]]:
    when = report.started
    yield when, {"schemaVersion": {"major": 2, "minor": 0}}
    yield when, {"testRunArtifact": {"testRunStart": _start(report)}}
    for number, result in enumerate(report.results):
        for artifact in _step(report, result):
            yield when, {"testStepArtifact": {**artifact, "testStepId": str(number)}}
        when = min(when + datetime.timedelta(seconds=result.duration_s), report.ended)
        end = {"testStepEnd": {"status": _status(result.outcome)}, "testStepId": str(number)}
        yield when, {"testStepArtifact": end}
    yield report.ended, {"testRunArtifact": {"testRunEnd": _end(report)}}


def _start(report: Report) -> Artifact:
    software = {
        "softwareInfoId": "ktpel-station",
        "name": "ktpel-station",
        "version": report.app_version,
        "revision": f"limits {report.limits_version}",
        "softwareType": "APPLICATION",
    }
    return {
        "name": f"selftest {report.trigger}",
        "version": report.app_version,
        "commandLine": f"selftest {report.trigger}",
        "parameters": {"limits_version": report.limits_version},
        "dutInfo": {
            "dutInfoId": report.set_code,
            "name": f"KTP-el {report.set_code}",
            "softwareInfos": [software],
            "hardwareInfos": [_hardware(asset) for asset in report.assets],
        },
        "metadata": {"run_id": report.run_id, "verdict": report.verdict.value},
    }


def _hardware(asset: Asset) -> Artifact:
    fields = {
        "hardwareInfoId": asset.name,
        "name": f"{asset.make} {asset.model}",
        "manufacturer": asset.make,
        "manufacturerPartNumber": asset.model,
        "partType": asset.role,
        "serialNumber": asset.serial,
        "revision": asset.firmware,
        "location": asset.place,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _step(report: Report, result: CheckResult) -> Iterator[Artifact]:
    known = any(asset.name == result.asset for asset in report.assets)
    unit = {"hardwareInfoId": result.asset} if known else {}
    yield {"testStepStart": {"name": f"{result.code} {result.name_en}"}}
    for item in result.measurements:
        yield {"measurement": {**_measurement(item), **unit}}
    if result.outcome is Outcome.ERROR:
        yield {"error": {"symptom": f"{result.code}-error", "message": result.reason}}
    elif result.outcome in _DIAGNOSES:
        yield {"diagnosis": {**_diagnosis(result), **unit}}
    else:
        yield {"log": {"severity": "INFO", "message": f"{result.outcome}: {result.reason}"}}


def _measurement(item: Measurement) -> Artifact:
    bounds = ((name, kind, getattr(item, name)) for name, kind in _VALIDATORS)
    validators = [
        {"name": name, "type": kind, "value": bound}
        for name, kind, bound in bounds
        if bound is not None
    ]
    return {
        "name": item.name,
        "value": item.value if math.isfinite(item.value) else str(item.value),
        "unit": item.unit,
        **({"validators": validators} if validators else {}),
        "metadata": {"n": item.n, "kind": item.kind, "source": item.source},
    }


def _diagnosis(result: CheckResult) -> Artifact:
    word = result.finding.severity.value if result.finding else result.outcome.value
    message = result.reason
    if result.finding is not None:
        message = (
            f"{result.finding.name_en}. {result.finding.action.text_en} {result.reason}".strip()
        )
    return {
        "verdict": f"{result.code}-{word.lower()}",
        "type": _DIAGNOSES[result.outcome],
        "message": message,
    }


def _status(outcome: Outcome) -> str:
    return {Outcome.ERROR: "ERROR", Outcome.SKIP: "SKIP"}.get(outcome, "COMPLETE")


def _end(report: Report) -> Artifact:
    outcomes = {result.outcome for result in report.results}
    status = "ERROR" if report.unfinished else "COMPLETE"
    if Outcome.FAIL in outcomes:
        return {"status": status, "result": "FAIL"}
    proved = status == "COMPLETE" and Outcome.ERROR not in outcomes and outcomes & {*_DIAGNOSES}
    return {"status": status, "result": "PASS" if proved else "NOT_APPLICABLE"}


def _moment(when: datetime.datetime) -> str:
    utc = when.astimezone(datetime.UTC).isoformat(timespec="milliseconds")
    return utc.replace("+00:00", "Z")
