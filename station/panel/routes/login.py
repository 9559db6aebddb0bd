"""Log-in and log-out."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse

from station.panel.access import Guest, Member
from station.panel.security import COOKIE_RULES
from station.panel.visit import SESSION_COOKIE, local_path

router = APIRouter()


@router.get("/login")
def show(visit: Guest, back: str = "/") -> HTMLResponse:
    """Show the form."""
    return visit.page("login.html", back=local_path(back), trouble=None, user_name="")


@router.post("/login")
def sign_in(
    visit: Guest,
    user_name: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=256)],
    back: Annotated[str, Form(max_length=200)] = "/",
) -> Response:
    """Start a session under a new id; an older one of this browser ends."""
    signed_in = visit.station.sign_in(user_name, password)
    visit.state.sessions.end(visit.request.cookies.get(SESSION_COOKIE))
    token, _ = visit.state.sessions.begin(signed_in)
    answer = visit.go(local_path(back))
    answer.set_cookie(SESSION_COOKIE, token, **COOKIE_RULES)
    return answer


@router.post("/logout")
def sign_out(visit: Member) -> Response:
    """End the session; open recordings stay as drafts."""
    visit.state.sessions.end(visit.request.cookies.get(SESSION_COOKIE))
    answer = visit.go("/login")
    answer.delete_cookie(SESSION_COOKIE, **COOKIE_RULES)
    return answer
