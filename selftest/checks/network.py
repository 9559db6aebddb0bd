"""The network; a station records without it, so nothing here is critical."""

import time
from pathlib import Path

from selftest.check import Measured, Skip, check, measured
from selftest.subject import Subject

_DAY_S = 86400.0


@check("network", "NET-001")
def links(subject: Subject) -> Measured | Skip:
    """Interfaces that are up, beside the loopback."""
    folder = subject.bench.root / "sys/class/net"
    places = [place for place in sorted(folder.glob("*")) if place.name != "lo"]
    if not places:
        return Skip("tidak ada antarmuka jaringan / no network interface")
    up = [place.name for place in places if _is_up(place)]
    return measured("links_up", len(up), n=len(places), evidence=", ".join(up))


@check("network", "NET-104", essential=False)
def outbox_age(subject: Subject) -> Measured | Skip:
    """Age of the oldest package that the centre did not pull."""
    spool = subject.bench.spool
    if spool is None or not spool.is_dir():
        return Skip("belum ada antrean paket / no spool yet")
    times_s = [place.stat().st_mtime for place in spool.rglob("*") if place.is_file()]
    oldest_s = max(0.0, time.time() - min(times_s)) if times_s else 0.0
    return measured("oldest", oldest_s / _DAY_S, n=len(times_s))


def _is_up(interface: Path) -> bool:
    try:
        return (interface / "operstate").read_text(encoding="ascii").strip() in {"up", "unknown"}
    except OSError:
        return False
