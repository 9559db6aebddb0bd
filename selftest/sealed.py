"""Sealed packages in the spool, seen from outside: nothing is opened, nobody is named.

    spool/<package id>/manifest.jws   a compact JWS; its payload names size and SHA-256 of the parts
                       part-a.age part-b.age
                       receipt.jws    once the centre has it; the parts may be gone then

The form is that of station/package/FORMAT.md. Signatures are checked by whoever receives them.
"""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from selftest.errors import NotReadyError

_PACKAGE_ID = re.compile(r"[0-9a-f]{32}")
_MANIFEST, _RECEIPT = "manifest.jws", "receipt.jws"
_PARTS = ("a", "b")
_MANIFEST_MOST_BYTES = 1024 * 1024  # FORMAT.md allows 0.7 MB
_HASHED_MOST_BYTES = 64 * 1024 * 1024
"""Of all hashed parts together: a second of a slow disk; our choice for the boot run."""


def waiting_packages(spool: Path | None) -> tuple[Path, ...]:
    """Return the folders of packages without a receipt, by name; NotReadyError without a spool."""
    if spool is None or not spool.is_dir():
        raise NotReadyError("belum ada antrean paket / no spool yet")
    folders = (place for place in sorted(spool.iterdir()) if _PACKAGE_ID.fullmatch(place.name))
    return tuple(x for x in folders if x.is_dir() and not x.joinpath(_RECEIPT).is_file())


def sealed_at_s(package: Path) -> float:
    """Return when a package was sealed: the manifest is written last and never again."""
    manifest = package / _MANIFEST
    return (manifest if manifest.is_file() else package).stat().st_mtime


def find_problems(
    packages: Sequence[Path], *, day: int
) -> tuple[tuple[tuple[Path, str], ...], int]:
    """Return packages that are not whole with the reason, and how many were hashed.

    Every day another part of the packages is hashed, so that in time all are.
    """
    problems = [(place, problem) for place in packages if (problem := _misfit(place))]
    bad = {place for place, _ in problems}
    whole = [place for place in packages if place not in bad]
    start = day % len(whole) if whole else 0
    hashed, budget_bytes = 0, _HASHED_MOST_BYTES
    for place in whole[start:] + whole[:start]:
        budget_bytes -= sum(place.joinpath(_file(part)).stat().st_size for part in _PARTS)
        if budget_bytes < 0 and hashed:
            break
        hashed += 1
        if problem := _other_bytes(place):
            problems.append((place, problem))
    return tuple(problems), hashed


def _misfit(package: Path) -> str | None:
    """Return what is missing or of another size."""
    digests = _digests(package)
    if digests is None:
        return "manifes tidak terbaca / manifest not readable"
    for part in _PARTS:
        place = package / _file(part)
        if not place.is_file():
            return f"bagian hilang / part missing: {place.name}"
        if place.stat().st_size != digests[part]["size_bytes"]:
            return f"ukuran lain / other size: {place.name}"
    return None


def _other_bytes(package: Path) -> str | None:
    digests = _digests(package) or {}
    for part in _PARTS:
        with package.joinpath(_file(part)).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digests[part]["sha256"]:
                return f"SHA-256 lain / another: {_file(part)}"
    return None


def _digests(package: Path) -> dict[str, Any] | None:
    """Return size and SHA-256 of the parts as the manifest says; None where it does not."""
    try:
        with package.joinpath(_MANIFEST).open("rb") as file:
            payload = file.read(_MANIFEST_MOST_BYTES).split(b".")[1]
        parts = json.loads(base64.urlsafe_b64decode(payload + b"=="))["parts"]
        for part in _PARTS:
            int(parts[part]["size_bytes"]), str(parts[part]["sha256"])
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None
    return dict(parts)


def _file(part: str) -> str:
    return f"part-{part}.age"
