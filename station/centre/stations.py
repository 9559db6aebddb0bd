"""The allow-list: which stations the centre knows, by signing key and by TLS certificate.

`stations/<station code>.json` is what `station keys` of that station wrote. Whoever imports it
has compared its fingerprints with the people at the station; from then on nothing else is
believed from there.
"""

import base64
import json
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from station.answers import StationCode
from station.centre.errors import UnknownStationError
from station.durable import write_private
from station.tls import CertificateError, fingerprint

FOLDER_NAME = "stations"
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class StationIdentity(BaseModel):
    """What a station publishes about itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["ktpel-station-identity/1"]
    station_code: StationCode
    signing_jwk: dict[str, str]
    """Public Ed25519 JWK with `kid`."""
    tls_certificate_pem: Annotated[str, Field(max_length=16_384)] | None = None
    """None: packages come by courier only."""

    @field_validator("signing_jwk")
    @classmethod
    def _is_public_ed25519(cls, jwk: dict[str, str]) -> dict[str, str]:
        if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or "d" in jwk:
            msg = "must be a public Ed25519 key"
            raise ValueError(msg)
        if not jwk.get("kid"):
            msg = "has no kid"
            raise ValueError(msg)
        return jwk

    @field_validator("tls_certificate_pem")
    @classmethod
    def _is_certificate(cls, pem: str | None) -> str | None:
        if pem is not None:
            try:
                fingerprint(pem.encode())
            except CertificateError as error:
                raise ValueError(str(error)) from error
        return pem

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """Parse an identity; UnknownStationError names the field that is wrong."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the file"
            msg = f"not a station's identity: {place}: {first['msg']}; export it there again"
            raise UnknownStationError(msg) from error

    @property
    def kid(self) -> str:
        """Name of the signing key."""
        return self.signing_jwk["kid"]

    def signing_keys(self) -> dict[str, dict[str, str]]:
        """Return the keys that may sign this station's manifests, by kid."""
        return {self.kid: self.signing_jwk}

    def public_key(self) -> bytes:
        """Return the 32 bytes of the signing key."""
        encoded = self.signing_jwk["x"]
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))

    def fingerprints(self) -> dict[str, str]:
        """Return what two people compare by telephone."""
        pem = self.tls_certificate_pem
        tls = fingerprint(pem.encode()) if pem is not None else "none: courier only"
        return {"signing key": self.kid, "TLS certificate": tls}


class Stations:
    """The folder of known stations."""

    def __init__(self, keys_folder: Path) -> None:
        self._folder = keys_folder / FOLDER_NAME

    def get(self, station_code: str) -> StationIdentity:
        """Return a station's identity, or UnknownStationError."""
        path = self._path(station_code)
        if not path.is_file():
            known = ", ".join(self.codes()) or "none"
            msg = f"station {station_code!r} is not known (known: {known}); trust its identity file"
            raise UnknownStationError(msg)
        identity = StationIdentity.read(path.read_bytes())
        if identity.station_code != station_code:
            msg = f"{path} is the identity of {identity.station_code}; trust the right file again"
            raise UnknownStationError(msg)
        return identity

    def codes(self) -> tuple[str, ...]:
        """Return the codes of all known stations, sorted."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(path.stem for path in self._folder.glob("*.json")))

    def all(self) -> tuple[StationIdentity, ...]:
        """Return all identities."""
        return tuple(self.get(code) for code in self.codes())

    def trust(self, identity: StationIdentity, *, may_replace: bool = False) -> bool:
        """Remember a station; return False if exactly this identity is known already.

        Another identity under a known code is refused unless `may_replace`: it is how an
        impostor would come in.
        """
        path = self._path(identity.station_code)
        text = json.dumps(identity.model_dump(mode="json"), indent=1, sort_keys=True)
        if path.is_file():
            if path.read_text(encoding="utf-8") == text:
                return False
            if not may_replace:
                msg = (
                    f"station {identity.station_code} is known with another key or certificate; "
                    "ask the station why, then replace it deliberately"
                )
                raise UnknownStationError(msg)
        write_private(path, text.encode())
        return True

    def _path(self, station_code: str) -> Path:
        if _CODE.fullmatch(station_code) is None:
            msg = f"{station_code[:80]!r} is no station code"
            raise UnknownStationError(msg)
        return self._folder / f"{station_code}.json"
