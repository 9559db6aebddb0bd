"""From what a check said to its result in the report.

Measured  -> PASS, WARN or FAIL by the limits; SKIP where no limit could judge
Answered  -> MANUAL, or WARN (likely) where the person saw something wrong
Unproven  -> ERROR with an action         Skip, NotReadyError, DeviceBusyError -> SKIP
any other error, or no answer in time     -> ERROR
"""

from dataclasses import dataclass

from drivers.errors import DeviceBusyError
from selftest.check import Answered, Check, Measured, Skip, Unproven
from selftest.errors import NotReadyError
from selftest.faults import fault_text
from selftest.limits import References, judge
from selftest.mode import Mode
from selftest.owner import Answer
from selftest.report import CheckResult, Confidence, Measurement, Outcome, Severity
from selftest.verdict import CRITICAL_COMPONENTS


@dataclass(frozen=True, slots=True)
class _Judged:
    outcome: Outcome
    reason: str
    severity: Severity | None = None
    confidence: Confidence = Confidence.CONFIRMED
    measurements: tuple[Measurement, ...] = ()
    person: str | None = None


def result_of(
    item: Check, asset: str | None, answer: Answer, references: References | None = None
) -> CheckResult:
    """Return the result of one check of one asset."""
    judged = _judge(item, answer, references)
    text = fault_text(item.code)
    finding = None
    if judged.severity is not None:
        finding = text.finding(item.code, judged.severity, judged.confidence)
    return CheckResult(
        code=item.code,
        component=item.component,
        asset=asset,
        outcome=judged.outcome,
        name_id=text.test_id,
        name_en=text.test_en,
        reason=judged.reason,
        essential=item.essential and item.mode is Mode.QUICK,
        critical=item.component in CRITICAL_COMPONENTS,
        person=judged.person,
        measurements=judged.measurements,
        finding=finding,
    )


def _judge(item: Check, answer: Answer, references: References | None) -> _Judged:
    if isinstance(answer, Measured):
        return _judge_values(item, answer, references)
    if isinstance(answer, Answered):
        return _judge_answer(answer)
    if isinstance(answer, Unproven):
        return _Judged(Outcome.ERROR, answer.reason, Severity.WARN, Confidence.HINT)
    return _judge_failure(item, answer)


def _judge_values(item: Check, said: Measured, references: References | None) -> _Judged:
    judged = judge(item.code, said.values, references, said.confidence)
    reason = "; ".join(part for part in (said.evidence, judged.unjudged) if part)
    return _Judged(judged.outcome, reason, judged.severity, judged.confidence, judged.measurements)


def _judge_answer(said: Answered) -> _Judged:
    if said.is_good:
        return _Judged(Outcome.MANUAL, said.question, person=said.person)
    return _Judged(
        Outcome.WARN, said.question, Severity.WARN, Confidence.LIKELY, person=said.person
    )


def _judge_failure(item: Check, answer: Skip | BaseException | None) -> _Judged:
    if answer is None:
        limit = f"tidak selesai dalam / not done within {item.time_limit_s:g} s"
        return _Judged(Outcome.ERROR, limit)
    if isinstance(answer, Skip):
        return _Judged(Outcome.SKIP, answer.reason)
    if isinstance(answer, DeviceBusyError):
        return _Judged(Outcome.SKIP, f"sedang dipakai / in use: {answer}")
    if isinstance(answer, NotReadyError):
        return _Judged(Outcome.SKIP, str(answer))
    return _Judged(Outcome.ERROR, f"{type(answer).__name__}: {answer}")
