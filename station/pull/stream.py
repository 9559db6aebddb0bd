"""Send bytes of one sealed part from the disk, a piece at a time.

The file is opened before the answer begins and stays open until its end: a part that is purged
meanwhile is still sent whole. Reading happens in worker threads, so a slow disk or link never
holds up another request.
"""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from anyio import to_thread
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from station.pull.ranges import Selection

PIECE_BYTES = 65_536
"""Memory per running download; small enough that a cut link wastes little reading."""


class ShortPartError(Exception):
    """The file became shorter while it was being sent; the connection is cut."""


@dataclass(frozen=True)
class OpenPart:
    """An open file with sealed bytes; whoever holds it closes it."""

    descriptor: int
    size_bytes: int

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open for reading; FileNotFoundError if it is not there. Never follows a link."""
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return cls(descriptor, os.fstat(descriptor).st_size)

    def read(self, start: int, length: int) -> bytes:
        """Return up to `length` bytes from `start`."""
        return os.pread(self.descriptor, length, start)

    def close(self) -> None:
        """Give the file back."""
        os.close(self.descriptor)


class PartResponse(StreamingResponse):
    """The selected bytes of an open part; closes it in every case.

    `on_sent` is called in a worker thread after the last selected byte was handed to the
    connection; not when the client went away before.
    """

    def __init__(
        self,
        part: OpenPart,
        selection: Selection,
        headers: Mapping[str, str],
        on_sent: Callable[[], None],
    ) -> None:
        self._part = part
        super().__init__(
            _pieces(part, selection, on_sent),
            selection.status,
            {**headers, "content-length": str(selection.length_bytes)},
            "application/octet-stream",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, and close the file whatever happens."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._part.close()


async def _pieces(
    part: OpenPart, selection: Selection, on_sent: Callable[[], None]
) -> AsyncIterator[bytes]:
    position = selection.start
    while position < selection.stop:
        wanted = min(PIECE_BYTES, selection.stop - position)
        piece = await to_thread.run_sync(part.read, position, wanted)
        if not piece:
            msg = f"a sealed part ends at byte {position}, {selection.stop} expected"
            raise ShortPartError(msg)
        position += len(piece)
        yield piece
    await to_thread.run_sync(on_sent)
