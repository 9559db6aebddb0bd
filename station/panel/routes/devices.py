"""The devices page: each device with its state, what that means and what to do."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from station.panel.access import Member, Watcher
from station.panel.strip import device_views, readiness_words
from station.panel.visit import Visit

router = APIRouter(prefix="/devices")


@router.get("")
def show(visit: Member) -> HTMLResponse:
    """Show the page."""
    return visit.page("devices.html", **_context(visit))


@router.get("/cards")
def cards(visit: Watcher) -> HTMLResponse:
    """Return the cards anew; asked for every few seconds."""
    return visit.page("_device_cards.html", **_context(visit))


def _context(visit: Visit) -> dict[str, object]:
    words = readiness_words(visit.station.readiness(), visit.say)
    return {"cards": device_views(visit.station, visit.say), **words}
