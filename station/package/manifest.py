"""The manifest: what a package is and the hashes of its sealed bytes, signed by the station.

It never says who was recorded: no name, no NIK, nothing of the resident. FORMAT.md sections 3 to 5
are the normative text.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from station.jws import BadJwsError, PublicJwk, verify_compact
from station.package.canonical import parse_canonical, to_canonical
from station.package.errors import (
    BadManifestError,
    BadSignatureError,
    BrokenChainError,
    LimitExceededError,
    RepeatedSequenceError,
    SequenceGapError,
    UnknownSignerError,
    WrongStationError,
)

ALGORITHM = "EdDSA"
CHUNK_BYTES: Final = 262_144
MAX_CHUNKS = 4_096  # of both parts together: 1 GiB
MAX_MANIFEST_BYTES = 512 * 1024
MAX_JWS_CHARS = MAX_MANIFEST_BYTES * 4 // 3 + 1_024
MAX_JSON_INTEGER = 2**53 - 1  # the largest integer that every JSON reader reads alike; RFC 8785
NO_PREVIOUS = "0" * 64
"""Stands for the hash of the manifest before the first."""

PartName = Literal["a", "b"]
PART_NAMES: tuple[PartName, ...] = ("a", "b")
MANIFEST_FILE = "manifest.jws"

PackageId = Annotated[str, Field(pattern=r"\A[0-9a-f]{32}\z")]
Sha256Hex = Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z")]
DistrictCode = Annotated[str, Field(pattern=r"\A[0-9]{2}\.[0-9]{2}\.[0-9]{2}\z")]
StationCode = Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
Version = Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\z")]
UtcTime = Annotated[
    str, Field(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z\z")
]
SequenceNumber = Annotated[int, Field(ge=1, le=MAX_JSON_INTEGER)]


def part_file(part: PartName) -> str:
    """Return the file name of a part in a package's folder."""
    return f"part-{part}.age"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PackageHeader(_Strict):
    """What the station says about a package before its parts are written."""

    package_id: PackageId
    station_code: StationCode
    host_code: DistrictCode
    """Sub-district where the resident was recorded, "61.01.01"."""
    origin_code: DistrictCode
    """Sub-district that is credited."""
    sequence: SequenceNumber
    previous_manifest_sha256: Sha256Hex
    created_at: UtcTime
    """A label; nothing is decided by it."""
    software_version: Version
    thresholds_version: Version


