"""What the self-tests of this station say about what it can record now.

A confirmed FAIL of a critical component blocks the office until a re-test passes. That there was
no test for a day, or that one proved too little, is a hint and blocks nobody.
"""

import datetime
from collections.abc import Sequence

from selftest.report import CheckResult, Confidence, Outcome, Report, Severity, Verdict
from station.device_slot import SOUND_STATES, SlotStatus
from station.readiness import Capability, Cause, Hint, Tested

OLD = datetime.timedelta(hours=24)  # a test each day; our choice
_CAPABILITIES = {
    "scanner": Capability.FINGERPRINTS,
    "camera": Capability.PORTRAIT,
    "drive": Capability.STORAGE,
    "disk": Capability.STORAGE,
    "store": Capability.STORAGE,
}
"""Other critical components are the computer."""
_SEEN_LIVE = frozenset({"FPS-001", "FPS-002", "CAM-001", "CAM-002"})
"""Attached, opens: what the device's slot says now is newer than any report."""


def judge_selftests(
    standing: Sequence[Report], statuses: Sequence[SlotStatus], now: datetime.datetime
) -> Tested:
    """Judge the newest full run and what was tested after it, the newest first."""
    sound = {status.name for status in statuses if status.state in SOUND_STATES}
    failed = [
        result
        for result in _newest(standing)
        if _is_blocking(result) and not (result.code in _SEEN_LIVE and result.asset in sound)
    ]
    return Tested(tuple(_cause(result) for result in failed), _hints(standing, now))


def _newest(standing: Sequence[Report]) -> tuple[CheckResult, ...]:
    """Return the newest result of each check of each device; SKIP and ERROR prove nothing."""
    found: dict[tuple[str, str | None], CheckResult] = {}
    for report in standing:
        for result in report.results:
            if result.outcome not in (Outcome.SKIP, Outcome.ERROR):
                found.setdefault((result.code, result.asset), result)
    return tuple(found.values())


def _is_blocking(result: CheckResult) -> bool:
    finding = result.finding
    return (
        result.critical
        and finding is not None
        and finding.severity is Severity.FAIL
        and finding.confidence is Confidence.CONFIRMED
    )


def _cause(result: CheckResult) -> Cause:
    finding = result.finding
    name_id, name_en, action_id, action_en = result.name_id, result.name_en, "", ""
    if finding is not None:
        name_id, name_en = finding.name_id, finding.name_en
        action_id, action_en = finding.action.text_id, finding.action.text_en
    return Cause(
        _CAPABILITIES.get(result.component, Capability.COMPUTER),
        result.code,
        f"{result.code} {name_id}: {action_id}",
        f"{result.code} {name_en}: {action_en}",
    )


def _hints(standing: Sequence[Report], now: datetime.datetime) -> tuple[Hint, ...]:
    if not standing or now - standing[-1].started > OLD:
        text_id = "uji mandiri lebih dari 24 jam lalu atau belum pernah: jalankan uji cepat"
        text_en = "the last self-test is older than 24 hours, or there was none: run a quick one"
        return (Hint("selftest_old", text_id, text_en),)
    if standing[-1].verdict is Verdict.NOT_PROVEN:
        parts = ", ".join(standing[-1].limited_by)
        text_id = f"uji mandiri belum membuktikan semuanya ({parts}): ulangi uji cepat"
        text_en = f"the self-test did not prove everything ({parts}): run a quick one again"
        return (Hint("selftest_unproven", text_id, text_en),)
    return ()
