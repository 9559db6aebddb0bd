"""A signature drawn on the screen, where no pad is there."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from station.panel.access import Recorder
from station.panel.ink import read_geometry, read_strokes
from station.panel.steps import step_path
from station.recording import Step

router = APIRouter(prefix="/cases/{case_id}/signature")


@router.post("/signature")
def save(
    visit: Recorder,
    case_id: str,
    strokes: Annotated[str, Form(max_length=1_500_000)],
    geometry: Annotated[str, Form(max_length=100)],
) -> Response:
    """Store the strokes as the resident's approval."""
    visit.station.save_signature(visit.who, case_id, read_strokes(strokes), read_geometry(geometry))
    return visit.go(step_path(case_id, Step.SIGNATURE))
