"""Files by which the kernel tells about the computer; a missing one is None, not an error."""

from pathlib import Path

from selftest.errors import NotReadyError

_DAY_S = 86400.0


def read_text(place: Path) -> str | None:
    """Return the text of a file of /proc or /sys; None where it is not there or not ours."""
    try:
        return place.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def read_number(place: Path) -> float | None:
    """Return the one number in a file."""
    text = read_text(place)
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


def numbers_of(folder: Path, pattern: str) -> dict[Path, float]:
    """Return the numbers in all files that fit a pattern, by file."""
    found = ((place, read_number(place)) for place in sorted(folder.glob(pattern)))
    return {place: value for place, value in found if value is not None}


def uptime_days(root: Path) -> float:
    """Return how long the computer runs; NotReadyError where the kernel does not say."""
    text = read_text(root / "proc/uptime")
    if not text or not text.split():
        raise NotReadyError("tidak terbaca / not readable: /proc/uptime")
    return float(text.split()[0]) / _DAY_S
