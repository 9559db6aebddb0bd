"""The panel as one ASGI application, made from a finished station.

guard (security.py) -> routes (one file per page) -> Visit (access.py, visit.py) -> station
any error -> one table (trouble.py)
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from anyio import to_thread
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from station.panel.assets import STATIC_FOLDER, STATIC_PATH, versioned_path
from station.panel.i18n import load_translators
from station.panel.rendering import make_environments
from station.panel.routes import (
    audit,
    capture,
    devices,
    home,
    login,
    new,
    operators,
    pictures,
    preferences,
    recordings,
    resident,
    review,
    selftest,
    selftest_reports,
    signature,
    streams,
)
from station.panel.security import Guard, own_hosts
from station.panel.sessions import Sessions
from station.panel.state import PanelState
from station.panel.trouble import install_answers
from station.regions import Regions
from station.station import Station

UNSEEN_LIMIT_S = 3.0  # a reload reopens the streams well within this; our choice
LOOK_INTERVAL_S = 0.5
ROUTERS = (
    login.router,
    preferences.router,
    home.router,
    new.router,
    recordings.router,
    devices.router,
    audit.router,
    operators.router,
    selftest.router,
    selftest_reports.router,
    resident.router,
    review.router,
    signature.router,
    streams.router,
    pictures.router,
    capture.router,
)
"""`capture` comes last: its ``/cases/{case_id}/{step}`` would take the others' addresses."""


def create_panel_app(station: Station, *, sessions: Sessions | None = None) -> FastAPI:
    """Return the panel of a started station; the caller closes the station."""
    translators = load_translators()
    static_path = versioned_path()
    state = PanelState(
        station=station,
        sessions=sessions or Sessions(),
        translators=translators,
        environments=make_environments(translators, static_path=static_path),
        regions=Regions.load(),
    )
    app = FastAPI(lifespan=_lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.panel = state
    for router in ROUTERS:
        app.include_router(router)
    for path in (static_path, STATIC_PATH):  # the fixed address: for what a style sheet names whole
        app.mount(path, StaticFiles(directory=STATIC_FOLDER))
    hosts = own_hosts(station.config.panel.port)
    app.add_middleware(Guard, hosts=hosts, lasting_path=static_path)
    install_answers(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    warden = asyncio.create_task(_stop_unseen(app.state.panel))
    try:
        yield
    finally:
        warden.cancel()
        with suppress(asyncio.CancelledError):
            await warden


async def _stop_unseen(state: PanelState) -> None:
    """End the live view when no window shows it any more: it must not capture unseen."""
    while True:
        await asyncio.sleep(LOOK_INTERVAL_S)
        is_unseen = partial(state.viewers.take_gone_since, UNSEEN_LIMIT_S)
        await to_thread.run_sync(partial(state.station.stop_live, only_if=is_unseen))
