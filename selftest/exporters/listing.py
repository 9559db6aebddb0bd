"""Lists on the terminal and for programs: stored reports, tickets, what a courier carries."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from selftest.exporters.human import VERDICT_COLOURS
from selftest.exporters.words import Language, local, pick
from selftest.faults import load_faults
from selftest.outbox import Carried, ListedReport
from selftest.proof import Proved
from selftest.report import Outcome, Severity
from selftest.tickets import Ticket

_SEVERITY_COLOURS = {Severity.FAIL: "red", Severity.WARN: "yellow", Severity.INFO: "cyan"}
_DATE = "%Y-%m-%d"


def render_history(listed: Sequence[ListedReport]) -> RenderableType:
    """Return a table of stored reports."""
    table = Table("no.", "waktu / time", "pemicu / trigger", "putusan / verdict", "F", "E", "W")
    for item in listed:
        if item.report is None:
            table.add_row(str(item.number), "-", "-", Text("rusak / damaged", style="red"))
            continue
        report, counts = item.report, item.counts
        verdict = Text(report.verdict.value, style=VERDICT_COLOURS[report.verdict])
        if report.unfinished:
            verdict.append("  terputus / cut off", style="magenta")
        numbers = (str(counts[o]) for o in (Outcome.FAIL, Outcome.ERROR, Outcome.WARN))
        when = f"{local(report.started):%Y-%m-%d %H:%M}"
        table.add_row(str(item.number), when, report.trigger, verdict, *numbers)
    return table


def history_json(listed: Sequence[ListedReport]) -> str:
    """Return the stored reports' heads as JSON."""
    return json.dumps([item.head() for item in listed], indent=2)


def render_tickets(tickets: Sequence[Ticket], language: Language) -> RenderableType:
    """Return tickets as people read them: what, on which unit, since when, and what to do."""
    if not tickets:
        return Text(pick(language, "tidak ada tiket terbuka", "no open ticket"), style="green")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for ticket in tickets:
        colour = _SEVERITY_COLOURS[ticket.severity] if ticket.closed is None else "green"
        code = Text(f"{ticket.code} {ticket.severity}", style=f"bold {colour}")
        table.add_row(code, _ticket_text(ticket, language))
    return table


def carried_json(carried: Carried) -> str:
    """Return what was carried as JSON."""
    return json.dumps({**asdict(carried), "folder": str(carried.folder)}, indent=2)


def proof_json(proved: Proved) -> str:
    """Return what was proved as JSON."""
    return json.dumps(asdict(proved), indent=2)


def _ticket_text(ticket: Ticket, language: Language) -> Text:
    """Return what is wrong, since when, on which unit, what to do, and how to test again."""
    text = load_faults().get(ticket.code)
    name = pick(language, text.name_id, text.name_en) if text is not None else ""
    body = Text(f"{name}  ", style="bold")
    body.append(f"{_state(ticket, language)}\n", style="not bold")
    body.append(f"{ticket.unit}\n", style="not bold bright_black")
    if text is not None:
        action = pick(language, text.action_id, text.action_en)
        body.append(f"{text.level}  {action}\n", style="not bold")
    body.append(f"selftest only {ticket.code}\n", style="not bold cyan")
    return body


def _state(ticket: Ticket, language: Language) -> str:
    since, times = f"{local(ticket.since):{_DATE}}", f"{ticket.times}x"
    state = pick(language, f"sejak {since}, {times}", f"since {since}, {times}")
    if reopened := sum(event.kind == "reopened" for event in ticket.events):
        state += pick(language, f", dibuka lagi {reopened}x", f", opened again {reopened}x")
    if ticket.closed is not None:
        closed = f"{local(ticket.closed):{_DATE}}"
        state += pick(language, f", ditutup {closed}", f", closed {closed}")
    return state
