"""Reports signed by the station's key; read and believed anywhere, without the station.

A report holds the SHA-256 of its canonical form (RFC 8785, without `sha256` and `signature`) and a
detached JWS (RFC 7515, appendix F) over the same bytes. REPORTS.md is normative.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from selftest.errors import BadReportError, BenchError, UnsignedError
from selftest.report import Report

SIGNING_KEY_NAME = "station-signing.pem"
SEAL_FIELDS = frozenset({"sha256", "signature"})
_ALGORITHMS = ("EdDSA", "Ed25519")
"""RFC 8037 and RFC 9864 spell the same algorithm; the first is written, both are read."""
_MAX_PAYLOAD_BYTES = 4 * 1024 * 1024  # a report of 150 checks takes 0.1 MB
Sign = Callable[[bytes], str]
Keys = Mapping[str, Mapping[str, str]]
"""Public JWK by RFC 7638 thumbprint."""


class _Ed25519Only(JWSRegistry):
    max_payload_length = _MAX_PAYLOAD_BYTES * 4 // 3 + 4  # joserfc measures the base64 text

    def __init__(self) -> None:
        super().__init__(algorithms=_ALGORITHMS)

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return the algorithm; joserfc itself warns of the older name."""
        return self.algorithms[name] if name in _ALGORITHMS else super().get_alg(name)


_REGISTRY = _Ed25519Only()


@dataclass(frozen=True, slots=True)
class Proof:
    """What a signature proves."""

    kid: str
    """Thumbprint of the key that signed."""
    payload: bytes


def load_signature(place: Path) -> Sign | None:
    """Return what signs with a private key; None where there is no key or it is not ours to read.

    Raises BenchError where it is damaged.
    """
    try:
        key = OKPKey.import_key(place.read_bytes())
    except (FileNotFoundError, PermissionError):
        return None
    except (OSError, ValueError, JoseError) as error:
        raise BenchError(f"{place}: is no Ed25519 key; restore it from the backup") from error
    header = {"alg": _ALGORITHMS[0], "kid": key.thumbprint()}
    return lambda payload: jws.serialize_compact(header, payload, key, registry=_REGISTRY)


def read_keys(place: Path) -> Keys:
    """Return the public keys of a file: a JWK, a JWK set, `station keys public`, or a PEM key.

    Raises BadReportError that says what is wrong with it.
    """
    try:
        return _keys(place.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, JoseError) as error:
        text = "is no public Ed25519 key; make one with `station keys public > KEY`"
        raise BadReportError(f"{place}: {text}") from error


def canonical_bytes(document: Mapping[str, Any]) -> bytes:
    """Return what is hashed and signed: RFC 8785 without the seal; BadReportError for no JSON."""
    plain = {name: value for name, value in document.items() if name not in SEAL_FIELDS}
    try:
        return rfc8785.dumps(plain)
    except (rfc8785.CanonicalizationError, ValueError, RecursionError) as error:
        raise BadReportError(f"no canonical form: {error}") from error


def document_of(report: Report) -> dict[str, Any]:
    """Return the report as the JSON that everyone reads."""
    document: dict[str, Any] = json.loads(report.model_dump_json())
    return document


def stored_bytes(report: Report) -> bytes:
    """Return the report as it is stored and served."""
    return rfc8785.dumps(document_of(report)) + b"\n"


def seal_report(report: Report, sign: Sign | None) -> Report:
    """Return the report with its hash, and signed where there is a key."""
    payload = canonical_bytes(document_of(report))
    signature = _detached(sign(payload)) if sign is not None else None
    sha256 = hashlib.sha256(payload).hexdigest()
    return report.model_copy(update={"sha256": sha256, "signature": signature})


def check_seal(document: Mapping[str, Any]) -> bytes:
    """Return the canonical form after comparing its hash; BadReportError where it differs."""
    payload = canonical_bytes(document)
    said = document.get("sha256")
    if said is None:
        raise UnsignedError("the report has no hash: of an older form, or not from the archive")
    if hashlib.sha256(payload).hexdigest() != said:
        raise BadReportError("the report was changed after it was stored; ask for it again")
    return payload


def verify_report(document: Mapping[str, Any], keys: Keys) -> Proof:
    """Check hash and signature; UnsignedError without one, BadReportError with the reason."""
    payload = check_seal(document)
    signature = document.get("signature")
    if signature is None:
        raise UnsignedError("the report is not signed: the station had no key, or is simulated")
    head, dots, tail = str(signature).partition("..")
    if not dots:
        raise BadReportError("the signature is no detached JWS")
    return verify_compact(f"{head}.{_base64url(payload)}.{tail}", keys)


def verify_compact(text: str, keys: Keys) -> Proof:
    """Check a compact JWS; BadReportError with the reason."""
    try:
        kid = jws.extract_compact(text.encode("ascii"), registry=_REGISTRY).headers().get("kid")
        if not isinstance(kid, str) or kid not in keys:
            raise BadReportError(f"signed by the unknown key {kid!r}; give its public half: --key")
        key = _imported(keys[kid])
        return Proof(kid, jws.deserialize_compact(text, key, registry=_REGISTRY).payload)
    except (JoseError, ValueError, KeyError) as error:
        raise BadReportError(f"the signature does not fit: {type(error).__name__}") from error


def _detached(compact: str) -> str:
    head, _, tail = compact.split(".")
    return f"{head}..{tail}"


def _base64url(payload: bytes) -> str:
    return base64.urlsafe_b64encode(payload).rstrip(b"=").decode()


def _keys(text: bytes) -> Keys:
    if text.startswith(b"-----BEGIN"):
        found: list[Any] = [OKPKey.import_key(text).as_dict(private=False)]
    else:
        document = json.loads(text)
        found = document["keys"] if "keys" in document else [document.get("signing_jwk", document)]
    jwks = [{name: str(jwk[name]) for name in ("kty", "crv", "x")} for jwk in found]
    if not all(jwk["crv"] == "Ed25519" for jwk in jwks):
        raise ValueError("another curve than Ed25519")
    return {_imported(jwk).thumbprint(): jwk for jwk in jwks}


def _imported(jwk: Mapping[str, str]) -> OKPKey:
    fields: dict[str, str | list[str]] = {name: jwk[name] for name in ("kty", "crv", "x")}
    return OKPKey.import_key(fields)
