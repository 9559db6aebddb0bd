"""Write a sealed part to disk chunk by chunk, each checked against the signed manifest first.

Only whole, proved chunks reach the file: what a cut link left of a chunk is dropped with the
connection, and what a crash left in the file is measured again by its hashes. So a resumed
download begins at a chunk boundary, and a cut costs at most one chunk.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from station.durable import PRIVATE_FILE_MODE


class BadChunkError(Exception):
    """The bytes of one chunk are not what the manifest says."""

    def __init__(self, index: int) -> None:
        super().__init__(f"chunk {index} is not what the manifest says")
        self.index = index
        """Counted from 0."""


class PartFile:
    """A part that is being received: append bytes, get proved chunks on disk."""

    def __init__(
        self, path: Path, *, size_bytes: int, chunk_hashes: Sequence[str], chunk_bytes: int
    ) -> None:
        self._path = path
        self._size_bytes = size_bytes
        self._hashes = chunk_hashes
        self._chunk_bytes = chunk_bytes
        self._pending = bytearray()
        self._stream: BinaryIO | None = None
        self.proved_bytes = 0
        """On disk and proved; the next byte to ask for."""

    def __enter__(self) -> Self:
        """Open the file and keep what is proved of it."""
        self._path.touch(mode=PRIVATE_FILE_MODE)
        self._stream = self._path.open("r+b")
        self.proved_bytes = self._prove(self._stream)
        self._stream.truncate(self.proved_bytes)
        self._stream.seek(self.proved_bytes)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; chunks that are not whole are lost, as they should be."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    @property
    def is_complete(self) -> bool:
        """Whether every byte is there and proved."""
        return self.proved_bytes == self._size_bytes

    @property
    def next_chunk(self) -> int:
        """Index of the chunk that comes next."""
        return self.proved_bytes // self._chunk_bytes

    def restart(self) -> None:
        """Forget what is pending: the next bytes begin at `proved_bytes`."""
        self._pending.clear()

    def append(self, piece: bytes) -> None:
        """Take the next bytes; BadChunkError drops the chunk that they complete."""
        self._pending += piece
        while not self.is_complete and len(self._pending) >= self._next_length():
            length = self._next_length()
            chunk = bytes(self._pending[:length])
            if hashlib.sha256(chunk).hexdigest() != self._hashes[self.next_chunk]:
                self._pending.clear()
                raise BadChunkError(self.next_chunk)
            del self._pending[:length]
            self._write(chunk)

    def _write(self, chunk: bytes) -> None:
        if self._stream is None:
            msg = "the part file is not open"
            raise ValueError(msg)
        self._stream.write(chunk)
        self._stream.flush()
        self.proved_bytes += len(chunk)

    def _next_length(self) -> int:
        return min(self._chunk_bytes, self._size_bytes - self.proved_bytes)

    def _prove(self, stream: BinaryIO) -> int:
        """Return how many bytes from the start are proved by whole chunks."""
        proved = 0
        for expected in self._hashes:
            length = min(self._chunk_bytes, self._size_bytes - proved)
            chunk = stream.read(length)
            if len(chunk) < length or hashlib.sha256(chunk).hexdigest() != expected:
                break
            proved += length
        return proved
