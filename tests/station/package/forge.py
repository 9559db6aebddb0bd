"""Build packages by hand, also wrong ones, past the code under test."""

import base64
import hashlib
import json
import tarfile
from dataclasses import dataclass, field

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CHUNK = 262_144
STATION_KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
OTHER_STATION_KEY = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
KID = "test-station-1"
OTHER_KID = "test-station-2"
STATION_CODE = "61.01.01-1"
SMALL_A = (("record.json", b"{}"),)
SMALL_B = (("portrait.fac", b"face" * 20),)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def to_json(value):
    """Canonical for the values used here: ASCII names, integers and text only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def jwk(key, kid):
    public = key.public_key().public_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(public), "kid": kid}


KEYS = {KID: jwk(STATION_KEY, KID)}


def sign(payload, *, key=STATION_KEY, header=None):
    """A compact JWS; `header` may be any bytes."""
    head = b64(to_json({"alg": "EdDSA", "kid": KID}) if header is None else header)
    text = f"{head}.{b64(payload)}"
    return f"{text}.{b64(key.sign(text.encode()))}"


def tar_header(name, size=0, **fields):
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    for field_name, value in fields.items():
        setattr(info, field_name, value)
    return info.tobuf(tarfile.USTAR_FORMAT)


def tar(*members, end=bytes(1024)):
    """A tar of (name, content) pairs and of ready-made bytes."""
    blocks = []
    for member in members:
        if isinstance(member, bytes):
            blocks.append(member)
        else:
            name, content = member
            blocks.append(tar_header(name, len(content)) + content + bytes(-len(content) % 512))
    return b"".join(blocks) + end


def digest(sealed):
    pieces = [sealed[at : at + CHUNK] for at in range(0, len(sealed), CHUNK)]
    return {
        "size_bytes": len(sealed),
        "sha256": hashlib.sha256(sealed).hexdigest(),
        "chunk_bytes": CHUNK,
        "chunks": [hashlib.sha256(piece).hexdigest() for piece in pieces],
    }


@dataclass
class Forged:
    """A package in memory; change what you like, then write it."""

    recipient: str
    plain_a: bytes = tar(*SMALL_A)
    plain_b: bytes = tar(*SMALL_B)
    manifest: dict = field(init=False)

    def __post_init__(self):
        recipients = [pyrage.x25519.Recipient.from_str(self.recipient)]
        self.a = pyrage.encrypt(self.plain_a, recipients)
        self.b = pyrage.encrypt(self.plain_b, recipients)
        self.manifest = {
            "format": "ktpel-package/1",
            "package_id": f"{1:032x}",
            "station_code": STATION_CODE,
            "host_code": "61.01.01",
            "origin_code": "61.01.02",
            "sequence": 1,
            "previous_manifest_sha256": "0" * 64,
            "created_at": "2026-11-24T08:00:00.000Z",
            "software_version": "0.1.0",
            "thresholds_version": "2026-11",
            "parts": {"a": digest(self.a), "b": digest(self.b)},
        }

    def jws(self):
        return sign(to_json(self.manifest))

    def write(self, folder, jws=None):
        folder.mkdir(parents=True)
        (folder / "manifest.jws").write_text(self.jws() if jws is None else jws)
        (folder / "part-a.age").write_bytes(self.a)
        (folder / "part-b.age").write_bytes(self.b)
        return folder
