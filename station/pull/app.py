"""The pull interface as an application: finished objects in, routes out.

    GET  /v1/packages?after=SEQ&limit=N        numbered list; `order`: all parts a first
    GET  /v1/packages/{id}/manifest            compact JWS, application/jose
    GET  /v1/packages/{id}/parts/{a|b}         sealed bytes; Range, If-Range, ETag, Repr-Digest
    PUT  /v1/packages/{id}/receipt             compact JWS by the centre
    PUT  /v1/notices                           compact JWS by the centre
    GET  /v1/reports?after=SEQ&limit=N, /v1/reports/{number}
    GET  /v1/health, /v1/audit/checkpoint

It sees sealed bytes only, opens no database and holds no key that opens anything. Who may connect
is decided by TLS before a request gets here (station/pull/server.py).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI

from station.answers import TrustedReceiptKeys
from station.inbox import Inbox
from station.pull import answers, packages, status
from station.pull.problems import install_problems
from station.pull.room import PullOptions, PullRoom
from station.pull.served import ServedLog
from station.spool import Spool

__all__ = ["PullOptions", "create_pull_app"]


def create_pull_app(
    spool: Spool, inbox: Inbox, trusted: TrustedReceiptKeys, options: PullOptions
) -> FastAPI:
    """Return the application; it owns none of the objects and closes none."""
    room = PullRoom(spool, inbox, trusted, options, ServedLog(inbox))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await to_thread.run_sync(_forget_purged, room)
        yield

    app = FastAPI(
        title="Pull interface of a KTP-el recording station",
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url="/openapi.json" if options.has_docs else None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.room = room
    install_problems(app)
    for module in (packages, answers, status):
        app.include_router(module.router)
    return app


def _forget_purged(room: PullRoom) -> None:
    here = {package.package_id for package in room.spool.packages() if not package.is_purged}
    room.served.forget_all_but(here)
