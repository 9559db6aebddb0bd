"""The end of a recording: review, seal, abandon, and the result."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse

from station.panel.access import Recorder
from station.panel.proof import draw_proof
from station.panel.review_sheet import review_context
from station.panel.rows import case_rows

router = APIRouter(prefix="/cases/{case_id}")


@router.get("/review")
def review(visit: Recorder, case_id: str) -> HTMLResponse:
    """Show everything at a glance and what is missing."""
    visit.station.resume_case(visit.who, case_id)
    visit.station.stop_live()
    sheet = visit.station.review(case_id)
    return visit.page("review.html", **review_context(sheet, visit.say))


@router.post("/seal")
def seal(visit: Recorder, case_id: str) -> Response:
    """Seal the recording for the centre."""
    visit.station.seal_case(visit.who, case_id)
    visit.state.showing = None
    return visit.go(f"/cases/{case_id}/result")


@router.get("/result")
def result(visit: Recorder, case_id: str) -> HTMLResponse:
    """Show number, state and the proof for the resident."""
    row = visit.station.register.get(case_id)
    item = case_rows((row,), visit.state.regions, visit.say)[0]
    return visit.page("result.html", item=item, qr=draw_proof(visit.station, row))


@router.post("/abandon")
def abandon(
    visit: Recorder, case_id: str, note: Annotated[str, Form(min_length=1, max_length=200)]
) -> Response:
    """Give the recording up."""
    visit.station.abandon_case(visit.who, case_id, note)
    visit.state.showing = None
    return visit.go("/")
