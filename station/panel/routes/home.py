"""The home page: what is open, what waits, and the button that starts a recording."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from station.clock import utc_now
from station.panel.access import Member, Watcher
from station.panel.rendering import STATION_ZONE
from station.panel.rows import case_rows, count_today
from station.panel.selftest_page import home_strip
from station.panel.strip import readiness_words, strip_cards, strip_facts
from station.panel.visit import RECORDERS

router = APIRouter()
MOST_A_DAY = 400  # FIELD.md 3.2: one office did 200 a day with two sets


@router.get("/")
def show(visit: Member) -> HTMLResponse:
    """Show the day."""
    register, now = visit.station.register, utc_now()
    return visit.page(
        "home.html",
        can_record=visit.who.operator.role in RECORDERS,
        open_rows=case_rows(visit.station.open_cases(), visit.state.regions, visit.say),
        counts=count_today(register.all(limit=MOST_A_DAY), register.counts(), now),
        aside_count=len(visit.station.packages_aside()),
        today=now.astimezone(STATION_ZONE).date(),
        **readiness_words(visit.station.readiness(), visit.say),
        **home_strip(visit),
    )


@router.get("/strip")
def strip(visit: Watcher) -> HTMLResponse:
    """Return the device strip; asked for every few seconds."""
    station, say = visit.station, visit.say
    return visit.page(
        "_strip.html", strip=strip_cards(station, say), strip_facts=strip_facts(station, say)
    )
