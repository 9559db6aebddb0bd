"""The station's signing key: Ed25519, named by its RFC 7638 thumbprint."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import OKPKey

from station.jws import ALGORITHM, sign_compact


class Signer:
    """Signs manifests, reports and heads of the audit log for one station."""

    def __init__(self, station_code: str, private_key: Ed25519PrivateKey) -> None:
        self.station_code = station_code
        self._private_key = private_key
        self._jwk = OKPKey.import_key(to_pem(private_key))
        self.kid = self._jwk.thumbprint()
        """RFC 7638 thumbprint of the public key."""
        self.public_key = private_key.public_key().public_bytes_raw()
        """32 bytes."""

    def sign_jws(self, payload: bytes) -> str:
        """Return a compact JWS over `payload` (EdDSA, `kid` in the header)."""
        return sign_compact(payload, self._jwk, kid=self.kid)

    def sign(self, message: bytes) -> bytes:
        """Return the plain 64-byte signature (heads of the audit log)."""
        return self._private_key.sign(message)

    def public_jwk(self) -> dict[str, str]:
        """Return the public key as a JWK with `kid`, `alg` and `use`."""
        public = self._jwk.as_dict(private=False)
        fields = {name: str(public[name]) for name in ("kty", "crv", "x")}
        return {**fields, "kid": self.kid, "alg": ALGORITHM, "use": "sig"}


def to_pem(private_key: Ed25519PrivateKey) -> bytes:
    """Return a private key in PKCS 8 PEM, unencrypted: the file is readable by its owner only."""
    return private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
