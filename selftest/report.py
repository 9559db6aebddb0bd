"""What a self-test found: plain data that is stored, sent and shown.

No biometric sample and nothing about a resident ever enters a report.
"""

import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

SCHEMA = "ktpel-selftest/1"


class Outcome(StrEnum):
    """How one check ended; SKIP and ERROR are never PASS."""

    PASS = "PASS"  # noqa: S105 - an outcome, no password
    WARN = "WARN"
    FAIL = "FAIL"
    SKIP = "SKIP"
    ERROR = "ERROR"
    MANUAL = "MANUAL"


class Verdict(StrEnum):
    """What the office can do with the station."""

    CAN_RECORD = "CAN RECORD"
    WITH_LIMITS = "CAN RECORD WITH LIMITS"
    CANNOT_RECORD = "CANNOT RECORD"
    NOT_PROVEN = "NOT PROVEN"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Asset(_Record):
    """One unit under test."""

    name: str
    role: str
    make: str
    model: str
    serial: str | None = None
    firmware: str | None = None


class Measurement(_Record):
    """One measured value with the limits it was judged by."""

    name: str
    value: float
    unit: str
    n: int = 1
    warn_below: float | None = None
    warn_above: float | None = None
    fail_below: float | None = None
    fail_above: float | None = None
    source: str = ""


class RepairAction(_Record):
    """The one first thing to do about a finding."""

    level: Literal["A1", "A2", "A3", "A4"]
    """A1 operator, A2 visit with a spare, A3 depot, A4 third party."""
    minutes: int
    part: str | None = None
    text_id: str
    text_en: str


class Finding(_Record):
    """A limit that was passed: what, how sure, why probably, what to do."""

    code: str
    severity: Literal["WARN", "FAIL"]
    name_id: str
    name_en: str
    cause_id: str
    cause_en: str
    action: RepairAction
    retest: str


class CheckResult(_Record):
    """How one check of one component ended."""

    code: str
    component: str
    asset: str | None = None
    """Name of the device in the configuration."""
    outcome: Outcome
    name_id: str
    name_en: str
    reason: str = ""
    """Why it was skipped or what went wrong; evidence in words."""
    duration_s: float = 0.0
    essential: bool = True
    """A critical component is not proven while an essential check is SKIP or ERROR."""
    critical: bool = False
    measurements: tuple[Measurement, ...] = ()
    finding: Finding | None = None


class Report(_Record):
    """One run."""

    schema_name: str = SCHEMA
    run_id: str
    station_code: str
    trigger: str
    started: datetime.datetime
    ended: datetime.datetime
    app_version: str
    limits_version: str
    assets: tuple[Asset, ...]
    results: tuple[CheckResult, ...]
    verdict: Verdict
    limited_by: tuple[str, ...] = ()
    """Components that keep the verdict from CAN RECORD."""
    all_clear: bool = False
    """OKE-000: everything passed and no critical component has anything left unproven."""
