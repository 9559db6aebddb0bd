"""What the centre answers a station: receipts for packages, and notices about them.

Both are compact JWS by a key of the centre that the station imported. TLS only shows that some
client of the centre speaks; the signature shows what the centre said, on the network as on a
courier's medium.

    AnswerError
    +-- MalformedAnswerError     no JWS, no JSON, unknown or missing field
    +-- UntrustedAnswerError     signed by another key or algorithm, or changed afterwards
    +-- MismatchedAnswerError    genuine, but about another package or station
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeVar

import rfc8785
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from station.jws import BadJwsError, PublicJwk, verify_compact

RECEIPT_FORMAT: Final = "ktpel-receipt/1"
NOTICE_FORMAT: Final = "ktpel-notice/1"
MAX_ANSWER_BYTES = 16_384
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

PackageId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Sha256Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
StationCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ReasonCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
UtcTime = Annotated[
    str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|\+00:00)$")
]
Detail = Annotated[str, Field(max_length=500)]


class AnswerError(Exception):
    """An answer of the centre cannot be accepted."""


class MalformedAnswerError(AnswerError):
    """For instance: two dots missing, a verdict that is neither of the two."""


class UntrustedAnswerError(AnswerError):
    """For instance: key of another centre, `alg` none, one byte flipped."""


class MismatchedAnswerError(AnswerError):
    """For instance: hash of another manifest, receipt for the neighbour station."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def payload(self) -> bytes:
        """Return the bytes to sign: RFC 8785 canonical JSON."""
        return rfc8785.dumps(self.model_dump(mode="json", exclude_none=True))


class Receipt(_Answer):
    """The centre's verdict about one package. Final: a package has one receipt."""

    format: Literal["ktpel-receipt/1"] = RECEIPT_FORMAT
    package_id: PackageId
    station_code: StationCode
    sequence: Annotated[int, Field(ge=1, lt=2**53)]
    manifest_sha256: Sha256Hex
    verdict: Literal["accepted", "rejected"]
    reason: ReasonCode | None = None
    """Code of a rejection, as the panel translates it: "cannot_open", "rule_broken" ..."""
    detail: Detail | None = None
    issued_at: UtcTime

    @model_validator(mode="after")
    def _reason_of_a_rejection(self) -> Self:
        if (self.verdict == "rejected") != (self.reason is not None):
            msg = "a rejection, and only a rejection, names its reason"
            raise ValueError(msg)
        return self

    def check_is_for(self, *, package_id: str, station_code: str, manifest_sha256: str) -> None:
        """Raise MismatchedAnswerError unless the receipt names exactly this package."""
        expected = {
            "package_id": package_id,
            "station_code": station_code,
            "manifest_sha256": manifest_sha256,
        }
        for field, value in expected.items():
            given = getattr(self, field)
            if given != value:
                msg = f"the receipt's {field} is {given}, the package here has {value}"
                raise MismatchedAnswerError(msg)


class Notice(_Answer):
    """Something the centre tells a station later: a national status, a task, damage seen."""

    format: Literal["ktpel-notice/1"] = NOTICE_FORMAT
    notice_id: PackageId
    """32 hex digits, new for each notice; the station applies each notice once."""
    station_code: StationCode
    kind: Literal["status", "recapture", "damaged"]
    package_id: PackageId
    status: ReasonCode | Annotated[str, Field(pattern=r"^[A-Z][A-Z_]{0,63}$")] | None = None
    """National status word, for instance PRINT_READY_RECORD."""
    items: Annotated[tuple[ReasonCode, ...], Field(max_length=64, strict=False)] = ()
    """Parts to capture again ("right_index"), or the damaged parts of the package ("a")."""
    detail: Detail | None = None
    issued_at: UtcTime


AnswerT = TypeVar("AnswerT", bound=_Answer)


class TrustedReceiptKeys:
    """The keys by which the centre signs its answers; nothing else is believed."""

    def __init__(self, keys: Iterable[Mapping[str, str]]) -> None:
        """Take public JWKs; ValueError if there is none, or one is not a public Ed25519 key."""
        self._keys: dict[str, PublicJwk] = dict(_with_kid(key) for key in keys)
        if not self._keys:
            msg = "no receipt key of the centre; import its enrolment file"
            raise ValueError(msg)

    @classmethod
    def from_jwks(cls, text: str | bytes) -> Self:
        """Read a JWK Set, `{"keys": [...]}`."""
        try:
            document = json.loads(text)
            keys = [dict(key) for key in document["keys"]]
        except (ValueError, TypeError, KeyError) as error:
            msg = 'the receipt keys are no JWK Set {"keys": [...]}; import the enrolment file again'
            raise ValueError(msg) from error
        return cls(keys)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a JWK Set from a file."""
        return cls.from_jwks(path.read_bytes())

    def read_receipt(self, text: str | bytes) -> Receipt:
        """Verify and parse a receipt."""
        return self._read(text, Receipt)

    def read_notice(self, text: str | bytes) -> Notice:
        """Verify and parse a notice."""
        return self._read(text, Notice)

    def _read(self, text: str | bytes, kind: type[AnswerT]) -> AnswerT:
        compact = _well_formed(text)
        try:
            payload = verify_compact(compact, self._keys)
        except BadJwsError as error:
            msg = f"not signed by the centre this station trusts: {error}"
            raise UntrustedAnswerError(msg) from error
        try:
            return kind.model_validate_json(payload)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the payload"
            msg = f"{kind.__name__.lower()}: {place}: {first['msg']}"
            raise MalformedAnswerError(msg) from error


def _well_formed(text: str | bytes) -> str:
    """Return the compact form, or MalformedAnswerError before any key is looked at."""
    if len(text) > MAX_ANSWER_BYTES:
        msg = f"{len(text)} bytes; an answer has at most {MAX_ANSWER_BYTES}"
        raise MalformedAnswerError(msg)
    try:
        compact = text if isinstance(text, str) else text.decode("ascii")
    except UnicodeDecodeError as error:
        msg = "not ASCII, so not a compact JWS"
        raise MalformedAnswerError(msg) from error
    parts = _COMPACT.fullmatch(compact.strip())
    if parts is None or not isinstance(_json_or_none(parts[1]), dict):
        msg = "not a compact JWS: three base64url parts, the first a JSON header"
        raise MalformedAnswerError(msg)
    return parts[0]


def _json_or_none(part: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None


def _with_kid(key: Mapping[str, str]) -> tuple[str, PublicJwk]:
    if key.get("kty") != "OKP" or key.get("crv") != "Ed25519" or "d" in key:
        msg = f"a receipt key is not a public Ed25519 JWK: {sorted(key)}"
        raise ValueError(msg)
    try:
        loaded = OKPKey.import_key(dict(key))
    except (JoseError, ValueError) as error:
        msg = "a receipt key cannot be read as an Ed25519 JWK"
        raise ValueError(msg) from error
    return key.get("kid") or loaded.thumbprint(), dict(key)
