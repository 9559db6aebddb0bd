"""Durable brakes on guessing passwords.

An attempt is counted before the password is looked at, in a transaction of its own: pulling the
plug in between saves no attempt. Waiting is measured on the monotonic clock of one boot; after a
restart of the machine it begins again, so that neither a power cycle nor a changed clock
shortens it. No lock is permanent.

    failures   1-4    5     6     7     8      9      10 and more
    wait       none   30 s  60 s  2 min 4 min  8 min  15 min
"""

import apsw

from station.clock import Moment
from station.store import fetch

FREE_FAILURES = 5
FIRST_WAIT_MS = 30_000
LONGEST_WAIT_MS = 15 * 60_000
STATION_SUBJECT = "station"
STATION_ATTEMPTS = 60
STATION_WINDOW_MS = 60_000

_Counter = tuple[int, int, int]
"""Failures, start of the wait or window on this boot's clock (ms), wait (ms)."""


def count_attempt(connection: apsw.Connection, subject: str, now: Moment) -> int:
    """Count an attempt on an account; return 0, or the milliseconds still to wait.

    An attempt during a wait is not counted: it lengthens nothing.
    """
    failures, since_ms, wait_ms = _read(connection, subject, now)
    left_ms = since_ms + wait_ms - now.monotonic_ms
    if left_ms > 0:
        _write(connection, subject, now, (failures, since_ms, wait_ms))
        return left_ms
    _write(connection, subject, now, (failures + 1, now.monotonic_ms, wait_after(failures + 1)))
    return 0


def count_station_attempt(connection: apsw.Connection, now: Moment) -> int:
    """Count an attempt at the station; return 0, or the milliseconds until the next is allowed."""
    attempts, since_ms, _ = _read(connection, STATION_SUBJECT, now)
    if now.monotonic_ms - since_ms >= STATION_WINDOW_MS:
        attempts, since_ms = 0, now.monotonic_ms
    is_open = attempts < STATION_ATTEMPTS
    counter = (attempts + is_open, since_ms, STATION_WINDOW_MS)
    _write(connection, STATION_SUBJECT, now, counter)
    return 0 if is_open else since_ms + STATION_WINDOW_MS - now.monotonic_ms


def forget_failures(connection: apsw.Connection, subject: str) -> None:
    """Start counting anew after a right password."""
    connection.execute("DELETE FROM lockouts WHERE subject = ?", (subject,))


def wait_after(failures: int) -> int:
    """Return the wait in milliseconds that follows so many failures in a row."""
    if failures < FREE_FAILURES:
        return 0
    doublings = min(failures - FREE_FAILURES, LONGEST_WAIT_MS.bit_length())
    return min(FIRST_WAIT_MS << doublings, LONGEST_WAIT_MS)


def _read(connection: apsw.Connection, subject: str, now: Moment) -> _Counter:
    rows = fetch(
        connection,
        "SELECT failures, since_ms, wait_ms, boot_id FROM lockouts WHERE subject = ?",
        (subject,),
    )
    if not rows:
        return 0, now.monotonic_ms, 0
    failures, since_ms, wait_ms, boot_id = rows[0]
    return failures, since_ms if boot_id == now.boot_id else now.monotonic_ms, wait_ms


def _write(connection: apsw.Connection, subject: str, now: Moment, counter: _Counter) -> None:
    connection.execute(
        "INSERT INTO lockouts (subject, failures, since_ms, wait_ms, boot_id)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures,"
        " since_ms = excluded.since_ms, wait_ms = excluded.wait_ms, boot_id = excluded.boot_id",
        (subject, *counter, now.boot_id),
    )
