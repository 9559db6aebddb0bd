"""Certificates and signatures of an emulated SBI device, made anew in every process."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

VALID_FROM = datetime(2021, 2, 8, tzinfo=UTC)
VALID_UNTIL = datetime(2036, 2, 8, tzinfo=UTC)


@dataclass(frozen=True)
class EmulatedKey:
    """A private key with its certificate."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @classmethod
    def authority(cls, name: str) -> "EmulatedKey":
        """Make a root that signs itself."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return cls(key, _certificate(name, key.public_key(), name, key, is_authority=True))

    def issue(
        self, name: str, *, is_authority: bool = False, until: datetime = VALID_UNTIL
    ) -> "EmulatedKey":
        """Make a key whose certificate this one signs."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        issuer = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        certificate = _certificate(
            name,
            key.public_key(),
            str(issuer),
            self.private,
            is_authority=is_authority,
            until=until,
        )
        return EmulatedKey(key, certificate)

    def pem(self) -> bytes:
        """Return the certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    def sign(
        self,
        document: Mapping[str, Any],
        *,
        algorithm: str = "RS256",
        chain: tuple["EmulatedKey", ...] = (),
    ) -> str:
        """Return a compact JWS with this certificate, then those of `chain`, in x5c.

        `algorithm` is what the header claims; the signature is RS256 whatever it says.
        """
        listed = [
            base64.b64encode(one.certificate.public_bytes(Encoding.DER)).decode()
            for one in (self, *chain)
        ]
        head = {"x5c": listed, "alg": algorithm, "typ": "JWT"}
        signed = f"{to_base64url(json.dumps(head).encode())}."
        signed += to_base64url(json.dumps(document).encode())
        signature = self.private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{to_base64url(signature)}"


def to_base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _certificate(
    name: str,
    key: rsa.RSAPublicKey,
    issuer: str,
    signing_key: rsa.RSAPrivateKey,
    *,
    is_authority: bool,
    until: datetime = VALID_UNTIL,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(until)
    )
    if is_authority:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
    return builder.sign(signing_key, hashes.SHA256())
