"""What the centre knows of one station's sequence, and whether it is a chain without holes.

    <station>/ledger.jsonl      one line per event, appended and flushed; the last line about a
                                package counts; a line torn by a crash is dropped

    known -> accepted           pulled, verified, the station holds our receipt
    known -> rejected           the same, with the other verdict
    known -> lost               the station purged it, and it is not here: somebody must look

Every manifest names its predecessor's hash. Two packages under one number, or a predecessor that
is not the one we hold, mean a restored database or an impostor: a fork. A number nobody has shown
us is a gap: lost, withheld, or still on a courier's medium.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from station.durable import PRIVATE_FILE_MODE
from station.package.manifest import NO_PREVIOUS, Manifest

LEDGER_NAME = "ledger.jsonl"
State = Literal["known", "accepted", "rejected", "lost"]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One package of the station."""

    sequence: int
    package_id: str
    manifest_sha256: str
    previous_manifest_sha256: str
    state: State = "known"

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.state != "known"


class Ledger:
    """The events of one station; one process at a time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LEDGER_NAME
        self._by_sequence: dict[int, LedgerEntry] = {}
        if self._path.exists():
            self._load()

    def entries(self) -> tuple[LedgerEntry, ...]:
        """Return all packages by sequence."""
        return tuple(self._by_sequence[number] for number in sorted(self._by_sequence))

    def get(self, sequence: int) -> LedgerEntry | None:
        """Return what is known under a number."""
        return self._by_sequence.get(sequence)

    def learn(self, manifest: Manifest) -> LedgerEntry:
        """Remember a verified manifest under its number, unless it is known."""
        entry = LedgerEntry(
            manifest.sequence,
            manifest.package_id,
            manifest.sha256,
            manifest.previous_manifest_sha256,
        )
        known = self._by_sequence.get(entry.sequence)
        if known is not None:
            return known
        self._append(entry)
        return entry

    def settle(self, sequence: int, state: State) -> None:
        """Set the state of a known package."""
        entry = self._by_sequence[sequence]
        if entry.state != state:
            self._append(replace(entry, state=state))

    def cursor(self) -> int:
        """Return the number up to which nothing is open: all seen, all settled, no gap."""
        number = 0
        while (entry := self._by_sequence.get(number + 1)) is not None and entry.is_settled:
            number += 1
        return number

    def gaps(self) -> tuple[int, ...]:
        """Return the numbers below the highest that nobody has shown us."""
        highest = max(self._by_sequence, default=0)
        return tuple(number for number in range(1, highest) if number not in self._by_sequence)

    def chain_breaks(self) -> tuple[int, ...]:
        """Return the numbers whose manifest names another predecessor than the one we hold."""
        return tuple(
            entry.sequence
            for entry in self.entries()
            if (expected := self._hash_before(entry.sequence)) is not None
            and entry.previous_manifest_sha256 != expected
        )

    def _hash_before(self, sequence: int) -> str | None:
        if sequence == 1:
            return NO_PREVIOUS
        before = self._by_sequence.get(sequence - 1)
        return before.manifest_sha256 if before is not None else None

    def _append(self, entry: LedgerEntry) -> None:
        line = json.dumps(asdict(entry), sort_keys=True) + "\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE_FILE_MODE)
        try:
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._by_sequence[entry.sequence] = entry

    def _load(self) -> None:
        whole, _, torn = self._path.read_bytes().rpartition(b"\n")
        if torn:
            # the event was never acknowledged to anybody: cut it off before the next line
            os.truncate(self._path, len(whole) + 1 if whole else 0)
        for line in whole.splitlines():
            entry = LedgerEntry(**json.loads(line))
            self._by_sequence[entry.sequence] = entry
