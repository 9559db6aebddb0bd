"""Durable files: after a call returns, the bytes and the name survive a power cut.

A file appears under its name only when it is whole: written aside, flushed to the disk, renamed,
and the folder flushed. A crash leaves at most a `.new-*` file, which every reader ignores.
"""

import os
import tempfile
from pathlib import Path

LEFTOVER_PREFIX = ".new-"
PRIVATE_FILE_MODE = 0o600
PRIVATE_FOLDER_MODE = 0o700


def write_private(path: Path, payload: bytes) -> None:
    """Replace `path` durably by `payload`; only its owner can read it at every moment."""
    make_private_folder(path.parent)
    # mkstemp creates the file with mode 0600
    descriptor, name = tempfile.mkstemp(prefix=LEFTOVER_PREFIX, dir=path.parent)
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(payload)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)


def make_private_folder(folder: Path) -> None:
    """Make `folder` with its parents where missing; what is made is open to its owner only."""
    # Path.mkdir(parents=True) would give its mode to the last folder only
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=PRIVATE_FOLDER_MODE, exist_ok=True)


def remove(path: Path) -> bool:
    """Remove `path` durably; return False if it was not there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync_folder(path.parent)
    return True


def sync_file(path: Path) -> None:
    """Flush the bytes of a finished file to the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Flush the names in `folder` to the disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
