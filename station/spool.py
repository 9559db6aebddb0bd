"""Sealed packages on disk, and the one rule about what lies there.

    spool/<package id>/manifest.jws            signed; stays for good
                       part-a.age part-b.age   sealed; go after a receipt
                       receipt.jws             the centre's receipt; stays for good
    spool/.new-<package id>/                   being sealed, or left by a crash
    spool/.aside/<package id>/                 whole, but no recording owns it

The rule: a folder is a package if its name is a package id, and its manifest.jws is whole and names
that id. Hidden names are never served. Everything else is a stranger: listed by `strangers()`,
never served, never deleted.

At start, when no sealing runs, the station process calls `reconcile` with the packages that its
register knows. Leftovers of a crash go. A whole package that the register does not know is set
aside, not deleted: most likely a crash came before the register was written, the recording is
still a draft and will be sealed again; but if the database was lost or is an old copy, it is the
only copy of a recording.
"""

import hashlib
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from station.durable import (
    LEFTOVER_PREFIX,
    make_private_folder,
    remove,
    sync_folder,
    write_private,
)
from station.package.errors import RefusedPackageError
from station.package.manifest import (
    MANIFEST_FILE,
    MAX_JWS_CHARS,
    PART_NAMES,
    Manifest,
    PartName,
    inspect_manifest,
    part_file,
)

__all__ = ["PART_NAMES", "ReceiptMissingError", "Spool", "SpooledPackage", "SpooledPart"]

RECEIPT_FILE = "receipt.jws"
ASIDE_FOLDER = ".aside"
MAX_RECEIPT_BYTES = 65_536
_PACKAGE_ID = re.compile(r"[0-9a-f]{32}")


class ReceiptMissingError(Exception):
    """Parts were to be removed although no receipt is kept; nothing was removed."""


