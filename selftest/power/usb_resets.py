"""When USB devices fell off the bus, from the kernel's log."""

import datetime

from selftest.errors import NotReadyError
from selftest.kernel_log import USB_FAILURES, Trouble, journal_command, parse_journal
from selftest.programs import RunProgram

_FELL_OFF = (*USB_FAILURES, Trouble.USB_DISCONNECT)  # CHECKS.md C.4
_READ_LIMIT_S = 8.0


def usb_reset_times(
    run_program: RunProgram, begin: datetime.datetime
) -> tuple[datetime.datetime, ...]:
    """Return the times since a moment; NotReadyError where the log cannot be read."""
    done = run_program(journal_command(begin), _READ_LIMIT_S)
    if done.exit_code != 0:
        raise NotReadyError("log kernel tidak terbaca / the kernel's log is not readable")
    return parse_usb_resets(done.stdout)


def parse_usb_resets(journal: bytes) -> tuple[datetime.datetime, ...]:
    """Return the times in journalctl's JSON lines; what is no record is passed over."""
    lines = parse_journal(journal)
    return tuple(x.when for x in lines if any(kind.search(x.text) for kind in _FELL_OFF))
