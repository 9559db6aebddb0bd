"""Offered packages: the numbered list, manifests, and the bytes of the parts."""

import base64
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from station.pull.problems import PullProblem
from station.pull.ranges import Selection, entity_tag, select
from station.pull.room import PullRoom, RoomDep
from station.pull.stream import OpenPart, PartResponse
from station.spool import PART_NAMES, SpooledPackage, SpooledPart

MANIFEST_MEDIA_TYPE = "application/jose"
MAX_LISTED = 1_000
NO_STORE = {"cache-control": "no-store"}

router = APIRouter(prefix="/v1/packages")


@router.get("")
def list_packages(
    room: RoomDep,
    after: Annotated[int, Query(ge=0, lt=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 100,
) -> dict[str, Any]:
    """List packages by sequence number; `order` tells what to fetch first: all parts a."""
    packages = room.spool.packages()
    later = [package for package in packages if package.sequence > after]
    page = later[:limit]
    return {
        "station_code": room.options.station_code,
        "after": after,
        "last_sequence": packages[-1].sequence if packages else 0,
        "has_more": len(later) > len(page),
        "packages": [_listed(package) for package in page],
        "order": [
            {"package_id": package.package_id, "part": name}
            for name in PART_NAMES
            for package in page
            if not package.is_purged
        ],
    }


@router.get("/{package_id}/manifest")
@router.head("/{package_id}/manifest", include_in_schema=False)
def get_manifest(package_id: str, request: Request, room: RoomDep) -> Response:
    """Return the signed manifest, byte for byte as it was sealed; also after a purge."""
    package = room.package(package_id)
    payload = package.read_manifest_jws()
    tag = entity_tag(package.jws_sha256)
    headers = {"etag": tag, "cache-control": "no-cache"}
    selection = select(
        {k: v for k, v in request.headers.items() if k != "range"},
        tag=tag,
        size_bytes=len(payload),
        is_get=True,
    )
    _refuse(selection, headers)
    if selection.status == HTTPStatus.NOT_MODIFIED:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(payload, headers=headers, media_type=MANIFEST_MEDIA_TYPE)


@router.get("/{package_id}/parts/{name}", response_class=Response)
@router.head("/{package_id}/parts/{name}", include_in_schema=False)
def get_part(package_id: str, name: str, request: Request, room: RoomDep) -> Response:
    """Send a sealed part or one range of it."""
    package = room.package(package_id)
    part = _part(package, name)
    is_get = request.method == "GET"
    headers = _part_headers(part)
    selection = select(
        request.headers, tag=headers["etag"], size_bytes=part.size_bytes, is_get=is_get
    )
    _refuse(selection, headers)
    opened = _open(package, part)
    if is_get and selection.status != HTTPStatus.NOT_MODIFIED:
        return _stream(room, package, part, opened, selection)
    opened.close()
    if selection.status == HTTPStatus.OK:
        headers |= {"content-length": str(part.size_bytes)}
    return Response(None, selection.status, headers, "application/octet-stream")


def _listed(package: SpooledPackage) -> dict[str, Any]:
    return {
        "sequence": package.sequence,
        "package_id": package.package_id,
        "manifest_sha256": package.manifest_sha256,
        "created_at": package.manifest.created_at,
        "is_purged": package.is_purged,
        "parts": [
            {"name": part.name, "size_bytes": part.size_bytes, "sha256": part.sha256}
            for part in package.parts
        ],
    }


def _part(package: SpooledPackage, name: str) -> SpooledPart:
    for part in package.parts:
        if part.name == name:
            return part
    raise PullProblem("unknown_part", f"package {package.package_id} has no part {name[:40]!r}")


def _part_headers(part: SpooledPart) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(part.sha256)).decode("ascii")
    return {
        "accept-ranges": "bytes",
        "cache-control": "no-cache, no-transform",
        "etag": entity_tag(part.sha256),
        # RFC 9530: of the whole part, also in a partial answer
        "repr-digest": f"sha-256=:{digest}:",
    }


def _refuse(selection: Selection, headers: dict[str, str]) -> None:
    """Raise the problem of a selection that sends nothing because it cannot."""
    if selection.status == HTTPStatus.PRECONDITION_FAILED:
        detail = f"If-Match names other bytes than {headers['etag']}"
        raise PullProblem("precondition_failed", detail)
    if selection.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        detail = f"the part has {selection.size_bytes} bytes"
        answer = {"content-range": f"bytes */{selection.size_bytes}", "etag": headers["etag"]}
        raise PullProblem("range_not_satisfiable", detail, answer)


def _open(package: SpooledPackage, part: SpooledPart) -> OpenPart:
    """Open the file before the answer begins: from then on a purge does not hurt."""
    try:
        opened = OpenPart.open(package.part_path(part.name))
    except FileNotFoundError as error:
        detail = f"part {part.name} of package {package.package_id} is no longer here"
        raise PullProblem("part_removed", detail) from error
    if opened.size_bytes != part.size_bytes:
        opened.close()
        detail = f"{opened.size_bytes} bytes on the disk, {part.size_bytes} in the manifest"
        raise PullProblem("part_damaged", detail)
    return opened


def _stream(
    room: PullRoom,
    package: SpooledPackage,
    part: SpooledPart,
    opened: OpenPart,
    selection: Selection,
) -> PartResponse:
    headers = _part_headers(part)
    if selection.content_range is not None:
        headers["content-range"] = selection.content_range

    def on_sent() -> None:
        if selection.stop == part.size_bytes:
            room.served.record(package, part.name)

    return PartResponse(opened, selection, headers, on_sent)
