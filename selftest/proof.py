"""Prove a report's file or the text of a sheet's code with a public key, without the station."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selftest.digest import PREFIX, decode_digest
from selftest.errors import BadReportError
from selftest.signing import Keys, read_keys, verify_report

_MAX_BYTES = 16 * 1024 * 1024  # a report of 150 checks takes 0.1 MB


@dataclass(frozen=True, slots=True)
class Proved:
    """What was proved, and by which key."""

    form: str
    """report or code."""
    station_code: str
    set_number: int
    run_id: str
    number: int | None
    verdict: str
    sha256: str | None
    kid: str


def prove(place: Path, key: Path) -> Proved:
    """Return what a file proves; BadReportError says why it proves nothing."""
    keys = read_keys(key)
    with place.open("rb") as file:
        content = file.read(_MAX_BYTES)
    if content.startswith(PREFIX.encode()):
        return _prove_code(content.decode("ascii", errors="replace").rstrip("\r\n"), keys)
    return _prove_report(_parsed(content), keys)


def _prove_code(text: str, keys: Keys) -> Proved:
    digest, kid = decode_digest(text, keys)
    return Proved(
        form="code",
        station_code=digest.station_code,
        set_number=digest.set_number,
        run_id=digest.run_id,
        number=digest.number,
        verdict=digest.verdict.value,
        sha256=digest.sha256,
        kid=kid,
    )


def _prove_report(document: dict[str, Any], keys: Keys) -> Proved:
    proof = verify_report(document, keys)
    number, set_number = document.get("number"), document.get("set_number", 1)
    return Proved(
        form="report",
        station_code=str(document.get("station_code")),
        set_number=set_number if isinstance(set_number, int) else 1,
        run_id=str(document.get("run_id")),
        number=number if isinstance(number, int) else None,
        verdict=str(document.get("verdict")),
        sha256=str(document.get("sha256")),
        kid=proof.kid,
    )


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadReportError("neither a report's JSON nor the text of a code") from error
    if not isinstance(document, dict):
        raise BadReportError("neither a report's JSON nor the text of a code")
    return document
