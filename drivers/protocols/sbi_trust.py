"""Signed answers: JWS with RS256 whose certificate must lead to a root that the station trusts.

The header's `x5c` holds the signer's certificate first; what follows may be intermediates. Nothing
in the message decides what is trusted: the roots come from a file, the algorithm is fixed.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import verification
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from drivers.errors import OptionsError
from drivers.protocols.sbi_errors import SignatureError, UntrustedSignerError

ALGORITHM = "RS256"
MIN_KEY_BITS = 2048
MAX_PAYLOAD_BYTES = 32 << 20
MAX_CHAIN = 5
MAX_CERTIFICATE_BYTES = 16 << 10


class _SbiRegistry(JWSRegistry):
    """Our one algorithm; room for a picture in the payload and certificates in the header."""

    max_payload_length = MAX_PAYLOAD_BYTES
    max_header_length = MAX_CHAIN * MAX_CERTIFICATE_BYTES * 2

    def __init__(self) -> None:
        super().__init__(algorithms=[ALGORITHM])


_REGISTRY = _SbiRegistry()


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed, and by which certificate."""

    content: dict[str, Any]
    signer: str
    """SHA-256 of the certificate, hexadecimal."""


@dataclass(frozen=True, slots=True)
class TrustRoots:
    """Certificates of device providers (and of makers of trust modules) that may sign."""

    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def load(cls, path: Path, *, device: str) -> "TrustRoots":
        """Read a PEM file of one or more certificates; raises OptionsError."""
        try:
            certificates = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise OptionsError(
                f"trust_roots: {path} holds no PEM certificates: {error}", device=device
            ) from error
        return cls(certificates)

    def open_signed(self, token: str, *, at: datetime, device: str) -> "Signed":
        """Return the JSON object of a compact JWS by a trusted signer, and who that is.

        Raises UntrustedSignerError or SignatureError.
        """
        chain = _read_chain(token, device)
        self._verify_chain(chain, at, device)
        try:
            payload = jws.deserialize_compact(
                token, _public_key(chain[0], device), registry=_REGISTRY
            ).payload
        except (JoseError, ValueError) as error:
            raise SignatureError(
                f"the signature does not hold: {type(error).__name__}", device=device
            ) from error
        signer = chain[0].fingerprint(SHA256()).hex()
        return Signed(parse_object(payload, device=device), signer)

    def _verify_chain(self, chain: tuple[x509.Certificate, ...], at: datetime, device: str) -> None:
        signer = chain[0].subject.rfc4514_string()[:120]
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store(list(self.certificates)))
            .time(at)
            .max_chain_depth(MAX_CHAIN)
            .extension_policies(
                ca_policy=_AUTHORITIES, ee_policy=verification.ExtensionPolicy.permit_all()
            )
            .build_client_verifier()
        )
        try:
            verifier.verify(chain[0], list(chain[1:]))
        except (verification.VerificationError, UnsupportedAlgorithm) as error:
            raise UntrustedSignerError(
                f"the signer {signer} is not trusted at {at:%Y-%m-%d %H:%M} UTC "
                f"({_first_line(error)}); check the machine's clock, then trust_roots",
                device=device,
            ) from error


def _require_authority(
    _policy: verification.Policy, _certificate: x509.Certificate, constraints: x509.BasicConstraints
) -> None:
    """Refuse a device certificate that issued another one; a custom policy must check it itself."""
    if not constraints.ca:
        raise ValueError("an issuer on the way is no certificate authority")


# Deployed authorities write the constraints without "critical"; device certificates write nothing.
_AUTHORITIES = verification.ExtensionPolicy.permit_all().require_present(
    x509.BasicConstraints, verification.Criticality.AGNOSTIC, _require_authority
)


def parse_object(data: bytes, *, device: str) -> dict[str, Any]:
    """Return the JSON object in a payload; raises SignatureError."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SignatureError("the signed content is no JSON", device=device) from error
    if not isinstance(document, dict):
        raise SignatureError("the signed content is no JSON object", device=device)
    return document


def open_unsigned(token: str, *, device: str) -> dict[str, Any]:
    """Return the JSON object of an unsigned text: discovery, devices that are not registered."""
    return parse_object(decode_base64url(token, device=device), device=device)


def decode_base64url(text: str, *, device: str) -> bytes:
    """Return the bytes of a base64url text with or without padding; raises SignatureError."""
    try:
        data = text.encode("ascii").rstrip(b"=")
        return base64.b64decode(data + b"=" * (-len(data) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise SignatureError("a text is no base64url", device=device) from error


def _read_chain(token: str, device: str) -> tuple[x509.Certificate, ...]:
    header = _read_header(token, device)
    if header.get("alg") != ALGORITHM:
        raise SignatureError(
            f"signed with {str(header.get('alg'))[:20]}, not {ALGORITHM}", device=device
        )
    listed = header.get("x5c")
    texts = [listed] if isinstance(listed, str) else listed
    if not isinstance(texts, list) or not 0 < len(texts) <= MAX_CHAIN:
        raise SignatureError("the header holds no certificate (x5c)", device=device)
    return tuple(_certificate(text, device) for text in texts)


def _read_header(token: str, device: str) -> Mapping[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        raise SignatureError("the answer is not signed (no JWS)", device=device)
    return parse_object(decode_base64url(parts[0], device=device), device=device)


def _certificate(text: object, device: str) -> x509.Certificate:
    try:
        der = base64.b64decode(str(text), validate=True)
        if len(der) > MAX_CERTIFICATE_BYTES:
            raise SignatureError(f"a certificate of {len(der)} bytes", device=device)
        return x509.load_der_x509_certificate(der)
    except (ValueError, binascii.Error) as error:
        raise SignatureError("x5c holds something else than certificates", device=device) from error


def _public_key(certificate: x509.Certificate, device: str) -> RSAKey:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_KEY_BITS:
        raise SignatureError(f"the key is no RSA of {MIN_KEY_BITS} bits or more", device=device)
    return RSAKey.import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__
