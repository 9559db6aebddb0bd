"""Compact JWS with Ed25519: one algorithm, pinned key, no choice left to the message.

RFC 8037 writes the algorithm as "EdDSA", RFC 9864 as "Ed25519"; the signature bytes are the same.
We write the first, which every library reads, and accept both, for an Ed25519 key only.
"""

from collections.abc import Mapping

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

ALGORITHM = "EdDSA"
ACCEPTED_ALGORITHMS = ("EdDSA", "Ed25519")
MAX_PAYLOAD_BYTES = 512 * 1024  # the largest manifest, see station/package/FORMAT.md
PublicJwk = Mapping[str, str]


class BadJwsError(Exception):
    """Not a JWS by the expected key: malformed, other algorithm, other key, changed bytes."""


class _Ed25519Registry(JWSRegistry):
    """Allows our algorithm only, in both spellings, and payloads of a manifest's size."""

    max_payload_length = MAX_PAYLOAD_BYTES * 4 // 3 + 4  # joserfc measures the base64 text

    def __init__(self) -> None:
        super().__init__(algorithms=ACCEPTED_ALGORITHMS)

    def get_alg(self, name: str) -> JWSAlgModel:
        """Return the algorithm; joserfc would warn about the older spelling of its name."""
        if name not in ACCEPTED_ALGORITHMS:
            return super().get_alg(name)  # raises UnsupportedAlgorithmError
        return self.algorithms[name]


_REGISTRY = _Ed25519Registry()


def sign_compact(payload: bytes, key: OKPKey, *, kid: str) -> str:
    """Return the compact JWS over `payload`, with `alg` and `kid` in the protected header."""
    return jws.serialize_compact({"alg": ALGORITHM, "kid": kid}, payload, key, registry=_REGISTRY)


def verify_compact(text: str, keys: Mapping[str, PublicJwk]) -> bytes:
    """Return the payload after checking the signature with the key that `kid` names in `keys`.

    Raises BadJwsError with the reason.
    """
    try:
        kid = jws.extract_compact(text.encode("ascii"), registry=_REGISTRY).headers().get("kid")
        if not isinstance(kid, str) or kid not in keys:
            raise BadJwsError(f"signed by the unknown key {kid!r}")
        key = _import_public(keys[kid])
        return jws.deserialize_compact(text, key, registry=_REGISTRY).payload
    except (JoseError, ValueError, KeyError) as error:
        raise BadJwsError(f"{type(error).__name__}: {error}") from error


def _import_public(fields: PublicJwk) -> OKPKey:
    """Return an Ed25519 key; what else the JWK says does not decide how it is used."""
    if fields.get("crv") != "Ed25519":
        raise BadJwsError("the trusted key is not Ed25519")
    return OKPKey.import_key({name: fields[name] for name in ("kty", "crv", "x")})
