"""Starts of the computer that no shutdown came before, by the login records of the system."""

import datetime
import itertools
import re

from selftest.programs import RunProgram

_LIMIT_S = 8.0
_ROW = re.compile(r"^(?P<kind>reboot|shutdown)\s.*?(?P<when>\d{4}-\d\d-\d\dT[\d:]+[+-]\d\d:?\d\d)")


def unclean_starts(run: RunProgram) -> tuple[datetime.datetime, ...] | None:
    """Return the times; None where no start was recorded at all.

    The oldest start has nothing before it, so that nobody can tell.
    """
    done = run(("last", "--system", "--time-format", "iso", "reboot", "shutdown"), _LIMIT_S)
    rows = [match for line in done.text.splitlines() if (match := _ROW.match(line))]
    rows.reverse()  # `last` names the newest first
    if not any(row["kind"] == "reboot" for row in rows):
        return None
    return tuple(
        datetime.datetime.fromisoformat(after["when"])
        for before, after in itertools.pairwise(rows)
        if before["kind"] == after["kind"] == "reboot"
    )
