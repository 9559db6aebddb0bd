"""When USB devices fell off the bus, from the kernel's log."""

import datetime
import json
import re

from selftest.errors import NotReadyError
from selftest.programs import RunProgram

_RESET = re.compile(
    r"reset (low|full|high|super)[- ]?speed\w* USB device|USB disconnect"
    r"|device descriptor read/(64|all), error -71|device not accepting address",
    re.IGNORECASE,
)  # CHECKS.md C.4
_READ_LIMIT_S = 8.0


def usb_reset_times(
    run_program: RunProgram, begin: datetime.datetime
) -> tuple[datetime.datetime, ...]:
    """Return the times since a moment; NotReadyError where the log cannot be read."""
    command = ("journalctl", "-k", "-o", "json", "--no-pager", f"--since=@{begin.timestamp():.0f}")
    done = run_program(command, _READ_LIMIT_S)
    if done.exit_code != 0:
        raise NotReadyError("log kernel tidak terbaca / the kernel's log is not readable")
    return parse_usb_resets(done.text)


def parse_usb_resets(journal: str) -> tuple[datetime.datetime, ...]:
    """Return the times in journalctl's JSON lines; lines that are no JSON are passed over."""
    times = []
    for line in journal.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if not isinstance(entry, dict) or not _RESET.search(str(entry.get("MESSAGE", ""))):
            continue
        stamp = str(entry.get("__REALTIME_TIMESTAMP", ""))
        if stamp.isdigit():
            times.append(datetime.datetime.fromtimestamp(int(stamp) / 1e6, datetime.UTC))
    return tuple(times)
