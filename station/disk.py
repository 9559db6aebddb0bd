"""Room on the disk: a gate before something begins, and a ballast to finish what is open."""

import os
import shutil
from pathlib import Path

from station.durable import LEFTOVER_PREFIX, make_private_folder, remove, sync_folder
from station.errors import DiskFullError, DiskGateError

MEGABYTE_BYTES = 1_000_000
GATE_FREE_BYTES = 500 * MEGABYTE_BYTES  # SECURITY.md 1.3: below this nothing new begins
BALLAST_BYTES = 64 * 1024 * 1024  # SECURITY.md 1.3
PRIVATE_FILE_MODE = 0o600


def free_bytes(path: Path) -> int:
    """Return the room that this process may use on the disk of `path`."""
    return shutil.disk_usage(path).free


def disk_gate(path: Path, needed_bytes: int, *, keep_free_bytes: int = GATE_FREE_BYTES) -> None:
    """Refuse to begin something whose worst case needs `needed_bytes`; raises DiskGateError.

    Asked before a recording starts, never after: what was begun can always be finished.
    """
    free = free_bytes(path)
    needed = max(needed_bytes, keep_free_bytes)
    if free < needed:
        raise DiskGateError(
            path=path,
            free_mb=free // MEGABYTE_BYTES,
            needed_mb=-(-needed // MEGABYTE_BYTES),
        )


class Ballast:
    """A file that holds room for an emergency."""

    def __init__(self, path: Path, *, size_bytes: int = BALLAST_BYTES) -> None:
        self.path = path
        self.size_bytes = size_bytes

    @property
    def is_held(self) -> bool:
        """Tell whether the file is there with its full size."""
        return self.path.is_file() and self.path.stat().st_size == self.size_bytes

    def restore(self) -> bool:
        """Take the room (again); return False when the disk does not have it to spare.

        Real blocks are reserved, not a sparse file.
        """
        if self.is_held:
            return True
        folder = self.path.parent
        make_private_folder(folder)
        if free_bytes(folder) < GATE_FREE_BYTES + self.size_bytes:
            return False
        self._create()
        return True

    def release(self) -> bool:
        """Give the room back so that open work can be finished; return False if none was held."""
        return remove(self.path)

    def _create(self) -> None:
        aside = self.path.with_name(f"{LEFTOVER_PREFIX}{self.path.name}")
        aside.unlink(missing_ok=True)
        descriptor = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE_MODE)
        try:
            os.posix_fallocate(descriptor, 0, self.size_bytes)
            os.fsync(descriptor)
        except OSError as error:
            aside.unlink()
            raise DiskFullError(path=self.path) from error
        finally:
            os.close(descriptor)
        aside.rename(self.path)
        sync_folder(self.path.parent)
