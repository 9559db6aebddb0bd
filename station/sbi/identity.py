"""The device key of the SBI service and the root that vouches for it.

    keys/sbi/root.pem, root.key       certificate authority of this station's devices
    keys/sbi/device.pem, device.key   what signs identities and captures: RSA 2048, RS256 (SBI)

Other registration clients trust `root.pem`, handed over once; the device certificate is renewed
from it. SBI fixes the algorithm, so this key stands beside the station's Ed25519 key and is used
for nothing else. As in `station.tls`, certificates begin in 1970: a dead clock battery must not
stop a station.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from station.durable import make_private_folder, write_private
from station.errors import KeyFileError
from station.tls import NO_EXPIRY, VALID_FROM

FOLDER_NAME = "sbi"
KEY_BITS = 2048
DEVICE_LIFE = timedelta(days=400)
RENEW_BEFORE = timedelta(days=30)
ALGORITHM = "RS256"
ORGANISATION = "KTP-el recording station"
MAX_PAYLOAD_BYTES = 32 << 20


class _Registry(JWSRegistry):
    max_payload_length = MAX_PAYLOAD_BYTES
    max_header_length = 64 << 10

    def __init__(self) -> None:
        super().__init__(algorithms=[ALGORITHM])


_REGISTRY = _Registry()


@dataclass(frozen=True, slots=True)
class _Pair:
    key: RSAPrivateKey
    certificate: x509.Certificate


class DeviceSigner:
    """Signs what the service says."""

    def __init__(self, folder: Path, device: _Pair) -> None:
        self.root_path = folder / "root.pem"
        """What other clients must trust."""
        self._key = RSAKey.import_key(_key_pem(device.key))
        der = device.certificate.public_bytes(Encoding.DER)
        self._header = {
            "x5c": [base64.b64encode(der).decode("ascii")],
            "alg": ALGORITHM,
            "typ": "JWT",
        }

    @classmethod
    def load_or_create(
        cls, keys_folder: Path, station_code: str, *, now: datetime
    ) -> "DeviceSigner":
        """Read the keys, made where there are none; renews a device certificate near its end.

        Raises KeyFileError for a file that is damaged or missing beside its partner.
        """
        folder = keys_folder / FOLDER_NAME
        make_private_folder(folder)
        root = _load(folder, "root") or _make_root(folder, station_code)
        device = _load(folder, "device")
        if device is None or device.certificate.not_valid_after_utc - now < RENEW_BEFORE:
            device = _make_device(folder, station_code, root, now)
        return cls(folder, device)

    def sign(self, document: Mapping[str, object]) -> str:
        """Return the compact JWS of a JSON object, the certificate in its header."""
        payload = json.dumps(document, separators=(",", ":")).encode()
        return jws.serialize_compact(dict(self._header), payload, self._key, registry=_REGISTRY)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the root certificate, to be read out by telephone."""
        root = x509.load_pem_x509_certificate(self.root_path.read_bytes())
        return root.fingerprint(hashes.SHA256()).hex()


def _make_root(folder: Path, station_code: str) -> _Pair:
    key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = _name(f"SBI root {station_code}")
    builder = (
        _builder(name, name, key, NO_EXPIRY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    return _store(folder, "root", _Pair(key, builder.sign(key, hashes.SHA256())))


def _make_device(folder: Path, station_code: str, root: _Pair, now: datetime) -> _Pair:
    key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    ends = max(now, VALID_FROM) + DEVICE_LIFE
    builder = (
        _builder(_name(f"SBI device {station_code}"), root.certificate.subject, key, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
    )
    return _store(folder, "device", _Pair(key, builder.sign(root.key, hashes.SHA256())))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: RSAPrivateKey, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(ends)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _store(folder: Path, name: str, pair: _Pair) -> _Pair:
    """Write the key first: a certificate is never there without its key."""
    write_private(folder / f"{name}.key", _key_pem(pair.key))
    write_private(folder / f"{name}.pem", pair.certificate.public_bytes(Encoding.PEM))
    return pair


def _load(folder: Path, name: str) -> _Pair | None:
    certificate_path, key_path = folder / f"{name}.pem", folder / f"{name}.key"
    if not certificate_path.exists():
        return None
    try:
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        key = load_pem_private_key(key_path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _damaged(key_path) from error
    if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise _damaged(key_path)
    return _Pair(key, certificate)


def _damaged(path: Path) -> KeyFileError:
    return KeyFileError(
        path=path,
        reason_id="rusak, hilang, atau bukan pasangan sertifikatnya. Pulihkan dari cadangan.",
        reason_en="is damaged, missing or not its certificate's. Restore it from the backup.",
    )


def _key_pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
