"""What the sub-commands of `diagnose` share: the answer for programs and for people, the exit code.

{"subject": what was diagnosed, "class": the sub-command's word for how it is,
 "codes": [what was found or could not be proven: code, severity, confidence, outcome, reason],
 "not_tested": [what was skipped: code, reason]}
"""

import json
import sys
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from selftest.commands.setting import FOUND_BAD

if TYPE_CHECKING:
    from selftest.report import CheckResult, Report

NOT_PROVEN = "NOT PROVEN"


def show_diagnosis(done: "Report", *, subject: str, named: str, as_json: bool) -> None:
    """Write a diagnosis to standard output; raises typer.Exit(1) where something is bad.

    `named` is the class of the subject in the words of the sub-command: "CLEAN", "FAIL".
    """
    from selftest.exporters.human import render_report
    from selftest.report import Outcome

    if as_json:
        sys.stdout.write(json.dumps(diagnosis_document(done, subject, named), indent=2) + "\n")
    else:
        console = Console()
        console.print(f"{subject}: [bold]{named}[/]", highlight=False)
        console.print(render_report(done))
    if any(result.outcome in {Outcome.FAIL, Outcome.ERROR} for result in done.results):
        raise typer.Exit(FOUND_BAD)


def diagnosis_document(done: "Report", subject: str, named: str) -> dict[str, Any]:
    """Return the answer for programs."""
    from selftest.report import Outcome

    told = [r for r in done.results if r.finding is not None or r.outcome is Outcome.ERROR]
    skipped = [r for r in done.results if r.outcome is Outcome.SKIP]
    return {
        "subject": subject,
        "class": named,
        "codes": [_code(result) for result in told],
        "not_tested": [{"code": r.code, "reason": r.reason} for r in skipped],
    }


def worst_class(done: "Report") -> str:
    """Return FAIL, NOT PROVEN, WARN, INFO or CLEAN, the first that holds."""
    from selftest.report import Outcome, Severity

    outcomes = {result.outcome for result in done.results}
    severities = {result.finding.severity for result in done.results if result.finding}
    if Outcome.FAIL in outcomes:
        return "FAIL"
    if Outcome.ERROR in outcomes or not outcomes - {Outcome.SKIP}:
        return NOT_PROVEN
    if Outcome.WARN in outcomes:
        return "WARN"
    return "INFO" if Severity.INFO in severities else "CLEAN"


def _code(result: "CheckResult") -> dict[str, Any]:
    finding = result.finding
    return {
        "code": result.code,
        "severity": finding.severity.value if finding else None,
        "confidence": finding.confidence.value if finding else None,
        "outcome": result.outcome.value,
        "reason": result.reason,
        "values": {item.name: item.value for item in result.measurements},
    }
