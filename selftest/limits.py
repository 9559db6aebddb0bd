"""Judge measured values against the one versioned file of limits."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from selftest.check import Value
from selftest.report import Measurement, Outcome


class Limit(BaseModel):
    """Bounds of one measured value of one code; beyond them is bad, on them is good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    measurement: str
    unit: str
    warn_below: float | None = None
    warn_above: float | None = None
    fail_below: float | None = None
    fail_above: float | None = None
    kind: Literal["spec", "baseline", "engineering"]
    source: str
    reason: str

    def judge(self, value: float) -> Outcome:
        """Return PASS, WARN or FAIL; a value that is no number fails."""
        if _is_beyond(value, self.fail_below, self.fail_above):
            return Outcome.FAIL
        if _is_beyond(value, self.warn_below, self.warn_above):
            return Outcome.WARN
        return Outcome.PASS


class Limits(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    limits: tuple[Limit, ...]

    def find(self, code: str, measurement: str) -> Limit:
        """Return the limit of a value; KeyError for one that nobody wrote down."""
        for limit in self.limits:
            if (limit.code, limit.measurement) == (code, measurement):
                return limit
        raise KeyError(f"limits.toml has no limit for {code} {measurement}")


@cache
def load_limits() -> Limits:
    """Read limits.toml once."""
    text = files("selftest").joinpath("limits.toml").read_text(encoding="utf-8")
    return Limits.model_validate(tomllib.loads(text))


def judge(code: str, values: tuple[Value, ...]) -> tuple[Outcome, tuple[Measurement, ...]]:
    """Return the worst outcome and the values beside their limits."""
    limits = [load_limits().find(code, item.name) for item in values]
    outcomes = {limit.judge(item.value) for limit, item in zip(limits, values, strict=True)}
    worst = next(o for o in (Outcome.FAIL, Outcome.WARN, Outcome.PASS) if o in outcomes)
    return worst, tuple(
        Measurement(
            name=item.name,
            value=round(item.value, 6),
            unit=limit.unit,
            n=item.n,
            source=limit.source,
            **limit.model_dump(include={"warn_below", "warn_above", "fail_below", "fail_above"}),
        )
        for limit, item in zip(limits, values, strict=True)
    )


def _is_beyond(value: float, lowest: float | None, highest: float | None) -> bool:
    too_low = lowest is not None and not value >= lowest
    return too_low or (highest is not None and not value <= highest)
