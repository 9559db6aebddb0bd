"""Keys of the centre, in one folder.

    centre.age-identity     opens packages; `age -d -i` reads it. Absent where it lives in an HSM
    receipt-signing.jwk     signs receipts and notices (Ed25519)
    ca.pem, ca.key          issue client certificates; the key may be kept elsewhere
    client.pem, client.key  what the collector shows to a station
    enrolment.json          public: what a station imports
    stations/               identities of the known stations (station/centre/stations.py)

All files have mode 0600. A collector needs client.*, receipt-signing.jwk and stations/ only.
"""

import json
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from station.centre.errors import CentreKeysError
from station.centre.stations import Stations
from station.durable import make_private_folder, write_private
from station.package.errors import IdentityError
from station.package.recipients import parse_identities
from station.signer import Signer
from station.tls import KeyPair, authority, client_certificate

IDENTITY_NAME = "centre.age-identity"
RECEIPT_KEY_NAME = "receipt-signing.jwk"
ENROLMENT_NAME = "enrolment.json"
ENROLMENT_FORMAT = "ktpel-centre-enrolment/1"
OTHERS_MASK = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class CentreKeys:
    """The keys of one folder, in memory."""

    folder: Path
    signer: Signer
    """Signs receipts and notices."""
    identities: tuple[str, ...]
    """AGE-SECRET-KEY-1 texts that open packages; empty at a collector that only carries them."""

    @property
    def stations(self) -> Stations:
        """The allow-list."""
        return Stations(self.folder)

    @property
    def client_certificate(self) -> Path:
        """PEM, shown to stations."""
        return self.folder / "client.pem"

    @property
    def client_key(self) -> Path:
        """PEM."""
        return self.folder / "client.key"

    @property
    def enrolment(self) -> Path:
        """Public file that a station imports."""
        return self.folder / ENROLMENT_NAME

    @classmethod
    def load(cls, folder: Path) -> "CentreKeys":
        """Read a folder that `keygen` made; CentreKeysError if something is missing."""
        signer = Signer("centre", _read_receipt_key(folder / RECEIPT_KEY_NAME))
        for name in ("client.pem", "client.key"):
            _check_private(folder / name)
        identity = folder / IDENTITY_NAME
        identities = _read_identities(identity) if identity.exists() else ()
        return cls(folder, signer, identities)


def keygen(folder: Path, *, name: str = "KTP-el centre", now: datetime) -> CentreKeys:
    """Make all keys of a centre in a new or empty folder.

    Raises CentreKeysError rather than replace a key: what was sealed to it would be lost.
    """
    if folder.exists() and any(folder.iterdir()):
        msg = f"{folder} is not empty; keys are never replaced, choose a new folder"
        raise CentreKeysError(msg)
    make_private_folder(folder)
    identity = pyrage.x25519.Identity.generate()
    key = OKPKey.generate_key("Ed25519")
    certificates = authority(f"{name} authority", now=now)
    recipient = str(identity.to_public())
    write_private(folder / IDENTITY_NAME, f"# public key: {recipient}\n{identity}\n".encode())
    write_private(folder / RECEIPT_KEY_NAME, _as_json(key.as_dict(private=True)))
    certificates.write(folder / "ca.pem", folder / "ca.key")
    issue_client(folder, name=f"{name} collector", now=now)
    make_private_folder(folder / "stations")
    signer = Signer("centre", _private_key(key))
    enrolment = {
        "format": ENROLMENT_FORMAT,
        "recipients": [recipient],
        "receipt_keys": {"keys": [signer.public_jwk()]},
        "ca_pem": certificates.certificate_pem.decode("ascii"),
    }
    write_private(folder / ENROLMENT_NAME, _as_json(enrolment))
    return CentreKeys.load(folder)


def issue_client(folder: Path, *, name: str, now: datetime) -> None:
    """Issue (or renew) the collector's client certificate with the authority in `folder`."""
    try:
        issuer = KeyPair.read(folder / "ca.pem", folder / "ca.key")
    except FileNotFoundError as error:
        msg = f"no authority in {folder}: {error.filename} is missing"
        raise CentreKeysError(msg) from error
    client_certificate(issuer, name, now=now).write(folder / "client.pem", folder / "client.key")


def _read_receipt_key(path: Path) -> Ed25519PrivateKey:
    _check_private(path)
    try:
        key = OKPKey.import_key(json.loads(path.read_bytes()))
    except (JoseError, ValueError) as error:
        msg = f"{path} is no Ed25519 JWK; restore it from the backup"
        raise CentreKeysError(msg) from error
    return _private_key(key, path)


def _private_key(key: OKPKey, path: Path | None = None) -> Ed25519PrivateKey:
    private = key.private_key
    if not isinstance(private, Ed25519PrivateKey):
        msg = f"{path or 'the receipt key'} holds no private Ed25519 key"
        raise CentreKeysError(msg)
    return private


def _read_identities(path: Path) -> tuple[str, ...]:
    """Read an identity file: one identity a line, as age-keygen writes it."""
    _check_private(path)
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    texts = tuple(line for line in lines if line and not line.startswith("#"))
    try:
        parse_identities(texts)
    except IdentityError as error:
        msg = f"{path}: {error.text_en} Restore it from the backup"
        raise CentreKeysError(msg) from error
    return texts


def _check_private(path: Path) -> None:
    if not path.is_file():
        msg = f"{path} is missing; make keys with `station centre keygen` or restore the backup"
        raise CentreKeysError(msg)
    if path.stat().st_mode & OTHERS_MASK:
        msg = f"{path} can be read by others; run chmod 600 on it"
        raise CentreKeysError(msg)


def _as_json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, indent=1, sort_keys=True).encode()
