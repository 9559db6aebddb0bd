"""The list of recordings with their states."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from station.case_states import OPEN_STATES, CaseState
from station.panel.access import Recorder
from station.panel.i18n import N_
from station.panel.rows import DONE_STATES, WAITING_STATES, case_rows

router = APIRouter(prefix="/recordings")
FILTERS = {
    "all": (N_("Semua"), frozenset(CaseState)),
    "open": (N_("Belum selesai"), OPEN_STATES),
    "waiting": (N_("Menunggu"), WAITING_STATES),
    "received": (N_("Diterima"), DONE_STATES),
}
PAGE_LENGTH = 200


@router.get("")
def show(visit: Recorder, show: str = "all") -> HTMLResponse:
    """Show the recordings of a filter."""
    chosen = show if show in FILTERS else "all"
    rows = visit.station.register.all(states=FILTERS[chosen][1], limit=PAGE_LENGTH)
    filters = [
        {"href": f"/recordings?show={key}", "text": visit.say(text), "is_current": key == chosen}
        for key, (text, _) in FILTERS.items()
    ]
    listed = case_rows(rows, visit.state.regions, visit.say)
    return visit.page("recordings.html", rows=listed, filters=filters)
