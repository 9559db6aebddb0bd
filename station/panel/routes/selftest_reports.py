"""What the self-test keeps: reports with pictures, tickets, trends, and what each code means."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import HTMLResponse

from selftest.bench import Bench
from selftest.catalog import all_checks
from selftest.daily import STEPS, DailyStatistics, Day
from selftest.exporters.sms import render_sms
from selftest.exporters.words import number_text
from selftest.faults import load_faults
from selftest.history import History
from selftest.limits import Limit, load_limits
from selftest.report import Change, Confidence, Report, Severity
from selftest.signing import stored_bytes
from selftest.tickets import Ticket
from station.panel.access import Member
from station.panel.i18n import Translator
from station.panel.phrases import Word
from station.panel.selftest_page import selftest_page
from station.panel.selftest_views import (
    action_of,
    cards_of,
    causes_of,
    component_of,
    groups_of,
    said,
    tally,
    trigger_text,
    verdict_word,
)
from station.panel.selftest_words import CHANGES, EVENTS, METRICS, MODES, OUTCOMES
from station.panel.visit import Visit

router = APIRouter(prefix="/selftest")
LISTED_REPORTS = 100
"""The newest; older ones are on the disk and with the province."""


@dataclass(frozen=True, slots=True)
class TrendView:
    """One picture of a trend, and its numbers in words for who cannot see it."""

    unit: str
    metric: str
    title: str
    numbers: str


@router.get("/reports")
def history(visit: Member) -> HTMLResponse:
    """List the stored reports, the newest first."""
    say = visit.say
    rows = [
        (
            report,
            verdict_word(report.verdict, say),
            trigger_text(report.trigger, say),
            tally(report.results, say),
        )
        for report in visit.station.selftesting.reports(LISTED_REPORTS)
    ]
    return selftest_page(visit, "history", rows=rows)


@router.get("/reports/{number}")
def show_report(visit: Member, number: int) -> HTMLResponse:
    """Show one report whole."""
    say = visit.say
    report, pictures = visit.station.selftesting.report(number)
    notes = {
        note.name: say.pick(note.caption_id, note.caption_en)
        for result in report.results
        for note in result.pictures
        if note.name in pictures
    }
    return selftest_page(
        visit,
        "report",
        report=report,
        verdict=verdict_word(report.verdict, say),
        trigger=trigger_text(report.trigger, say),
        limited_by=[component_of(name, say).text for name in report.limited_by],
        tally=tally(report.results, say),
        cards=cards_of(report.results, say),
        groups=groups_of(report.results, say),
        changes=[_change(change, say) for change in report.changes],
        pictures=notes,
        sms=render_sms(report),
    )


@router.get("/reports/{number}/report.json")
def as_json(visit: Member, number: int) -> Response:
    """Hand out a report for programs, byte for byte as it is served to the centre."""
    report, _ = visit.station.selftesting.report(number)
    return _download(stored_bytes(report), "application/json", report, "json")


@router.get("/reports/{number}/report.pdf")
def as_pdf(visit: Member, number: int) -> Response:
    """Hand out a report on paper, in the language of the visit."""
    report, _ = visit.station.selftesting.report(number)
    pdf = visit.station.selftesting.pdf(number, visit.language)
    return _download(pdf, "application/pdf", report, "pdf")


@router.get("/reports/{number}/pictures/{name}")
def picture(visit: Member, number: int, name: str) -> Response:
    """Return one picture of a report."""
    _, pictures = visit.station.selftesting.report(number)
    if name not in pictures:
        raise HTTPException(404)
    return Response(pictures[name], media_type="image/png")


@router.get("/tickets")
def tickets(visit: Member) -> HTMLResponse:
    """Show what is open, and what was closed by a good re-test."""
    say, every = visit.say, visit.station.selftesting.all_tickets()
    return selftest_page(
        visit,
        "tickets",
        open_rows=[_ticket(ticket, say) for ticket in every if ticket.closed is None],
        closed_rows=[_ticket(ticket, say) for ticket in every if ticket.closed is not None],
        events={kind: say(text) for kind, text in EVENTS.items()},
        retestable={item.code for item in all_checks()},
    )


@router.get("/trends")
def trends(visit: Member) -> HTMLResponse:
    """Show slow changes of each unit."""
    days_of = _statistics(visit).since_baseline
    views: dict[str, list[TrendView]] = {}
    for unit in visit.station.selftesting.units():
        for metric in STEPS:
            days = days_of(unit, metric)
            if days:
                view = TrendView(unit, metric, visit.say(METRICS[metric]), _numbers(days, visit))
                views.setdefault(unit, []).append(view)
    return selftest_page(visit, "trends", units=views)


@router.get("/trends/plot.png")
def plot(visit: Member, unit: str, metric: str) -> Response:
    """Draw one trend."""
    if metric not in STEPS or unit not in visit.station.selftesting.units():
        raise HTTPException(404)
    png = visit.station.selftesting.trend_png(unit, metric)
    return Response(png, media_type="image/png")


@router.get("/codes")
def codes(visit: Member) -> HTMLResponse:
    """List everything that the self-test can find."""
    say = visit.say
    component = {item.code: item.component for item in all_checks()}
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, text in sorted(load_faults().items()):
        name = component.get(code)
        if name is not None:
            groups.setdefault(name, []).append((code, say.pick(text.name_id, text.name_en)))
    named = [(component_of(name, say), rows) for name, rows in groups.items()]
    return selftest_page(visit, "codes", groups=named)


@router.get("/codes/{code}")
def explain(visit: Member, code: str) -> HTMLResponse:
    """Say what a code means, why it comes, how it is measured and what to do."""
    say, text = visit.say, load_faults().get(code)
    if text is None:
        raise HTTPException(404)
    finding = text.finding(code, Severity.WARN, Confidence.LIKELY)
    check = next((item for item in all_checks() if item.code == code), None)
    return selftest_page(
        visit,
        "code",
        code=code,
        title=say.pick(text.name_id, text.name_en),
        test=say.pick(text.test_id, text.test_en),
        evidence=say.pick(text.evidence_id, text.evidence_en),
        confirm=say.pick(text.confirm_id or "", text.confirm_en or ""),
        causes=causes_of(finding, say),
        action=action_of(finding, say),
        component=component_of(check.component, say) if check else None,
        mode=say(MODES[check.mode]) if check else "",
        limits=[_limit(limit, say) for limit in load_limits().limits if limit.code == code],
    )


def _download(content: bytes, media_type: str, report: Report, ending: str) -> Response:
    name = f"ktpel-{report.set_code}-{report.number or 0:06d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _change(change: Change, say: Translator) -> tuple[Change, Word, str]:
    text = load_faults().get(change.code)
    name = say.pick(text.name_id, text.name_en) if text else ""
    return change, said(CHANGES[change.kind], say), name


def _ticket(ticket: Ticket, say: Translator) -> tuple[Ticket, Word, str]:
    text = load_faults().get(ticket.code)
    name = say.pick(text.name_id, text.name_en) if text else ""
    outcome = next(each for each in OUTCOMES if each.value == _OUTCOME_OF[ticket.severity])
    return ticket, said(OUTCOMES[outcome], say), name


_OUTCOME_OF = {Severity.FAIL: "FAIL", Severity.WARN: "WARN", Severity.INFO: "WARN"}


def _statistics(visit: Visit) -> DailyStatistics:
    """Return the daily numbers, which lie beside the station's database."""
    bench = Bench((), visit.station.config.paths.database.parent)
    return DailyStatistics(History(bench.history_file))


