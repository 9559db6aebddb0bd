"""Open a package at the centre: everything is verified first, and no plaintext gets a name.

Order (FORMAT.md section 5): manifest, size, chunk hashes, whole hash, then age, then the tar, then
record.json. While age decrypts, every chunk is checked again before age sees it, so that a file
exchanged in between changes nothing. The plaintext goes to an unnamed temporary file, which the
system removes by itself when the process ends, however it ends.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import pyrage

from station.durable import LEFTOVER_PREFIX, make_private_folder, sync_folder, write_private
from station.jws import PublicJwk
from station.package.errors import (
    BadMemberError,
    BadRecordError,
    DamagedPayloadError,
    NotForUsError,
    OpenFailedError,
    RefusedPackageError,
)
from station.package.manifest import PART_NAMES, Manifest, PartName, part_file
from station.package.members import RECORD_FILE
from station.package.recipients import parse_identities
from station.package.record_json import RecordDocument, check_members, read_record
from station.package.tar_stream import Member, read_members
from station.package.verify import (
    check_size,
    checked_chunks,
    open_plain,
    read_manifest_file,
    verify_part,
)


class OpenedPart:
    """The members of one part; closing it destroys the plaintext."""

    def __init__(self, file: BinaryIO, members: Sequence[Member]) -> None:
        self._file = file
        self._members = {member.name: member for member in members}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members, in their order."""
        return tuple(self._members)

    def read(self, name: str) -> bytes:
        """Return one member; raises BadMemberError when there is none of that name."""
        member = self._members.get(name)
        if member is None:
            raise BadMemberError(f"there is no member {name!r}")
        self._file.seek(member.offset)
        return self._file.read(member.size_bytes)

    def extract(self, folder: Path) -> None:
        """Write all members below `folder`, which must not exist; whole or not at all."""
        make_private_folder(folder.parent)
        aside = Path(tempfile.mkdtemp(prefix=LEFTOVER_PREFIX, dir=folder.parent))
        try:
            for name in self.names:
                write_private(aside / name, self.read(name))
            aside.rename(folder)
            sync_folder(folder.parent)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def close(self) -> None:
        """Destroy the plaintext; closing twice is allowed."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class OpenedPackage:
    """A verified package with the parts that were opened; closing it destroys the plaintext."""

    def __init__(self, manifest: Manifest, parts: Mapping[PartName, OpenedPart]) -> None:
        self.manifest = manifest
        self.parts = dict(parts)

    def record(self) -> RecordDocument:
        """Read record.json and check the members of the opened parts against it.

        Raises BadRecordError; part a must have been opened.
        """
        if "a" not in self.parts or RECORD_FILE not in self.parts["a"].names:
            raise BadRecordError("there is no record.json")
        document = read_record(self.parts["a"].read(RECORD_FILE))
        for name, part in self.parts.items():
            check_members(document, name, part.names)
        if (document.host_code, document.origin_code) != (
            self.manifest.host_code,
            self.manifest.origin_code,
        ):
            raise BadRecordError("host and origin differ from the manifest")
        return document

    def close(self) -> None:
        """Destroy the plaintext; closing twice is allowed."""
        for part in self.parts.values():
            part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_package(
    folder: Path,
    keys: Mapping[str, PublicJwk],
    identities: Sequence[str],
    *,
    parts: Sequence[PartName] = PART_NAMES,
    station_code: str | None = None,
) -> OpenedPackage:
    """Verify a package's folder and open the parts asked for; raises a RefusedPackageError.

    `keys` is the allow-list of station keys by `kid`, `identities` the `AGE-SECRET-KEY-1...`
    texts. A part that was not asked for may be absent.
    """
    manifest = read_manifest_file(folder, keys, station_code=station_code)
    opened: dict[PartName, OpenedPart] = {}
    try:
        for name in parts:
            opened[name] = open_part(folder / part_file(name), manifest, name, identities)
    except BaseException:
        OpenedPackage(manifest, opened).close()
        raise
    return OpenedPackage(manifest, opened)


def open_part(
    path: Path,
    manifest: Manifest,
    part: PartName,
    identities: Sequence[str],
    *,
    workspace: Path | None = None,
) -> OpenedPart:
    """Verify and open one part; `workspace` is where the unnamed plaintext lies.

    `manifest` must come from `read_manifest`. Raises a RefusedPackageError or IdentityError.
    """
    openers = parse_identities(identities)
    verify_part(path, manifest, part)
    plain = tempfile.TemporaryFile(dir=workspace)  # noqa: SIM115 - closed by OpenedPart
    try:
        with open_plain(path) as sealed:
            digest = manifest.part(part)
            check_size(sealed, digest, part)
            source = _ChunkReader(checked_chunks(sealed, digest, part))
            _decrypt(source, plain, openers, part)
        plain.seek(0)
        members = read_members(plain, part)
    except BaseException:
        plain.close()
        raise
    return OpenedPart(plain, members)


class _ChunkReader:
    """Hands checked chunks to the decryption, which hides from its caller why a read failed."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")
        self.failure: RefusedPackageError | OSError | None = None

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes; none at the end."""
        if not self._rest:
            try:
                self._rest = memoryview(next(self._chunks, b""))
            except (RefusedPackageError, OSError) as error:
                self.failure = error
                raise
        taken, self._rest = self._rest[:count], self._rest[count:]
        return bytes(taken)


class _PlainWriter:
    """Writes the plaintext and remembers a disk error as such."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write all of `data`."""
        try:
            return self._file.write(data)
        except OSError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        """Hand what is buffered to the system."""
        self._file.flush()


def _decrypt(source: _ChunkReader, plain: BinaryIO, openers: list[Any], part: PartName) -> None:
    sink = _PlainWriter(plain)
    try:
        pyrage.decrypt_io(source, sink, openers)
    except (pyrage.DecryptError, OSError) as error:
        if source.failure:
            raise source.failure from error
        if sink.failure:
            raise OpenFailedError(f"{sink.failure.strerror}") from error
        if isinstance(error, pyrage.DecryptError) and "No matching keys" in str(error):
            raise NotForUsError(f"part {part} is for other keys than ours") from error
        raise DamagedPayloadError(f"age could not open part {part}: {error}") from error
