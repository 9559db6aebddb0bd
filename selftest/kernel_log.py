"""What the kernel wrote in the last week, and which of it means trouble.

    journalctl (all starts of the week) -> else /dev/kmsg (this start only) -> else NotReadyError

The patterns are those of CHECKS C.4. Port over-current is not among them: the kernel keeps it in
/sys and says nothing here.
"""

import datetime
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from selftest.bench import Bench
from selftest.errors import NotReadyError
from selftest.host_files import read_text, uptime_days
from selftest.subject import Subject

WEEK = datetime.timedelta(days=7)
DAY = datetime.timedelta(days=1)
_JOURNAL_LIMIT_S = 15.0
_CHUNK_BYTES = 16384  # a record of /dev/kmsg has at most 8192 (Documentation/ABI/testing/dev-kmsg)
_MOST_BYTES = 16 * 1024 * 1024  # the kernel's buffer is far smaller; ours, against a wrong file
_NO_RECORD = (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError)
"""A message of journalctl itself, a cut line, or a time that no clock shows."""
_LONGEST_S = 100 * 365 * 86400.0  # no computer runs longer; ours, against a damaged record
_RECORD = re.compile(r"^\d+,\d+,(?P<us>\d{1,18}),[^;]*;(?P<text>.*)$")


class Trouble(Enum):
    """Lines that mean something, by pattern."""

    USB_RESET = r"reset (?:low|full|high|[Ss]uper)[- ]?[Ss]peed(?: Plus)?(?: Gen \S+)? USB device"
    USB_DESCRIPTOR = r"device descriptor read/(?:64|all|8), error -\d+"
    USB_ADDRESS = r"device not accepting address"
    USB_ENUMERATE = r"unable to enumerate USB device"
    USB_DISCONNECT = r"USB disconnect"
    USB_SLOW = r"not running at top speed"
    FILE_SYSTEM = (
        r"EXT4-fs error(?: \(device (?P<dev>[\w-]+)\))?"
        r"|EXT4-fs \((?P<mounted>[\w-]+)\): Remounting filesystem read-only"
    )
    DISK = r"(?:I/O|critical \w+) error, dev (?P<dev>[\w-]+)"
    OUT_OF_MEMORY = r"Out of memory: Killed process"
    HARDWARE = r"mce: \[Hardware Error\]|Hardware Error.*Machine check"
    MEMORY = r"EDAC .*\b(?P<kind>CE|UE)\b"
    THROTTLED = r"cpu clock (?:is )?throttled"
    NETWORK = r"NETDEV WATCHDOG"
    CLOCK_SET = r"setting system clock to (?P<time>\d{4}-\d\d-\d\dT[\d:]+)"

    def search(self, text: str) -> re.Match[str] | None:
        """Find the pattern in a line."""
        return re.search(self.value, text)


USB_FAILURES = (
    Trouble.USB_RESET,
    Trouble.USB_DESCRIPTOR,
    Trouble.USB_ADDRESS,
    Trouble.USB_ENUMERATE,
)
_USB_PORTS = (
    re.compile(r"\busb (?P<bus>\d+)-(?P<chain>[\d.]+):"),
    re.compile(r"\busb usb(?P<bus>\d+)-port(?P<chain>\d+):"),
    re.compile(r"\busb (?P<bus>\d+)-(?P<hub>[\d.]+)-port(?P<chain>\d+):"),
)


@dataclass(frozen=True, slots=True)
class KernelLine:
    """One line."""

    when: datetime.datetime
    text: str
    since_start_s: float | None = None
    """Seconds after the start of the computer; None of an earlier start."""


@dataclass(frozen=True, slots=True)
class KernelLog:
    """The lines of the last week, the oldest first."""

    lines: tuple[KernelLine, ...]
    now: datetime.datetime
    is_journal: bool = True
    """Kept by this system over its starts; the kernel's buffer in a container is the host's."""

    def find(
        self, *troubles: Trouble, within: datetime.timedelta = WEEK, port: str | None = None
    ) -> tuple[KernelLine, ...]:
        """Return lines of some kinds, of one USB port ("1-4.2") where it is named."""
        return tuple(
            line
            for line in self.lines
            if self.now - line.when <= within
            and any(trouble.search(line.text) for trouble in troubles)
            and (port is None or usb_port_of(line.text) == port)
        )


def usb_port_of(text: str) -> str | None:
    """Return the port that a line of the USB core is about, as sysfs names it."""
    for pattern in _USB_PORTS:
        if found := pattern.search(text):
            parts = found.groupdict()
            hub = f"{parts['hub']}." if parts.get("hub") else ""
            return f"{parts['bus']}-{hub}{parts['chain']}"
    return None


