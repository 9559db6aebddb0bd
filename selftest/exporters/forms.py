"""The forms of a report that are text, by name."""

import io

from rich.console import Console

from selftest.exporters.human import render_report
from selftest.exporters.json import render_json
from selftest.exporters.junit import render_junit
from selftest.exporters.ocp import render_ocp
from selftest.exporters.sms import render_sms
from selftest.exporters.words import Language
from selftest.report import Report

PLAIN_WIDTH = 100
"""Characters of a line where no terminal says how wide it is."""


def render_text(report: Report, form: str, language: Language = "id") -> str:
    """Return a report as "human", "json", "ocp", "junit" or "sms"; KeyError for another name."""
    if form == "human":
        return render_plain(report, language)
    forms = {"json": render_json, "ocp": render_ocp, "junit": render_junit, "sms": render_sms}
    text = forms[form](report)
    return text if text.endswith("\n") else text + "\n"


def render_plain(report: Report, language: Language = "id", width: int = PLAIN_WIDTH) -> str:
    """Return the report for people as text without colours."""
    buffer = io.StringIO()
    Console(file=buffer, width=width).print(render_report(report, language))
    return buffer.getvalue()
