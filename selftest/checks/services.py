"""The services of the station under systemd, and how the computer was switched off."""

import json

from selftest.boots import unclean_starts
from selftest.check import Measured, Skip, Value, check, measured
from selftest.kernel_log import WEEK
from selftest.subject import Subject

_OURS = ("ktpel", "station", "selftest", "nut-", "nut.", "pcscd", "chrony", "systemd-timesyncd")
"""How the names of units begin that the station needs."""
_LIMIT_S = 8.0


@check("services", "SYS-101", essential=False)
def failed_units(subject: Subject) -> Measured | Skip:
    """Units that systemd gave up; those of others are noted only."""
    command = ("systemctl", "--failed", "--output=json", "--no-pager")
    done = subject.bench.run_program(command, _LIMIT_S)
    names = _unit_names(done.stdout)
    if done.exit_code != 0 or names is None:
        return Skip("systemd tidak berjalan / systemd does not run here")
    ours = [name for name in names if name.startswith(_OURS)]
    values = (Value("failed_ours", len(ours)), Value("failed_others", len(names) - len(ours)))
    return Measured(values, evidence=", ".join(ours + [x for x in names if x not in ours]))


@check("services", "SYS-102", essential=False)
def unclean_shutdowns(subject: Subject) -> Measured | Skip:
    """Starts within a week with no shutdown before them."""
    begin = subject.bench.now() - WEEK
    times = unclean_starts(subject.bench.run_program)
    if times is None:
        return Skip("catatan penyalaan kosong / no record of starts: last -x")
    recent = [moment for moment in times if moment >= begin]
    evidence = ", ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in recent)
    return measured("unclean_week", len(recent), evidence=evidence)


def _unit_names(document: bytes) -> list[str] | None:
    """Return the names in systemctl's JSON; None where it is none."""
    try:
        rows = json.loads(document)
        return [str(row["unit"]) for row in rows]
    except (ValueError, KeyError, TypeError):
        return None
