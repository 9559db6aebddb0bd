"""Keys and sealed packages for tests; the keys are for nothing else."""

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.package.manifest import NO_PREVIOUS, PackageHeader
from station.package.seal import seal_parts
from station.signer import Signer

STATION_CODE = "61.01.01-1"
SIGNER = Signer(STATION_CODE, Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
KEYS = {SIGNER.kid: SIGNER.public_jwk()}
IDENTITY = pyrage.x25519.Identity.generate()
OTHER_IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
CONTENT_A = (("record.json", b"{}"), ("fingers/right_index.wsq", b"print" * 300))
CONTENT_B = (("portrait.fac", b"face" * 500), ("slaps/thumbs.jp2", b""))


def header(sequence=1, **changes):
    """The header of a package whose id follows from its sequence."""
    fields = {
        "package_id": f"{sequence:032x}",
        "station_code": STATION_CODE,
        "host_code": "61.01.01",
        "origin_code": "61.01.02",
        "sequence": sequence,
        "previous_manifest_sha256": NO_PREVIOUS,
        "created_at": "2026-11-24T08:00:00.000Z",
        "software_version": "0.1.0",
        "thresholds_version": "2026-11",
    }
    return PackageHeader(**(fields | changes))


def seal_small(folder, sequence=1, *, a=CONTENT_A, b=CONTENT_B, recipients=(RECIPIENT,), **changes):
    """Seal a package of a few kilobytes."""
    return seal_parts(
        {"a": a, "b": b},
        header=header(sequence, **changes),
        signer=SIGNER,
        recipients=recipients,
        folder=folder,
    )