@dataclass(frozen=True, slots=True)
class SpooledPart:
    """One sealed part as its manifest describes it."""

    name: PartName
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SpooledPackage:
    """One package of the spool."""

    package_id: str
    manifest: Manifest
    """As this station sealed it; the signature is for others to check."""
    folder: Path
    manifest_sha256: str
    """Of the signed bytes: what a receipt names."""
    jws_sha256: str
    """Of the file manifest.jws."""

    @property
    def sequence(self) -> int:
        """Place in the station's sequence."""
        return self.manifest.sequence

    @property
    def parts(self) -> tuple[SpooledPart, ...]:
        """Both parts, a first."""
        found = ((name, self.manifest.part(name)) for name in PART_NAMES)
        return tuple(SpooledPart(name, part.size_bytes, part.sha256) for name, part in found)

    @property
    def size_bytes(self) -> int:
        """Of both parts."""
        return sum(part.size_bytes for part in self.parts)

    @property
    def is_purged(self) -> bool:
        """Whether a part has been removed."""
        return not all(self.part_path(name).is_file() for name in PART_NAMES)

    def part_path(self, name: PartName) -> Path:
        """Where the sealed bytes of a part are."""
        return self.folder / part_file(name)

    def read_manifest_jws(self) -> bytes:
        """Return the signed manifest, byte for byte."""
        return (self.folder / MANIFEST_FILE).read_bytes()

    def read_receipt(self) -> bytes | None:
        """Return the receipt that is kept, or None before there is one."""
        try:
            return (self.folder / RECEIPT_FILE).read_bytes()
        except FileNotFoundError:
            return None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What `reconcile` did and found."""

    removed: tuple[str, ...]
    """Names of leftovers."""
    set_aside: tuple[str, ...]
    """Package ids that no recording owns; somebody must look at them."""
    missing: tuple[str, ...]
    """Package ids that the register knows and that are not here as whole packages."""
    strangers: tuple[Path, ...]


class Spool:
    """The folder of sealed packages; several processes may hold one each."""

    def __init__(self, folder: Path) -> None:
        make_private_folder(folder)
        self.folder = folder
        self._known: dict[str, tuple[tuple[int, int, int], SpooledPackage]] = {}
        self._lock = Lock()

    def packages(self) -> tuple[SpooledPackage, ...]:
        """Return all packages, by sequence number."""
        found = (self._read(path) for path in self.folder.iterdir())
        whole = (package for package in found if package is not None)
        return tuple(sorted(whole, key=lambda package: (package.sequence, package.package_id)))

    def get(self, package_id: str) -> SpooledPackage | None:
        """Return one package, or None."""
        return self._read(self.folder / package_id) if _PACKAGE_ID.fullmatch(package_id) else None

    def strangers(self) -> tuple[Path, ...]:
        """Return what lies here and is neither a package nor a leftover."""
        return tuple(
            path
            for path in sorted(self.folder.iterdir())
            if not path.name.startswith(".") and self._read(path) is None
        )

    def keep_receipt(self, package_id: str, receipt_jws: bytes) -> None:
        """Keep a verified receipt with its package, durably; the first one stays."""
        package = self._existing(package_id)
        if package.read_receipt() is None:
            write_private(package.folder / RECEIPT_FILE, receipt_jws)

    def remove_parts(self, package_id: str) -> None:
        """Remove the sealed parts of a receipted package; manifest and receipt stay.

        Doing it again is allowed. Raises ReceiptMissingError before `keep_receipt`, KeyError for
        a package that is not here.
        """
        package = self._existing(package_id)
        if package.read_receipt() is None:
            msg = f"package {package_id} has no receipt; its parts stay"
            raise ReceiptMissingError(msg)
        for name in PART_NAMES:
            remove(package.part_path(name))

    def reconcile(self, known_package_ids: Collection[str]) -> Reconciliation:
        """Apply the rule at start: leftovers go, unknown packages aside; tell what is missing."""
        known = set(known_package_ids)
        leftovers = sorted(self.folder.glob(f"{LEFTOVER_PREFIX}*"))
        for leftover in leftovers:
            _remove_tree(leftover)
        here = {package.package_id for package in self.packages()}
        unknown = tuple(sorted(here - known))
        for package_id in unknown:
            self._set_aside(package_id)
        sync_folder(self.folder)
        removed = tuple(path.name for path in leftovers)
        return Reconciliation(removed, unknown, tuple(sorted(known - here)), self.strangers())

    def set_aside(self) -> tuple[str, ...]:
        """Return the names of the packages that no recording owned when they were found."""
        folder = self.folder / ASIDE_FOLDER
        return tuple(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else ()

    def free_bytes(self) -> int:
        """Return the free space on the spool's disk that this user may fill."""
        return shutil.disk_usage(self.folder).free

    def _set_aside(self, package_id: str) -> None:
        aside = self.folder / ASIDE_FOLDER
        make_private_folder(aside)
        place = aside / package_id
        if place.exists():
            place = aside / f"{package_id}-{len(self.set_aside())}"
        (self.folder / package_id).rename(place)
        sync_folder(aside)

    def _existing(self, package_id: str) -> SpooledPackage:
        package = self.get(package_id)
        if package is None:
            raise KeyError(package_id)
        return package

    def _read(self, folder: Path) -> SpooledPackage | None:
        """Return the package in a folder, from memory while its manifest file is the same."""
        if _PACKAGE_ID.fullmatch(folder.name) is None or folder.is_symlink():
            return None
        try:
            status = (folder / MANIFEST_FILE).stat(follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        with self._lock:
            known = self._known.get(folder.name)
        if known is not None and known[0] == stamp:
            return known[1]
        package = _parse(folder)
        if package is not None:
            with self._lock:
                self._known[folder.name] = (stamp, package)
        return package


def _parse(folder: Path) -> SpooledPackage | None:
    try:
        with (folder / MANIFEST_FILE).open("rb") as stream:
            jws = stream.read(MAX_JWS_CHARS + 1)
        manifest, _ = inspect_manifest(jws.decode("ascii"))
    except (FileNotFoundError, UnicodeDecodeError, RefusedPackageError):
        return None
    if manifest.package_id != folder.name:
        return None
    digest = hashlib.sha256(jws).hexdigest()
    return SpooledPackage(manifest.package_id, manifest, folder, manifest.sha256, digest)


def _remove_tree(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path)
