"""How the station is: health, repair reports, and the signed head of its audit log."""

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse, Response

from station.pull.problems import PullProblem
from station.pull.room import PullRoom, RoomDep

MAX_LISTED = 1_000
MAX_STATUS_BYTES = 262_144
NO_STORE = {"cache-control": "no-store"}
_REPORT_NAME = re.compile(r"(?:selftest-)?(\d{1,15})\.json", re.ASCII)
"""As the self-test names them (selftest/REPORTS.md); the longer form is of old versions."""

router = APIRouter(prefix="/v1")


@router.get("/health")
def get_health(room: RoomDep) -> dict[str, Any]:
    """Tell what waits, how much room is left, and what the station can record now."""
    packages = room.spool.packages()
    waiting = [package for package in packages if not package.is_purged]
    return {
        "status": "ok",
        "station_code": room.options.station_code,
        "time": room.options.clock().isoformat(timespec="seconds"),
        "packages_waiting": len(waiting),
        "bytes_waiting": sum(part.size_bytes for package in waiting for part in package.parts),
        "first_waiting_sequence": waiting[0].sequence if waiting else None,
        "last_sequence": packages[-1].sequence if packages else 0,
        "packages_set_aside": len(room.spool.set_aside()),
        "messages_waiting": len(room.inbox),
        "free_bytes": room.spool.free_bytes(),
        "readiness": _readiness(room),
    }


@router.get("/audit/checkpoint")
def get_checkpoint(room: RoomDep) -> Response:
    """Return the signed head of the audit log as the station process last wrote it."""
    text = _read_small(room.options.checkpoint_file)
    if text is None:
        raise PullProblem("no_checkpoint", "there is no signed head of the audit log yet")
    return PlainTextResponse(text, headers=NO_STORE)


@router.get("/reports")
def list_reports(
    room: RoomDep,
    after: Annotated[int, Query(ge=0, lt=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 100,
) -> dict[str, Any]:
    """List the repair reports by number."""
    numbered = _numbered_reports(room.options.reports_folder)
    later = [number for number in sorted(numbered) if number > after]
    return {
        "station_code": room.options.station_code,
        "after": after,
        "last_sequence": max(numbered, default=0),
        "has_more": len(later) > limit,
        "reports": [_listed_report(number, numbered[number]) for number in later[:limit]],
    }


@router.get("/reports/{number}")
def get_report(number: int, room: RoomDep) -> Response:
    """Return one repair report."""
    path = _numbered_reports(room.options.reports_folder).get(number)
    if path is None:
        raise PullProblem("unknown_report", f"there is no report {number}")
    return Response(path.read_bytes(), headers=NO_STORE, media_type="application/json")


def _numbered_reports(folder: Path) -> dict[int, Path]:
    """Return the reports by number; what has no name of a report is none."""
    if not folder.is_dir():
        return {}
    named = ((_REPORT_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return {int(name[1]): path for name, path in named if name and path.is_file()}


def _listed_report(number: int, path: Path) -> dict[str, Any]:
    payload = path.read_bytes()
    return {
        "sequence": number,
        "size_bytes": len(payload),
        "sha256": hashlib.sha256(payload).hexdigest(),
    }


def _readiness(room: PullRoom) -> Any:  # noqa: ANN401 - whatever JSON the station process wrote
    text = _read_small(room.options.readiness_file)
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return {"state": "unknown", "cause": "the station's readiness file is not JSON"}


def _read_small(path: Path | None) -> str | None:
    """Return a small text file, or None if there is none."""
    if path is None or not path.is_file():
        return None
    with path.open("rb") as stream:
        return stream.read(MAX_STATUS_BYTES).decode("utf-8", errors="replace")
