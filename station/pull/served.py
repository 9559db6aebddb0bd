"""Remember which parts went out whole, so that the station learns when a package was pulled.

The central system fetches all parts a first, and parts b perhaps nights later, with power cuts
between; so the memory is on the disk, in a hidden folder beside the messages. It is a label for
people ("pulled"), never a reason to purge: only a receipt is.
"""

import json
from collections.abc import Collection
from threading import Lock

from station.durable import make_private_folder, sync_folder
from station.inbox import EntryKind, Inbox
from station.spool import SpooledPackage

FOLDER_NAME = ".served"


class ServedLog:
    """Which parts of which packages were sent to their last byte."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._folder = inbox.folder / FOLDER_NAME
        self._lock = Lock()
        make_private_folder(self._folder)

    def record(self, package: SpooledPackage, part: str) -> None:
        """Note that the last byte of `part` went out; with both parts, drop a pulled mark."""
        with self._lock:
            mark = self._folder / f"{package.package_id}-{part}"
            if mark.exists():
                return
            other = self._folder / f"{package.package_id}-{'b' if part == 'a' else 'a'}"
            if other.exists():
                payload = {"manifest_sha256": package.manifest_sha256}
                # first the message, then the note: a crash between repeats the message only
                text = json.dumps(payload, sort_keys=True).encode()
                self._inbox.drop(EntryKind.PULLED, package.package_id, text)
            mark.touch(mode=0o600)
            sync_folder(self._folder)

    def forget_all_but(self, package_ids: Collection[str]) -> None:
        """Drop the notes about packages whose parts are no longer here."""
        with self._lock:
            for mark in self._folder.iterdir():
                if mark.name.partition("-")[0] not in package_ids:
                    mark.unlink(missing_ok=True)
