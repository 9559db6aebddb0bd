"""How long the certificates of the pull interface are still valid."""

import datetime
from pathlib import Path

from cryptography import x509

_FILES = ("tls-server.pem", "centre/ca.pem")
"""Below the station's folder of keys: ours, and the authority of those who may pull."""
_DAMAGED_DAYS = -1.0
"""What cannot be read lets nobody in, as if it had run out."""


def days_left(keys: Path | None, now: datetime.datetime) -> dict[str, float]:
    """Return days by file name; of what is not there, nothing."""
    places = [keys / name for name in _FILES] if keys is not None else []
    return {place.name: _days_left(place, now) for place in places if place.is_file()}


def _days_left(place: Path, now: datetime.datetime) -> float:
    try:
        known = x509.load_pem_x509_certificates(place.read_bytes())
    except (OSError, ValueError):
        return _DAMAGED_DAYS
    first = min(certificate.not_valid_after_utc for certificate in known)
    return (first - now) / datetime.timedelta(days=1)
