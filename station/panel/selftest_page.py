"""What several pages of the self-test show: their own menu, the strip at home, the progress."""

from dataclasses import dataclass

from fastapi.responses import HTMLResponse

from selftest.catalog import all_checks
from selftest.faults import fault_text
from selftest.guide import Answer, Question
from station.accounts import Role
from station.clock import utc_now
from station.panel.phrases import Phrase
from station.panel.selftest_views import (
    age_text,
    component_of,
    line_of,
    standing_of,
    trigger_text,
    verdict_word,
)
from station.panel.selftest_words import ANSWERS
from station.panel.visit import MenuEntry, Visit


@dataclass(frozen=True, slots=True)
class Asked:
    """The pending question in the language of the visit."""

    key: str
    text: str
    answers: tuple[tuple[Answer, Phrase], ...]
    has_picture: bool


def selftest_page(visit: Visit, name: str, **context: object) -> HTMLResponse:
    """Render one page of the self-test, with the menu of all its pages."""
    return visit.page(f"selftest/{name}.html", pages=_pages(visit), **context)


def run_context(visit: Visit) -> dict[str, object]:
    """Return what the progress shows, of the run that goes on or of the last one."""
    say, selftesting = visit.say, visit.station.selftesting
    state = selftesting.state()
    last = None if state.is_running else selftesting.last()
    is_technician = visit.who.operator.role in {Role.SUPERVISOR, Role.TECHNICIAN}
    is_own = state.person == visit.who.operator.user_name
    return {
        "state": state,
        "trigger": trigger_text(state.trigger, say) if state.trigger else "",
        "share": min(100, round(100 * len(state.done) / state.planned)) if state.planned else 0,
        "waiting": say.pick(state.waiting_id or "", state.waiting_en or ""),
        "told": say.pick(state.said_id, state.said_en),
        "current": _current(state.current, visit),
        "question": _asked(state.question, visit) if state.question else None,
        "caption": say.pick(*state.picture_caption) if state.picture_caption else "",
        "lines": [line_of(result, say) for result in reversed(state.done)],
        "may_answer": is_technician,
        "may_cancel": is_technician or is_own,
        "last": last,
        "verdict": verdict_word(last.verdict, say) if last else None,
    }


def home_strip(visit: Visit) -> dict[str, object]:
    """Return what the home page says of the self-test."""
    say, selftesting = visit.say, visit.station.selftesting
    standing = standing_of(selftesting.standing())
    age = age_text(standing.full.ended, utc_now(), say) if standing else ""
    limited_by = standing.limited_by if standing else ()
    return {
        "selftest_word": verdict_word(standing.verdict if standing else None, say),
        "selftest_age": age,
        "selftest_limited_by": [component_of(name, say).text for name in limited_by],
        "selftest_tickets": len(selftesting.open_tickets()),
        "selftest_is_running": selftesting.state().is_running,
    }


def _pages(visit: Visit) -> tuple[MenuEntry, ...]:
    say, path = visit.say, visit.request.url.path
    entries = (
        ("/selftest", "wrench", say("Keadaan")),
        ("/selftest/reports", "list", say("Riwayat")),
        ("/selftest/tickets", "warn", say("Tiket")),
        ("/selftest/trends", "search", say("Tren")),
        ("/selftest/codes", "info", say("Kode")),
    )
    return tuple(MenuEntry(href, icon, text, path == href) for href, icon, text in entries)


def _current(code: str | None, visit: Visit) -> str:
    if code is None or not any(item.code == code for item in all_checks()):
        return code or ""
    text = fault_text(code)
    return f"{code} · {visit.say.pick(text.test_id, text.test_en)}"


def _asked(question: Question, visit: Visit) -> Asked:
    say = visit.say
    answers = tuple(
        (each, Phrase(say(ANSWERS[each].text), ANSWERS[each].icon)) for each in question.answers
    )
    text = say.pick(question.text_id, question.text_en)
    return Asked(question.key, text, answers, question.picture_png is not None)
