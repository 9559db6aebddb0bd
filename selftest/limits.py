"""Judge measured values against the one versioned file of limits.

A limit bounds the value itself, or how it compares with a reference: the baseline of this unit
(difference or per cent), or an earlier reading of this unit (growth per week). Without the
reference such a limit judges nothing, and a value that no limit could judge is no PASS.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, model_validator

from selftest.check import Value
from selftest.report import Confidence, Measurement, Outcome, Severity

_BASELINE_WORDS = "garis dasar / baseline"
_WEEK_WORDS = "seminggu lalu / a week ago"


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier value of the same unit."""

    value: float
    taken: str
    """When, for people: "2026-11-01"."""


class References(Protocol):
    """What is remembered of the unit under test."""

    def baseline(self, code: str, measurement: str) -> Reference | None:
        """Return the commissioning value."""

    def week_ago(self, code: str, measurement: str) -> Reference | None:
        """Return what the value was a week ago, by proportion where the reading is younger."""


class Limit(BaseModel):
    """Bounds of one measured value of one code; beyond them is bad, on them is good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    measurement: str
    unit: str
    """Of the bounds: "gl" for a difference in grey levels, "%" for a share of the baseline."""
    against: Literal["nothing", "baseline_difference", "baseline_percent", "week_ago"] = "nothing"
    info_below: float | None = None
    info_above: float | None = None
    warn_below: float | None = None
    warn_above: float | None = None
    fail_below: float | None = None
    fail_above: float | None = None
    at_least_n: int = 0
    """With fewer samples it judges nothing."""
    confidence: Confidence = Confidence.CONFIRMED
    kind: Literal["spec", "baseline", "engineering"]
    source: str
    reason: str

    @model_validator(mode="after")
    def _hints_never_fail(self) -> Self:
        fails = self.fail_below is not None or self.fail_above is not None
        if fails and self.confidence is not Confidence.CONFIRMED:
            raise ValueError(f"{self.code} {self.measurement}: only a confirmed limit may fail")
        return self

    def judge(self, value: float) -> Severity | None:
        """Return how bad a value is, in the unit of the bounds; one that is no number fails."""
        if _is_beyond(value, self.fail_below, self.fail_above):
            return Severity.FAIL
        if _is_beyond(value, self.warn_below, self.warn_above):
            return Severity.WARN
        return Severity.INFO if _is_beyond(value, self.info_below, self.info_above) else None

    def compare(self, value: float, references: References) -> tuple[float, Reference] | None:
        """Return the value as the bounds want it with its reference; None without a reference."""
        if self.against == "nothing":
            return value, Reference(value, "")
        remember = references.week_ago if self.against == "week_ago" else references.baseline
        reference = remember(self.code, self.measurement)
        if reference is None:
            return None
        if self.against == "baseline_percent":
            return 100 * value / reference.value if reference.value else float("nan"), reference
        return value - reference.value, reference


class Limits(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    limits: tuple[Limit, ...]

    def find(self, code: str, measurement: str) -> tuple[Limit, ...]:
        """Return the limits of a value; KeyError for one that nobody wrote down."""
        found = tuple(x for x in self.limits if (x.code, x.measurement) == (code, measurement))
        if not found:
            raise KeyError(f"limits.toml has no limit for {code} {measurement}")
        return found


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the limits say of one check."""

    outcome: Outcome
    severity: Severity | None
    confidence: Confidence
    measurements: tuple[Measurement, ...]
    unjudged: str = ""
    """Why some limits judged nothing."""


class NothingRemembered:
    """No baseline and no earlier reading."""

    def baseline(self, code: str, measurement: str) -> Reference | None:
        """Return None."""
        return None

    def week_ago(self, code: str, measurement: str) -> Reference | None:
        """Return None."""
        return None


@cache
def load_limits() -> Limits:
    """Read limits.toml once."""
    text = files("selftest").joinpath("limits.toml").read_text(encoding="utf-8")
    return Limits.model_validate(tomllib.loads(text))


def judge(
    code: str,
    values: Sequence[Value],
    references: References | None = None,
    confidence: Confidence = Confidence.CONFIRMED,
) -> Judgement:
    """Judge the values of a check; what is not confirmed warns at most."""
    known = references or NothingRemembered()
    judged: list[tuple[Severity | None, Confidence, Measurement]] = []
    unjudged: list[str] = []
    for item in values:
        for limit in load_limits().find(code, item.name):
            compared = limit.compare(item.value, known)
            if compared is None or item.n < limit.at_least_n:
                unjudged.append(_why_unjudged(limit, item))
                continue
            sure = _weaker(confidence, limit.confidence)
            severity = _capped(limit.judge(compared[0]), sure)
            judged.append((severity, sure, _measurement(limit, item, compared)))
    return _joined(judged, tuple(dict.fromkeys(unjudged)))


def _joined(
    judged: list[tuple[Severity | None, Confidence, Measurement]], unjudged: tuple[str, ...]
) -> Judgement:
    measurements = tuple(measurement for _, _, measurement in judged)
    missing = "; ".join(unjudged)
    if not judged:
        return Judgement(Outcome.SKIP, None, Confidence.CONFIRMED, (), missing)
    for severity in (Severity.FAIL, Severity.WARN, Severity.INFO):
        sure = [confidence for found, confidence, _ in judged if found is severity]
        if sure:
            outcome = Outcome.PASS if severity is Severity.INFO else Outcome(severity.value)
            strongest = min(sure, key=list(Confidence).index)
            return Judgement(outcome, severity, strongest, measurements, missing)
    return Judgement(Outcome.PASS, None, Confidence.CONFIRMED, measurements, missing)


def _measurement(limit: Limit, item: Value, compared: tuple[float, Reference]) -> Measurement:
    value, reference = compared
    is_plain = limit.against == "nothing"
    words = _WEEK_WORDS if limit.against == "week_ago" else _BASELINE_WORDS
    return Measurement(
        name=item.name,
        value=round(value, 6),
        unit=limit.unit,
        n=item.n,
        kind=limit.kind,
        reference=None if is_plain else round(reference.value, 6),
        reference_text="" if is_plain else f"{words} {reference.taken}",
        source=limit.source,
        **limit.model_dump(include=set(_BOUNDS)),
    )


_BOUNDS = ("info_below", "info_above", "warn_below", "warn_above", "fail_below", "fail_above")


def _why_unjudged(limit: Limit, item: Value) -> str:
    if item.n < limit.at_least_n:
        return f"baru / only {item.n} dari / of {limit.at_least_n}"
    if limit.against == "week_ago":
        return f"belum ada bacaan lama / no earlier reading (now {item.value:.4g})"
    return f"belum ada garis dasar / no baseline yet (now {item.value:.4g})"


def _weaker(one: Confidence, other: Confidence) -> Confidence:
    return max(one, other, key=list(Confidence).index)


def _capped(severity: Severity | None, confidence: Confidence) -> Severity | None:
    is_sure = confidence is Confidence.CONFIRMED
    return Severity.WARN if severity is Severity.FAIL and not is_sure else severity


def _is_beyond(value: float, lowest: float | None, highest: float | None) -> bool:
    too_low = lowest is not None and not value >= lowest
    return too_low or (highest is not None and not value <= highest)
