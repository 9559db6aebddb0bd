"""The station's keys on disk, and what it was told about the centre.

    keys/station-signing.pem      Ed25519, PKCS 8, mode 0600
    keys/nik-tag.key              32 bytes, mode 0600: HMAC key of the tags that stand for a NIK
    keys/tls-server.pem, .key     server certificate of the pull interface (station/tls.py)
    keys/centre/                  what the centre told (station/trusted_centre.py)

The station holds no key that opens a package. The limit of the NIK tags: who takes the whole disk
can try NIKs against the tags and learn whether a person was recorded here, and nothing else.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import JsonValue

from station.durable import make_private_folder, remove, write_private
from station.errors import KeyFileError
from station.signer import Signer, to_pem
from station.trusted_centre import TrustedCentre, import_centre, load_centre

__all__ = ["Signer", "StationKeys", "TrustedCentre", "import_centre", "load_centre"]

SIGNING_KEY_NAME = "station-signing.pem"
NIK_KEY_NAME = "nik-tag.key"
NIK_KEY_BYTES = 32
BIRTH_MARK_NAME = ".new-keys"
OTHERS_MASK = 0o077
IDENTITY_FORMAT = "ktpel-station-identity/1"


@dataclass(frozen=True, slots=True)
class StationKeys:
    """The keys of one station, in memory."""

    folder: Path
    station_code: str
    signer: Signer
    nik_tag_key: bytes

    @classmethod
    def load_or_create(cls, folder: Path, station_code: str) -> "StationKeys":
        """Read the keys; make them where there are none at all.

        Raises KeyFileError when only one is there (a new one would not fit old data), when one is
        damaged, or readable by others.
        """
        signing_path, nik_path = folder / SIGNING_KEY_NAME, folder / NIK_KEY_NAME
        make_private_folder(folder)
        birth_mark = folder / BIRTH_MARK_NAME
        if birth_mark.exists() or not (signing_path.exists() or nik_path.exists()):
            write_private(birth_mark, b"")  # a cut before its removal: both are made again
            write_private(nik_path, secrets.token_bytes(NIK_KEY_BYTES))
            write_private(signing_path, to_pem(Ed25519PrivateKey.generate()))
            remove(birth_mark)
        signer = Signer(station_code, _parse_signing_key(signing_path, _read(signing_path)))
        return cls(folder, station_code, signer, _parse_nik_key(nik_path, _read(nik_path)))

    @property
    def tls_certificate_path(self) -> Path:
        """Server certificate of the pull interface, PEM."""
        return self.folder / "tls-server.pem"

    @property
    def tls_key_path(self) -> Path:
        """Private key of that certificate, PEM."""
        return self.folder / "tls-server.key"

    @property
    def centre_folder(self) -> Path:
        """Where the enrolment by the centre is kept."""
        return self.folder / "centre"

    def centre(self) -> TrustedCentre | None:
        """Return what was imported from the centre, or None before enrolment."""
        return load_centre(self.folder)

    def public_identity(self) -> dict[str, JsonValue]:
        """Return what the centre needs to know this station; public, fit for a file or a QR."""
        path = self.tls_certificate_path
        certificate = path.read_text(encoding="ascii") if path.exists() else None
        return {
            "format": IDENTITY_FORMAT,
            "station_code": self.station_code,
            "signing_jwk": dict(self.signer.public_jwk()),
            "tls_certificate_pem": certificate,
        }


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        payload = path.read_bytes()
    except FileNotFoundError as error:
        raise KeyFileError(
            path=path,
            reason_id="tidak ada. Pulihkan dari cadangan; kunci baru tidak cocok dengan data lama.",
            reason_en="is missing. Restore it from the backup; a new key would not fit old data.",
        ) from error
    if mode & OTHERS_MASK:
        raise KeyFileError(
            path=path,
            reason_id=f"dapat dibaca orang lain. Jalankan: chmod 600 {path}",
            reason_en=f"is readable by others. Run: chmod 600 {path}",
        )
    return payload


def _damaged(path: Path) -> KeyFileError:
    return KeyFileError(
        path=path,
        reason_id="rusak atau bukan kunci stasiun. Pulihkan dari cadangan.",
        reason_en="is damaged or no station key. Restore it from the backup.",
    )


def _parse_signing_key(path: Path, payload: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(payload, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _damaged(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _damaged(path)
    return key


def _parse_nik_key(path: Path, payload: bytes) -> bytes:
    if len(payload) != NIK_KEY_BYTES:
        raise _damaged(path)
    return payload
