"""The report for people: verdict, faults with what to do, then one line for all the rest."""

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from selftest.faults import load_parts
from selftest.report import CheckResult, Finding, Measurement, Outcome, Report, Verdict

_VERDICTS = {
    Verdict.CAN_RECORD: ("BISA MEREKAM", "green"),
    Verdict.WITH_LIMITS: ("BISA MEREKAM DENGAN BATASAN", "yellow"),
    Verdict.CANNOT_RECORD: ("TIDAK BISA MEREKAM", "red"),
    Verdict.NOT_PROVEN: ("BELUM TERBUKTI", "magenta"),
}
_STYLES = {
    Outcome.PASS: ("✓", "green"),
    Outcome.WARN: ("!", "yellow"),
    Outcome.FAIL: ("✗", "red"),
    Outcome.SKIP: ("·", "bright_black"),
    Outcome.ERROR: ("?", "magenta"),
    Outcome.MANUAL: ("✋", "cyan"),
}
_SEVERITY_ORDER = (Outcome.FAIL, Outcome.ERROR, Outcome.WARN)


def render_report(report: Report) -> RenderableType:
    """Return everything, the most urgent first."""
    parts: list[RenderableType] = [_banner(report)]
    for outcome in _SEVERITY_ORDER:
        parts += [_fault(result) for result in report.results if result.outcome is outcome]
    rest = Table.grid(padding=(0, 2))
    for result in report.results:
        if result.outcome not in _SEVERITY_ORDER:
            rest.add_row(*_line(result))
    return Group(*parts, rest)


def render_line(result: CheckResult) -> RenderableType:
    """Return one result as a line of the live progress."""
    table = Table.grid(padding=(0, 2))
    table.add_row(*_line(result))
    return table


def _banner(report: Report) -> RenderableType:
    text_id, colour = _VERDICTS[report.verdict]
    counts = {o: sum(r.outcome is o for r in report.results) for o in Outcome}
    tally = "   ".join(f"{o.value} {n}" for o, n in counts.items() if n)
    took_s = (report.ended - report.started).total_seconds()
    text = Text.assemble((f"{text_id}\n", f"bold {colour}"), (f"{report.verdict}\n", colour))
    if report.limited_by:
        text.append(f"karena / because of: {', '.join(report.limited_by)}\n", style=colour)
    if report.all_clear:
        text.append("OKE-000  semua baik / all clear\n", style="green")
    text.append(f"{tally}   ({took_s:.0f} s)")
    title = f"{report.station_code}  {report.started.astimezone():%Y-%m-%d %H:%M}"
    footer = f"{report.run_id}  limits {report.limits_version}"
    return Panel(text, title=title, subtitle=footer, border_style=colour, padding=(1, 2))


def _fault(result: CheckResult) -> RenderableType:
    sign, colour = _STYLES[result.outcome]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bright_black", no_wrap=True)
    table.add_column()
    for measurement in result.measurements:
        table.add_row("terukur", Text(measured_against_limit(measurement)))
    if result.reason:
        table.add_row("bukti", Text(result.reason))
    if result.finding is not None:
        _add_action(table, result.finding)
    where = f" ({result.asset})" if result.asset else ""
    named = result.finding or result
    title = Text.assemble(
        (f" {sign} {result.outcome} {result.code}{where}  {named.name_id} ", f"bold {colour}"),
        (f"/ {named.name_en} ", colour),
    )
    return Panel(table, title=title, title_align="left", border_style=colour)


def _add_action(table: Table, finding: Finding) -> None:
    action = finding.action
    for cause in finding.causes:
        table.add_row("sebab", Text(f"{cause.text_id}\n{cause.text_en}"))
    table.add_row("lakukan", Text.assemble((action.text_id, "bold"), f"\n{action.text_en}"))
    part = f"   suku cadang / part: {_part_name(action.part)}" if action.part else ""
    table.add_row("", Text(f"{action.level}, {action.minutes} menit{part}"))
    table.add_row("uji ulang", Text(finding.retest, style="cyan"))


def _part_name(key: str) -> str:
    part = load_parts()[key]
    return f"{part.name_id} / {part.name_en}"


def measured_against_limit(item: Measurement) -> str:
    """Return one value with its bounds: "spread 9.2 gl (WARN > 8, FAIL > 12)"."""
    bounds = (
        ("WARN <", item.warn_below),
        ("WARN >", item.warn_above),
        ("FAIL <", item.fail_below),
        ("FAIL >", item.fail_above),
    )
    written = ", ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
    return f"{item.name} {item.value:.4g} {item.unit} ({written})"


def _line(result: CheckResult) -> tuple[Text, Text, Text, Text]:
    sign, colour = _STYLES[result.outcome]
    values = ", ".join(f"{m.value:.4g} {m.unit}" for m in result.measurements if m.unit != "0/1")
    detail = "  ".join(part for part in (values, result.reason) if part)
    return (
        Text(f"{sign} {result.outcome}", style=colour),
        Text(result.code, style="bold"),
        Text(result.name_id),
        Text(detail, style="bright_black"),
    )
