"""The second window, facing the resident: what to do now, mirrored preview, the data to approve."""

import secrets

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from station.panel.access import Guest
from station.panel.phrases import RESIDENT_HINTS, STEP_HINTS, STEPS
from station.panel.state import Showing
from station.panel.steps import mode_of, step_path
from station.panel.visit import Visit
from station.recording import Step

router = APIRouter(prefix="/warga")


@router.get("")
def show(visit: Guest) -> HTMLResponse:
    """Follow the step that the operator has on the screen; rest when there is none."""
    showing = visit.state.showing if visit.session is not None else None
    context = _rest() if showing is None else _step(visit, showing)
    return visit.page("resident.html", marker=marker(visit), **context)


@router.get("/marker")
def what_is_shown(visit: Guest) -> dict[str, str]:
    """Tell what is shown now, so that the window knows when to load anew."""
    return {"marker": marker(visit)}


def marker(visit: Visit) -> str:
    """Return a word that changes whenever the window must show something else."""
    showing = visit.state.showing
    if showing is None or visit.session is None:
        return "rest"
    case = visit.station.case(showing.case_id)
    return f"{showing.case_id}/{showing.step}/{mode_of(visit, case, showing.step)}"


def _rest() -> dict[str, object]:
    return {"base": None}


def _step(visit: Visit, showing: Showing) -> dict[str, object]:
    case = visit.station.case(showing.case_id)
    if mode_of(visit, case, showing.step) not in {"live", "draw"}:
        return _rest()
    step = showing.step
    return {
        "base": step_path(case.case_id, step),
        "case": case,
        "hint": visit.say(RESIDENT_HINTS.get(step.value, STEP_HINTS[step.value])),
        "hint_icon": STEPS[step.value].icon,
        "is_mirrored": step is Step.PORTRAIT,
        "approval": step is Step.SIGNATURE,
        "nonce": secrets.token_hex(4),
    }
