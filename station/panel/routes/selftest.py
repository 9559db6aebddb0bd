"""The self-test: how the office stands, starting a run, and following it as it goes."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Form, HTTPException, Response
from fastapi.responses import HTMLResponse
from sse_starlette import EventSourceResponse

from selftest.catalog import all_checks
from selftest.guide import Answer
from selftest.mode import Mode
from station.accounts import Role
from station.clock import utc_now
from station.panel.access import Member, Watcher, WrongRoleError, member
from station.panel.selftest_page import run_context, selftest_page
from station.panel.selftest_views import (
    age_text,
    cards_of,
    component_of,
    standing_of,
    tally,
    trigger_text,
    verdict_word,
)
from station.panel.visit import Visit

router = APIRouter(prefix="/selftest")
TECHNICIANS = frozenset({Role.SUPERVISOR, Role.TECHNICIAN})
"""Who may take devices out of use for a guided run, and stop another person's run."""
Technician = Annotated[Visit, Depends(member(*TECHNICIANS))]
WAIT_S = 1.0  # how soon a closed browser tab is noticed; our choice
EVENT_INTERVAL_S = 0.3  # lines of a table need no more; our choice


@router.get("")
def show(visit: Member) -> HTMLResponse:
    """Show how the office stands, what to do, and the buttons that start a run."""
    say, selftesting = visit.say, visit.station.selftesting
    standing = standing_of(selftesting.standing())
    context: dict[str, object] = {"standing": standing, "state": selftesting.state()}
    if standing is not None:
        context |= {
            "verdict": verdict_word(standing.verdict, say),
            "limited_by": [component_of(name, say).text for name in standing.limited_by],
            "trigger": trigger_text(standing.full.trigger, say),
            "age": age_text(standing.full.ended, utc_now(), say),
            "tally": tally(standing.results, say),
            "cards": cards_of(standing.results, say),
        }
    components = sorted({item.component for item in all_checks() if item.mode is Mode.QUICK})
    named = [(name, component_of(name, say).text) for name in components]
    return selftest_page(
        visit,
        "overview",
        components=sorted(named, key=lambda pair: pair[1].lower()),
        may_guide=may_guide(visit),
        **context,
    )


@router.post("/start")
def start(visit: Member) -> Response:
    """Start the checks that need nobody."""
    visit.station.selftesting.start("quick", _name(visit))
    return visit.go("/selftest/run")


@router.post("/start/guided")
def start_guided(visit: Technician) -> Response:
    """Start the checks that ask a person."""
    visit.station.selftesting.start("guided", _name(visit))
    return visit.go("/selftest/run")


@router.post("/start/depot")
def start_depot(visit: Technician) -> Response:
    """Start the checks that need the depot's targets."""
    visit.station.selftesting.start("depot", _name(visit))
    return visit.go("/selftest/run")


@router.post("/start/component")
def start_component(visit: Member, component: Annotated[str, Form(max_length=32)]) -> Response:
    """Start the checks of one component that need nobody."""
    checks = [item for item in all_checks() if item.component == component]
    codes = tuple(item.code for item in checks if item.mode is Mode.QUICK)
    if not codes:
        raise HTTPException(404)
    visit.station.selftesting.start("only", _name(visit), codes=codes)
    return visit.go("/selftest/run")


@router.post("/start/code")
def start_code(visit: Member, code: Annotated[str, Form(max_length=16)]) -> Response:
    """Test one code again; those that take a person's hands need the role."""
    wanted = next((item for item in all_checks() if item.code == code), None)
    if wanted is None:
        raise HTTPException(404)
    if wanted.mode is not Mode.QUICK and not may_guide(visit):
        raise WrongRoleError(visit.who.operator.role)
    visit.station.selftesting.start("only", _name(visit), codes=(code,))
    return visit.go("/selftest/run")


@router.post("/cancel")
def cancel(visit: Member) -> Response:
    """Stop after the running check: one's own run, or any with the role."""
    is_own = visit.station.selftesting.state().person == _name(visit)
    if not is_own and not may_guide(visit):
        raise WrongRoleError(visit.who.operator.role)
    visit.station.selftesting.cancel()
    return visit.go("/selftest/run")


@router.post("/answer")
def answer(
    visit: Technician,
    key: Annotated[str, Form(max_length=80)],
    answer: Annotated[Answer, Form()],
) -> Response:
    """Answer the question that is on the screen; an old one changes nothing."""
    visit.station.selftesting.answer(key, answer)
    if not visit.is_fragment:
        return visit.go("/selftest/run")
    return visit.page("selftest/_run.html", **run_context(visit))


@router.get("/run")
def follow(visit: Member) -> HTMLResponse:
    """Show the run that goes on, or how the last one ended."""
    return selftest_page(visit, "run", **run_context(visit))


@router.get("/run/now")
def now(visit: Watcher) -> HTMLResponse:
    """Return the progress anew; asked for when an event says that it changed."""
    return visit.page("selftest/_run.html", **run_context(visit))


@router.get("/run/events")
def events(visit: Watcher) -> EventSourceResponse:
    """Tell of every change until the run is over."""
    return EventSourceResponse(_events(visit))


@router.get("/run/picture.png")
def picture(visit: Watcher) -> Response:
    """Return the check's live picture; nothing where it has none any more."""
    return _png(visit.station.selftesting.state().picture_png)


@router.get("/run/question.png")
def question_picture(visit: Watcher) -> Response:
    """Return the picture of the pending question; nothing where it has none."""
    question = visit.station.selftesting.state().question
    return _png(None if question is None else question.picture_png)


def may_guide(visit: Visit) -> bool:
    """Tell whether this person may start guided runs and answer questions."""
    return visit.who.operator.role in TECHNICIANS


async def _events(visit: Visit) -> AsyncIterator[dict[str, str]]:
    selftesting = visit.station.selftesting
    number = -1
    while True:
        wait = partial(selftesting.wait_for_change, number, WAIT_S)
        state = await to_thread.run_sync(wait, abandon_on_cancel=True)
        if not state.is_running:
            yield {"event": "over", "data": "{}"}
            return
        if state.number != number:
            number = state.number
            yield {"event": "changed", "data": json.dumps({"number": number})}
            await asyncio.sleep(EVENT_INTERVAL_S)


def _name(visit: Visit) -> str:
    return visit.who.operator.user_name


def _png(content: bytes | None) -> Response:
    if content is None:
        return Response(status_code=204)
    return Response(content, media_type="image/png")
