"""What every route works with: made once, handed in, never global."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Annotated, cast

from anyio import fail_after
from fastapi import Depends, Request

from station.answers import MAX_ANSWER_BYTES, TrustedReceiptKeys
from station.inbox import Inbox
from station.pull.problems import PullProblem
from station.pull.served import ServedLog
from station.spool import Spool, SpooledPackage

BODY_TIME_LIMIT_S = 30.0
"""16 KiB need 2 s at 64 kbit/s; the rest is for a link that stalls."""
_PACKAGE_ID = re.compile(r"[0-9a-f]{32}")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class PullOptions:
    """Where the pull interface finds what the station process writes, and whom it serves for."""

    station_code: str
    reports_folder: Path
    """`<number>.json`, numbered repair reports."""
    checkpoint_file: Path | None = None
    """Signed head of the audit log; None or absent: 404."""
    readiness_file: Path | None = None
    """JSON object, readiness by capability; None or absent: null."""
    clock: Callable[[], datetime] = _utc_now
    """Labels only; nothing is decided by it."""
    has_docs: bool = False
    """Serve /openapi.json, for writers of clients."""


@dataclass(frozen=True)
class PullRoom:
    """The finished objects behind the routes."""

    spool: Spool
    inbox: Inbox
    trusted: TrustedReceiptKeys
    options: PullOptions
    served: ServedLog
    receipt_lock: Lock = field(default_factory=Lock)
    """Two receipts for one package never race."""

    def package(self, package_id: str) -> SpooledPackage:
        """Return a package of the spool, or refuse with unknown_package."""
        found = self._find(package_id)
        if found is None:
            raise PullProblem("unknown_package", f"no package {package_id[:40]!r} is offered here")
        return found

    def has_package(self, package_id: str) -> bool:
        """Tell whether the spool knows the package."""
        return self._find(package_id) is not None

    def _find(self, package_id: str) -> SpooledPackage | None:
        # a name from outside is looked up, never joined to a path
        return self.spool.get(package_id) if _PACKAGE_ID.fullmatch(package_id) else None


def _room(request: Request) -> PullRoom:
    return cast("PullRoom", request.app.state.room)


async def _short_body(request: Request) -> bytes:
    """Read a body of at most MAX_ANSWER_BYTES within BODY_TIME_LIMIT_S."""
    body = bytearray()
    try:
        with fail_after(BODY_TIME_LIMIT_S):
            async for piece in request.stream():
                body += piece
                if len(body) > MAX_ANSWER_BYTES:
                    detail = f"more than {MAX_ANSWER_BYTES} bytes"
                    raise PullProblem("body_too_large", detail, {"connection": "close"})
    except TimeoutError as error:
        detail = f"the body was not complete after {BODY_TIME_LIMIT_S:.0f} s"
        raise PullProblem("body_too_slow", detail, {"connection": "close"}) from error
    return bytes(body)


RoomDep = Annotated[PullRoom, Depends(_room)]
ShortBody = Annotated[bytes, Depends(_short_body)]
