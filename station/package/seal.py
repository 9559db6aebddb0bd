"""Seal a recording into the spool: two encrypted parts, then the signed manifest, then its name.

::

    .new-<id>/part-a.age  .new-<id>/part-b.age   each streamed, hashed on the way, flushed
    .new-<id>/manifest.jws                       flushed; the folder flushed
    <id>/                                        renamed as a whole; the spool flushed

A crash at any point before the rename leaves a `.new-` folder that no reader looks at and that the
next sealing of the same id, or `sweep`, removes. After the rename the package is complete.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyrage

from station.durable import LEFTOVER_PREFIX, make_private_folder, sync_folder
from station.package.errors import PackageExistsError, SealFailedError
from station.package.manifest import (
    CHUNK_BYTES,
    MANIFEST_FILE,
    PART_NAMES,
    Manifest,
    PackageHeader,
    PartDigest,
    PartName,
    build_manifest,
    part_file,
)
from station.package.parts import build_parts
from station.package.recipients import parse_recipients
from station.package.records import CaseRecord
from station.package.tar_stream import TarStream

PartMembers = Iterable[tuple[str, bytes]]


class ManifestSigner(Protocol):
    """What signs a manifest; `station.signer.Signer` is one."""

    @property
    def kid(self) -> str:
        """Name of the key in the reader's allow-list."""
        ...

    def sign_jws(self, payload: bytes) -> str:
        """Return a compact JWS over `payload`."""
        ...


@dataclass(frozen=True, slots=True)
class SealedPackage:
    """A package that is complete on disk."""

    package_id: str
    manifest: Manifest
    manifest_sha256: str
    folder: Path


def seal_package(
    record: CaseRecord,
    *,
    header: PackageHeader,
    signer: ManifestSigner,
    recipients: Sequence[str],
    folder: Path,
) -> SealedPackage:
    """Seal a recording below the spool `folder`; durable when it returns.

    Raises a SealError; then nothing is left behind and the recording can be sealed again.
    """
    return seal_parts(
        build_parts(record), header=header, signer=signer, recipients=recipients, folder=folder
    )


def seal_parts(
    parts: Mapping[PartName, PartMembers],
    *,
    header: PackageHeader,
    signer: ManifestSigner,
    recipients: Sequence[str],
    folder: Path,
) -> SealedPackage:
    """Write a package below the spool `folder`; durable when it returns.

    Members are taken from their iterators one by one, in order. Raises a SealError, and whatever
    an iterator raises; then nothing is left behind.
    """
    readers = parse_recipients(recipients)
    final = folder / header.package_id
    if final.exists():
        raise PackageExistsError(package_id=header.package_id)
    aside = folder / f"{LEFTOVER_PREFIX}{header.package_id}"
    shutil.rmtree(aside, ignore_errors=True)  # of a sealing that was interrupted
    try:
        make_private_folder(folder)
        aside.mkdir(mode=0o700)
        digests = {
            name: _write_part(aside / part_file(name), TarStream(name, parts[name]), readers)
            for name in PART_NAMES
        }
        manifest = build_manifest(header, digests)
        _write_flushed(aside / MANIFEST_FILE, signer.sign_jws(manifest.to_json()).encode("ascii"))
        sync_folder(aside)
        aside.rename(final)
        sync_folder(folder)
    except OSError as error:
        raise SealFailedError(f"{type(error).__name__}: {error.strerror}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return SealedPackage(header.package_id, manifest, manifest.sha256, final)


def sweep(folder: Path) -> tuple[str, ...]:
    """Remove what interrupted sealings left in the spool; return the package ids."""
    leftovers = sorted(folder.glob(f"{LEFTOVER_PREFIX}*")) if folder.is_dir() else []
    for leftover in leftovers:
        shutil.rmtree(leftover)
    return tuple(leftover.name.removeprefix(LEFTOVER_PREFIX) for leftover in leftovers)


class _HashingWriter:
    """Writes through to a file and keeps the hashes of the whole and of each chunk."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._whole = hashlib.sha256()
        self._chunk = hashlib.sha256()
        self._room = CHUNK_BYTES
        self._chunks: list[str] = []
        self._size_bytes = 0
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write all of `data`."""
        try:
            self._file.write(data)
        except OSError as error:
            self.failure = error
            raise
        self._whole.update(data)
        self._size_bytes += len(data)
        rest = memoryview(data)
        while rest:
            piece, rest = rest[: self._room], rest[self._room :]
            self._chunk.update(piece)
            self._room -= len(piece)
            if self._room == 0:
                self._end_chunk()
        return len(data)

    def flush(self) -> None:
        """Do nothing: the file is flushed once, at its end."""

    def digest(self) -> PartDigest:
        """End the last chunk and return all hashes."""
        if self._room < CHUNK_BYTES:
            self._end_chunk()
        return PartDigest(
            size_bytes=self._size_bytes,
            sha256=self._whole.hexdigest(),
            chunk_bytes=CHUNK_BYTES,
            chunks=tuple(self._chunks),
        )

    def _end_chunk(self) -> None:
        self._chunks.append(self._chunk.hexdigest())
        self._chunk = hashlib.sha256()
        self._room = CHUNK_BYTES


def _write_part(path: Path, source: TarStream, readers: list[Any]) -> PartDigest:
    with _create(path) as file:
        sink = _HashingWriter(file)
        try:
            pyrage.encrypt_io(source, sink, readers)
        except (pyrage.EncryptError, OSError) as error:
            if cause := source.failure or sink.failure:
                raise cause from error
            raise SealFailedError(f"the encryption says: {error}") from error
        file.flush()
        os.fsync(file.fileno())
    return sink.digest()


def _write_flushed(path: Path, payload: bytes) -> None:
    with _create(path) as file:
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
