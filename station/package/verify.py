"""Check a package without any opening key: what a courier, a relay or the intake can do."""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from station.jws import PublicJwk
from station.package.errors import (
    BadSignatureError,
    ChunkHashError,
    LimitExceededError,
    MissingPartError,
    PartHashError,
    PartSizeError,
)
from station.package.manifest import (
    CHUNK_BYTES,
    MANIFEST_FILE,
    MAX_JWS_CHARS,
    PART_NAMES,
    Manifest,
    PartDigest,
    PartName,
    part_file,
    read_manifest,
)


def verify_package(
    folder: Path, keys: Mapping[str, PublicJwk], *, station_code: str | None = None
) -> Manifest:
    """Verify manifest and both parts; raises a RefusedPackageError."""
    manifest = read_manifest_file(folder, keys, station_code=station_code)
    for name in PART_NAMES:
        verify_part(folder / part_file(name), manifest, name)
    return manifest


def read_manifest_file(
    folder: Path, keys: Mapping[str, PublicJwk], *, station_code: str | None = None
) -> Manifest:
    """Verify the manifest of a package's folder; raises a RefusedPackageError."""
    return read_manifest(read_jws(folder), keys, station_code=station_code)


def read_jws(folder: Path) -> str:
    """Return the text of manifest.jws, unverified; raises a RefusedPackageError."""
    with open_plain(folder / MANIFEST_FILE) as file:
        payload = file.read(MAX_JWS_CHARS + 1)
    if len(payload) > MAX_JWS_CHARS:
        raise LimitExceededError(f"{MANIFEST_FILE} has more than {MAX_JWS_CHARS} bytes")
    try:
        return payload.decode("ascii")
    except UnicodeDecodeError as error:
        raise BadSignatureError(f"{MANIFEST_FILE} is not a compact JWS") from error


def verify_part(path: Path, manifest: Manifest, part: PartName) -> None:
    """Check size, every chunk and the whole; raises a RefusedPackageError."""
    digest = manifest.part(part)
    with open_plain(path) as file:
        check_size(file, digest, part)
        whole = hashlib.sha256()
        for chunk in checked_chunks(file, digest, part):
            whole.update(chunk)
    if whole.hexdigest() != digest.sha256:
        raise PartHashError(f"part {part} has another SHA-256 than the manifest says")


@contextmanager
def open_plain(path: Path) -> Iterator[BinaryIO]:
    """Open a plain file, never a link; raises MissingPartError, also when reading fails."""
    try:
        with os.fdopen(_open_descriptor(path), "rb") as file:
            yield file
    except OSError as error:
        raise MissingPartError(f"{path.name} cannot be read: {error.strerror}") from error


def _open_descriptor(path: Path) -> int:
    # Not blocking: a pipe of that name must not hold the reader up.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise MissingPartError(f"{path.name} is not a plain file")


def check_size(file: BinaryIO, digest: PartDigest, part: PartName) -> None:
    """Compare the size with the manifest before anything is read; raises PartSizeError."""
    size_bytes = os.fstat(file.fileno()).st_size
    if size_bytes != digest.size_bytes:
        raise PartSizeError(f"part {part} has {size_bytes} bytes, not {digest.size_bytes}")


def checked_chunks(file: BinaryIO, digest: PartDigest, part: PartName) -> Iterator[bytes]:
    """Yield the chunks of a part, each only after its hash fits; raises ChunkHashError."""
    for index, expected in enumerate(digest.chunks):
        chunk = file.read(CHUNK_BYTES)
        if hashlib.sha256(chunk).hexdigest() != expected:
            raise ChunkHashError(f"chunk {index} of part {part} has another SHA-256", chunk=index)
        yield chunk
