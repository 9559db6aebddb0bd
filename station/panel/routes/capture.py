"""The guided capture: one page per step, its refresh after an attempt, and the moves of a step."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse

from station.panel.access import Recorder
from station.panel.state import Showing
from station.panel.steps import step_context, step_path
from station.recording import ExceptionKind, Step, VetoKind

router = APIRouter(prefix="/cases/{case_id}")
Note = Annotated[str, Form(min_length=1, max_length=200)]


@router.get("")
@router.get("/next")
def go_on(visit: Recorder, case_id: str, after: Step | None = None) -> Response:
    """Go to the next step that is not settled, or to the review."""
    case = visit.station.resume_case(visit.who, case_id)
    return visit.go(step_path(case_id, case.next_step(after)))


@router.get("/{step}")
def show(visit: Recorder, case_id: str, step: Step) -> HTMLResponse:
    """Show a step; its live view starts when the browser asks for the pictures."""
    case = visit.station.resume_case(visit.who, case_id)
    visit.state.showing = Showing(case_id, step)
    return visit.page("step.html", **step_context(visit, case, step))


@router.get("/{step}/work")
def refresh(visit: Recorder, case_id: str, step: Step) -> HTMLResponse:
    """Return what changed after an attempt."""
    case = visit.station.case(case_id)
    return visit.page("_side.html", **{**step_context(visit, case, step), "is_refresh": True})


@router.post("/{step}/capture")
def capture(visit: Recorder, case_id: str, step: Step) -> Response:
    """Take the next good frame (Space)."""
    visit.live(case_id, step).request_capture()
    return Response(status_code=204)


@router.post("/{step}/again")
def again(visit: Recorder, case_id: str, step: Step) -> Response:
    """Start a new series of attempts (R)."""
    visit.station.redo_step(visit.who, case_id, step)
    return visit.go(step_path(case_id, step))


@router.post("/{step}/accept")
def accept(
    visit: Recorder, case_id: str, step: Step, kind: Annotated[VetoKind, Form()], note: Note
) -> Response:
    """Accept the best attempt with a reason."""
    visit.station.accept_best(visit.who, case_id, step, kind, note)
    return visit.go(step_path(case_id, step))


@router.post("/{step}/owe")
def owe(visit: Recorder, case_id: str, step: Step, reason: Note) -> Response:
    """Go on without the device of this step."""
    visit.station.owe_step(visit.who, case_id, step, reason)
    return visit.go(f"/cases/{case_id}/next?after={step}")


@router.post("/{step}/take-up")
def take_up(visit: Recorder, case_id: str, step: Step) -> Response:
    """Capture an owed step after all."""
    visit.station.take_up_step(visit.who, case_id, step)
    return visit.go(step_path(case_id, step))


@router.post("/{step}/exceptions")
def except_part(
    visit: Recorder,
    case_id: str,
    step: Step,
    part: Annotated[str, Form(max_length=32)],
    kind: Annotated[ExceptionKind, Form()],
    note: Note,
) -> Response:
    """Mark a part of the resident as not capturable."""
    visit.station.except_part(visit.who, case_id, part, kind, note)
    return visit.go(step_path(case_id, step))


@router.post("/{step}/exceptions/lift")
def lift_exception(
    visit: Recorder, case_id: str, step: Step, part: Annotated[str, Form(max_length=32)]
) -> Response:
    """Take an exception back."""
    visit.station.lift_exception(visit.who, case_id, part)
    return visit.go(step_path(case_id, step))
