"""What the centre holds of one station, on disk.

    <out>/<station>/<package id>/manifest.jws  part-a.age  part-b.age  receipt.jws
                                 part-a.age.partial      proved chunks of a part under way
    <out>/<station>/quarantine/<package id>/    a package that did not hold, with reason.json
    <out>/<station>/notices/<package id>-<part>.jws   damage that we told the station
    <out>/<station>/reports/<number>.json       repair reports
    <out>/<station>/checkpoint.txt              last signed head of the station's audit log
    <out>/<station>/ledger.jsonl                see station/centre/ledger.py

A part has its final name only when every byte of it is proved and flushed.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from station.centre.errors import CentreError
from station.durable import make_private_folder, sync_file, sync_folder, write_private
from station.package.manifest import MANIFEST_FILE, PART_NAMES, PartName, part_file

RECEIPT_FILE = "receipt.jws"
REASON_FILE = "reason.json"
QUARANTINE = "quarantine"
REPORTS = "reports"
NOTICES = "notices"
CHECKPOINT_FILE = "checkpoint.txt"
LOCK_FILE = ".lock"
PARTIAL_SUFFIX = ".partial"


class Holdings:
    """The folder of one station."""

    def __init__(self, out: Path, station_code: str) -> None:
        self.folder = out / station_code
        self.station_code = station_code
        make_private_folder(self.folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other collectors of the same station out; CentreError if one is at work."""
        descriptor = os.open(self.folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                msg = f"another pull of station {self.station_code} works in {self.folder}"
                raise CentreError(msg) from error
            yield
        finally:
            os.close(descriptor)

    @property
    def reports_folder(self) -> Path:
        """Where the repair reports are."""
        return self.folder / REPORTS

    @property
    def checkpoint_path(self) -> Path:
        """Where the last signed head of the audit log is."""
        return self.folder / CHECKPOINT_FILE

    def package_folder(self, package_id: str) -> Path:
        """Where a package is, or will be."""
        return self.folder / package_id

    def part_path(self, package_id: str, part: PartName) -> Path:
        """Where a whole part is."""
        return self.package_folder(package_id) / part_file(part)

    def partial_path(self, package_id: str, part: PartName) -> Path:
        """Where a part under way is."""
        path = self.part_path(package_id, part)
        return path.with_name(path.name + PARTIAL_SUFFIX)

    def has_part(self, package_id: str, part: PartName) -> bool:
        """Whether a whole part is here."""
        return self.part_path(package_id, part).is_file()

    def is_whole(self, package_id: str) -> bool:
        """Whether manifest and both parts are here."""
        has_manifest = (self.package_folder(package_id) / MANIFEST_FILE).is_file()
        return has_manifest and all(self.has_part(package_id, part) for part in PART_NAMES)

    def read_manifest(self, package_id: str) -> str | None:
        """Return the signed manifest that is here, or None."""
        return _read_text(self.package_folder(package_id) / MANIFEST_FILE)

    def keep_manifest(self, package_id: str, jws: str) -> None:
        """Keep a signed manifest durably."""
        write_private(self.package_folder(package_id) / MANIFEST_FILE, jws.encode("ascii"))
        sync_folder(self.folder)

    def finish_part(self, package_id: str, part: PartName) -> None:
        """Give a proved part its final name, durably."""
        partial = self.partial_path(package_id, part)
        sync_file(partial)
        partial.replace(self.part_path(package_id, part))
        sync_folder(partial.parent)

    def read_receipt(self, package_id: str) -> str | None:
        """Return our receipt for a package, or None before it was made."""
        return _read_text(self.package_folder(package_id) / RECEIPT_FILE)

    def keep_receipt(self, package_id: str, jws: str) -> None:
        """Keep our receipt before it is sent: it must be the same one ever after."""
        write_private(self.package_folder(package_id) / RECEIPT_FILE, jws.encode("ascii"))

    def quarantine(self, package_id: str, code: str, detail: str) -> None:
        """Set a package under way aside with the reason; a later pull takes it back."""
        here = self.package_folder(package_id)
        aside = self.folder / QUARANTINE / package_id
        make_private_folder(aside.parent)
        if here.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
            here.rename(aside)
        _write_reason(aside, code, detail)
        sync_folder(self.folder)

    def keep_refused_manifest(self, package_id: str, jws: str, code: str, detail: str) -> None:
        """Keep a manifest that we do not believe as evidence; what we hold is not touched."""
        short = hashlib.sha256(jws.encode()).hexdigest()[:8]
        aside = self.folder / QUARANTINE / f"{package_id}-{short}"
        write_private(aside / MANIFEST_FILE, jws.encode())
        _write_reason(aside, code, detail)

    def kept_notice(self, package_id: str, part: PartName, make: Callable[[], str]) -> str:
        """Return the notice about a damaged part, made at the first time and kept."""
        path = self.folder / NOTICES / f"{package_id}-{part}.jws"
        text = _read_text(path)
        if text is None:
            text = make()
            write_private(path, text.encode("ascii"))
        return text

    def take_back(self, package_id: str) -> None:
        """Bring a quarantined package back for another try; its proved chunks are not lost."""
        aside = self.folder / QUARANTINE / package_id
        if aside.is_dir() and not self.package_folder(package_id).exists():
            (aside / REASON_FILE).unlink(missing_ok=True)
            aside.rename(self.package_folder(package_id))
            sync_folder(self.folder)

    def free_bytes(self) -> int:
        """Return the free space on the disk of this folder."""
        return shutil.disk_usage(self.folder).free


def _write_reason(folder: Path, code: str, detail: str) -> None:
    reason = {"code": code, "detail": detail}
    write_private(folder / REASON_FILE, json.dumps(reason, indent=1).encode())


def _read_text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return None
