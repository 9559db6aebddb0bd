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
from selftest.report import Outcome
from selftest.tickets import Ticket

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
    """Return a table of tickets: what, on which unit, since when, and what to do."""
    if not tickets:
        return Text(pick(language, "tidak ada tiket terbuka", "no open ticket"), style="green")
    titles = (
        ("kode", "code"),
        ("unit", "unit"),
        ("sejak", "since"),
        ("kali", "times"),
        ("keadaan", "state"),
        ("lakukan, uji ulang", "do this, re-test"),
    )
    table = Table(*(pick(language, *title) for title in titles))
    for ticket in tickets:
        table.add_row(*_ticket_row(ticket, language))
    return table


def carried_json(carried: Carried) -> str:
    """Return what was carried as JSON."""
    return json.dumps({**asdict(carried), "folder": str(carried.folder)}, indent=2)


def proof_json(proved: Proved) -> str:
    """Return what was proved as JSON."""
    return json.dumps(asdict(proved), indent=2)


def _ticket_row(ticket: Ticket, language: Language) -> tuple[str | Text, ...]:
    text = load_faults().get(ticket.code)
    action = pick(language, text.action_id, text.action_en) if text is not None else ""
    level = f"{text.level}  " if text is not None else ""
    reopened = sum(event.kind == "reopened" for event in ticket.events)
    state = pick(language, "terbuka", "open")
    if ticket.closed is not None:
        state = pick(language, "ditutup ", "closed ") + f"{local(ticket.closed):{_DATE}}"
    if reopened:
        state += pick(language, f", dibuka lagi {reopened}x", f", opened again {reopened}x")
    colour = "red" if ticket.severity.value == "FAIL" else "yellow"
    return (
        Text(f"{ticket.code} {ticket.severity.value}", style=colour),
        ticket.unit,
        f"{local(ticket.since):{_DATE}}",
        str(ticket.times),
        state,
        f"{level}{action}\nselftest only {ticket.code}",
    )
