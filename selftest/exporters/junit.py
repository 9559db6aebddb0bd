"""The report as JUnit XML, for build servers: SKIP is skipped, ERROR is error, FAIL is failure.

A WARN passes, with what it found as the case's output.
"""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from selftest.exporters.words import measured_against_limit
from selftest.report import CheckResult, Outcome, Report

_ELEMENTS = {Outcome.FAIL: "failure", Outcome.ERROR: "error", Outcome.SKIP: "skipped"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold; a device's answer may."""


def render_junit(report: Report) -> str:
    """Return one test suite per component."""
    name = f"selftest {report.set_code}"
    root = Element("testsuites", {"name": name, **_counts(report.results)})
    for component in dict.fromkeys(result.component for result in report.results):
        _add_suite(root, report, component)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add_suite(root: Element, report: Report, component: str) -> None:
    mine = [result for result in report.results if result.component == component]
    told = {
        "name": component,
        "hostname": report.set_code,
        "timestamp": report.started.isoformat(timespec="seconds"),
    }
    suite = SubElement(root, "testsuite", {**told, **_counts(mine)})
    for result in mine:
        _add_case(suite, result)


def _counts(results: Sequence[CheckResult]) -> dict[str, str]:
    outcomes = [result.outcome for result in results]
    return {
        "tests": str(len(results)),
        "failures": str(outcomes.count(Outcome.FAIL)),
        "errors": str(outcomes.count(Outcome.ERROR)),
        "skipped": str(outcomes.count(Outcome.SKIP)),
        "time": f"{sum(result.duration_s for result in results):.3f}",
    }


def _add_case(suite: Element, result: CheckResult) -> None:
    unit = f".{result.asset}" if result.asset else ""
    case = SubElement(
        suite,
        "testcase",
        classname=_clean(f"selftest.{result.component}{unit}"),
        name=f"{result.code} {result.name_en}",
        time=f"{result.duration_s:.3f}",
    )
    text = _clean(_text(result))
    if result.outcome in _ELEMENTS:
        kind = {} if result.outcome is Outcome.SKIP else {"type": result.code}
        told = {"message": _message(result), **kind}
        body = SubElement(case, _ELEMENTS[result.outcome], told)
        body.text = text or None
    elif text:
        SubElement(case, "system-out").text = f"{result.outcome}: {text}"


def _message(result: CheckResult) -> str:
    return _clean(result.finding.name_en if result.finding else result.reason)


def _text(result: CheckResult) -> str:
    lines = [measured_against_limit(item) for item in result.measurements]
    lines += [result.reason] if result.reason else []
    if result.finding is not None:
        lines += [result.finding.action.text_en, result.finding.retest]
    return "\n".join(lines)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
