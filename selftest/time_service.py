"""Who keeps the clock right, and how far off it is: chrony, else systemd."""

import re
from dataclasses import dataclass

from selftest.errors import NotReadyError
from selftest.programs import RunProgram

_LIMIT_S = 5.0
_CHRONY_FIELDS = 14  # chronyc(1), tracking: from the reference's id to the leap status
_CHRONY_NAME, _CHRONY_OFFSET, _CHRONY_LEAP = 1, 4, 13
_OFFSET = re.compile(r"^\s*Offset: (?P<value>[+-]?[\d.]+)(?P<unit>us|ms|s|min)\s*$", re.MULTILINE)
_SERVER = re.compile(r"^\s*Server: (?P<name>.+?)\s*$", re.MULTILINE)
_UNIT_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}


@dataclass(frozen=True, slots=True)
class TimeService:
    """What the service says."""

    is_synchronised: bool
    offset_s: float | None
    """Distance from the server's time; None while it is not known."""
    text: str
    """For people: which service, which server."""


def ask_time_service(run: RunProgram) -> TimeService:
    """Ask chrony, then systemd; NotReadyError where neither runs."""
    try:
        return _ask_chrony(run)
    except NotReadyError:  # most offices have systemd's own client instead
        return _ask_systemd(run)


def _ask_chrony(run: RunProgram) -> TimeService:
    done = run(("chronyc", "-c", "tracking"), _LIMIT_S)
    fields = done.text.strip().split(",")
    if done.exit_code != 0 or len(fields) < _CHRONY_FIELDS:
        raise NotReadyError("chrony tidak menjawab / chrony does not answer")
    synchronised = fields[_CHRONY_LEAP] != "Not synchronised"
    return TimeService(
        synchronised,
        abs(float(fields[_CHRONY_OFFSET])) if synchronised else None,
        f"chrony, {fields[_CHRONY_NAME] or '?'}"
        if synchronised
        else "chrony: belum disamakan / not synchronised",
    )


def _ask_systemd(run: RunProgram) -> TimeService:
    done = run(("timedatectl", "show"), _LIMIT_S)
    if done.exit_code != 0 or "NTPSynchronized=" not in done.text:
        raise NotReadyError("tidak ada layanan waktu / no time service: chrony, systemd-timesyncd")
    if "NTPSynchronized=yes" not in done.text.split():
        return TimeService(False, None, "belum disamakan lewat jaringan / not synchronised")
    status = run(("timedatectl", "timesync-status"), _LIMIT_S).text
    found, server = _OFFSET.search(status), _SERVER.search(status)
    offset_s = abs(float(found["value"])) * _UNIT_S[found["unit"]] if found else None
    return TimeService(True, offset_s, f"timesyncd, {server['name']}" if server else "timedatectl")
