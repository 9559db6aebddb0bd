"""A tar in its only form: plain USTAR files, every other field of the header fixed.

The writer is a stream that makes the next block when it is asked for, so that a part never exists
as a whole in memory. The reader rebuilds each header from name and size and compares: what is not
byte for byte what we would write is refused, with links, devices, other owners and extensions.
"""

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from station.package.errors import BadMemberError, LimitExceededError
from station.package.manifest import PartName
from station.package.members import MAX_MEMBER_BYTES, MAX_MEMBERS, check_member_name

BLOCK_BYTES = tarfile.BLOCKSIZE
END = b"\0" * (2 * BLOCK_BYTES)  # POSIX: two blocks of zeros end an archive
_NAME_BYTES = 100
_SIZE_FIELD = slice(124, 136)
_TYPE_FIELD = slice(156, 157)
_MODE = 0o644


@dataclass(frozen=True, slots=True)
class Member:
    """Where one file lies in an opened tar."""

    name: str
    offset: int
    size_bytes: int


class TarStream:
    """Reads like a file; makes its bytes from (name, content) pairs as they are asked for."""

    def __init__(self, part: PartName, members: Iterable[tuple[str, bytes]]) -> None:
        self._blocks = _blocks(part, members)
        self._rest = memoryview(b"")
        self.failure: Exception | None = None
        """What went wrong while a member was made; the encryption hides it from its caller."""

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes; fewer only before the end, none at the end."""
        while not self._rest:
            try:
                self._rest = memoryview(next(self._blocks))
            except StopIteration:
                return b""
            except Exception as error:
                self.failure = error
                raise
        taken, self._rest = self._rest[:count], self._rest[count:]
        return bytes(taken)


def header_of(name: str, size_bytes: int) -> bytes:
    """Return the only header that a file of this name and size may have."""
    info = tarfile.TarInfo(name)
    info.size = size_bytes
    info.mode = _MODE
    return info.tobuf(tarfile.USTAR_FORMAT)


def read_members(stream: BinaryIO, part: PartName) -> tuple[Member, ...]:
    """Check a whole tar and return its members; raises BadMemberError or LimitExceededError."""
    members: dict[str, Member] = {}
    while True:
        header = stream.read(BLOCK_BYTES)
        if header == END[:BLOCK_BYTES]:
            break
        if len(members) == MAX_MEMBERS:
            raise LimitExceededError(f"more than {MAX_MEMBERS} members")
        member = _read_member(stream, header, part)
        if member.name in members:
            raise BadMemberError(f"{member.name} is there twice")
        members[member.name] = member
    if stream.read(BLOCK_BYTES + 1) != END[BLOCK_BYTES:]:
        raise BadMemberError("the tar does not end with two blocks of zeros")
    return tuple(members.values())


def _blocks(part: PartName, members: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    seen: set[str] = set()
    for name, content in members:
        check_member_name(part, name)
        if name in seen:
            raise BadMemberError(f"{name} is there twice")
        if len(content) > MAX_MEMBER_BYTES or len(seen) == MAX_MEMBERS:
            raise LimitExceededError(f"{name}: {len(content)} bytes, member {len(seen) + 1}")
        seen.add(name)
        yield header_of(name, len(content))
        if content:
            yield content
        if padding := -len(content) % BLOCK_BYTES:
            yield b"\0" * padding
    yield END


def _read_member(stream: BinaryIO, header: bytes, part: PartName) -> Member:
    if len(header) < BLOCK_BYTES:
        raise BadMemberError("the tar ends without its end")
    name = header[:_NAME_BYTES].split(b"\0", 1)[0].decode("ascii", errors="replace")
    if header[_TYPE_FIELD] != tarfile.REGTYPE:
        raise BadMemberError(f"{name[:80]!r} is not a plain file")
    check_member_name(part, name)
    size_bytes = _read_size(header, name)
    if header != header_of(name, size_bytes):
        raise BadMemberError(f"the header of {name} is not in its only form")
    offset = stream.tell()
    stream.seek(size_bytes, 1)
    padding = -size_bytes % BLOCK_BYTES
    if stream.read(padding) != b"\0" * padding:
        raise BadMemberError(f"{name} is cut short or not padded with zeros")
    return Member(name, offset, size_bytes)


def _read_size(header: bytes, name: str) -> int:
    try:
        size_bytes = int(header[_SIZE_FIELD].rstrip(b"\0").decode("ascii"), 8)
    except ValueError as error:
        raise BadMemberError(f"the size of {name} is no number") from error
    if not 0 <= size_bytes <= MAX_MEMBER_BYTES:
        raise LimitExceededError(f"{name}: {size_bytes} bytes, at most {MAX_MEMBER_BYTES}")
    return size_bytes
