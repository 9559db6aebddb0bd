"""What the centre may tell the station: one receipt per package, and notices."""

import hashlib
import json
import logging

from fastapi import APIRouter

from station.answers import (
    AnswerError,
    MismatchedAnswerError,
    Receipt,
    UntrustedAnswerError,
)
from station.inbox import EntryKind
from station.pull.problems import PullProblem
from station.pull.room import PullRoom, RoomDep, ShortBody
from station.spool import SpooledPackage

MAX_ALARMS_PER_PACKAGE = 8  # one is enough for a person to look; keeps a wild client small

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/v1")


@router.put("/packages/{package_id}/receipt")
def put_receipt(package_id: str, body: ShortBody, room: RoomDep) -> dict[str, str]:
    """Take the centre's verdict on a package; the same receipt again gets the same answer."""
    text = body.strip()
    try:
        receipt = room.trusted.read_receipt(text)
        package = room.package(package_id)
        _check_is_for(receipt, package, room)
    except (UntrustedAnswerError, MismatchedAnswerError) as error:
        _raise_alarm(room, package_id, error)
        raise
    with room.receipt_lock:
        _keep(room, package, text)
    return {
        "package_id": package_id,
        "manifest_sha256": receipt.manifest_sha256,
        "verdict": receipt.verdict,
        "receipt_sha256": hashlib.sha256(text).hexdigest(),
    }


@router.put("/notices")
def put_notice(body: ShortBody, room: RoomDep) -> dict[str, str]:
    """Take a notice; the station applies each notice id once."""
    text = body.strip()
    notice = room.trusted.read_notice(text)
    if notice.station_code != room.options.station_code:
        detail = f"the notice is for {notice.station_code}, this is {room.options.station_code}"
        raise MismatchedAnswerError(detail)
    with room.receipt_lock:
        known = room.inbox.find(EntryKind.NOTICE, notice.notice_id)
        if any(entry.payload != text for entry in known):
            raise PullProblem(
                "other_notice_known", f"notice {notice.notice_id} came with other words before"
            )
        room.inbox.drop(EntryKind.NOTICE, notice.notice_id, text)
    return {"notice_id": notice.notice_id, "notice_sha256": hashlib.sha256(text).hexdigest()}


def _check_is_for(receipt: Receipt, package: SpooledPackage, room: PullRoom) -> None:
    receipt.check_is_for(
        package_id=package.package_id,
        station_code=room.options.station_code,
        manifest_sha256=package.manifest_sha256,
    )
    if receipt.sequence != package.sequence:
        detail = f"the receipt's sequence is {receipt.sequence}, not {package.sequence}"
        raise MismatchedAnswerError(detail)


def _keep(room: PullRoom, package: SpooledPackage, text: bytes) -> None:
    """Drop the receipt for the station process, unless this package has another one."""
    known = _known_receipt(room, package)
    if known is None:
        room.inbox.drop(EntryKind.RECEIPT, package.package_id, text)
        logger.info("receipt taken for package %s", package.package_id)
    elif known != text:
        detail = f"package {package.package_id} has a different receipt already"
        problem = PullProblem("other_receipt_known", detail)
        _raise_alarm(room, package.package_id, problem)
        raise problem


def _known_receipt(room: PullRoom, package: SpooledPackage) -> bytes | None:
    """Look first where a receipt waits, then where the station keeps it: it never is nowhere."""
    waiting = room.inbox.find(EntryKind.RECEIPT, package.package_id)
    return waiting[0].payload if waiting else package.read_receipt()


def _raise_alarm(room: PullRoom, package_id: str, error: AnswerError | PullProblem) -> None:
    """Tell the station process that somebody tried; about packages that exist only."""
    logger.warning("receipt refused for package %r: %s", package_id[:40], error)
    if not room.has_package(package_id):
        return
    alarm = {"error": type(error).__name__, "detail": str(error)[:500]}
    payload = json.dumps(alarm, sort_keys=True).encode()
    if len(room.inbox.find(EntryKind.ALARM, package_id)) < MAX_ALARMS_PER_PACKAGE:
        room.inbox.drop(EntryKind.ALARM, package_id, payload)
