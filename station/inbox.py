"""What the pull process hands to the station process: one durable file per message.

The pull process never touches the database. It drops a file; the station process applies it in a
transaction of its own and then takes it away. A crash between the two leaves the file, so every
message arrives at least once, and whoever applies it must accept seeing it again.

    inbox/<kind>-<subject>-<first 32 hex of SHA-256 of the bytes>

    receipt   subject = package id    a verified receipt (compact JWS) of the centre
    notice    subject = notice id     a verified notice (compact JWS) of the centre
    pulled    subject = package id    the last bytes of both parts were sent
    alarm     subject = package id    a receipt was refused: forged, or a second verdict

The name is made from the content: the same message dropped twice is one file. Names that do not
follow the rule and files whose bytes do not match their name are never entries; `strangers()`
lists them, nothing deletes them. Hidden files (leftovers of a crash, notes of the pull process
about itself) are neither.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from station.durable import make_private_folder, remove, write_private

MAX_ENTRY_BYTES = 65_536
MAX_ENTRIES = 20_000
"""Far above 30 days of work; keeps a client that went wild from filling the disk."""
_NAME = re.compile(r"(receipt|notice|pulled|alarm)-([0-9a-f]{32})-([0-9a-f]{32})")


class InboxFullError(Exception):
    """The station process has not applied its messages for long; most likely it does not run."""


class EntryKind(StrEnum):
    """What a message is about; the order is the order in which to apply them."""

    PULLED = "pulled"
    RECEIPT = "receipt"
    NOTICE = "notice"
    ALARM = "alarm"


@dataclass(frozen=True)
class InboxEntry:
    """One message."""

    kind: EntryKind
    subject: str
    """Package id, or notice id for a notice: 32 hex digits."""
    payload: bytes
    path: Path


class Inbox:
    """The folder of messages; several processes may hold one each."""

    def __init__(self, folder: Path) -> None:
        make_private_folder(folder)
        self.folder = folder

    def drop(self, kind: EntryKind, subject: str, payload: bytes) -> bool:
        """Put one message down durably; return False if the very same one already lies there.

        Raises InboxFullError at `MAX_ENTRIES`, ValueError for a subject or size that no reader
        would accept.
        """
        name = f"{kind}-{subject}-{_digest(payload)}"
        if _NAME.fullmatch(name) is None or len(payload) > MAX_ENTRY_BYTES:
            msg = f"not an inbox message: {name!r} with {len(payload)} bytes"
            raise ValueError(msg)
        path = self.folder / name
        if path.exists():
            return False
        if len(self) >= MAX_ENTRIES:
            msg = f"{MAX_ENTRIES} messages wait in {self.folder}; start the station process"
            raise InboxFullError(msg)
        write_private(path, payload)
        return True

    def entries(self) -> tuple[InboxEntry, ...]:
        """Return all whole messages in the order in which to apply them."""
        found = (_read(path) for path in self.folder.iterdir())
        order = list(EntryKind)
        return tuple(
            sorted(
                (entry for entry in found if entry is not None),
                key=lambda entry: (order.index(entry.kind), entry.path.name),
            )
        )

    def find(self, kind: EntryKind, subject: str) -> tuple[InboxEntry, ...]:
        """Return the messages of one kind about one package or notice."""
        found = (_read(path) for path in sorted(self.folder.glob(f"{kind}-{subject}-*")))
        return tuple(entry for entry in found if entry is not None)

    def take(self, entry: InboxEntry) -> None:
        """Remove a message that has been applied; it may be gone already."""
        remove(entry.path)

    def strangers(self) -> tuple[Path, ...]:
        """Return what lies here and is no whole message, hidden files apart."""
        return tuple(
            path
            for path in sorted(self.folder.iterdir())
            if not path.name.startswith(".") and _read(path) is None
        )

    def __len__(self) -> int:
        return sum(1 for path in self.folder.iterdir() if _NAME.fullmatch(path.name))


def _read(path: Path) -> InboxEntry | None:
    """Return the message, or None if this is none or another process has just taken it."""
    name = _NAME.fullmatch(path.name)
    if name is None or path.is_symlink() or not path.is_file():
        return None
    try:
        with path.open("rb") as stream:
            payload = stream.read(MAX_ENTRY_BYTES + 1)
    except FileNotFoundError:
        return None
    if _digest(payload) != name[3]:
        return None
    return InboxEntry(EntryKind(name[1]), name[2], payload, path)


def _digest(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()[:32]
