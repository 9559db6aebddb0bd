"""Pictures of attempts, made small for the page."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response

from station.panel.access import Recorder
from station.panel.thumbnails import shrink
from station.recording import Step

router = APIRouter(prefix="/cases/{case_id}/{step}/attempts")
EDGE_PX = Query(ge=32, le=1600)


@router.get("/{number}/{name}")
def picture(
    visit: Recorder,
    case_id: str,
    step: Step,
    number: int,
    name: str,
    edge: Annotated[int, EDGE_PX] = 800,
) -> Response:
    """Return one picture as JPEG with its longest edge at most `edge` pixels."""
    attempts = visit.station.case(case_id).attempts(step)
    if (number, name) not in {(a.number, each) for a in attempts for each in a.pictures}:
        raise HTTPException(404)
    png = visit.station.picture(case_id, step, number, name)
    return Response(shrink(png, edge), media_type="image/jpeg")
