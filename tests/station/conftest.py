"""A station's pull side and a centre, on loopback, without devices, panel or database.

The parts of these packages are random bytes under a genuine signed manifest: nobody on the way may
look inside anyway. Tests that open packages seal real ones.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.answers import Receipt, TrustedReceiptKeys
from station.centre.keys import CentreKeys, keygen
from station.centre.stations import StationIdentity
from station.inbox import Inbox
from station.package.manifest import (
    CHUNK_BYTES,
    NO_PREVIOUS,
    Manifest,
    PartDigest,
    PartDigests,
)
from station.pull.app import PullOptions, create_pull_app
from station.pull.server import PullServer, TlsFiles, listen, tls_context
from station.signer import Signer
from station.spool import Spool
from station.tls import server_certificate

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
START_LIMIT_S = 20


def digest_of(payload: bytes) -> PartDigest:
    """Return what a manifest says about a part."""
    pieces = [payload[at : at + CHUNK_BYTES] for at in range(0, len(payload), CHUNK_BYTES)]
    return PartDigest(
        size_bytes=len(payload),
        sha256=hashlib.sha256(payload).hexdigest(),
        chunk_bytes=CHUNK_BYTES,
        chunks=tuple(hashlib.sha256(piece).hexdigest() for piece in pieces),
    )


@dataclass
class PullStation:
    """What the pull process of one station works on."""

    folder: Path
    centre: CentreKeys
    code: str = "61.01.01-1"
    signer: Signer = field(init=False)
    manifests: list[Manifest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.signer = Signer(self.code, Ed25519PrivateKey.generate())
        self.tls = server_certificate(self.code)
        self.tls.write(self.folder / "tls.pem", self.folder / "tls.key")
        (self.folder / "receipt-keys.json").write_text(
            json.dumps({"keys": [self.centre.signer.public_jwk()]})
        )
        self.spool = Spool(self.folder / "spool")
        self.inbox = Inbox(self.folder / "inbox")
        self.reports = self.folder / "outbox" / "reports"

    @property
    def identity(self) -> StationIdentity:
        return StationIdentity(
            format="ktpel-station-identity/1",
            station_code=self.code,
            signing_jwk=self.signer.public_jwk(),
            tls_certificate_pem=self.tls.certificate_pem.decode(),
        )

    def add_package(
        self,
        size_a: int = 3_000,
        size_b: int = 5_000,
        *,
        signer: Signer | None = None,
        **changes: object,
    ) -> Manifest:
        """Put one more package into the spool."""
        parts = {"a": os.urandom(size_a), "b": os.urandom(size_b)}
        last = self.manifests[-1] if self.manifests else None
        fields = {
            "format": "ktpel-package/1",
            "package_id": uuid4().hex,
            "station_code": self.code,
            "host_code": "61.01.01",
            "origin_code": "61.01.02",
            "sequence": last.sequence + 1 if last else 1,
            "previous_manifest_sha256": last.sha256 if last else NO_PREVIOUS,
            "created_at": "2026-11-24T07:00:00Z",
            "software_version": "0.1.0",
            "thresholds_version": "2026.1",
            "parts": PartDigests(a=digest_of(parts["a"]), b=digest_of(parts["b"])),
        }
        manifest = Manifest(**{**fields, **changes})
        folder = self.spool.folder / manifest.package_id
        folder.mkdir()
        for name, payload in parts.items():
            (folder / f"part-{name}.age").write_bytes(payload)
        jws = (signer or self.signer).sign_jws(manifest.to_json())
        (folder / "manifest.jws").write_text(jws)
        self.manifests.append(manifest)
        return manifest

    def part_bytes(self, manifest: Manifest, name: str) -> bytes:
        return (self.spool.folder / manifest.package_id / f"part-{name}.age").read_bytes()

    def trusted(self) -> TrustedReceiptKeys:
        return TrustedReceiptKeys.from_file(self.folder / "receipt-keys.json")

    def options(self) -> PullOptions:
        outbox = self.reports.parent
        return PullOptions(
            station_code=self.code,
            reports_folder=self.reports,
            checkpoint_file=outbox / "audit-checkpoint",
            readiness_file=outbox / "readiness.json",
            clock=lambda: NOW,
        )

    def app(self):
        return create_pull_app(self.spool, self.inbox, self.trusted(), self.options())

    def tls_files(self) -> TlsFiles:
        return TlsFiles(
            self.folder / "tls.pem", self.folder / "tls.key", self.centre.folder / "ca.pem"
        )

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serve over mutual TLS in a thread; give the address."""
        server = PullServer(self.app(), listen("127.0.0.1", port), tls_context(self.tls_files()))
        with running(server) as url:
            yield url

    def receipt(self, manifest: Manifest, **changes: object) -> Receipt:
        fields = {
            "package_id": manifest.package_id,
            "station_code": self.code,
            "sequence": manifest.sequence,
            "manifest_sha256": manifest.sha256,
            "verdict": "accepted",
            "issued_at": "2026-11-24T08:00:00Z",
        }
        return Receipt(**{**fields, **changes})

    def signed_receipt(self, manifest: Manifest, **changes: object) -> str:
        return self.centre.signer.sign_jws(self.receipt(manifest, **changes).payload())


@contextmanager
def running(server: PullServer) -> Iterator[str]:
    """Run a server in a thread until the block ends."""
    ready = threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=[lambda _url: ready.set()])
    url = server.url
    thread.start()
    try:
        if not ready.wait(START_LIMIT_S):
            raise TimeoutError("the server did not become ready")
        yield url
    finally:
        server.should_exit = True
        thread.join(START_LIMIT_S)


@pytest.fixture(scope="session")
def centre_keys(tmp_path_factory) -> CentreKeys:
    return keygen(tmp_path_factory.mktemp("centre") / "keys", now=datetime.now(UTC))


@pytest.fixture
def pull_station(tmp_path, centre_keys) -> PullStation:
    return PullStation(tmp_path / "station", centre_keys)


@pytest.fixture
def make_pull_station(tmp_path, centre_keys) -> Callable[[str], PullStation]:
    return lambda code: PullStation(tmp_path / code, centre_keys, code)


@pytest.fixture
def run_server() -> Callable[[PullServer], object]:
    return running
