"""Status words, results of the UPS's own test, and alarm texts.

Spellings: counted in 718 dumps of real UPS (CHECKS.md B.2).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Variables = Mapping[str, str]
"""What a UPS tells, by NUT's names."""


class BatteryTest(StrEnum):
    """What the UPS's own last test said; NONE and UNKNOWN prove nothing."""

    PASSED = "pass"
    WARNED = "warn"
    FAILED = "fail"
    NONE = "none"
    UNKNOWN = "unknown"


class AlarmKind(StrEnum):
    """What an alarm text is about."""

    REPLACE_BATTERY = "replace_battery"
    """Says that the battery is bad or not there."""
    BATTERY = "battery"
    """About the battery, but not that it is bad."""
    SELF_TEST = "self_test"
    """The UPS's own test failed."""
    FAULT = "fault"
    """A part of the UPS failed."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One phrase of `ups.alarm`."""

    text: str
    kind: AlarmKind


_TEST_NOT_MADE = frozenset({"", "no", "no test initiated", "none"})
_TEST_RUNS = re.compile(r"in progress")
_BATTERY_BAD = re.compile(
    r"replace.{0,9}batter|batter.{0,9}replac|no.batter"
    r"|batter\w*.{0,9}(disconnect|missing|not.present|bad|fail)|bad.batter"
)
_SELF_TEST = re.compile(r"(self.?|battery.)test.{0,9}fail|fail.{0,9}(self.?|battery.)test")
_FAULT = re.compile(r"fail|fault")
_LOAD = re.compile(r"over.?load")  # UPS-108 tells it
_SEPARATORS = re.compile(r"[!;,|]+")


def status_words(variables: Variables) -> frozenset[str]:
    """Return the words of `ups.status`."""
    return frozenset(variables.get("ups.status", "").upper().split())


def is_testing(variables: Variables) -> bool:
    """Tell whether the UPS tests its battery now, so that no battery value means anything."""
    result = variables.get("ups.test.result", "").lower()
    return "CAL" in status_words(variables) or bool(_TEST_RUNS.search(result))


def normalise_test(result: str | None) -> BatteryTest:
    """Return what `ups.test.result` means, whatever its spelling."""
    words = (result or "").strip().lower()
    if words in _TEST_NOT_MADE:
        return BatteryTest.NONE
    if words == "ok" or re.search(r"\bpass(ed)?\b", words):
        return BatteryTest.PASSED
    if re.search(r"\bwarn(ing)?\b", words):
        return BatteryTest.WARNED
    if words == "done and error" or re.search(r"\bfail(ed|ure)?\b", words):
        return BatteryTest.FAILED
    return BatteryTest.UNKNOWN


def read_alarms(variables: Variables) -> tuple[Alarm, ...]:
    """Return the phrases of `ups.alarm` with what each is about; overload is told elsewhere."""
    phrases = [phrase.strip() for phrase in _phrases(variables.get("ups.alarm", ""))]
    alarms = (Alarm(phrase, _kind_of(phrase)) for phrase in phrases if phrase)
    return tuple(alarm for alarm in alarms if not _LOAD.search(alarm.text.lower()))


def _phrases(text: str) -> list[str]:
    """Split: "Replace battery! Fan failure!", or constants such as "BATTERIES_DISCONNECTED"."""
    if any("_" in word for word in text.split()) and text.upper() == text:
        return text.split()
    return _SEPARATORS.split(text)


def _kind_of(phrase: str) -> AlarmKind:
    words = phrase.lower().replace("_", " ")
    if _SELF_TEST.search(words):
        return AlarmKind.SELF_TEST
    if "charger" not in words and _BATTERY_BAD.search(words):
        return AlarmKind.REPLACE_BATTERY
    if _FAULT.search(words):
        return AlarmKind.FAULT
    return AlarmKind.BATTERY if "batter" in words else AlarmKind.OTHER
