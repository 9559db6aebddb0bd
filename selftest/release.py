"""What belongs to the release: pinned packages, and the files that pip wrote for the station."""

import base64
import hashlib
import json
import re
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, version
from pathlib import Path

STATION_DISTRIBUTION = "ktpel-station"
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)")


def differing_packages(lock: Path) -> tuple[int, list[str]]:
    """Return how many packages a lock file pins, and those that are missing or of another kind."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    pins = [match for line in lines if (match := _PIN.match(line))]
    return len(pins), [pin["name"] for pin in pins if _installed(pin["name"]) != pin["version"]]


def find_station() -> Distribution | None:
    """Return the installed station; None for a checkout, whose files change by design."""
    try:
        station = Distribution.from_name(STATION_DISTRIBUTION)
    except PackageNotFoundError:
        return None
    return None if _is_editable(station) else station


def altered_files(station: Distribution) -> tuple[int, list[str]]:
    """Return how many files the record of the installation has a hash of, and which differ."""
    recorded = [file for file in station.files or () if file.hash is not None]
    return len(recorded), [str(file) for file in recorded if not _is_as_recorded(file)]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _is_editable(station: Distribution) -> bool:
    """Read PEP 610's note on where the installation came from."""
    try:
        origin = json.loads(station.read_text("direct_url.json") or "{}")
    except ValueError:
        return False
    return bool(origin.get("dir_info", {}).get("editable", False))


def _is_as_recorded(file: PackagePath) -> bool:
    """Compare with RECORD: the digest in base64 of the URL alphabet, without padding."""
    noted = file.hash
    if noted is None or noted.mode not in hashlib.algorithms_guaranteed:
        return False
    try:
        content = Path(file.locate()).read_bytes()
    except OSError:
        return False
    digest = hashlib.new(noted.mode, content).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == noted.value
