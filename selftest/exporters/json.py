"""The report for programs: the model as it is."""

from selftest.report import Report


def render_json(report: Report) -> str:
    """Return the report as JSON, indented."""
    return report.model_dump_json(indent=2)
