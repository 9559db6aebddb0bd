"""What a live view sends: pictures as MJPEG, and coaching as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from sse_starlette import EventSourceResponse

from station.live import LiveCapture, LivePicture
from station.panel.access import Watcher
from station.panel.live_words import describe_failure, describe_view
from station.panel.visit import Visit
from station.recording import Attempt, Step

router = APIRouter(prefix="/cases/{case_id}/{step}")
WAIT_S = 1.0  # how soon a closed browser tab is noticed; our choice
EVENT_INTERVAL_S = 0.1  # 10 events/s are enough for words and bars; our choice
BOUNDARY = "frame"


@router.get("/live.mjpg")
def pictures(visit: Watcher, case_id: str, step: Step) -> StreamingResponse:
    """Stream the preview; starts the live view."""
    live = visit.live(case_id, step)
    kind = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
    return StreamingResponse(_pictures(visit, live), media_type=kind)


@router.get("/events")
def events(
    visit: Watcher, case_id: str, step: Step, *, mirrored: bool = False
) -> EventSourceResponse:
    """Stream coaching and the arrival of attempts; `mirrored` as the resident sees it."""
    live = visit.live(case_id, step)
    describe = partial(describe_view, step, say=visit.say, is_mirrored=mirrored)
    return EventSourceResponse(_events(visit, live, describe))


def _is_alive(live: LiveCapture[Any]) -> bool:
    """Tell whether pictures may come; a view whose device hangs says nothing more."""
    return live.is_running and live.error() is None


async def _pictures(visit: Visit, live: LiveCapture[Any]) -> AsyncIterator[bytes]:
    number = 0
    with visit.state.viewers.watching():
        while _is_alive(live):
            wait = partial(live.wait_newer, number, WAIT_S)
            picture = await to_thread.run_sync(wait, abandon_on_cancel=True)
            if picture is not None:
                number = picture.number
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
                size = f"Content-Length: {len(picture.jpeg)}\r\n\r\n"
                yield head.encode() + size.encode() + picture.jpeg + b"\r\n"


async def _events(
    visit: Visit,
    live: LiveCapture[Any],
    describe: Callable[[LivePicture, Attempt | None], dict[str, object]],
) -> AsyncIterator[dict[str, str]]:
    number = 0
    with visit.state.viewers.watching():
        while _is_alive(live):
            wait = partial(live.wait_newer, number, WAIT_S)
            picture = await to_thread.run_sync(wait, abandon_on_cancel=True)
            if picture is not None:
                number = picture.number
                view = describe(picture, live.outcome())
                yield {"event": "view", "data": json.dumps(view)}
                await asyncio.sleep(EVENT_INTERVAL_S)
        error = live.error()
        if error is not None:
            yield {"event": "failed", "data": json.dumps(describe_failure(error, visit.say))}
        else:
            yield {"event": "over", "data": "{}"}
