"""The essence of a report, signed, small enough for a QR code on paper.

    KTPR1: Base45( n | header | signature | raw deflate of the digest's RFC 8785 form )

n is one byte, the length of the JWS header (0: not signed, and no signature follows); the signature
of 64 bytes is that of the JWS over the deflated bytes. Whoever holds the station's public key
verifies the sheet offline, and the SHA-256 in it ties the sheet to the stored report.
"""

import base64
import datetime
import json
import zlib
from typing import Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, ValidationError

from selftest.base45 import decode_base45, encode_base45
from selftest.errors import BadReportError, UnsignedError
from selftest.exporters.sms import LETTERS, short_report
from selftest.exporters.words import value_text
from selftest.report import CheckResult, Report, Verdict
from selftest.signing import Keys, Sign, verify_compact

PREFIX = "KTPR1:"
MAX_BYTES = 750
"""In a code of version 22 at level M, 105 modules: 0.55 mm each at 58 mm; our choice."""
_SIGNATURE_BYTES = 64
_MAX_OPENED_BYTES = 65_536


class DigestFault(BaseModel):
    """One fault of a digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    letter: Literal["F", "E", "W", "S"]
    """As in the short message."""
    asset: str | None = None
    measured: str = ""
    """First measured value with its unit."""


class Digest(BaseModel):
    """What stands in the code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    station_code: str
    set_number: int = 1
    number: int | None
    run_id: str
    trigger: str
    started: datetime.datetime
    limits_version: str
    verdict: Verdict
    limited_by: tuple[str, ...]
    all_clear: bool
    faults: tuple[DigestFault, ...]
    dropped: int = 0
    """How many of the least severe faults did not fit."""
    sha256: str | None
    """Of the whole report."""


def digest_of(report: Report) -> Digest:
    """Return the essence of a report."""
    letters = dict(short_report(report).faults)
    found = [result for result in report.results if result.code in letters]
    faults = [_fault(result, letters[result.code]) for result in found if _is_bad(result)]
    faults.sort(key=lambda fault: LETTERS.index(fault.letter))
    return Digest(
        station_code=report.station_code,
        set_number=report.set_number,
        number=report.number,
        run_id=report.run_id,
        trigger=report.trigger,
        started=report.started.replace(microsecond=0),
        limits_version=report.limits_version,
        verdict=report.verdict,
        limited_by=report.limited_by,
        all_clear=report.all_clear,
        faults=tuple(faults),
        sha256=report.sha256,
    )


def encode_digest(digest: Digest, sign: Sign | None) -> str:
    """Return the text of the code; the least severe faults are dropped until it fits."""
    for kept in range(len(digest.faults), -1, -1):
        dropped = digest.dropped + len(digest.faults) - kept
        smaller = digest.model_copy(update={"faults": digest.faults[:kept], "dropped": dropped})
        data = _packed(smaller, sign)
        if len(data) <= MAX_BYTES:
            break
    return PREFIX + encode_base45(data)


def decode_digest(text: str, keys: Keys) -> tuple[Digest, str]:
    """Return the digest and the thumbprint of the key that signed it.

    Raises UnsignedError where nobody signed, BadReportError with what else is wrong.
    """
    if not text.startswith(PREFIX):
        raise BadReportError(f"no code of a report: it begins with {PREFIX}")
    data = decode_base45(text.removeprefix(PREFIX))
    length = data[0] if data else 0
    if length == 0:
        raise UnsignedError("the sheet is not signed: the station had no key, or is simulated")
    header, rest = data[1 : 1 + length], data[1 + length :]
    signature, payload = rest[:_SIGNATURE_BYTES], rest[_SIGNATURE_BYTES:]
    proof = verify_compact(".".join(map(_base64url, (header, payload, signature))), keys)
    return _opened(proof.payload), proof.kid


def _packed(digest: Digest, sign: Sign | None) -> bytes:
    packer = zlib.compressobj(level=9, wbits=-15)
    plain = rfc8785.dumps(json.loads(digest.model_dump_json(exclude_defaults=True)))
    payload = packer.compress(plain) + packer.flush()
    if sign is None:
        return bytes([0]) + payload
    header, _, signature = (_from_base64url(part) for part in sign(payload).split("."))
    return bytes([len(header)]) + header + signature + payload


def _opened(payload: bytes) -> Digest:
    unpacker = zlib.decompressobj(wbits=-15)
    try:
        return Digest.model_validate_json(unpacker.decompress(payload, _MAX_OPENED_BYTES))
    except (zlib.error, ValidationError) as error:
        raise BadReportError("the sheet holds no report of this version") from error


def _fault(result: CheckResult, letter: str) -> DigestFault:
    measured = result.measurements[0] if result.measurements else None
    text = value_text(measured) if measured is not None else ""
    return DigestFault.model_validate(
        {"code": result.code, "letter": letter, "asset": result.asset, "measured": text}
    )


def _is_bad(result: CheckResult) -> bool:
    return result.outcome.value not in ("PASS", "MANUAL")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