class PartDigest(_Strict):
    """Size and hashes of one sealed part."""

    size_bytes: Annotated[int, Field(ge=1, le=CHUNK_BYTES * MAX_CHUNKS)]
    sha256: Sha256Hex
    chunk_bytes: Literal[262_144]
    chunks: tuple[Sha256Hex, ...] = Field(strict=False)
    """SHA-256 of each 262,144 bytes; the last chunk is the rest."""

    @model_validator(mode="after")
    def _count_fits(self) -> "PartDigest":
        if len(self.chunks) != -(-self.size_bytes // CHUNK_BYTES):
            raise ValueError(f"{len(self.chunks)} chunks do not make {self.size_bytes} bytes")
        return self


class PartDigests(_Strict):
    """Both parts; a package always has both."""

    a: PartDigest
    b: PartDigest


class Manifest(PackageHeader):
    """The signed statement."""

    format: Literal["ktpel-package/1"]
    parts: PartDigests

    def part(self, name: PartName) -> PartDigest:
        """Return what is said about one part."""
        return self.parts.a if name == "a" else self.parts.b

    def to_json(self) -> bytes:
        """Return the canonical bytes that are signed."""
        return to_canonical(self.model_dump(mode="json"))

    @property
    def sha256(self) -> str:
        """Hash of the canonical bytes: what a receipt and the next manifest name."""
        return hashlib.sha256(self.to_json()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChainLink:
    """The last manifest that a reader accepted from a station."""

    sequence: int
    manifest_sha256: str


FIRST_LINK = ChainLink(0, NO_PREVIOUS)
"""Where a station's chain begins."""


def build_manifest(header: PackageHeader, parts: Mapping[PartName, PartDigest]) -> Manifest:
    """Join header and digests; raises LimitExceededError for more than 4,096 chunks."""
    digests = PartDigests(a=parts["a"], b=parts["b"])
    _check_chunks(len(digests.a.chunks) + len(digests.b.chunks))
    return Manifest(**header.model_dump(), format="ktpel-package/1", parts=digests)


def read_manifest(
    jws: str, keys: Mapping[str, PublicJwk], *, station_code: str | None = None
) -> Manifest:
    """Verify and read a manifest; checks run in the order of FORMAT.md section 5.

    `keys` is the allow-list by `kid`; with `station_code`, only that station's manifest is taken.
    Raises a RefusedPackageError.
    """
    payload, kid = _split(jws)
    if kid not in keys:
        raise UnknownSignerError(f"signed by the key {kid[:64]!r}, which is not in the list")
    try:
        signed = verify_compact(jws, {kid: keys[kid]})
    except BadJwsError as error:
        raise BadSignatureError("the signature does not fit the manifest") from error
    if signed != payload:
        raise BadSignatureError("the signed bytes are other bytes")
    manifest = parse_manifest(payload)
    if station_code is not None and manifest.station_code != station_code:
        raise WrongStationError(f"the manifest names station {manifest.station_code}")
    return manifest


def inspect_manifest(jws: str) -> tuple[Manifest, str]:
    """Read manifest and `kid` WITHOUT checking the signature: for display and one's own spool."""
    payload, kid = _split(jws)
    return parse_manifest(payload), kid


def parse_manifest(payload: bytes) -> Manifest:
    """Read the signed bytes; raises a RefusedPackageError."""
    if len(payload) > MAX_MANIFEST_BYTES:
        raise LimitExceededError(f"a manifest of {len(payload)} bytes")
    value = parse_canonical(payload)
    _check_chunks(_count_chunks(value))
    try:
        return Manifest.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise BadManifestError(f"{place or 'manifest'}: {first['msg']}") from error


def check_follows(manifest: Manifest, previous: ChainLink) -> None:
    """Check the place in the station's sequence; raises a SequenceError."""
    if manifest.sequence <= previous.sequence:
        raise RepeatedSequenceError(f"sequence {manifest.sequence} was seen before")
    if manifest.sequence > previous.sequence + 1:
        missing = manifest.sequence - previous.sequence - 1
        raise SequenceGapError(f"{missing} packages before sequence {manifest.sequence} missing")
    if manifest.previous_manifest_sha256 != previous.manifest_sha256:
        raise BrokenChainError(f"sequence {manifest.sequence} names another predecessor")


def _count_chunks(value: dict[str, Any]) -> int:
    """Count before the fields are checked; a wrong shape counts as 0 and is refused there."""
    parts = value.get("parts")
    found = parts.values() if isinstance(parts, dict) else ()
    lists = [part.get("chunks") for part in found if isinstance(part, dict)]
    return sum(len(chunks) for chunks in lists if isinstance(chunks, list))


def _check_chunks(count: int) -> None:
    if count > MAX_CHUNKS:
        raise LimitExceededError(f"{count} chunks, at most {MAX_CHUNKS}")


def _split(jws: str) -> tuple[bytes, str]:
    """Return payload and `kid` of a compact JWS written in its only form."""
    if len(jws) > MAX_JWS_CHARS:
        raise LimitExceededError(f"a manifest of {len(jws)} characters")
    pieces = jws.split(".")
    if len(pieces) != 3:
        raise BadSignatureError("not a compact JWS")
    header, payload, signature = (_decode(piece) for piece in pieces)
    if len(signature) != 64:
        raise BadSignatureError("not an Ed25519 signature")
    return payload, _read_kid(header)


def _decode(piece: str) -> bytes:
    """Decode base64url and refuse any second spelling of the same bytes (RFC 7515, 2)."""
    try:
        decoded = base64.b64decode(piece + "=" * (-len(piece) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignatureError("not base64url") from error
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode("ascii") != piece:
        raise BadSignatureError("base64url with stray bits")
    return decoded


def _read_kid(header: bytes) -> str:
    """Return `kid` of a header that says exactly `alg` = EdDSA and `kid`."""
    try:
        fields = json.loads(header.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadSignatureError("the JWS header is no JSON") from error
    if not isinstance(fields, dict) or set(fields) != {"alg", "kid"}:
        raise BadSignatureError("the JWS header must hold alg and kid and nothing else")
    if fields["alg"] != ALGORITHM or not isinstance(fields["kid"], str):
        raise BadSignatureError(f"alg must be {ALGORITHM} and kid a text")
    # A second spelling, also a name twice, would be another manifest file with equal meaning.
    if to_canonical(fields) != header:
        raise BadSignatureError("the JWS header is not in its only form")
    kid: str = fields["kid"]
    return kid
