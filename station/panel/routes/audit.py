"""The log of actions, for supervisors."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from station.panel.access import Supervisor

router = APIRouter(prefix="/audit")
PAGE_LENGTH = 50


@router.get("")
def show(visit: Supervisor, before: int | None = None) -> HTMLResponse:
    """Show the leaves before a number, the newest first."""
    audit = visit.station.audit
    size = audit.head().size
    last = size if before is None else max(0, min(size, before - 1))
    first = max(0, last - PAGE_LENGTH)
    leaves = audit.leaves(after=first, limit=last - first)
    return visit.page(
        "audit.html",
        leaves=list(reversed(leaves)),
        newer=last + PAGE_LENGTH + 1 if last < size else None,
        older=first + 1 if first > 0 else None,
    )