def events(lines: Iterable[KernelLine], *, apart_s: float = 1.0) -> int:
    """Count events: lines closer together belong to one, as those of a machine check."""
    count, last = 0, None
    for line in lines:
        if last is None or (line.when - last).total_seconds() > apart_s:
            count += 1
        last = line.when
    return count


def read_kernel_log(subject: Subject) -> KernelLog:
    """Read the log; for `once`. NotReadyError where neither source tells anything."""
    bench = subject.bench
    try:
        lines = _journal(bench)
    except NotReadyError:  # no systemd here; the kernel's own buffer is the next best
        lines = ()
    is_journal = bool(lines)
    lines = lines or _buffer(bench)
    ordered = tuple(sorted(lines, key=lambda line: line.when))
    return KernelLog(ordered, bench.now(), is_journal)


def system_start(bench: Bench) -> datetime.datetime:
    """Return when the computer was started, by today's clock."""
    return bench.now() - datetime.timedelta(days=uptime_days(bench.root))


def journal_command(since: datetime.datetime) -> tuple[str, ...]:
    """Return what asks for the kernel's lines of all starts; `journalctl -k` names this one's."""
    return (
        "journalctl",
        "_TRANSPORT=kernel",
        "--output=json",
        "--output-fields=MESSAGE,_BOOT_ID,_SOURCE_MONOTONIC_TIMESTAMP",
        f"--since=@{since.timestamp():.0f}",
        "--no-pager",
        "--quiet",
    )


def parse_journal(journal: bytes, boot: str = "") -> tuple[KernelLine, ...]:
    """Return the lines of journalctl's JSON; what is no record is passed over."""
    found = (_journal_line(text, boot) for text in journal.splitlines())
    return tuple(line for line in found if line is not None)


def _journal(bench: Bench) -> tuple[KernelLine, ...]:
    done = bench.run_program(journal_command(bench.now() - WEEK), _JOURNAL_LIMIT_S)
    boot = (read_text(bench.root / "proc/sys/kernel/random/boot_id") or "").replace("-", "").strip()
    return parse_journal(done.stdout, boot)


def _journal_line(text: bytes, boot: str) -> KernelLine | None:
    try:
        row = json.loads(text)
        when = _moment(int(row["__REALTIME_TIMESTAMP"]))
        is_ours = bool(boot) and row.get("_BOOT_ID") == boot
        since_us = row.get("_SOURCE_MONOTONIC_TIMESTAMP") if is_ours else None
        return KernelLine(when, _message(row), None if since_us is None else int(since_us) / 1e6)
    except _NO_RECORD:
        return None


def _moment(us: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(us / 1e6, datetime.UTC)


def _message(row: dict[str, Any]) -> str:
    message = row.get("MESSAGE")
    if isinstance(message, list):  # journalctl writes bytes that are no UTF-8 as numbers
        return bytes(x for x in message if isinstance(x, int) and 0 <= x < 256).decode(
            "utf-8", "replace"
        )
    return str(message or "")


def _buffer(bench: Bench) -> tuple[KernelLine, ...]:
    started = system_start(bench)
    found: list[KernelLine] = []
    for text in _read_buffer(bench.root / "dev/kmsg").decode("utf-8", "replace").splitlines():
        record = _RECORD.match(text)
        after_s = int(record["us"]) / 1e6 if record else 0.0
        if record and after_s < _LONGEST_S:
            when = started + datetime.timedelta(seconds=after_s)
            found.append(KernelLine(when, record["text"], after_s))
    return tuple(found)


def _read_buffer(place: Path) -> bytes:
    """Read all records that are there; a read of the device gives one and never waits."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise NotReadyError(f"{_UNREADABLE}: {error}") from error
    try:
        return b"".join(_records(descriptor))
    finally:
        os.close(descriptor)


_UNREADABLE = (
    "log kernel tidak terbaca; masukkan pengguna ke grup systemd-journal"
    " / kernel log not readable; put the user into the group systemd-journal"
)


def _records(descriptor: int) -> Iterable[bytes]:
    total_bytes = 0
    while total_bytes < _MOST_BYTES:
        try:
            record = os.read(descriptor, _CHUNK_BYTES)
        except BrokenPipeError:  # a record was overwritten meanwhile; the next one follows
            continue
        except OSError:  # nothing more for now
            return
        if not record:
            return
        total_bytes += len(record)
        yield record
