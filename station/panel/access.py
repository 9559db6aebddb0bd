"""Who may see a page: dependencies that turn a request into a `Visit`.

    Guest      anybody; a session may or may not be there      log-in, /warga
    Member     a signed-in person; counts as activity          every page
    Watcher    a signed-in person; does not count as activity  streams and polling
    member(*roles)  a Member whose role is one of these

A session ends at the next request after its person was deactivated or given another role, however
that was done.

Unsafe methods of Member and Watcher need the session's CSRF token, in the header that htmx sends
or in the hidden field of a plain form.
"""

import hmac
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated
from urllib.parse import quote

from anyio import to_thread
from fastapi import Depends, Request
from fastapi.responses import RedirectResponse

from station.accounts import Role
from station.panel.security import SAFE_METHODS
from station.panel.sessions import Session
from station.panel.state import PanelState
from station.panel.visit import SESSION_COOKIE, Visit

CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"


class NotSignedInError(Exception):
    """No live session: sign in first."""


class BadTokenError(Exception):
    """An unsafe request without the session's CSRF token."""


class WrongRoleError(Exception):
    """The page is for other roles."""


def get_state(request: Request) -> PanelState:
    """Return what the application holds."""
    state: PanelState = request.app.state.panel
    return state


StateDep = Annotated[PanelState, Depends(get_state)]


def get_guest(request: Request, state: StateDep) -> Visit:
    """Return the visit, signed in or not."""
    return Visit(request, state, _live_session(request, state, is_activity=False))


async def get_member(request: Request, state: StateDep) -> Visit:
    """Return the visit of a signed-in person and start the idle time anew."""
    return await _signed_in(request, state, is_activity=True)


async def get_watcher(request: Request, state: StateDep) -> Visit:
    """Return the visit of a signed-in person for something the browser does by itself."""
    return await _signed_in(request, state, is_activity=False)


Guest = Annotated[Visit, Depends(get_guest)]
Member = Annotated[Visit, Depends(get_member)]
Watcher = Annotated[Visit, Depends(get_watcher)]


def member(*roles: Role) -> Callable[[Visit], Awaitable[Visit]]:
    """Return a dependency that lets only these roles in."""

    async def check(visit: Member) -> Visit:
        if visit.who.operator.role not in roles:
            raise WrongRoleError(visit.who.operator.role)
        return visit

    return check


Recorder = Annotated[Visit, Depends(member(Role.OPERATOR, Role.SUPERVISOR))]
Supervisor = Annotated[Visit, Depends(member(Role.SUPERVISOR))]


def login_redirect(request: Request) -> RedirectResponse:
    """Send the browser to the log-in page, and back afterwards where that makes sense."""
    back = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/login?back={quote(back)}", status_code=303)


async def _signed_in(request: Request, state: PanelState, *, is_activity: bool) -> Visit:
    look = partial(_live_session, request, state, is_activity=is_activity)
    session = await to_thread.run_sync(look)  # the database may be writing: never on the loop
    if session is None:
        raise NotSignedInError
    if request.method not in SAFE_METHODS and not await _has_token(request, session):
        raise BadTokenError
    return Visit(request, state, session)


def _live_session(request: Request, state: PanelState, *, is_activity: bool) -> Session | None:
    token = request.cookies.get(SESSION_COOKIE)
    session = state.sessions.find(token, is_activity=is_activity)
    if session is None or state.station.operators.is_current(session.signed_in):
        return session
    state.sessions.end_of_operator(session.operator.operator_id)
    return None


async def _has_token(request: Request, session: Session) -> bool:
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        field = (await request.form()).get(CSRF_FIELD)
        given = field if isinstance(field, str) else ""
    return hmac.compare_digest(given.encode(), session.csrf_token.encode())
