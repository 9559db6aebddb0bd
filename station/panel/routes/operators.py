"""Accounts, for supervisors."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse

from station.accounts import Role
from station.panel.access import Supervisor
from station.panel.i18n import N_
from station.panel.phrases import ROLES, Word
from station.panel.visit import Visit

router = APIRouter(prefix="/operators")
STATES = {
    True: Word(N_("aktif"), "check", "good"),
    False: Word(N_("nonaktif"), "ban", "idle"),
}


@router.get("")
def show(visit: Supervisor) -> HTMLResponse:
    """Show all accounts and the form for a new one."""
    return visit.page("operators.html", **operators_context(visit), trouble=None)


@router.post("")
def add(
    visit: Supervisor,
    user_name: Annotated[str, Form(max_length=32)],
    display_name: Annotated[str, Form(max_length=80)],
    role: Annotated[Role, Form()],
    password: Annotated[str, Form(max_length=256)],
) -> Response:
    """Make an account."""
    actor = visit.who.operator.user_name
    visit.station.operators.add(user_name, display_name, role, password, actor=actor)
    return visit.go("/operators")


@router.post("/{operator_id}/deactivate")
def deactivate(visit: Supervisor, operator_id: int) -> Response:
    """Close an account and end its sessions."""
    visit.station.operators.deactivate(operator_id, actor=visit.who.operator.user_name)
    visit.state.sessions.end_of_operator(operator_id)
    return visit.go("/operators")


@router.post("/{operator_id}/reactivate")
def reactivate(visit: Supervisor, operator_id: int) -> Response:
    """Open a closed account again."""
    visit.station.operators.reactivate(operator_id, actor=visit.who.operator.user_name)
    return visit.go("/operators")


def operators_context(visit: Visit) -> dict[str, object]:
    """Return what the page shows."""
    say = visit.say
    return {
        "people": visit.station.operators.all(),
        "roles": {code: say(text) for code, text in ROLES.items()},
        "states": {key: Word(say(word.text), word.icon, word.tone) for key, word in STATES.items()},
    }
