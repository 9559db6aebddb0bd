"""Error log and self-tests of a drive, of all three kinds."""

from dataclasses import dataclass
from typing import Any

from selftest.smart.fields import Fields, block, number, rows, text_of, truth

_ATA_FAILED = range(3, 9)  # ATA8-ACS, table of self-test execution status: failures
_NVME_FAILED = range(5, 8)  # NVM Express base specification 1.4, figure 200: result codes
_SCSI_FAILED = range(3, 8)  # SPC-4, self-test results log page


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The newest self-test that came to an end."""

    has_failed: bool
    text: str


def ata_error_count(smart: Fields) -> float | None:
    """Return how many errors the ATA log has counted; None without a log."""
    log = block(smart, "ata_smart_error_log")
    counts = [number(block(log, part).get("count")) for part in ("extended", "summary")]
    known = [count for count in counts if count is not None]
    return max(known) if known else None


def last_self_test(smart: Fields) -> SelfTest | None:
    """Return the newest finished self-test; aborted and running ones say nothing."""
    for tests in (_ata_tests(smart), _nvme_tests(smart), _scsi_tests(smart)):
        if tests:
            return tests[0]
    status = block(smart, "ata_smart_data", "self_test", "status")
    failed = _ata_failed(status)
    # "completed without error" is also what a drive says that was never tested
    return SelfTest(True, text_of(status, "string") or "failed") if failed else None


def _ata_tests(smart: Fields) -> list[SelfTest]:
    log = block(smart, "ata_smart_self_test_log")
    for part in ("extended", "standard"):
        found = [
            SelfTest(failed, _words(row, "status"))
            for row in rows(block(log, part).get("table"))
            if (failed := _ata_failed(block(row, "status"))) is not None
        ]
        if found:
            return found
    return []


def _ata_failed(status: dict[str, Any]) -> bool | None:
    passed = truth(status.get("passed"))
    if passed is not None:
        return not passed
    value = number(status.get("value"))
    if value is None:
        return None
    return _ended(int(value) >> 4, _ATA_FAILED)


def _nvme_tests(smart: Fields) -> list[SelfTest]:
    return [
        SelfTest(failed, _words(row, "self_test_result"))
        for row in rows(block(smart, "nvme_self_test_log").get("table"))
        if (failed := _result(block(row, "self_test_result"), _NVME_FAILED)) is not None
    ]


def _scsi_tests(smart: Fields) -> list[SelfTest]:
    tests = (block(smart, f"scsi_self_test_{place}") for place in range(20))
    return [
        SelfTest(failed, _words(test, "result"))
        for test in tests
        if (failed := _result(block(test, "result"), _SCSI_FAILED)) is not None
    ]


def _result(result: dict[str, Any], failures: range) -> bool | None:
    value = number(result.get("value"))
    return None if value is None else _ended(int(value), failures)


def _ended(value: int, failures: range) -> bool | None:
    if value == 0:
        return False
    return True if value in failures else None


def _words(row: dict[str, Any], key: str) -> str:
    return text_of(block(row, key), "string") or "?"
