"""From results to the verdict for the office.

In this order: a FAIL in a critical component means CANNOT RECORD; an ERROR, or a SKIP of an
essential check, in a critical component means NOT PROVEN; the same in a limiting component (iris,
pad, card reader) means WITH LIMITS; all else (UPS, network, warnings) leaves CAN RECORD and stands
in the list of findings. A card reader that is not configured limits nothing: no step of a recording
needs one.
"""

from collections.abc import Iterable, Sequence

from selftest.mode import WRONG_MODE
from selftest.report import CheckResult, Outcome, Verdict

CRITICAL_COMPONENTS = frozenset(
    {"scanner", "camera", "drive", "disk", "memory", "cpu", "clock", "store", "software"}
)
"""Without one of these nobody can be recorded: scanner, camera and computer (CHECKS D.4)."""
LIMITING_COMPONENTS = frozenset({"iris", "pad", "card"})
_OPTIONAL_COMPONENTS = frozenset({"card"})
_OF_ANOTHER_MODE = frozenset(WRONG_MODE.values())


def decide_verdict(results: Sequence[CheckResult]) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict and the components that keep it from CAN RECORD."""
    failed = _components(r for r in results if r.critical and r.outcome is Outcome.FAIL)
    if failed:
        return Verdict.CANNOT_RECORD, failed
    unproven = _components(r for r in results if r.critical and _is_unproven(r))
    if unproven or not any(r.critical for r in results):
        return Verdict.NOT_PROVEN, unproven
    limiting = _components(r for r in results if _limits(r))
    return (Verdict.WITH_LIMITS if limiting else Verdict.CAN_RECORD), limiting


def is_all_clear(results: Sequence[CheckResult]) -> bool:
    """Tell whether OKE-000 is due: nothing found, and nothing critical left unproven."""
    bad = {Outcome.FAIL, Outcome.WARN, Outcome.ERROR}
    return (
        any(r.critical for r in results)
        and not any(r.outcome in bad for r in results)
        and not any(r.critical and _is_left_out(r) for r in results)
    )


def _is_left_out(result: CheckResult) -> bool:
    """Tell whether something stayed unknown that this kind of run could have shown."""
    return result.outcome is Outcome.SKIP and result.reason not in _OF_ANOTHER_MODE


def _is_unproven(result: CheckResult) -> bool:
    skipped = result.outcome is Outcome.SKIP and result.essential
    return skipped or result.outcome is Outcome.ERROR


def _limits(result: CheckResult) -> bool:
    is_bad = result.outcome is Outcome.FAIL or _is_unproven(result)
    is_wanted = result.asset is not None or result.component not in _OPTIONAL_COMPONENTS
    return result.component in LIMITING_COMPONENTS and is_bad and is_wanted


def _components(results: Iterable[CheckResult]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(result.component for result in results))
