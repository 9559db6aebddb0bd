"""Verify packages without a key, open them with one, and check again what is inside.

    <out>/<package id>/a/...  b/...     the members of both parts
                       opening.json     where it came from, and every rule that it breaks

A package is a folder with manifest.jws; a bundle (a courier's medium, a collector's folder) is a
folder with packages somewhere below. What comes from outside is believed only with a signature by
a station of the allow-list.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from station.centre.errors import BadPackageError, CentreError, CentreKeysError, code_of
from station.centre.keys import CentreKeys
from station.centre.recheck import Violation, recheck
from station.centre.stations import Stations
from station.durable import LEFTOVER_PREFIX, make_private_folder, sync_folder, write_private
from station.jws import PublicJwk
from station.package.errors import PackageError, RefusedPackageError
from station.package.manifest import (
    MANIFEST_FILE,
    PART_NAMES,
    Manifest,
    inspect_manifest,
    part_file,
)
from station.package.open import OpenedPackage, open_part
from station.package.open import open_package as open_sealed
from station.package.verify import read_jws, verify_package

OPENING_FILE = "opening.json"
MAX_BUNDLE_DEPTH = 4


@dataclass(frozen=True, slots=True)
class CheckedPackage:
    """What is known about a package that holds; nothing about the resident."""

    package_id: str
    station_code: str
    sequence: int
    manifest_sha256: str
    size_bytes: int
    violations: tuple[Violation, ...] = ()
    """Empty when it was only verified: the rules need an opened package."""
    files: int = 0
    """Members written; 0 when it was only verified."""

    @property
    def is_good(self) -> bool:
        """Whether it breaks no rule."""
        return not self.violations

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {**asdict(self), "is_good": self.is_good}


def find_packages(path: Path) -> tuple[Path, ...]:
    """Return the package folders at or below `path`; quarantined and hidden ones are left out."""
    if (path / MANIFEST_FILE).is_file():
        return (path,)
    found: list[Path] = []
    for depth in range(1, MAX_BUNDLE_DEPTH + 1):
        found += path.glob("*/" * depth + MANIFEST_FILE)
    return tuple(sorted(file.parent for file in found if _is_offered(file.relative_to(path))))


def verify(folder: Path, stations: Stations) -> CheckedPackage:
    """Check signature, sizes and hashes without any opening key.

    Raises BadPackageError, and UnknownStationError for a station that was never imported.
    """
    with _translated():
        signing_keys, station_code = signer_of(folder, stations)
        manifest = verify_package(folder, signing_keys, station_code=station_code)
    return _checked(manifest)


def open_package(folder: Path, keys: CentreKeys, out: Path) -> CheckedPackage:
    """Verify, open, check again, and write the members to `out`/<package id>.

    Written whole or not at all. A broken rule does not keep the members back: see `violations`.
    Raises BadPackageError, UnknownStationError, CentreKeysError without an opening key.
    """
    if not keys.identities:
        msg = f"{keys.folder} holds no opening key (centre.age-identity)"
        raise CentreKeysError(msg)
    with _translated():
        signing_keys, station_code = signer_of(folder, keys.stations)
        opened = open_sealed(folder, signing_keys, keys.identities, station_code=station_code)
        with opened:
            violations = recheck(opened.record(), opened.manifest)
            files = _write(opened, out, violations)
    return _checked(opened.manifest, violations, files)


def trial_open(
    folder: Path, manifest: Manifest, identities: Sequence[str]
) -> tuple[Violation, ...]:
    """Open a package whose manifest was verified, write nothing, and return broken rules.

    Raises a RefusedPackageError.
    """
    opened = OpenedPackage(manifest, {})
    try:
        for name in PART_NAMES:
            path = folder / part_file(name)
            opened.parts[name] = open_part(path, manifest, name, identities)
        return recheck(opened.record(), manifest)
    finally:
        opened.close()


def signer_of(folder: Path, stations: Stations) -> tuple[dict[str, PublicJwk], str]:
    """Return the keys that may have signed: those of the station that the manifest names."""
    manifest, _ = inspect_manifest(read_jws(folder))
    identity = stations.get(manifest.station_code)
    return dict(identity.signing_keys()), identity.station_code


def _write(opened: OpenedPackage, out: Path, violations: Sequence[Violation]) -> int:
    """Write the members aside, then give them their place; return how many there are."""
    package_id = opened.manifest.package_id
    final, aside = out / package_id, out / f"{LEFTOVER_PREFIX}{package_id}"
    count = sum(len(part.names) for part in opened.parts.values())
    if final.exists():
        _check_is_same(final, opened.manifest)
        return count
    shutil.rmtree(aside, ignore_errors=True)  # of an opening that was interrupted
    make_private_folder(aside)
    try:
        for name, part in opened.parts.items():
            part.extract(aside / name)
        opening = {
            "manifest": opened.manifest.model_dump(mode="json", exclude={"parts"}),
            "manifest_sha256": opened.manifest.sha256,
            "violations": [asdict(violation) for violation in violations],
        }
        write_private(aside / OPENING_FILE, json.dumps(opening, indent=1).encode())
        aside.rename(final)
        sync_folder(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return count


def _check_is_same(final: Path, manifest: Manifest) -> None:
    """Allow opening again; refuse to mix with what is something else."""
    opening = final / OPENING_FILE
    known = json.loads(opening.read_bytes()) if opening.is_file() else {}
    if known.get("manifest_sha256") != manifest.sha256:
        msg = f"{final} holds something else; remove it, or choose another --out"
        raise CentreError(msg)


def _checked(
    manifest: Manifest, violations: tuple[Violation, ...] = (), files: int = 0
) -> CheckedPackage:
    return CheckedPackage(
        manifest.package_id,
        manifest.station_code,
        manifest.sequence,
        manifest.sha256,
        sum(manifest.part(name).size_bytes for name in PART_NAMES),
        violations,
        files,
    )


def _is_offered(path: Path) -> bool:
    return not any(step == "quarantine" or step.startswith(".") for step in path.parts)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn refusals of the package room into ours, with the word for programs."""
    try:
        yield
    except RefusedPackageError as error:
        raise BadPackageError(code_of(error), error.problem) from error
    except PackageError as error:
        raise CentreError(error.text_en) from error
