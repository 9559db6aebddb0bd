"""What a self-test found: plain data that is stored, sent and shown.

No biometric sample and nothing about a resident ever enters a report.
"""

import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

SCHEMA = "ktpel-selftest/2"
ALL_CLEAR_CODE = "OKE-000"


class Outcome(StrEnum):
    """How one check ended; SKIP and ERROR are never PASS."""

    PASS = "PASS"  # noqa: S105 - an outcome, no password
    WARN = "WARN"
    FAIL = "FAIL"
    SKIP = "SKIP"
    ERROR = "ERROR"
    MANUAL = "MANUAL"


class Severity(StrEnum):
    """How bad a finding is; INFO stands beside a PASS."""

    INFO = "INFO"
    WARN = "WARN"
    FAIL = "FAIL"


class Confidence(StrEnum):
    """How sure a finding is; only what is confirmed may FAIL."""

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    HINT = "hint"


class Verdict(StrEnum):
    """What the office can do with the station."""

    CAN_RECORD = "CAN RECORD"
    WITH_LIMITS = "CAN RECORD WITH LIMITS"
    CANNOT_RECORD = "CANNOT RECORD"
    NOT_PROVEN = "NOT PROVEN"


class _Record(BaseModel):
    # JSON has no word for "not a number", which a broken device may well measure
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class Asset(_Record):
    """One unit under test."""

    name: str
    role: str
    """The configuration's kind of device, "drive" or "computer"."""
    make: str
    model: str
    serial: str | None = None
    firmware: str | None = None
    place: str | None = None
    """Where it is attached: "USB 1-4", "/dev/sda"."""
    commissioned: datetime.date | None = None
    baseline_id: str | None = None


class Measurement(_Record):
    """One measured value with the limits it was judged by, both in `unit`."""

    name: str
    value: float
    unit: str
    n: int = 1
    info_below: float | None = None
    info_above: float | None = None
    warn_below: float | None = None
    warn_above: float | None = None
    fail_below: float | None = None
    fail_above: float | None = None
    kind: Literal["spec", "baseline", "engineering"] = "engineering"
    reference: float | None = None
    """Value of the baseline or of an earlier reading that it was compared with."""
    reference_text: str = ""
    """What the reference is: "garis dasar / baseline 2026-11-01"."""
    source: str = ""


class Cause(_Record):
    """One possible cause; the weights of a finding's causes add up to about 1."""

    text_id: str
    text_en: str
    weight: float


class RepairAction(_Record):
    """The one first thing to do about a finding."""

    level: Literal["A1", "A2", "A3", "A4"]
    """A1 operator, A2 visit with a spare, A3 depot, A4 third party."""
    minutes: int
    part: str | None = None
    """Key of parts.toml, so that plans count equal parts as equal."""
    tools: tuple[str, ...] = ()
    """Keys of parts.toml."""
    text_id: str
    text_en: str
    steps_id: tuple[str, ...] = ()
    steps_en: tuple[str, ...] = ()
    warning_id: str | None = None
    warning_en: str | None = None


class Finding(_Record):
    """A limit that was passed: what, how sure, why probably, what to do."""

    code: str
    severity: Severity
    confidence: Confidence = Confidence.CONFIRMED
    name_id: str
    name_en: str
    causes: tuple[Cause, ...]
    """The likeliest first."""
    confirm_id: str | None = None
    """What would confirm a finding that is not confirmed."""
    confirm_en: str | None = None
    action: RepairAction
    retest: str


class PictureNote(_Record):
    """A picture that lies beside the report."""

    name: str
    """File name beside the stored report."""
    caption_id: str
    caption_en: str
    sha256: str


class CheckResult(_Record):
    """How one check of one component ended."""

    code: str
    component: str
    asset: str | None = None
    """Name of the asset; None for the computer."""
    outcome: Outcome
    name_id: str
    name_en: str
    reason: str = ""
    """Why it was skipped or what went wrong; evidence in words."""
    duration_s: float = 0.0
    essential: bool = True
    """A critical component is not proven while an essential check is SKIP or ERROR."""
    critical: bool = False
    person: str | None = None
    """Who answered, for MANUAL."""
    measurements: tuple[Measurement, ...] = ()
    pictures: tuple[PictureNote, ...] = ()
    finding: Finding | None = None


class Change(_Record):
    """How a fault stands compared with the report before."""

    kind: Literal["new", "still", "gone", "untested"]
    """Untested: found by an earlier run, and this run did not come to test it again."""
    code: str
    unit: str
    """Make, model and serial number, or the place of a unit that did not say who it is."""
    asset: str | None = None
    severity: Severity
    since: datetime.datetime
    """When it was first seen without a passing test in between."""
    times: int = 1
    """In how many runs it was seen since then."""


class Report(_Record):
    """One run."""

    schema_name: str = SCHEMA
    run_id: str
    station_code: str
    trigger: Literal["quick", "boot", "nightly", "guided", "depot", "baseline", "only", "diagnose"]
    operator: str | None = None
    """Who ran it; None where nobody was needed."""
    started: datetime.datetime
    ended: datetime.datetime
    app_version: str
    limits_version: str
    previous_run_id: str | None = None
    previous_sha256: str | None = None
    """Of the report before, as stored: a missing or changed one is visible."""
    assets: tuple[Asset, ...]
    results: tuple[CheckResult, ...]
    verdict: Verdict
    limited_by: tuple[str, ...] = ()
    """Components that keep the verdict from CAN RECORD."""
    all_clear: bool = False
    """OKE-000: everything passed and no critical component has anything left unproven."""
    set_number: int = 1
    """Which of the office's recording sets made it."""
    number: int | None = None
    """Place in the station's outbox, given once; see REPORTS.md."""
    unfinished: bool = False
    """The run was cut off: by a power cut, a crash, or a person."""
    go_to: str | None = None
    """Nearest working office where residents are recorded meanwhile; None where nobody said."""
    changes: tuple[Change, ...] = ()
    sha256: str | None = None
    """Of the canonical form without this and the signature; see REPORTS.md."""
    signature: str | None = None
    """Detached JWS of the station over the same bytes; None of a station without a key."""

    @property
    def set_code(self) -> str:
        """The office's code, with the number of the set where it is not the first."""
        return (
            self.station_code if self.set_number == 1 else f"{self.station_code}-{self.set_number}"
        )

    def findings(self) -> tuple[tuple[CheckResult, Finding], ...]:
        """Return results with findings, the most severe first, then in the order of the run."""
        order = (Severity.FAIL, Severity.WARN, Severity.INFO)
        found = [(result, result.finding) for result in self.results if result.finding is not None]
        return tuple(sorted(found, key=lambda pair: order.index(pair[1].severity)))