def _numbers(days: Sequence[Day], visit: Visit) -> str:
    medians = [day.median for day in days]
    return visit.say(
        "%(days)s hari, %(first)s sampai %(last)s: median %(middle)s, terendah %(low)s, "
        "tertinggi %(high)s, terakhir %(now)s",
        days=len(days),
        first=days[0].day.isoformat(),
        last=days[-1].day.isoformat(),
        middle=number_text(statistics.median(medians)),
        low=number_text(min(medians)),
        high=number_text(max(medians)),
        now=number_text(medians[-1]),
    )


def _limit(limit: Limit, say: Translator) -> dict[str, str]:
    against = {
        "nothing": "",
        "baseline_difference": say("selisih dari garis dasar"),
        "baseline_percent": say("persen dari garis dasar"),
        "week_ago": say("naik sejak seminggu lalu"),
    }
    return {
        "name": limit.measurement,
        "unit": limit.unit,
        "against": against[limit.against],
        "warn": _beyond(limit.warn_below, limit.warn_above),
        "fail": _beyond(limit.fail_below, limit.fail_above),
        "info": _beyond(limit.info_below, limit.info_above),
        "source": limit.source,
    }


def _beyond(low: float | None, high: float | None) -> str:
    named = [f"< {number_text(low)}"] if low is not None else []
    named += [f"> {number_text(high)}"] if high is not None else []
    return ", ".join(named)
